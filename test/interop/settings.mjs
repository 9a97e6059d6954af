// Edits of a node's config.toml, key by key, as an operator would make them: every key must be there already, so that a release that
// renames one is found here and not by a node that quietly runs on its default. Tendermint 0.35 writes `-` where all others write `_`.

import { readFileSync, writeFileSync } from 'node:fs';

/** @param {string} file @param {Record<string, string | boolean>} settings keys as `section.name`, or `name` at the top */
export function configure(file, settings) {
  const sections = split(readFileSync(file, 'utf8'));
  for (const [path, value] of Object.entries(settings)) {
    const [name, section = ''] = path.split('.').reverse();
    const found = sections.find((each) => each.name === section);
    const line = new RegExp(`^${name} = .*$`, 'm');
    if (found === undefined || !line.test(found.text)) throw new Error(`expected ${path} in ${file}, it is not there`);
    found.text = found.text.replace(
      line,
      () => `${name} = ${typeof value === 'string' ? JSON.stringify(value) : value}`,
    );
  }
  writeFileSync(file, sections.map(({ text }) => text).join(''));
}

/** The text before the first `[section]`, named '', and each section with its heading. */
function split(text) {
  return text
    .split(/^(?=\[[^\]]+\]$)/m)
    .map((part) => ({ name: /^\[([^\]]+)\]$/m.exec(part.split('\n', 1)[0])?.[1] ?? '', text: part }));
}

/** What every node of a net on one machine is given. */
export function nodeSettings({ dashed, app, rpc, p2p, peers }) {
  const settings = {
    proxy_app: app,
    'rpc.laddr': `tcp://127.0.0.1:${rpc}`,
    'p2p.laddr': `tcp://127.0.0.1:${p2p}`,
    'p2p.persistent_peers': peers.join(','),
    'p2p.pex': false,
    'p2p.allow_duplicate_ip': true,
    'p2p.addr_book_strict': false,
    // Above 0: the wait after 2/3 is what lets a slightly late precommit in, and a missed one is then the signer's doing.
    'consensus.timeout_commit': '300ms',
    'consensus.peer_gossip_sleep_duration': '10ms',
    ...(dashed ? { mode: 'validator' } : {}),
  };
  return dashed ? dash(settings) : settings;
}

/** Where the node finds its signer. */
export function signerSettings(address, tls = undefined) {
  if (!address.startsWith('grpc://')) return { priv_validator_laddr: address };
  return {
    'priv-validator.laddr': address,
    ...(tls === undefined
      ? {}
      : {
          'priv-validator.client-certificate-file': tls.certificate,
          'priv-validator.client-key-file': tls.key,
          'priv-validator.root-ca-file': tls.rootCa,
        }),
  };
}

function dash(settings) {
  return Object.fromEntries(Object.entries(settings).map(([path, value]) => [path.replaceAll('_', '-'), value]));
}
