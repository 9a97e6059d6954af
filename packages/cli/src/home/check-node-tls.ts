/** The TLS files of every address where nodes dial this cosigner, read from the home and checked as the server will check them. */

import { checkKeyPermissions, checkNodeServerFiles } from '@quorumsign/pki';
import type { NodeConfig } from '../config/node-entry.js';
import { isLoopback, parseGrpcListen } from '../config/node-entry.js';
import { readServerFiles } from '../create/node-tls-files.js';
import { nodeEndpoint } from './node-endpoint.js';

/**
 * Checks one entry; a node that is dialled has no files.
 *
 * @returns warnings, in words
 * @throws CliError `FILE`; PkiError for files that do not fit each other, the time, or may be read by others
 */
export async function checkNodeTls(home: string, node: NodeConfig, now: Date): Promise<readonly string[]> {
  const endpoint = nodeEndpoint(home, node);
  if (endpoint.kind === 'dial') return [];
  const { listen, tls } = endpoint;
  if (tls.mode === 'none') {
    if (isLoopback(parseGrpcListen(listen)?.host ?? '')) return [];
    return [
      `${listen}: plain text on an address that others reach; whoever connects gets signatures. Use tls: { mode: mutual }`,
    ];
  }
  await checkKeyPermissions(tls.keyFile);
  const sources = { certificate: tls.certificateFile, key: tls.keyFile };
  const files = await readServerFiles(
    tls.mode === 'mutual' ? { mode: tls.mode, ...sources, clientCa: tls.clientCaFile } : { mode: tls.mode, ...sources },
  );
  return checkNodeServerFiles(files, now).warnings;
}
