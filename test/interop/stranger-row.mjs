// A node whose certificate is of another authority gets nothing: no public key, so it never starts, and the cosigner's log says why.

import { sleep } from '../support/cluster.mjs';
import { listening } from './grpc.mjs';
import { Net, SENTRIES } from './net.mjs';

/** A node with the right certificate has its key within a second; this one asks again after 1, 2 and 4 s. */
const WATCHED_MS = 8000;
const SAID = /NODE_CHAIN/;

export async function stranger({ program, certificates, keep }) {
  const net = Net.create({ program, dashed: true, ports: await Net.freePorts() });
  const [sentry] = SENTRIES;
  let cluster;
  try {
    cluster = await listening('mutual', { certificates: { ...certificates, node: certificates.foreign } })(net);
    await cluster.startAll();
    await net.start([sentry]);
    const endMs = performance.now() + WATCHED_MS;
    while (performance.now() < endMs && net.processes.size > 0) await sleep(50);
    const how = net.ended[0] ?? `node${sentry} still waits after ${WATCHED_MS} ms`;
    const line = cluster
      .log('alpha')
      .split('\n')
      .find((each) => SAID.test(each));
    console.log(`   ${how}; the cosigner says: ${line ?? 'nothing'}`);
    const problems = [];
    if (line === undefined) problems.push(`expected ${SAID} in the cosigner's log, found:\n${cluster.log('alpha')}`);
    // It listens for RPC only once it has its key.
    const answers = await net.rpc('status', sentry).catch(() => undefined);
    if (answers !== undefined) problems.push('expected a node that does not start, found one that answers');
    for (const name of cluster.names) {
      const height = (await cluster.status(name))?.chains[0]?.height;
      if (Number(height ?? 0) !== 0) problems.push(`expected nothing signed, found ${name} at height ${height}`);
    }
    return { good: problems.length === 0, problems };
  } finally {
    await net.stop({ keep });
    await cluster?.stop({ keep });
  }
}
