/**
 * The server's TLS files, read together, checked against each other, and read again when one of them changes: renewals are picked
 * up without a restart. What does not fit is logged, once, and what was in use stays in use.
 *
 * Changes are found by looking every second: watching a file loses it where it is replaced by rename or, as Kubernetes does it,
 * behind a link.
 */

import { readFile, stat } from 'node:fs/promises';
import { checkKeyPermissions, checkNodeServerFiles, PkiError } from '@quorumsign/pki';
import type { Clock } from '../clock.js';
import { PrivvalError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { NodeServerTls } from './node-server.js';

const LOOK_MS = 1000;
/** Far above any chain of certificates. */
const FILE_BYTES_MAX = 1024 * 1024;
/** A near end is said again after this. */
const WARN_AGAIN_MS = 86_400_000;

export type SecuredTls = Exclude<NodeServerTls, { mode: 'none' }>;

export interface LoadedTls {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Undefined where nodes are not asked for a certificate. */
  readonly clientCaPem: string | undefined;
  readonly notAfter: Date;
}

export interface TlsFilesDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly date: () => Date;
}

export class TlsFiles {
  readonly #tls: SecuredTls;
  readonly #deps: TlsFilesDeps;
  #stamp = '';
  #said = '';
  #warnedMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(tls: SecuredTls, deps: TlsFilesDeps) {
    this.#tls = tls;
    this.#deps = deps;
  }

  /** @throws PrivvalError `TLS_FILES` */
  async load(): Promise<LoadedTls> {
    this.#stamp = await this.#stampNow();
    try {
      return await this.#read();
    } catch (cause) {
      throw new PrivvalError({ code: 'TLS_FILES', problem: messageOf(cause) }, { cause });
    }
  }

  /** Looks for changes until `stop`. */
  watch(changed: (loaded: LoadedTls) => void): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.setTimer(LOOK_MS, () => {
      this.#look(changed).finally(() => this.watch(changed));
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #look(changed: (loaded: LoadedTls) => void): Promise<void> {
    const stamp = await this.#stampNow();
    const { clock, logger } = this.#deps;
    const warnDue = clock.nowMs() - this.#warnedMs >= WARN_AGAIN_MS;
    if ((stamp === this.#stamp && !warnDue) || this.#stopped) return;
    try {
      const loaded = await this.#read();
      // A file that moved while it was read is read again at the next look.
      if ((await this.#stampNow()) !== stamp || this.#stopped) return;
      const news = stamp !== this.#stamp;
      this.#stamp = stamp;
      this.#said = '';
      if (!news) return;
      changed(loaded);
      logger.info({ notAfter: loaded.notAfter.toISOString() }, 'certificates for nodes read again');
    } catch (error) {
      const problem = messageOf(error);
      if (problem === this.#said) return;
      this.#said = problem;
      logger.error({ error: problem }, 'new certificates for nodes do not fit; the old ones stay in use');
    }
  }

  async #read(): Promise<LoadedTls> {
    const { certificateFile, keyFile } = this.#tls;
    const clientCaFile = this.#tls.mode === 'mutual' ? this.#tls.clientCaFile : undefined;
    await checkKeyPermissions(keyFile);
    const named = async (what: string) => ({ what, text: await readText(what) });
    const files = {
      certificate: await named(certificateFile),
      key: await named(keyFile),
      clientCa: clientCaFile === undefined ? undefined : await named(clientCaFile),
    };
    const checked = checkNodeServerFiles(files, this.#deps.date());
    for (const warning of checked.warnings) this.#deps.logger.warn({}, warning);
    this.#warnedMs = this.#deps.clock.nowMs();
    return {
      certificatePem: checked.chain.map((each) => each.toString()).join(''),
      keyPem: files.key.text,
      clientCaPem: files.clientCa?.text,
      notAfter: checked.notAfter,
    };
  }

  /** Changes when any of the files does; a file that is missing has a stamp too. */
  async #stampNow(): Promise<string> {
    const { certificateFile, keyFile } = this.#tls;
    const files = [certificateFile, keyFile, ...(this.#tls.mode === 'mutual' ? [this.#tls.clientCaFile] : [])];
    const stamps = await Promise.all(
      files.map(async (file) => {
        try {
          const { ino, size, mtimeMs, ctimeMs } = await stat(file);
          return `${ino}/${size}/${mtimeMs}/${ctimeMs}`;
        } catch (error) {
          return messageOf(error);
        }
      }),
    );
    return stamps.join(' ');
  }
}

async function readText(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > FILE_BYTES_MAX) throw new Error(`${file}: expected at most ${FILE_BYTES_MAX} bytes, found ${size}`);
  return await readFile(file, 'utf8');
}

function messageOf(error: unknown): string {
  if (error instanceof PkiError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
