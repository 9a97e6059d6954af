import { expect, it } from 'vitest';
import { CommitmentStock } from '../src/core/commitment-stock.js';
import { Sessions } from '../src/core/sessions.js';
import { newTask, type SigningSession } from '../src/core/signing-task.js';
import type { CoreChain, CoreDeps, CoreOptions } from '../src/core/types.js';

it('a task that two sessions could finish at one moment is finished once', () => {
  const members = ['c1', 'c2', 'c3'].map((name, at) => ({ name, identifier: at + 1 }));
  const stock = new CommitmentStock();
  for (const set of [
    [1, 2],
    [1, 3],
  ]) {
    const commitment = { number: 1n, bytes: new Uint8Array(64), points: undefined as never };
    for (const member of set) stock.add('c', set, member, [commitment]);
  }
  let nowMs = 0;
  const bound = { aggregate: () => new Uint8Array(64) };
  const deps = {
    frost: { openSession: () => ({ bind: () => bound }) },
    verify: () => true,
    monotonicMs: () => nowMs,
    effects: { event: () => {} },
  } as unknown as CoreDeps;
  const options = { name: 'c1', members, threshold: 2 } as unknown as CoreOptions;
  const sessions = new Sessions({ options, deps, stock, isConnected: () => true, refill: () => {} });
  const opened: SigningSession[] = [];
  let isDurable = false;
  let finished = 0;
  const rules = {
    willing: () => members.map(({ name }) => name),
    mayFinish: () => isDurable,
    request: () => {},
    opened: (session: SigningSession) => void opened.push(session),
    finished: () => void finished++,
  };
  const chain = { chainId: 'c', group: { groupKey: new Uint8Array(32) } } as CoreChain;
  sessions.start(newTask({ key: 'k', chain, label: 'k', messages: [new Uint8Array(1)], rules, startedMs: 0 }));
  nowMs = 1000;
  sessions.tick(() => true);
  expect(opened.map(({ signerSet }) => signerSet)).toEqual([
    [1, 2],
    [1, 3],
  ]);
  for (const { id, signerSet } of opened) {
    for (const member of members.filter(({ identifier }) => signerSet.includes(identifier)))
      sessions.shareReplied(member, { session: id, shares: [new Uint8Array(32)], refused: '' });
  }
  expect(finished).toBe(0);
  isDurable = true;
  sessions.tryFinishAll();
  expect(finished).toBe(1);
});
