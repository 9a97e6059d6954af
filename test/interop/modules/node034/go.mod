module node034

go 1.21

require github.com/tendermint/tendermint v0.34.24

replace github.com/tendermint/tendermint => github.com/cometbft/cometbft v0.34.33
