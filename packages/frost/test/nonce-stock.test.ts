import { describe, expect, it } from 'vitest';
import { NonceStock, PAIRS_PER_RESERVATION_MAX, type Reservation } from '../src/index.js';

class Pair {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}

const reservation: Reservation = { chainId: 'c', signerSet: [1, 2], coordinator: 'alpha', connectionId: 'x' };

describe('the nonce stock', () => {
  it('gives a pair once', () => {
    const stock = new NonceStock<Pair>();
    const [issued] = stock.issue(reservation, 1, 0, () => new Pair());
    expect(stock.take(reservation, issued?.number ?? 0n)).toBe(issued?.pair);
    expect(stock.take(reservation, issued?.number ?? 0n)).toBeUndefined();
  });

  it('gives a pair only for the chain, signer set, coordinator and connection it was published for', () => {
    const stock = new NonceStock<Pair>();
    const [issued] = stock.issue(reservation, 1, 0, () => new Pair());
    for (const other of [{ chainId: 'd' }, { signerSet: [1, 3] }, { coordinator: 'beta' }, { connectionId: 'y' }]) {
      expect(stock.take({ ...reservation, ...other }, issued?.number ?? 0n)).toBeUndefined();
    }
    expect(stock.take(reservation, issued?.number ?? 0n)).toBeDefined();
  });

  it('voids what was published over a connection that is gone', () => {
    const stock = new NonceStock<Pair>();
    const [first] = stock.issue(reservation, 1, 0, () => new Pair());
    const [second] = stock.issue({ ...reservation, connectionId: 'y' }, 1, 0, () => new Pair());
    expect(first?.pair.destroyed).toBe(true);
    stock.voidCoordinator('alpha');
    expect(second?.pair.destroyed).toBe(true);
    expect(stock.take({ ...reservation, connectionId: 'y' }, second?.number ?? 0n)).toBeUndefined();
    expect(stock.size()).toBe(0);
  });

  it('keeps a bounded number, the oldest going first, and destroys what has expired', () => {
    const stock = new NonceStock<Pair>();
    const all = Array.from(
      { length: PAIRS_PER_RESERVATION_MAX + 3 },
      (_, at) => stock.issue(reservation, 1, at, () => new Pair())[0],
    );
    expect(stock.size()).toBe(PAIRS_PER_RESERVATION_MAX);
    expect(all.slice(0, 3).every((each) => each?.pair.destroyed)).toBe(true);
    stock.expire(10);
    expect(all[9]?.pair.destroyed).toBe(true);
    expect(stock.take(reservation, all[10]?.number ?? 0n)).toBe(all[10]?.pair);
  });
});
