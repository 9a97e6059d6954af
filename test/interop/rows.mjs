// Every row of the table: what runs against what. `limitMs` bounds a row however its waits add up.

import { isInstalled, Lab } from '../certs/lab.mjs';
import { byOpenssl, byQuorumsign } from './certificates.mjs';
import { control } from './control-row.mjs';
import { listening, withCertificates } from './grpc.mjs';
import { harness } from './harness-row.mjs';
import { install } from './nodes.mjs';
import { outage } from './outage-row.mjs';
import { dialled, noise, served } from './served-row.mjs';
import { stranger } from './stranger-row.mjs';

const LIMIT_MS = 240_000;
const ENABLED_FROM = '2';
const SOME_PEER_ID = '12D3KooWDmdVvuxt6Y9bCyeqKb8cZVdJM1K3JAi3vcqUSP5endVV';

function abciExtensions(genesis) {
  genesis.consensus_params.abci.vote_extensions_enable_height = ENABLED_FROM;
}

function featureExtensions(genesis) {
  genesis.consensus_params.feature.vote_extensions_enable_height = ENABLED_FROM;
}

/** Otherwise a chain that never asked for an extension would pass. */
async function extensionsEnabled(net, height) {
  // Of the newest height a node may not have them yet: it answers with an internal error.
  const { consensus_params: parameters } = await net.rpc(`consensus_params?height=${height}`);
  const found = (parameters.feature ?? parameters.abci)?.vote_extensions_enable_height;
  return found === ENABLED_FROM ? undefined : `expected extensions from height ${ENABLED_FROM}, found ${found}`;
}

/** The app has the proposer put the sum of all extensions into each block, once it has checked their signatures. */
async function extensionsFilled(net, height) {
  const { block } = await net.rpc(`block?height=${height}`);
  const filled = block.data.txs.some((tx) => Buffer.from(tx, 'base64').toString('latin1').startsWith('extensionSum'));
  return filled ? extensionsEnabled(net, height) : `expected a sum of extensions in block ${height}, found none`;
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

function filled(version, genesis) {
  const app = `e2e application ${version}`;
  return {
    ...chain(version, 'tcp', 'filled extensions'),
    lacking: () => install(app).reason,
    run: (each) =>
      served({ ...each, genesis, appProgram: install(app).program, connect: dialled('tcp'), check: extensionsFilled }),
  };
}

/** Tendermint 0.35: the node dials. */
function grpc(mode, make = undefined, note = '') {
  const serve = ({ certificates, ...each }) =>
    served({ ...each, dashed: true, connect: listening(mode, { certificates }) });
  return {
    ...chain('0.35.9', `grpc ${mode}`, note),
    lacking: make === byOpenssl ? noOpenssl : undefined,
    run: make === undefined ? serve : withCertificates(make, serve),
  };
}

function noOpenssl() {
  return isInstalled('openssl', 'version') ? undefined : 'no openssl on this machine';
}

/** By the command itself: a release that serves noise:// is tested against it without a change here. */
function noNoise() {
  const lab = new Lab();
  const cosigners = ['alpha', 'beta', 'gamma'].flatMap((name, at) => ['--cosigner', `${name}=127.0.0.1:${7070 + at}`]);
  const cluster = ['--chain-id', 'noise-1', '--threshold', '2', ...cosigners, '--never-signed', '--plaintext-shares'];
  const node = ['--node', `alpha=noise://${SOME_PEER_ID}@127.0.0.1:26659`];
  try {
    const { code, text } = lab.quorumsign('cluster', 'create', ...cluster, ...node, '--out', lab.path('out'));
    return code !== 0 && /scheme "noise" is not supported/.test(text) ? text.trim() : undefined;
  } finally {
    lab.close();
  }
}

function acceptance(transport) {
  return {
    ...chain('0.34.24', transport, 'tm-signer-harness'),
    program: 'tm-signer-harness 0.34.24',
    run: harness(transport),
    lacking: () => install('CometBFT 0.34.33').reason,
  };
}

export const ROWS = [
  acceptance('tcp'),
  acceptance('unix'),
  chain('0.34.33', 'tcp'),
  grpc('none'),
  grpc('one-way', byOpenssl),
  grpc('mutual', byOpenssl, 'of OpenSSL'),
  grpc('mutual', byQuorumsign, 'of quorumsign certs'),
  {
    ...chain('0.35.9', 'grpc mutual', 'of another authority'),
    lacking: noOpenssl,
    run: withCertificates(byOpenssl, stranger),
  },
  chain('0.37.18', 'tcp'),
  chain('0.38.25', 'tcp'),
  chain('0.38.25', 'tcp', 'killed when idle', { commit: '1s', killAfterStep: 'precommit' }),
  chain('0.38.25', 'unix'),
  chain('0.38.25', 'tcp', 'empty extensions', { genesis: abciExtensions, check: extensionsEnabled }),
  filled('0.38.25', abciExtensions),
  chain('0.40.0', 'tcp'),
  { ...chain('0.40.0', 'noise', '', { connect: noise }), lacking: noNoise },
  chain('1.0.1', 'tcp'),
  chain('1.0.1', 'tcp', 'empty extensions', { genesis: featureExtensions, check: extensionsEnabled }),
  filled('1.0.1', featureExtensions),
  {
    name: '0.38.25 control of missed',
    version: '0.38.25',
    transport: 'tcp, no signer',
    program: 'CometBFT 0.38.25',
    limitMs: LIMIT_MS,
    run: outage,
  },
  {
    name: '0.38.25 control of evidence',
    version: '0.38.25',
    transport: 'key file twice',
    program: 'CometBFT 0.38.25',
    limitMs: LIMIT_MS,
    run: control,
  },
];
