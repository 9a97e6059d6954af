// Nodes that dial the signer over gRPC, as Tendermint 0.35 does: each sentry is told of one cosigner; certificates are made by OpenSSL,
// or by `quorumsign certs`.
//
// A 0.35 node either speaks plain text or has all three files; there is no one-way setting of its own. In the one-way row it shows a
// certificate that nobody asks for, and only it checks the other side.

import { Cluster, freePorts } from '../support/cluster.mjs';
import { SENTRIES } from './net.mjs';

const NAMES = ['alpha', 'beta', 'gamma'];

/** @returns `connect` of a row: each cosigner listens, and the two sentries dial the first two of them */
export function listening(mode, { certificates } = {}) {
  return async (net) => {
    const ports = await freePorts(NAMES.length);
    const addresses = ports.map((port) => `grpc://127.0.0.1:${port}`);
    const more = NAMES.flatMap((name, at) => ['--listen', `${name}=${addresses[at]}`]);
    if (mode !== 'none') {
      const { signer, ca } = certificates;
      more.push('--tls', mode, '--tls-certificate', signer.certificate, '--tls-key', signer.key);
      if (mode === 'mutual') more.push('--tls-client-ca', ca);
    }
    const cluster = await Cluster.create({ chainId: net.chainId, keyFile: net.keyFile, names: NAMES, more });
    const tls = mode === 'none' ? undefined : { ...certificates.node, rootCa: certificates.ca };
    for (const [index, at] of SENTRIES.entries()) net.setSigner(at, addresses[index], tls);
    return cluster;
  };
}

/** Runs a row with certificates of OpenSSL or of our command, and removes them afterwards. */
export function withCertificates(make, use) {
  return async (each) => {
    const certificates = make();
    try {
      return await use({ ...each, certificates });
    } finally {
      certificates.remove();
    }
  };
}
