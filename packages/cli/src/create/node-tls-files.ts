/** The certificate, key and authority that `--tls` names: read and checked before anything is written, copied into each home. */

import { checkNodeServerFiles, NODE_PEM_BYTES_MAX, type NodeServerFiles } from '@quorumsign/pki';
import { readTextFile } from '../text-file.js';
import type { NodeTlsSources } from './create-options.js';

export interface NodeTlsContents {
  readonly certificate: string;
  readonly key: string;
  /** Undefined unless nodes are asked for a certificate. */
  readonly clientCa: string | undefined;
  readonly warnings: readonly string[];
}

/** @throws CliError `FILE`; PkiError for files that do not fit each other or the time */
export async function readNodeTlsFiles(sources: NodeTlsSources, now: Date): Promise<NodeTlsContents> {
  const files = await readServerFiles(sources);
  const { warnings } = checkNodeServerFiles(files, now);
  return {
    certificate: files.certificate.text,
    key: files.key.text,
    clientCa: files.clientCa?.text,
    warnings,
  };
}

/** Reads what a server for nodes needs; paths are taken as they are. @throws CliError `FILE` */
export async function readServerFiles(sources: NodeTlsSources): Promise<NodeServerFiles> {
  const read = async (what: string) => ({ what, text: await readTextFile(what, NODE_PEM_BYTES_MAX) });
  return {
    certificate: await read(sources.certificate),
    key: await read(sources.key),
    clientCa: sources.mode === 'mutual' ? await read(sources.clientCa) : undefined,
  };
}
