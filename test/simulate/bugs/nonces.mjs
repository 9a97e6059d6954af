// Bugs of nonces.

import { bug, NONCE_PAIR, NONCE_STOCK, SESSIONS } from './bug.mjs';

export const NONCES_BUGS = [
  bug('a nonce goes back after a failure and is used again', [
    {
      file: NONCE_STOCK,
      from: 'const found = shelf.pairs.get(number);\n    shelf.pairs.delete(number);',
      to: 'const found = shelf.pairs.get(number);',
    },
    { file: NONCE_PAIR, from: "if (this.#spent) throw new FrostError({ code: 'NONCE_USED' });", to: '' },
    { file: NONCE_PAIR, from: 'this.#hiding.fill(0);\n    this.#binding.fill(0);', to: '' },
    {
      file: 'packages/cosigner/src/core/nonce-use.ts',
      from: 'if (keys.some((key) => used.has(key))) return false;',
      to: '',
    },
    {
      file: SESSIONS,
      from: 'const taken = stock.take(chainId, signerSet);',
      to: 'const taken = stock.peek(chainId, signerSet);',
    },
    {
      file: 'packages/cosigner/src/core/commitment-stock.ts',
      from: '  /** Sessions that could be had now. */',
      to: '  peek(chainId: string, signerSet: readonly number[]) { const stock = this.#stocks.get(stockKey(chainId, signerSet)); return new Map(signerSet.map((member) => [member, stock?.queues.get(member)?.[0]])); }\n  /** Sessions that could be had now. */',
    },
  ]),
  bug(
    'nonces come back after a restart',
    [
      {
        file: NONCE_PAIR,
        from: 'share.reveal((secret) => h3(sodium, fresh, secret))',
        to: 'share.reveal((secret) => h3(sodium, Uint8Array.of(++drawn), secret))',
      },
      {
        file: NONCE_PAIR,
        from: 'export function generateNonces(',
        to: 'let drawn = 0;\nexport function generateNonces(',
      },
    ],
    { curve: 'ed25519', faults: ['kill', 'power-loss'] },
  ),
  bug('nonces outlive the connection', [
    { file: NONCE_STOCK, from: 'if (shelf.coordinator !== coordinator) continue;', to: 'continue;' },
    {
      file: NONCE_STOCK,
      from: 'if (shelf !== undefined && shelf.connectionId !== reservation.connectionId) {',
      to: 'if (false) {',
    },
    {
      file: NONCE_STOCK,
      from: 'if (shelf === undefined || shelf.connectionId !== reservation.connectionId) return undefined;',
      to: 'if (shelf === undefined) return undefined;',
    },
    // The coordinator's own memory of them is a second line.
    { file: SESSIONS, from: 'this.#s.stock.drop(member.identifier);\n    this.#ranking', to: 'this.#ranking' },
  ]),
];
