/** A node of quorumsign.yaml as the cosigner takes it: paths are relative to the home there, and absolute here. */

import { resolve } from 'node:path';
import type { NodeEndpoint } from '@quorumsign/cosigner';
import type { NodeConfig } from '../config/node-entry.js';

export function nodeEndpoint(home: string, node: NodeConfig): NodeEndpoint {
  if (node.kind === 'dial') return node;
  const { listen, tls } = node;
  if (tls.mode === 'none') return { kind: 'listen', listen, tls };
  const certificateFile = resolve(home, tls.certificate);
  const keyFile = resolve(home, tls.key);
  if (tls.mode === 'one-way') return { kind: 'listen', listen, tls: { mode: tls.mode, certificateFile, keyFile } };
  const files = { mode: tls.mode, certificateFile, keyFile, clientCaFile: resolve(home, tls.clientCa) };
  return { kind: 'listen', listen, tls: tls.allowed === undefined ? files : { ...files, allowed: tls.allowed } };
}
