module node035

go 1.21

require github.com/tendermint/tendermint v0.35.9
