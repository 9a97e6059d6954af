module harness034

go 1.21

require github.com/tendermint/tendermint v0.34.24
