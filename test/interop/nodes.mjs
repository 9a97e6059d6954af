// The node programs that the rows run against: which there are, and how each is made by package name.
//
// They are kept outside the tree, one folder a version, and reused; the version in the name is exact, so what is there is never older
// than asked for. Some releases do not install by name (go.mod keeps the old module path): a module of our own in `modules/` names
// the exact version instead, with its go.sum, and `-mod=readonly` checks what is downloaded against it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The first one also fills the module cache. */
const INSTALL_MS_MAX = 400_000;
const modules = new URL('modules', import.meta.url).pathname;

const COMETBFT = 'github.com/cometbft/cometbft/cmd/cometbft';
const E2E_APPLICATION = 'github.com/cometbft/cometbft/test/e2e/node';
const TENDERMINT = 'github.com/tendermint/tendermint';

/** By name: the version (a folder), the program in it, and the package; `module` where it does not install by name. */
export const PROGRAMS = {
  'CometBFT 0.34.33': node('v0.34.33', 'cometbft', `${TENDERMINT}/cmd/cometbft`, 'node034'),
  'Tendermint 0.35.9': node('v0.35.9', 'tendermint', `${TENDERMINT}/cmd/tendermint`, 'node035'),
  'CometBFT 0.37.18': node('v0.37.18', 'cometbft', COMETBFT),
  'CometBFT 0.38.25': node('v0.38.25', 'cometbft', COMETBFT),
  'CometBFT 0.40.0': node('v0.40.0', 'cometbft', COMETBFT),
  'CometBFT 1.0.1': node('v1.0.1', 'cometbft', COMETBFT),
  'e2e application 0.38.25': node('v0.38.25', 'node', E2E_APPLICATION),
  'e2e application 1.0.1': node('v1.0.1', 'node', E2E_APPLICATION),
  'tm-signer-harness 0.34.24': node(
    'v0.34.24',
    'tm-signer-harness',
    `${TENDERMINT}/tools/tm-signer-harness`,
    'harness034',
  ),
  'priv_val_server 0.38.25': node('v0.38.25', 'priv_val_server', 'github.com/cometbft/cometbft/cmd/priv_val_server'),
};

function node(version, file, source, module = undefined) {
  return { version, file, source, module };
}

/** The program's path, made where it is not there yet; the reason instead where it cannot be had. */
export function install(name) {
  const { version, file, source, module } = PROGRAMS[name];
  const directory = join(homedir(), '.cache', 'quorumsign', 'nodes', version);
  const program = join(directory, file);
  if (existsSync(program)) return { program };
  mkdirSync(directory, { recursive: true });
  console.log(`installing ${name} (${source}@${version})`);
  const how = { encoding: 'utf8', timeout: INSTALL_MS_MAX };
  const made =
    module === undefined
      ? spawnSync('go', ['install', `${source}@${version}`], { ...how, env: { ...process.env, GOBIN: directory } })
      : spawnSync('go', ['build', '-mod=readonly', '-o', program, source], { ...how, cwd: join(modules, module) });
  if (existsSync(program)) return { program };
  if (made.error?.code === 'ENOENT') return { reason: 'no Go on this machine' };
  if (made.error !== undefined) return { reason: `go did not end: ${made.error.message}` };
  return { reason: `go refused: ${lastLines(made.stderr)}` };
}

function lastLines(text) {
  return text.trim().split('\n').slice(-3).join(' / ');
}
