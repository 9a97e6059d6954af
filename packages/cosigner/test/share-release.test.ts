import { type Frost, loadFrost, type NoncePair, NonceStock } from '@quorumsign/frost';
import {
  encodeCelestiaRawBytes,
  encodeExtensionSignBytes,
  encodeVoteSignBytes,
  type MarkRecord,
  type ParsedSignBytes,
  parseSignBytes,
  type RawBytesPolicy,
} from '@quorumsign/sign-state';
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../src/core/limits.js';
import { Marks } from '../src/core/marks.js';
import type { LoggedIntent } from '../src/core/replicated-state.js';
import { ShareRelease } from '../src/core/share-release.js';
import type { RawShareRequest, ShareRequest } from '../src/gen/cosigner/cosigner.js';
import { blockOf, prng } from './core-cluster.js';

const CHAIN = 'chain-1';
const frost: Frost = await loadFrost();
const draw = prng(7);
const random = (length: number) => Uint8Array.from({ length }, () => draw(256));
const { group, shares } = frost.deal({
  secret: frost.randomSecret(random),
  threshold: 2,
  identifiers: [1, 2, 3],
  epoch: 1,
  random,
});
const [leaderShare, share] = shares;
if (leaderShare === undefined || share === undefined) throw new Error('no shares');
const FROM = { peer: 'leader', connectionId: 'connection-1' };

function vote(height: bigint, block = 1, type: 'prevote' | 'precommit' = 'prevote', seconds = 1n): ParsedSignBytes {
  const blockId = block === 0 ? undefined : blockOf(block);
  return parseSignBytes(
    encodeVoteSignBytes({ type, height, round: 0, blockId, timestamp: { seconds, nanos: 0 }, chainId: CHAIN }),
  );
}

/** One signer of identifier 2, whose log and term the test moves. */
class Scene {
  term = 5n;
  leader: string | undefined = 'leader';
  readonly entries = new Map<bigint, LoggedIntent>();
  readonly marks: Marks;
  readonly nonces = new NonceStock<NoncePair>();
  readonly release: ShareRelease;
  wallMs = 1_000_000;
  highest: ParsedSignBytes | undefined;
  resultsAsked = 0;
  rawBytes: RawBytesPolicy = {};
  isSealed = false;

  constructor(marks: readonly MarkRecord[] = []) {
    this.marks = new Marks(marks);
    this.release = new ShareRelease({
      self: 2,
      frost,
      marks: this.marks,
      nonces: this.nonces,
      points: (commitment, identifier) => frost.parseCommitment(commitment, identifier),
      chain: (chainId) =>
        chainId === CHAIN
          ? { chainId, group, share: share as never, limits: DEFAULT_LIMITS, rawBytes: this.rawBytes }
          : undefined,
      term: () => this.term,
      leader: () => this.leader,
      termAt: (index) => this.entries.get(index)?.term,
      intentAt: (index) => this.entries.get(index),
      highestResult: () => {
        this.resultsAsked++;
        return this.highest && { message: this.highest, signature: new Uint8Array(64), extensions: new Map() };
      },
      isSealed: () => this.isSealed,
      wallMs: () => this.wallMs,
    });
  }

  intent(index: bigint, message: ParsedSignBytes, term = this.term): void {
    this.entries.set(index, { index, term, message });
  }

  /** A request with fresh nonces of both signers; parts for the vote, and for an extension where given. */
  request(index: bigint, extensions: readonly (Uint8Array | undefined)[] = [undefined]): ShareRequest {
    const parts = extensions.map((extension) => {
      const theirs = frost.generateNonces(leaderShare as never, random);
      const reservation = {
        chainId: CHAIN,
        signerSet: [1, 2],
        coordinator: FROM.peer,
        connectionId: FROM.connectionId,
      };
      const [own] = this.nonces.issue(reservation, 1, 0, () => frost.generateNonces(share as never, random));
      if (own === undefined) throw new Error('no nonces');
      const bytes = (pair: NoncePair) => Uint8Array.of(...pair.commitment.hiding, ...pair.commitment.binding);
      return {
        extensionSignBytes: extension ?? new Uint8Array(),
        commitments: [
          { identifier: 1, number: 1n, commitment: bytes(theirs) },
          { identifier: 2, number: own.number, commitment: bytes(own.pair) },
        ],
      };
    });
    return { session: 1n, index, term: this.term, parts };
  }

  rawRequest(kind: string, rawBytes: Uint8Array, chainId = CHAIN): RawShareRequest {
    const [part] = this.request(0n).parts;
    return { session: 1n, chainId, kind, rawBytes, commitments: part?.commitments ?? [] };
  }

  ask(request: ShareRequest, from = FROM) {
    return this.release.request(from, request);
  }

  /** The sync of what was asked. */
  sync(pending: ReturnType<Scene['ask']>): void {
    if ('moved' in pending && pending.moved !== undefined) this.marks.persisted(pending.moved);
  }

  signed(message: ParsedSignBytes, timeMs = this.wallMs): MarkRecord {
    const { height, round, step, chainId } = message;
    return { height, round, step, chainId, signBytes: message, timeMs };
  }
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe('the first gate', () => {
  it('lets a new message through, moves the mark in memory, and takes the nonce out', () => {
    scene.intent(1n, vote(1n));
    const request = scene.request(1n);
    const pending = scene.ask(request);
    expect(pending).toMatchObject({ moved: { height: 1n } });
    expect(scene.marks.latest(CHAIN)?.height).toBe(1n);
    expect(scene.marks.durable(CHAIN)).toBeUndefined();
    expect(scene.nonces.size()).toBe(0);
    expect(scene.ask(request)).toMatchObject({ kind: 'refused', reason: 'unknown nonce' });
  });

  const refusals: [string, (at: Scene) => ReturnType<Scene['ask']>, RegExp][] = [
    ['an entry that is not in the log', (at) => at.ask(at.request(9n)), /no such entry/],
    [
      'an entry of an older term',
      (at) => {
        at.intent(1n, vote(1n), 4n);
        return at.ask(at.request(1n));
      },
      /no such entry in this term/,
    ],
    [
      'a request of an older term',
      (at) => {
        at.intent(1n, vote(1n));
        const request = at.request(1n);
        at.term = 6n;
        return at.ask(request);
      },
      /not the leader of this term/,
    ],
    [
      'a peer that does not lead',
      (at) => {
        at.intent(1n, vote(1n));
        at.leader = 'other';
        return at.ask(at.request(1n));
      },
      /not the leader of this term/,
    ],
    [
      'a lower height than the mark',
      (at) => {
        const marked = new Scene([at.signed(vote(2n))]);
        marked.intent(1n, vote(1n));
        return marked.ask(marked.request(1n));
      },
      /height-regression/,
    ],
    [
      'other bytes than the mark',
      (at) => {
        const marked = new Scene([at.signed(vote(2n, 1))]);
        marked.intent(1n, vote(2n, 2));
        return marked.ask(marked.request(1n));
      },
      /conflicting-data/,
    ],
    [
      'another timestamp than the mark',
      (at) => {
        const marked = new Scene([at.signed(vote(2n, 1, 'prevote', 1n))]);
        marked.intent(1n, vote(2n, 1, 'prevote', 2n));
        return marked.ask(marked.request(1n));
      },
      /another timestamp is marked/,
    ],
    [
      'a height far above the mark, by this cosigner’s own count',
      (at) => {
        const marked = new Scene([at.signed(vote(2n))]);
        marked.intent(1n, vote(103n));
        return marked.ask(marked.request(1n));
      },
      /more than 100 above/,
    ],
    [
      'nonces published for another connection',
      (at) => {
        at.intent(1n, vote(1n));
        return at.ask(at.request(1n), { ...FROM, connectionId: 'connection-2' });
      },
      /unknown nonce/,
    ],
    [
      'another commitment than the published one',
      (at) => {
        at.intent(1n, vote(1n));
        const request = at.request(1n);
        const other = at.request(1n).parts[0]?.commitments[1]?.commitment;
        const own = request.parts[0]?.commitments[1];
        if (own === undefined || other === undefined) throw new Error('no commitments');
        own.commitment = other;
        return at.ask(request);
      },
      /not the published one/,
    ],
    [
      'a commitment of another signer that was used before',
      (at) => {
        at.intent(1n, vote(1n));
        const first = at.request(1n);
        at.ask(first);
        const second = at.request(1n);
        const [theirs] = second.parts[0]?.commitments ?? [];
        if (theirs === undefined) throw new Error('no commitments');
        theirs.commitment = first.parts[0]?.commitments[0]?.commitment ?? new Uint8Array();
        return at.ask(second);
      },
      /used before/,
    ],
    [
      'an extension beside a prevote',
      (at) => {
        at.intent(1n, vote(1n));
        return at.ask(at.request(1n, [undefined, extension(1n)]));
      },
      /no non-nil precommit/,
    ],
    [
      'an extension beside a nil precommit',
      (at) => {
        at.intent(1n, vote(1n, 0, 'precommit'));
        return at.ask(at.request(1n, [undefined, extension(1n)]));
      },
      /no non-nil precommit/,
    ],
    [
      'an extension of another height',
      (at) => {
        at.intent(1n, vote(1n, 1, 'precommit'));
        return at.ask(at.request(1n, [undefined, extension(2n)]));
      },
      /another vote/,
    ],
    [
      'a vote smuggled in as an extension',
      (at) => {
        at.intent(1n, vote(1n, 1, 'precommit'));
        return at.ask(at.request(1n, [undefined, vote(1n, 2, 'precommit').bytes]));
      },
      /SIGN_BYTES/,
    ],
    [
      'one message twice in one request',
      (at) => {
        at.intent(1n, vote(1n));
        return at.ask(at.request(1n, [undefined, undefined]));
      },
      /one message asked for twice/,
    ],
  ];
  for (const [name, ask, reason] of refusals) {
    it(`refuses ${name}`, () => {
      const asked = ask(scene);
      if (!('kind' in asked)) throw new Error('expected a refusal');
      expect(asked.reason).toMatch(reason);
    });
  }

  it('measures the height from the highest result, where the mark is far behind', () => {
    const at = new Scene();
    const behind = new Scene([at.signed(vote(2n))]);
    behind.highest = vote(900n);
    behind.intent(1n, vote(950n));
    expect(behind.ask(behind.request(1n))).toMatchObject({ moved: { height: 950n } });
    behind.intent(2n, vote(1100n));
    expect(behind.ask(behind.request(2n))).toMatchObject({ reason: /height 1100 is more than 100 above/ });
  });

  it('asks for no result where the mark alone allows the height', () => {
    const at = new Scene();
    const marked = new Scene([at.signed(vote(2n))]);
    marked.intent(1n, vote(3n));
    expect(marked.ask(marked.request(1n))).toMatchObject({ moved: { height: 3n } });
    expect(marked.resultsAsked).toBe(0);
  });

  it('lets nothing through once the epoch is sealed, and spends no nonce', () => {
    scene.intent(1n, vote(1n));
    const request = scene.request(1n);
    scene.isSealed = true;
    expect(scene.ask(request)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/sealed/) });
    expect(scene.nonces.size()).toBe(1);
    expect(scene.marks.latest(CHAIN)).toBeUndefined();
  });

  it('leaves the mark alone when it refuses', () => {
    const marked = new Scene([scene.signed(vote(2n))]);
    for (const [index, message] of [vote(1n), vote(2n, 2), vote(200n)].entries()) {
      marked.intent(BigInt(index), message);
      marked.ask(marked.request(BigInt(index)));
    }
    expect(marked.marks.latest(CHAIN)?.height).toBe(2n);
  });
});

describe('the second gate', () => {
  it('releases shares that verify, once the mark is on disk', () => {
    scene.intent(1n, vote(1n));
    const pending = scene.ask(scene.request(1n));
    if ('kind' in pending) throw new Error(pending.reason);
    scene.sync(pending);
    const answer = scene.release.release(pending);
    expect(answer.kind).toBe('shares');
    if (answer.kind === 'shares') pending.parts[0]?.bound().verifyShare(2, answer.shares[0] as Uint8Array);
  });

  const losses: [string, (at: Scene) => void, RegExp][] = [
    ['the mark is not on disk', () => {}, /mark/],
    [
      'the term moved during the sync',
      (at) => {
        at.term = 6n;
      },
      /term has moved/,
    ],
    [
      'another leads',
      (at) => {
        at.leader = 'other';
      },
      /term has moved/,
    ],
    ['the entry was cut away', (at) => at.entries.clear(), /entry is gone/],
    ['the entry was replaced', (at) => at.intent(1n, vote(1n), 6n), /entry is gone/],
    ['the mark moved on', (at) => at.marks.persisted(at.signed(vote(2n))), /mark has moved on/],
    [
      'the epoch was sealed during the sync',
      (at) => {
        at.isSealed = true;
      },
      /sealed/,
    ],
  ];
  for (const [name, lose, reason] of losses) {
    it(`keeps the shares when ${name}`, () => {
      scene.intent(1n, vote(1n));
      const pending = scene.ask(scene.request(1n));
      if ('kind' in pending) throw new Error(pending.reason);
      scene.release.compute(pending);
      if (name !== 'the mark is not on disk') scene.sync(pending);
      lose(scene);
      const answer = scene.release.release(pending);
      if (answer.kind !== 'refused') throw new Error('expected a refusal');
      expect(answer.reason).toMatch(reason);
      expect(pending.shares?.every((each) => each.every((byte) => byte === 0))).toBe(true);
    });
  }

  it('gives no share for a commitment that is no point of prime order, and says whose', () => {
    scene.intent(1n, vote(1n));
    const request = scene.request(1n);
    const [theirs] = request.parts[0]?.commitments ?? [];
    if (theirs === undefined) throw new Error('no commitments');
    theirs.commitment = new Uint8Array(64).fill(1);
    const pending = scene.ask(request);
    if ('kind' in pending) throw new Error(pending.reason);
    scene.sync(pending);
    expect(scene.release.release(pending)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/bad commitments.*signer 1/),
    });
  });

  it('equal bytes wait for the sync of the first', () => {
    scene.intent(1n, vote(1n));
    scene.ask(scene.request(1n));
    const second = scene.ask(scene.request(1n));
    if ('kind' in second) throw new Error(second.reason);
    expect(second.moved).toBeUndefined();
    expect(scene.release.release(second).kind).toBe('refused');
  });
});

describe('raw bytes', () => {
  const text = (value: string) => new TextEncoder().encode(value);
  const celestia = (chainId = CHAIN, uniqueId = 'fibre-1') =>
    encodeCelestiaRawBytes({ chainId, rawBytes: text('promise'), uniqueId });
  const bitcoin = text('bridge/v1:0123');
  const all: RawBytesPolicy = { celestia: ['fibre'], 'second-extension': ['bridge/v1:'] };

  it('get a share at once, with no mark and no entry', () => {
    scene.rawBytes = all;
    for (const [kind, bytes] of [
      ['celestia', celestia()],
      ['second-extension', bitcoin],
      ['second-extension', new Uint8Array()],
    ] as const) {
      expect(scene.release.releaseRaw(FROM, scene.rawRequest(kind, bytes))).toMatchObject({ kind: 'shares' });
    }
    expect(scene.marks.latest(CHAIN)).toBeUndefined();
    expect(scene.nonces.size()).toBe(0);
  });

  const refusals: [string, () => RawShareRequest, RegExp][] = [
    [
      'of a kind that this cosigner has off',
      () => scene.rawRequest('sign-bytes', bitcoin),
      /not signed for this chain/,
    ],
    ['of an unknown kind', () => scene.rawRequest('votes', bitcoin), /unknown kind/],
    ['for an unknown chain', () => scene.rawRequest('celestia', celestia(), 'other'), /unknown chain/],
    ['that name another chain', () => scene.rawRequest('celestia', celestia('other')), /another chain id/],
    ['with a unique id that is not allowed', () => scene.rawRequest('celestia', celestia(CHAIN, 'x')), /unique id/],
    ['that are a vote', () => scene.rawRequest('second-extension', vote(1n).bytes), /begin with/],
    ['that are a vote, told as Celestia bytes', () => scene.rawRequest('celestia', vote(1n).bytes), /SignRawBytes/],
  ];
  for (const [name, request, reason] of refusals) {
    it(`are refused ${name}, and no nonce is spent`, () => {
      scene.rawBytes = all;
      const asked = request();
      expect(scene.release.releaseRaw(FROM, asked)).toMatchObject({
        kind: 'refused',
        reason: expect.stringMatching(reason),
      });
      expect(scene.nonces.size()).toBe(1);
    });
  }

  it('get no share once the epoch is sealed', () => {
    scene.rawBytes = all;
    scene.isSealed = true;
    expect(scene.release.releaseRaw(FROM, scene.rawRequest('second-extension', bitcoin))).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/sealed/),
    });
  });

  it('asked twice with one list of commitments get one share', () => {
    scene.rawBytes = all;
    const request = scene.rawRequest('celestia', celestia());
    expect(scene.release.releaseRaw(FROM, request).kind).toBe('shares');
    expect(scene.release.releaseRaw(FROM, request)).toMatchObject({ kind: 'refused', reason: 'unknown nonce' });
  });

  it('get no share for a commitment that is no point of prime order, and the pair is gone', () => {
    scene.rawBytes = all;
    const request = scene.rawRequest('celestia', celestia());
    const [theirs] = request.commitments;
    if (theirs === undefined) throw new Error('no commitments');
    theirs.commitment = new Uint8Array(64).fill(1);
    expect(scene.release.releaseRaw(FROM, request)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/bad commitments.*signer 1/),
    });
    expect(scene.nonces.size()).toBe(0);
  });
});

function extension(height: bigint): Uint8Array {
  return encodeExtensionSignBytes({ height, round: 0, chainId: CHAIN, extension: Uint8Array.of(1) });
}
