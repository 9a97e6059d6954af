// What Go says of a certificate: crypto/x509 with the rules that a node's crypto/tls applies to its signer, and
// crypto/tls reading a node's own pair, as `tls.LoadX509KeyPair` of Tendermint 0.35 does.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("accepted")
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "pair":
		_, err := tls.LoadX509KeyPair(args[1], args[2])
		return err
	case len(args) == 4 && args[0] == "server":
		return verify(args[1], args[2], args[3])
	}
	return fmt.Errorf("expected: pair CERTIFICATE KEY, or server ROOT-CA CERTIFICATE HOST")
}

func verify(caFile, certificateFile, host string) error {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return fmt.Errorf("no certificate in %s", caFile)
	}
	rest, err := os.ReadFile(certificateFile)
	if err != nil {
		return err
	}
	var chain []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		chain = append(chain, certificate)
	}
	if len(chain) == 0 {
		return fmt.Errorf("no certificate in %s", certificateFile)
	}
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	_, err = chain[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: intermediates})
	return err
}
