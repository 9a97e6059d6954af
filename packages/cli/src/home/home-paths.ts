/** Where things are in a home (cli.md, section 2). */

import { join } from 'node:path';

export interface HomePaths {
  readonly root: string;
  readonly config: string;
  readonly shares: string;
  readonly tls: string;
  /** Seed of this cosigner's identity towards nodes (SecretConnection), hexadecimal. */
  readonly nodeIdentity: string;
  readonly store: string;
  readonly adminSocket: string;
}

export function homePaths(root: string): HomePaths {
  return {
    root,
    config: join(root, 'quorumsign.yaml'),
    shares: join(root, 'shares'),
    tls: join(root, 'tls'),
    nodeIdentity: join(root, 'tls', 'node-identity.key'),
    store: join(root, 'store'),
    adminSocket: join(root, 'admin.sock'),
  };
}
