/** Whether two servers of one machine can both listen. */

import type { ListenAddress } from '@quorumsign/console';

/** One port, on one address or on all; port 0 is another one each time. */
export function isSameSocket(a: ListenAddress, b: ListenAddress): boolean {
  return a.port !== 0 && a.port === b.port && (a.host === b.host || isWildcard(a.host) || isWildcard(b.host));
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
