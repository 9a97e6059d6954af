/** How far ahead a message may be, and how what is farther comes into reach. */
import { expect, it } from 'vitest';
import { INDEX_JUMP_MAX, JUMP_TIMEOUTS, TERM_JUMP_MAX } from '../src/reach.js';
import { ELECTION_TICKS, Solo, text } from './solo.js';

const PERIOD_TICKS = JUMP_TIMEOUTS * ELECTION_TICKS;

function receiveSnapshot(solo: Solo, index: bigint, term = 2n): void {
  solo.receive('snapshot', 'c', term, { snapshot: { index, term: 1n, data: text('') } });
  solo.settle();
}

it('a snapshot so far ahead that indexes could run out is ignored', () => {
  const solo = new Solo();
  receiveSnapshot(solo, INDEX_JUMP_MAX + 1n);
  expect(solo.raft.status()).toMatchObject({ ignored: 1, term: 0n, lastIndex: 0n });
  receiveSnapshot(solo, INDEX_JUMP_MAX);
  expect(solo.raft.status()).toMatchObject({ ignored: 1, term: 2n, lastIndex: INDEX_JUMP_MAX });
});

it('one that another member took at the end of its own reach is taken when it is told again after ten election timeouts', () => {
  const solo = new Solo();
  // The other's log was longer by an entry.
  receiveSnapshot(solo, INDEX_JUMP_MAX + 1n);
  solo.tick(PERIOD_TICKS - 1);
  receiveSnapshot(solo, INDEX_JUMP_MAX + 1n);
  expect(solo.raft.status()).toMatchObject({ ignored: 2, lastIndex: 0n });
  solo.tick();
  receiveSnapshot(solo, INDEX_JUMP_MAX + 1n, 3n);
  expect(solo.raft.status()).toMatchObject({ ignored: 2, lastIndex: INDEX_JUMP_MAX + 1n });
});

it('so is one far behind which this member is, who only follows: it is told again until it is in reach', () => {
  const solo = new Solo();
  const index = 4n * INDEX_JUMP_MAX;
  for (let period = 1; period < 4; period++) {
    receiveSnapshot(solo, index);
    expect(solo.raft.status()).toMatchObject({ ignored: period, lastIndex: 0n, role: 'follower' });
    for (let tick = 0; tick < PERIOD_TICKS; tick++) solo.raft.tick(false);
  }
  receiveSnapshot(solo, index);
  expect(solo.raft.status()).toMatchObject({ role: 'follower', lastIndex: index });
});

it('one that was told once is out of reach again when it is not told any more', () => {
  const solo = new Solo();
  receiveSnapshot(solo, INDEX_JUMP_MAX + 1n);
  solo.tick(2 * PERIOD_TICKS);
  receiveSnapshot(solo, INDEX_JUMP_MAX + 1n);
  expect(solo.raft.status()).toMatchObject({ ignored: 2, lastIndex: 0n });
});

it('indexes are used up by one jump in ten election timeouts, however many snapshots come', () => {
  const solo = new Solo();
  receiveSnapshot(solo, INDEX_JUMP_MAX);
  for (let again = 0; again < 100; again++) receiveSnapshot(solo, 2n * INDEX_JUMP_MAX);
  expect(solo.raft.status()).toMatchObject({ ignored: 100, lastIndex: INDEX_JUMP_MAX });
  solo.tick(PERIOD_TICKS);
  receiveSnapshot(solo, 2n * INDEX_JUMP_MAX, 99n);
  receiveSnapshot(solo, 2n * INDEX_JUMP_MAX + 1n, 100n);
  expect(solo.raft.status()).toMatchObject({ ignored: 101, lastIndex: 2n * INDEX_JUMP_MAX });
});

it('terms come into reach in the same way', () => {
  const solo = new Solo();
  const far = TERM_JUMP_MAX + 1n;
  for (let again = 0; again < 100; again++) solo.receive('heartbeat', 'c', far);
  expect(solo.raft.status()).toMatchObject({ ignored: 100, term: 0n });
  for (let tick = 0; tick < PERIOD_TICKS; tick++) solo.raft.tick(false);
  solo.receive('heartbeat', 'c', far);
  expect(solo.raft.status()).toMatchObject({ ignored: 100, term: far, leader: 'c' });
});
