import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { EpochedCore } from '../src/core/epochs/epoched-core.js';
import type { Outcome } from '../src/core/types.js';
import { NodeRequests } from '../src/shell/node-requests.js';
import { CHAIN, voteOf } from './epochs/epoch-cluster.js';

const DENIED: Outcome = { kind: 'denied', message: 'no' };
const request = { chainId: CHAIN, signBytes: voteOf(1n, 1), extensionSignBytes: undefined };

function withCore(sign: (answer: (outcome: Outcome) => void) => void) {
  const withdrawn: number[] = [];
  const observed: string[] = [];
  const core = {
    sign: (_bytes: Uint8Array, _extension: undefined, answer: (outcome: Outcome) => void) => {
      sign(answer);
      return 7;
    },
    withdraw: (id: number) => withdrawn.push(id),
  } as unknown as EpochedCore;
  const requests = new NodeRequests({
    logger: pino({ level: 'silent' }),
    observer: {
      signed: () => observed.push('signed'),
      denied: () => observed.push('denied'),
      failed: () => observed.push('failed'),
    } as unknown as ConstructorParameters<typeof NodeRequests>[0]['observer'],
    input: (run) => run(core),
    publicKey: () => undefined,
  });
  return { requests, withdrawn, observed };
}

describe('what a node asks for', () => {
  it('is answered when the core answers before it has said an id', async () => {
    const { requests, withdrawn, observed } = withCore((answer) => answer(DENIED));
    const node = new AbortController();
    expect(await requests.backendOf(CHAIN).sign(request, node.signal)).toEqual(DENIED);
    await turn();
    expect(observed).toEqual(['denied']);
    node.abort();
    expect([requests.size, withdrawn]).toEqual([0, []]);
  });

  it('is answered once, when the answer comes later', async () => {
    let answer: (outcome: Outcome) => void = () => {};
    const { requests, withdrawn, observed } = withCore((take) => {
      answer = take;
    });
    const node = new AbortController();
    const asked = requests.backendOf(CHAIN).sign(request, node.signal);
    expect(requests.size).toBe(1);
    answer(DENIED);
    answer({ kind: 'gave-up', reason: 'a second' });
    node.abort();
    expect(await asked).toEqual(DENIED);
    await turn();
    expect([requests.size, withdrawn, observed]).toEqual([0, [], ['denied']]);
  });

  it('is withdrawn from the core when the node has gone, and an answer then is nobody’s', async () => {
    let answer: (outcome: Outcome) => void = () => {};
    const { requests, withdrawn, observed } = withCore((take) => {
      answer = take;
    });
    const node = new AbortController();
    void requests.backendOf(CHAIN).sign(request, node.signal);
    node.abort();
    answer(DENIED);
    await turn();
    expect([requests.size, withdrawn, observed]).toEqual([0, [7], []]);
  });

  it('is given up at once when this cosigner stops, or when the node has gone already', async () => {
    const { requests } = withCore(() => {
      throw new Error('asked of the core');
    });
    const gaveUp = { kind: 'gave-up', reason: 'stopping' };
    expect(await requests.backendOf(CHAIN).sign(request, AbortSignal.abort())).toEqual(gaveUp);
    requests.refuseNew();
    expect(await requests.backendOf(CHAIN).sign(request, new AbortController().signal)).toEqual(gaveUp);
  });
});
