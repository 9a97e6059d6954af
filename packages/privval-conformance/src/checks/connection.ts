/** Handshakes that go wrong, and connections that end: the signer closes, and dials again while a node still waits. */

import type { ConnectionFault } from '@quorumsign/privval';
import { type Check, expectThat } from '../check.js';
import type { Scene } from '../scene.js';

/** A node that starts waits this long for its first signer. */
const NODE_START_MS = 3000;

async function servedAfter(scene: Scene, disturb: () => void): Promise<string> {
  disturb();
  const startMs = performance.now();
  await scene.node.getPublicKey();
  const tookMs = Math.round(performance.now() - startMs);
  expectThat(tookMs < NODE_START_MS, `service within ${NODE_START_MS} ms`, `${tookMs} ms`);
  return `after ${tookMs} ms`;
}

/** `should`: no correct node sends such a handshake. The connection before it is reset, so that the handshake alone is judged. */
function faulty(title: string, fault: ConnectionFault): Check {
  return {
    title,
    level: 'should',
    tcpOnly: true,
    run: (scene) =>
      servedAfter(scene, () => {
        scene.node.failNextConnection(fault);
        scene.node.dropConnection('reset');
      }),
  };
}

export const CONNECTION: readonly Check[] = [
  {
    title: 'dials again when its connection is reset, before a node that starts gives up',
    level: 'must',
    tcpOnly: true,
    run: (scene) => servedAfter(scene, () => scene.node.dropConnection('reset')),
  },
  {
    // `should`: the reference signer reads the end of the stream for ever and has to be started again with its node.
    title: 'dials again when its node closes the connection, before a node that starts gives up',
    level: 'should',
    run: (scene) => servedAfter(scene, () => scene.node.dropConnection('close')),
  },
  faulty('refuses an ephemeral key of low order, and dials again', 'low-order-key'),
  faulty('refuses its own ephemeral key, sent back, and dials again', 'reflected-key'),
  faulty('survives another protocol in place of the handshake', 'garbage-handshake'),
  {
    title: 'keeps one connection for many requests',
    level: 'must',
    run: async (scene) => {
      await scene.node.getPublicKey();
      const before = scene.node.connections.accepted;
      for (let i = 0; i < 20; i++) await scene.node.ping();
      const after = scene.node.connections.accepted;
      expectThat(after === before, 'no new connection', `${after - before}`);
      return undefined;
    },
  },
];
