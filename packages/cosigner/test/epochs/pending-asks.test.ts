import { describe, expect, it } from 'vitest';
import type { CosignerCore } from '../../src/core/core.js';
import { PendingAsks } from '../../src/core/epochs/pending-asks.js';

function coreWithIds(first: number) {
  const withdrawn: number[] = [];
  let next = first;
  const core = { withdraw: (id: number) => withdrawn.push(id) } as unknown as CosignerCore;
  return { core, withdrawn, nextId: () => next++ };
}

/** One request, and everything that is answered to it. */
function asked(asks: PendingAsks, nextId: () => number, early?: string) {
  const answers: unknown[] = [];
  const settles = new Map<CosignerCore, (outcome: string) => void>();
  const id = asks.add<string>({
    deadlineMs: 100,
    begin: (core, settle) => {
      settles.set(core, settle);
      if (early !== undefined) settle(early);
      return nextId();
    },
    answer: (outcome) => answers.push(outcome),
  });
  return { id, answers, settle: (core: CosignerCore, outcome: string) => settles.get(core)?.(outcome) };
}

describe('what a node waits for while the key passes on', () => {
  it('is answered by the next core, not by one that was left', () => {
    const asks = new PendingAsks();
    const [old, next] = [coreWithIds(5), coreWithIds(70)];
    asks.use(old.core);
    const { answers, settle } = asked(asks, old.nextId);
    asks.use(undefined);
    settle(old.core, 'of the epoch before');
    asks.use(next.core);
    settle(old.core, 'of the epoch before');
    expect([answers, asks.size]).toEqual([[], 1]);
    settle(next.core, 'signed');
    settle(next.core, 'again');
    expect([answers, asks.size]).toEqual([['signed'], 0]);
  });

  it('is nothing any more once it is answered, also before the core has said its id', () => {
    const asks = new PendingAsks();
    const { core, withdrawn, nextId } = coreWithIds(5);
    asks.use(core);
    const { id, answers } = asked(asks, nextId, 'signed');
    asks.withdraw(id);
    expect([answers, asks.size, withdrawn]).toEqual([['signed'], 0, []]);
  });

  it('is withdrawn from the core at hand, by the id that it has there', () => {
    const asks = new PendingAsks();
    const [old, next] = [coreWithIds(5), coreWithIds(70)];
    asks.use(old.core);
    const { id } = asked(asks, () => (old.nextId() === 5 ? 5 : next.nextId()));
    asks.use(next.core);
    asks.withdraw(id);
    expect([old.withdrawn, next.withdrawn, asks.size]).toEqual([[], [70], 0]);
  });

  it('is given up at its deadline where there is no core, which does so itself', () => {
    const asks = new PendingAsks();
    const { core, nextId } = coreWithIds(5);
    asks.use(core);
    const { answers } = asked(asks, nextId);
    asks.expire(100, 'late');
    asks.use(undefined);
    asks.expire(99, 'late');
    expect(answers).toEqual([]);
    asks.expire(100, 'late');
    expect([answers, asks.size]).toEqual([[{ kind: 'gave-up', reason: 'late' }], 0]);
  });
});
