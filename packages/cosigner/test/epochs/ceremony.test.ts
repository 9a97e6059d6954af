import { describe, expect, it } from 'vitest';
import { changeRecord, foldRecords, NO_CHANGE, RECORD_CHANGE, RECORD_SEAL } from '../../src/core/log-records.js';
import { ChangeRecord } from '../../src/gen/cosigner/cosigner.js';
import { CHAIN, EpochCluster, voteOf } from './epoch-cluster.js';

const ABC = ['a', 'b', 'c'];
const ALL = [...ABC, 'd', 'e'];

/** 2 of a, b, c, on their way to 3 of a to e, dealt by a and b. */
function onTheWay() {
  const cluster = new EpochCluster(ABC, 2, ['d', 'e']);
  expect(cluster.vote('a', 1n)).toBe('signed');
  return { cluster, change: cluster.change(ALL, 3, ['a', 'b']) };
}

function hasDealt(type: number, payload: Uint8Array): boolean {
  return type === RECORD_CHANGE && ChangeRecord.decode(payload).dealt.length > 0;
}

function isSealed(cluster: EpochCluster, name: string): boolean {
  return cluster.member(name).disk.some(({ type }) => type === RECORD_SEAL);
}

describe('the keys pass to the next epoch', () => {
  it('and sign there for the same public key, with members that were in none before', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => cluster.epochs().every((each) => each === 2));
    for (const [at, name] of ALL.entries()) expect(cluster.vote(name, BigInt(at + 2))).toBe('signed');
    cluster.kill('a');
    cluster.kill('b');
    for (const name of ['c', 'd', 'e']) expect(cluster.vote(name, 20n)).toBe('signed');
  });

  it('with the marks: what was signed before is given again where its signature is known, and nothing else is signed there', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => cluster.epochs().every((each) => each === 2));
    expect(cluster.vote('d', 1n, 2)).toBe('denied');
    expect(cluster.vote('e', 1n, 1)).toBe('signed');
    for (const name of ALL) expect(cluster.core(name).status().chains[0]?.mark?.height).toBe(1n);
  });

  it('and the shares of the epoch before are destroyed when every member has begun, not sooner', () => {
    const { cluster, change } = onTheWay();
    cluster.kill('e');
    cluster.authorise(change, ['a', 'b', 'c', 'd']);
    cluster.run(2000);
    expect(cluster.epochs()).toEqual([1, 1, 1, 0, -1]);
    cluster.start('e');
    cluster.authorise(change, ['e']);
    cluster.until(() => isSealed(cluster, 'a'));
    cluster.mute.add('e');
    cluster.run(1000);
    expect(cluster.member('a').forgotten).toEqual([]);
    cluster.mute.clear();
    cluster.until(() => cluster.epochs().every((each) => each === 2));
    cluster.run(1000);
    for (const name of ABC) expect(cluster.member(name).forgotten).toEqual([1]);
    expect(cluster.member('a').sharings.map(({ epoch }) => epoch.number)).toEqual([2]);
  });

  it('and what a node waits for meanwhile is signed in the next', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => isSealed(cluster, 'a') && isSealed(cluster, 'b'));
    const answer = cluster.ask('a', 5n);
    cluster.run(10);
    expect(answer()).toBeUndefined();
    cluster.until(() => answer() !== undefined);
    expect(answer()?.kind).toBe('signed');
    expect(cluster.core('a').status().epoch.number).toBe(2);
  });

  it('and a member that was away when the others were through with it learns so', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => ALL.every((name) => cluster.core(name).status().change === undefined));
    // As if c had crashed before it had heard so.
    cluster.kill('c');
    const { disk } = cluster.member('c');
    disk.push(changeRecord({ ...NO_CHANGE, change }));
    cluster.start('c');
    expect(cluster.core('c').status().change?.epoch).toBe(2);
    cluster.until(() => cluster.core('c').status().change === undefined);
  });
});

describe('from the second epoch on the keys pass', () => {
  it('to the third, with a member that was out of the second and comes back with a new store', () => {
    const cluster = new EpochCluster(ABC, 2, ['d']);
    expect(cluster.vote('c', 1n)).toBe('signed');
    const second = cluster.change(['a', 'b', 'd'], 2, ['a', 'b']);
    cluster.authorise(second, ['a', 'b', 'd']);
    cluster.until(() => ['a', 'b', 'd'].every((name) => cluster.core(name).status().change === undefined));
    expect(cluster.vote('d', 2n)).toBe('signed');

    const third = cluster.change(['b', 'c', 'd'], 2, ['b', 'd']);
    expect(cluster.core('c').changeEpoch(third, () => {})).toMatch(/who was out of epoch 2 joins with a new store/);
    cluster.renew('c');
    cluster.authorise(third, ['b', 'c', 'd']);
    cluster.until(() => ['b', 'c', 'd'].every((name) => cluster.core(name).status().change === undefined));
    expect(cluster.epochs()).toEqual([2, 3, 3, 3]);
    expect(cluster.core('c').status().epoch.number).toBe(3);
    for (const height of [1n, 2n]) expect(cluster.vote('c', height, 2)).toBe('denied');
    cluster.kill('d');
    expect(cluster.vote('c', 3n)).toBe('signed');
    expect(cluster.vote('b', 3n)).toBe('signed');
  });

  it('again and again, over restarts, and of every sharing but the last the shares are destroyed', () => {
    const cluster = new EpochCluster(ABC, 2);
    for (let epoch = 2; epoch <= 6; epoch++) {
      cluster.authorise(cluster.change(ABC, 2, epoch % 2 === 0 ? ['a', 'b'] : ABC), ABC);
      cluster.until(() => ABC.every((name) => cluster.core(name).status().change === undefined));
      expect(cluster.epochs()).toEqual([epoch, epoch, epoch]);
      expect(cluster.vote('a', BigInt(epoch))).toBe('signed');
      for (const name of ABC) {
        cluster.kill(name);
        cluster.start(name);
        expect(cluster.vote(name, BigInt(epoch), 2)).toBe('denied');
        expect(cluster.member(name).sharings.map((each) => each.epoch.number)).toEqual([epoch]);
      }
    }
  });

  it('and a member of the second that the others left behind hears of them that all had begun it, and destroys what it has of the first', () => {
    const cluster = new EpochCluster(ABC, 2, ['d']);
    const second = cluster.change(ABC, 2, ['a', 'b']);
    const first = [...cluster.member('c').sharings];
    cluster.authorise(second, ABC);
    cluster.until(() => ABC.every((name) => cluster.core(name).status().change === undefined));
    // As if c had crashed before it had heard so.
    cluster.kill('c');
    const { disk, sharings } = cluster.member('c');
    disk.push(changeRecord({ ...NO_CHANGE, change: second }));
    sharings.push(...first);
    const abd = ['a', 'b', 'd'];
    cluster.authorise(cluster.change(abd, 2, ['a', 'b']), abd);
    cluster.until(() => abd.every((name) => cluster.core(name).status().change === undefined));
    cluster.run(50);
    for (const name of abd) {
      // A snapshot of the store keeps it.
      expect(foldRecords(cluster.core(name).dump()).change).toEqual(foldRecords(cluster.member(name).disk).change);
      cluster.kill(name);
      cluster.start(name);
    }
    cluster.start('c');
    cluster.until(() => cluster.core('c').status().change === undefined);
    expect(cluster.member('c').sharings.map(({ epoch }) => epoch.number)).toEqual([2]);
  });

  it('and not on what is left of a change to the second', () => {
    const cluster = new EpochCluster(ABC, 2);
    const second = cluster.change(ABC, 2, ABC);
    cluster.authorise(second, ABC);
    cluster.until(() => ABC.every((name) => cluster.core(name).status().change === undefined));
    for (const name of ABC) expect(cluster.core(name).changeEpoch(second, () => {})).toMatch(/expected a change from/);
    const third = cluster.change(ABC, 2, ABC);
    cluster.authorise(third, ['a', 'b']);
    for (const name of ['a', 'b']) expect(cluster.core(name).withdrawFromChange(() => {})).toBeUndefined();
    cluster.run(1000);
    expect(cluster.epochs()).toEqual([2, 2, 2]);
    expect(cluster.vote('c', 5n)).toBe('signed');
    cluster.authorise(cluster.change(ABC, 2, ['a', 'c']), ABC);
    cluster.until(() => cluster.epochs().every((each) => each === 3));
    expect(cluster.vote('b', 5n, 2)).toBe('denied');
  });
});

describe('a dealer that is out of the next epoch', () => {
  it('is through with the change when every member has begun, stays sealed, and never deals for it again', () => {
    const cluster = new EpochCluster(ABC, 2, ['d', 'e', 'f']);
    const change = cluster.change(['d', 'e', 'f'], 2, ['a', 'b']);
    cluster.authorise(change, ['a', 'b', 'd', 'e', 'f']);
    cluster.until(() => cluster.core('a').status().change === undefined);
    expect(cluster.core('a').status()).toMatchObject({ sealed: true, epoch: { number: 1 } });
    cluster.run(100);
    cluster.kill('a');
    cluster.start('a');
    expect(cluster.core('a').status().sealed).toBe(true);
    expect(cluster.core('a').changeEpoch(change, () => {})).toMatch(/withdrawn from this change for good/);
  });
});

describe('nothing is done on the word of a peer', () => {
  it('a dealer that no operator has told of the change goes on signing, whatever the others do', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ['a', 'c', 'd', 'e']);
    cluster.run(2000);
    expect(cluster.epochs()).toEqual([1, 1, 1, 0, 0]);
    expect(isSealed(cluster, 'a') || isSealed(cluster, 'b')).toBe(false);
    expect(cluster.vote('b', 2n)).toBe('signed');
  });

  it('a change from another sharing, of another cluster or with a key that is not the one here is refused, with the reason', () => {
    const { cluster, change } = onTheWay();
    const refused = (over: Partial<typeof change>) =>
      cluster.core('a').changeEpoch({ ...change, ...over }, () => {
        throw new Error('written');
      });
    expect(refused({ cluster: 'other' })).toMatch(/cluster c, found one of other/);
    expect(refused({ from: new Uint8Array(8).fill(1) })).toMatch(/from 0101010101010101/);
    expect(refused({ epoch: 3 })).toMatch(/epoch 2 to be next, found 3/);
    expect(refused({ threshold: 2 })).toMatch(/above half of 5 members/);
    expect(refused({ dealers: ['a'] })).toMatch(/at least 2 dealers, found 1/);
    expect(refused({ dealers: ['a', 'd'] })).toMatch(/dealers among the members that there are/);
    expect(refused({ members: change.members.slice(1), dealers: ['b', 'c'], threshold: 3 })).toMatch(/no part in it/);
    const [chain] = change.chains;
    if (chain === undefined) throw new Error('no chain');
    expect(refused({ chains: [{ ...chain, chainId: 'other' }] })).toMatch(/chains chain-1, found other/);
    const commitments = [...chain.commitments].reverse();
    expect(refused({ chains: [{ ...chain, commitments }] })).toMatch(/the sharing of chain-1 that this cosigner has/);
    expect(cluster.core('d').changeEpoch({ ...change, chains: [{ ...chain, commitments }] }, () => {})).toMatch(
      /the sharing that ends/,
    );
  });

  it('of two changes one is under way, and another is refused until it is over', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ['a']);
    expect(cluster.core('a').changeEpoch({ ...change, threshold: 4 }, () => {})).toMatch(/under way/);
    cluster.core('a').withdrawFromChange(() => {});
    expect(cluster.core('a').changeEpoch(change, () => {})).toMatch(/withdrawn from this change for good/);
    expect(cluster.core('a').changeEpoch({ ...change, threshold: 4 }, () => {})).toBeUndefined();
  });
});

describe('a change that is given up', () => {
  it('before anybody was dealt to leaves the epoch as it was', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ['a', 'b']);
    cluster.run(100);
    for (const name of ['a', 'b']) expect(cluster.core(name).withdrawFromChange(() => {})).toBeUndefined();
    cluster.authorise(change, ['c', 'd', 'e']);
    cluster.run(2000);
    expect(cluster.epochs()).toEqual([1, 1, 1, 0, 0]);
    expect(cluster.vote('c', 2n)).toBe('signed');
  });

  it('after the seal keeps it until t of the new members are out for good, and then it signs again', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => cluster.core('a').status().sealed);
    cluster.kill('b');
    cluster.run(500);
    expect(cluster.epochs()).toEqual([1, -1, 1, 0, 0]);
    for (const name of ['a', 'c']) expect(cluster.core(name).withdrawFromChange(() => {})).toBeUndefined();
    cluster.run(500);
    expect(cluster.core('a').status().sealed).toBe(true);
    expect(cluster.vote('c', 2n)).not.toBe('signed');
    expect(cluster.core('d').withdrawFromChange(() => {})).toBeUndefined();
    cluster.until(() => !cluster.core('a').status().sealed);
    expect(cluster.vote('c', 3n)).toBe('signed');
  });

  it('by one member while the others begin is over for them, and their shares of the epoch before are destroyed', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => isSealed(cluster, 'a') && isSealed(cluster, 'b'));
    expect(cluster.core('e').withdrawFromChange(() => {})).toBeUndefined();
    const others = ['a', 'b', 'c', 'd'];
    cluster.until(() => others.every((name) => cluster.core(name).status().change === undefined));
    expect(cluster.epochs()).toEqual([2, 2, 2, 2, 0]);
    for (const name of ABC) expect(cluster.member(name).forgotten).toEqual([1]);
    expect(cluster.vote('d', 9n)).toBe('signed');
  });

  it('for another is not followed by that one before the authorisation of it is on disk', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ABC);
    cluster.run(100);
    cluster.stalled.add('c');
    for (const name of ABC) expect(cluster.core(name).withdrawFromChange(() => {})).toBeUndefined();
    const next = cluster.change(ABC, 2, ['a', 'b']);
    cluster.run(100);
    cluster.authorise(next, ABC);
    cluster.run(500);
    expect(cluster.core('c').status().change?.withdrawn).toBe(false);
    expect(['a', 'b'].map((name) => cluster.core(name).status().sealed)).toEqual([false, false]);
    expect(cluster.epochs()).toEqual([1, 1, 1, 0, 0]);
    cluster.kill('c');
    cluster.stalled.clear();
    cluster.start('c');
    expect(cluster.core('c').withdrawFromChange(() => {})).toBeUndefined();
    cluster.authorise(next, ['c']);
    cluster.until(() => ABC.every((name) => cluster.core(name).status().epoch.number === 2));
  });

  it('is heard of by a dealer that was away, from those who are on their way to another by then', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => cluster.member('a').disk.some(({ type, payload }) => hasDealt(type, payload)));
    cluster.kill('a');
    const others = ['b', 'c', 'd'];
    for (const name of others) expect(cluster.core(name).withdrawFromChange(() => {})).toBeUndefined();
    cluster.until(() => !cluster.core('b').status().sealed);
    const next = cluster.change(ABC, 2, ['a', 'b']);
    cluster.authorise(next, ['b', 'c']);
    cluster.run(200);
    cluster.start('a');
    expect(cluster.core('a').withdrawFromChange(() => {})).toBeUndefined();
    cluster.until(() => !cluster.core('a').status().sealed);
    cluster.authorise(next, ['a']);
    cluster.until(() => ABC.every((name) => cluster.core(name).status().epoch.number === 2));
  });

  it('is not given up by who has promised to begin, while enough others may have begun', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    // Nobody hears of it, so nobody begins, and it hears of nobody.
    cluster.until(() => cluster.member('a').sharings.length === 2);
    for (const name of ALL) cluster.mute.add(name);
    cluster.run(200);
    expect(cluster.core('a').withdrawFromChange(() => {})).toMatch(/holds its share of epoch 2/);
    cluster.mute.clear();
    cluster.until(() => cluster.epochs().every((each) => each === 2));
    expect(cluster.core('a').withdrawFromChange(() => {})).toMatch(/no way back|no change of epoch/);
  });
});

describe('a crash', () => {
  it('of a member that has promised to begin: it begins from its own disk, with all dealers gone', () => {
    const cluster = new EpochCluster(ABC, 2, ['d', 'e', 'f']);
    expect(cluster.vote('a', 1n)).toBe('signed');
    const change = cluster.change(['d', 'e', 'f'], 2, ['a', 'b']);
    cluster.authorise(change, ['a', 'b', 'd', 'e', 'f']);
    const hasPromised = (name: string) => foldRecords(cluster.member(name).disk).change.holds;
    cluster.until(() => ['d', 'e'].every(hasPromised));
    for (const name of [...ABC, 'd', 'e', 'f']) cluster.kill(name);
    for (const name of ['d', 'e', 'f']) cluster.start(name);
    cluster.until(() => cluster.core('d').status().epoch.number === 2);
    expect(cluster.vote('e', 2n)).toBe('signed');
    expect(cluster.vote('d', 1n, 2)).toBe('denied');
  });

  it('of a dealer: it is sealed when it comes back, and deals the same again', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => isSealed(cluster, 'a'));
    cluster.kill('a');
    cluster.start('a');
    expect(cluster.core('a').status().sealed).toBe(true);
    cluster.until(() => cluster.epochs().every((each) => each === 2));
    expect(cluster.vote('a', 2n)).toBe('signed');
  });

  it('of a member that lost its store: what it was dealt before is not dealt to the new one', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(() => cluster.member('e').sharings.length > 0);
    cluster.kill('e');
    const member = cluster.member('e');
    member.disk.splice(3);
    member.sharings = [];
    member.storeId = new Uint8Array(16).fill(77);
    cluster.start('e');
    cluster.authorise(change, ['e']);
    cluster.run(3000);
    expect(cluster.epochs()).toEqual([2, 2, 2, 2, 0]);
  });
});

describe('shares that a crash kept from being destroyed', () => {
  it('of an epoch that is over are destroyed at the next start, those of a later one never', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    const [first] = cluster.member('a').sharings;
    cluster.until(() => ALL.every((name) => cluster.core(name).status().change === undefined));
    cluster.run(50);
    cluster.kill('a');
    const member = cluster.member('a');
    const [second] = member.sharings;
    if (first === undefined || second === undefined) throw new Error('no sharings');
    const third = { ...second, epoch: { number: 3, name: '33'.repeat(8) } };
    member.sharings = [first, second, third];
    member.forgotten.length = 0;
    cluster.start('a');
    expect(member.forgotten).toEqual([1]);
    expect(member.sharings.map(({ epoch }) => epoch.number)).toEqual([2, 3]);
  });

  it('of an epoch that was withdrawn from are destroyed at the next start', () => {
    const elsewhere = onTheWay();
    elsewhere.cluster.authorise(elsewhere.change, ALL);
    elsewhere.cluster.until(() => elsewhere.cluster.epochs().every((each) => each === 2));
    const second = elsewhere.cluster.member('c').sharings.find(({ epoch }) => epoch.number === 2);
    if (second === undefined) throw new Error('no shares of epoch 2');
    const { cluster, change } = onTheWay();
    const member = cluster.member('c');
    const [first] = member.sharings;
    if (first === undefined) throw new Error('no shares of epoch 1');
    const restarted = () => {
      cluster.run(100);
      cluster.kill('c');
      member.sharings = [first, second];
      member.forgotten.length = 0;
      cluster.start('c');
      return member.forgotten;
    };
    cluster.authorise(change, ['c']);
    expect(restarted()).toEqual([]);
    expect(cluster.core('c').withdrawFromChange(() => {})).toBeUndefined();
    expect(restarted()).toEqual([2]);
  });

  it('of an epoch that is still dealt from stay until every member has begun', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ALL);
    cluster.until(
      () => cluster.core('a').status().epoch.number === 2 && cluster.core('a').status().change !== undefined,
    );
    cluster.kill('a');
    cluster.start('a');
    expect(cluster.member('a').forgotten).toEqual([]);
    cluster.until(() => cluster.core('a').status().change === undefined);
    expect(cluster.member('a').forgotten).toEqual([1]);
  });
});

describe('two epochs', () => {
  it('have no connection with one another: who is behind takes no part', () => {
    const { cluster, change } = onTheWay();
    cluster.kill('c');
    const [d] = ['d'];
    cluster.authorise(
      { ...change, members: change.members.filter(({ name }) => name !== 'c' && name !== 'e'), threshold: 2 },
      ['a', 'b', d],
    );
    cluster.until(() => ['a', 'b', d].every((name) => cluster.core(name).status().epoch.number === 2));
    cluster.start('c');
    cluster.run(1000);
    expect(cluster.core('c').status().connected).toEqual([]);
    expect(cluster.core('a').status().connected).not.toContain('c');
    expect(cluster.core('c').status().hasLeader).toBe(false);
  });

  it('take no chain in between: its key would not pass over', () => {
    const { cluster, change } = onTheWay();
    cluster.authorise(change, ['a']);
    const [sharing] = cluster.member('a').sharings;
    const chain = sharing?.chains[0];
    if (chain === undefined) throw new Error('no chain');
    const added = {
      ...chain,
      chainId: 'other',
      limits: { heightJump: 1n, heightsPerSecond: 1n, roundMax: 1 },
      rawBytes: {},
    };
    expect(() => cluster.core('a').setChain(added as never)).toThrow(/no change of epoch under way/);
    expect(
      cluster
        .core('a')
        .status()
        .chains.map(({ chainId }) => chainId),
    ).toEqual([CHAIN]);
    expect(voteOf(1n).length).toBeGreaterThan(0);
  });
});
