import { expect, it } from 'vitest';
import { CommitmentStock } from '../src/core/commitment-stock.js';

const SET = [1, 2];
const ask = (stock: CommitmentStock, urgent: boolean, nowMs: number) =>
  stock.due({ chainId: 'c', signerSet: SET, members: SET, target: 4, atLeast: 1, urgent }, nowMs).size;

it('what a signature waits for is asked for although a batch without haste is on its way', () => {
  const stock = new CommitmentStock();
  expect(ask(stock, false, 0)).toBe(2);
  expect(ask(stock, false, 1)).toBe(0);
  expect(ask(stock, true, 1)).toBe(2);
});

it('what is asked for in haste is not asked for again, in haste or not, before 200 ms', () => {
  const stock = new CommitmentStock();
  expect(ask(stock, true, 0)).toBe(2);
  expect([ask(stock, true, 199), ask(stock, false, 199)]).toEqual([0, 0]);
  expect(ask(stock, true, 200)).toBe(2);
});
