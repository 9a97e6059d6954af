// Every row of the table: what runs against what. `limitMs` bounds a row however its waits add up.

import { control } from './control-row.mjs';
import { dialled, noise, served } from './served-row.mjs';

const LIMIT_MS = 240_000;
const ENABLED_FROM = '2';

function abciExtensions(genesis) {
  genesis.consensus_params.abci.vote_extensions_enable_height = ENABLED_FROM;
}

function featureExtensions(genesis) {
  genesis.consensus_params.feature.vote_extensions_enable_height = ENABLED_FROM;
}

function chain(version, transport, note = '', options = {}) {
  return {
    name: [version, transport, note].filter((part) => part !== '').join(' '),
    version,
    transport,
    program: `${version === '0.35.9' ? 'Tendermint' : 'CometBFT'} ${version}`,
    limitMs: LIMIT_MS,
    run: (each) => served({ connect: dialled(transport), ...options, ...each }),
  };
}

export const ROWS = [
  chain('0.34.33', 'tcp'),
  chain('0.37.18', 'tcp'),
  chain('0.38.25', 'tcp'),
  chain('0.38.25', 'unix'),
  chain('0.38.25', 'tcp', 'empty extensions', { genesis: abciExtensions }),
  chain('0.38.25', 'tcp', 'filled extensions', { genesis: abciExtensions, app: 'e2e' }),
  chain('0.40.0', 'tcp'),
  chain('0.40.0', 'noise', '', { connect: noise }),
  chain('1.0.1', 'tcp'),
  chain('1.0.1', 'tcp', 'empty extensions', { genesis: featureExtensions }),
  chain('1.0.1', 'tcp', 'filled extensions', { genesis: featureExtensions, app: 'e2e' }),
  {
    name: '0.38.25 control',
    version: '0.38.25',
    transport: 'key file twice',
    program: 'CometBFT 0.38.25',
    limitMs: LIMIT_MS,
    run: control,
  },
];
