/**
 * Errors of the command line itself, and the one place that maps every error of the other packages to an exit code. Each
 * message says what was expected, what was found and what to do; none holds a passphrase or key material.
 */

import { ConsoleError } from '@quorumsign/console';
import { FrostError } from '@quorumsign/frost';
import { KeystoreError } from '@quorumsign/keystore';
import { PkiError } from '@quorumsign/pki';
import { PrivvalError } from '@quorumsign/privval';
import { StoreError } from '@quorumsign/store';
import { EXIT_FAILED, EXIT_LOCKED, EXIT_SAFETY, EXIT_UNREACHABLE, EXIT_USAGE, type ExitCode } from './exit-code.js';

export type CliErrorDetail =
  /** A flag, an argument or an environment variable. */
  | { readonly code: 'USAGE'; readonly problem: string }
  /** quorumsign.yaml; every problem found, each with its line. */
  | { readonly code: 'CONFIG'; readonly problems: readonly string[] }
  /** A file that is needed is missing, unreadable or too long. */
  | { readonly code: 'FILE'; readonly path: string; readonly problem: string }
  /** The key of the cluster's authority, kept offline, is not where it was looked for. */
  | { readonly code: 'AUTHORITY_KEY_MISSING'; readonly path: string; readonly elsewhere: string }
  /** Something exists that would be overwritten. */
  | { readonly code: 'WOULD_OVERWRITE'; readonly path: string }
  /** A key that may have signed before comes without a floor. */
  | { readonly code: 'FLOOR_MISSING'; readonly keyFile: string }
  /** `store init` for a chain of which nobody says up to where its key has signed. */
  | { readonly code: 'CHAIN_FLOOR_MISSING'; readonly chainId: string }
  /** What a home's files say contradicts quorumsign.yaml. */
  | { readonly code: 'HOME'; readonly problem: string }
  /** The running cosigner refused what it was asked. */
  | { readonly code: 'REFUSED'; readonly problem: string }
  /** `config check` found errors; they were printed already. */
  | { readonly code: 'CHECK_FAILED'; readonly errors: number };

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly detail: CliErrorDetail;

  constructor(detail: CliErrorDetail, options?: ErrorOptions) {
    super(describe(detail), options);
    this.detail = detail;
  }
}

/** A problem with what was typed. */
export function usageError(problem: string): CliError {
  return new CliError({ code: 'USAGE', problem });
}

function describe(detail: CliErrorDetail): string {
  switch (detail.code) {
    case 'USAGE':
    case 'HOME':
    case 'REFUSED':
      return `${detail.code}: ${detail.problem}`;
    case 'CONFIG':
      return `CONFIG: ${detail.problems.join('\n')}`;
    case 'FILE':
      return `FILE: ${detail.path}: ${detail.problem}`;
    case 'AUTHORITY_KEY_MISSING':
      return `AUTHORITY_KEY_MISSING: expected the key of the cluster's authority at ${detail.path}, found none; ${detail.elsewhere}`;
    case 'WOULD_OVERWRITE':
      return `WOULD_OVERWRITE: ${detail.path} exists; nothing was written. Choose another --out, or move it away yourself`;
    case 'FLOOR_MISSING':
      return (
        `FLOOR_MISSING: ${detail.keyFile} may have signed before, and signing again at or below that height is a double ` +
        'signature. Give the state that its signer left (--state priv_validator_state.json), or a height that the chain has ' +
        'passed (--floor HEIGHT); --never-signed only if this key has never signed anything'
      );
    case 'CHAIN_FLOOR_MISSING':
      return (
        `CHAIN_FLOOR_MISSING: expected a floor for ${detail.chainId} in quorumsign.yaml (chains[].floor), found none. Give a height that the chain ` +
        'has passed; --never-signed only if its key has never signed anything'
      );
    case 'CHECK_FAILED':
      return `CHECK_FAILED: ${detail.errors} error${detail.errors === 1 ? '' : 's'} found; see above what to do about each`;
  }
}

/** The exit code of any error that ends a command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return cliExitCode(error.detail.code);
  if (error instanceof StoreError) {
    if (error.detail.code === 'STORE_LOCKED') return EXIT_LOCKED;
    return error.detail.code === 'STORE_EXISTS' ? EXIT_USAGE : EXIT_SAFETY;
  }
  if (error instanceof ConsoleError) {
    switch (error.detail.code) {
      case 'ADDRESS_INVALID':
        return EXIT_USAGE;
      case 'ADMIN_UNREACHABLE':
      case 'ADMIN_SILENT':
        return EXIT_UNREACHABLE;
      case 'LISTEN_FAILED':
      case 'ADMIN_ANSWER':
        return EXIT_FAILED;
    }
  }
  // Whoever holds the port may be gone the next time.
  if (error instanceof PrivvalError && error.code === 'LISTEN_FAILED') return EXIT_FAILED;
  // Key files, certificates and addresses are part of the configuration: starting again changes nothing.
  const configuration = [KeystoreError, PkiError, FrostError, PrivvalError].some((each) => error instanceof each);
  if (configuration) return EXIT_USAGE;
  // The cosigner's fold of recovered records has no class of its own; its code begins the message.
  return error instanceof Error && error.message.startsWith('STORE_') ? EXIT_SAFETY : EXIT_FAILED;
}

function cliExitCode(code: CliErrorDetail['code']): ExitCode {
  switch (code) {
    case 'FLOOR_MISSING':
    case 'CHAIN_FLOOR_MISSING':
      return EXIT_SAFETY;
    case 'REFUSED':
      return EXIT_FAILED;
    default:
      return EXIT_USAGE;
  }
}
