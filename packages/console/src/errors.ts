/**
 * What can go wrong at the edges that this package owns: a listening address, the admin socket. Messages say what was
 * expected, what was found and what to do. A caller maps `ADMIN_UNREACHABLE` and `ADMIN_SILENT` to "cannot reach the
 * running cosigner".
 */

export type ConsoleErrorDetail =
  /** Not `HOST:PORT`. */
  | { readonly code: 'ADDRESS_INVALID'; readonly address: string }
  /** The address or the socket path cannot be listened on. */
  | { readonly code: 'LISTEN_FAILED'; readonly address: string; readonly reason: string }
  /** Nobody listens on the admin socket. */
  | { readonly code: 'ADMIN_UNREACHABLE'; readonly socketPath: string; readonly reason: string }
  /** Somebody listens, but the answer did not come in time or broke off. */
  | { readonly code: 'ADMIN_SILENT'; readonly socketPath: string; readonly reason: string }
  /** The answer is not what this version understands. */
  | { readonly code: 'ADMIN_ANSWER'; readonly socketPath: string; readonly reason: string };

export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
  readonly detail: ConsoleErrorDetail;

  constructor(detail: ConsoleErrorDetail, options?: ErrorOptions) {
    super(`${detail.code}: ${describe(detail)}`, options);
    this.detail = detail;
  }
}

function describe(detail: ConsoleErrorDetail): string {
  switch (detail.code) {
    case 'ADDRESS_INVALID':
      return `expected HOST:PORT (an IPv6 address in brackets), found ${JSON.stringify(detail.address)}`;
    case 'LISTEN_FAILED':
      return `expected to listen on ${detail.address}, found ${detail.reason}; free that address or configure another`;
    case 'ADMIN_UNREACHABLE':
      return `expected a running cosigner at ${detail.socketPath}, found ${detail.reason}; ${unreachableRemedy(detail.reason)}`;
    case 'ADMIN_SILENT':
      return `expected an answer from the cosigner at ${detail.socketPath}, found ${detail.reason}; look at its log`;
    case 'ADMIN_ANSWER':
      return `expected an answer of this version at ${detail.socketPath}, found ${detail.reason}; use the same version for command and cosigner`;
  }
}

/** Another user's cosigner may well be running: to start it once more would be the wrong advice. */
function unreachableRemedy(reason: string): string {
  if (reason === reasonOfCode('EACCES')) return 'run this command as the user that the cosigner runs as';
  return 'start it and wait until it logs "started", or give its home with --home DIR';
}

/** The errno of a foreign error in words that an operator can search for. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return reasonOfCode(code) ?? (code === '' ? error.message : code);
}

function reasonOfCode(code: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process listening there (EADDRINUSE)';
    case 'EACCES':
      return 'no permission (EACCES)';
    case 'EADDRNOTAVAIL':
      return 'no such address on this machine (EADDRNOTAVAIL)';
    case 'ENOENT':
      return 'nothing there (ENOENT)';
    case 'ECONNREFUSED':
      return 'a socket that nobody listens on (ECONNREFUSED)';
    default:
      return undefined;
  }
}
