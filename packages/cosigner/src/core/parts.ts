/** The parts of the core and what each is given of the others. What they are for stands in their own files. */

import type { MarkRecord } from '@quorumsign/sign-state';
import type { Message } from 'raft-ts';
import { Admission } from '../gen/cosigner/cosigner.js';
import { Batches } from './batches.js';
import { bytesToHex, hexToBytes } from './bytes.js';
import { CommitmentStock } from './commitment-stock.js';
import { Coordinator } from './coordinator.js';
import { Fence } from './fence.js';
import { raiseToFloor } from './floor.js';
import { Forwarding } from './forwarding.js';
import { Leaderless } from './leaderless.js';
import { admissionRecord, peerStoreRecord, type RestoredCore } from './log-records.js';
import { MarkReports } from './mark-reports.js';
import { MarkTelling } from './mark-telling.js';
import { Marks } from './marks.js';
import { NonceDesk } from './nonce-desk.js';
import { NonceStocking } from './nonce-stocking.js';
import { Outbox } from './outbox.js';
import { fencedMessage, OwnStore } from './own-store.js';
import { ParsedMessages } from './parsed-messages.js';
import { RawSigning } from './raw-signing.js';
import { ReplicatedLog } from './replicated-log.js';
import { ReplicatedState } from './replicated-state.js';
import { Requests } from './requests.js';
import { ResultLog } from './result-log.js';
import { Seal } from './seal.js';
import { Sessions } from './sessions.js';
import { ShareDesk } from './share-desk.js';
import { ShareRelease } from './share-release.js';
import type { SignStateReplicator } from './sign-state-replicator.js';
import type { AskedRequest, Connection, CoreChain, CoreDeps, CoreOptions } from './types.js';

/** This cosigner's own sessions reach it by a connection that no peer can have. */
const SELF_CONNECTION = 'self';

/** What the core keeps for itself. */
export interface PartsHooks {
  readonly chains: ReadonlyMap<string, CoreChain>;
  readonly connections: ReadonlyMap<string, Connection>;
  post(message: Message): void;
  roleChanged(newTerm: boolean): void;
  /** The fence lets a peer in. */
  admitted(connection: Connection, isReplaced: boolean): void;
  /** A follower forwards a request. */
  accept(asked: Omit<AskedRequest, 'id'>): void;
}

export type Parts = ReturnType<typeof createParts>;

export function createParts(options: CoreOptions, deps: CoreDeps, restored: RestoredCore, hooks: PartsHooks) {
  const self = options.members.find((member) => member.name === options.name);
  if (self === undefined) throw new Error(`expected ${options.name} among the members`);
  const own: Connection = { peer: self.name, connectionId: SELF_CONNECTION };
  const { connections } = hooks;
  const chain = (chainId: string) => hooks.chains.get(chainId);
  const isConnected = (peer: string) => connections.has(peer);
  const isConnection = ({ peer, connectionId }: Connection) => connections.get(peer)?.connectionId === connectionId;
  const isLeader = () => log.isLeader;

  const parsed = new ParsedMessages();
  const parse = (bytes: Uint8Array) => parsed.parse(bytes);
  const batches = new Batches();
  const seal = new Seal(batches, restored.seal);
  const outbox = new Outbox(hexToBytes(options.epoch.name));
  const stock = new CommitmentStock();
  const leaderless = new Leaderless(deps.monotonicMs());
  const marks = new Marks(restored.marks);
  const telling = new MarkTelling(marks);
  const raise = (floor: MarkRecord) => raiseToFloor(floor, { marks, batches, telling });
  const reports = new MarkReports(options.name, marks, parse);
  const state = new ReplicatedState({
    parse,
    isOurs: (chainId) => hooks.chains.has(chainId),
    verify: (chainId, message, signature) => {
      const key = chain(chainId)?.group.groupKey;
      return key !== undefined && deps.verify(key, message, signature);
    },
  });
  const ownStore: OwnStore = new OwnStore(
    {
      peers: options.members.length - 1,
      threshold: options.threshold,
      store: deps.store,
      bootId: deps.bootId,
      startedMs: deps.monotonicMs(),
      hmacSha256: (key, bytes) => deps.hmacSha256(key, bytes),
      mark: (chainId) => marks.latest(chainId),
      hasChain: (chainId) => hooks.chains.has(chainId),
      committed: () => {
        const index = log.committed;
        const term = index <= log.current.durableIndex ? log.current.termAt(index) : undefined;
        return term === undefined ? { index: 0n, term: 0n } : { index, term };
      },
      wallMs: () => deps.wallMs(),
      raise,
      admitted: (sealed) => {
        batches.write([admissionRecord(Admission.ADMITTED)]);
        if (sealed !== undefined && !seal.isClosed) seal.close(bytesToHex(sealed), () => {});
      },
      end: (reason) => deps.effects.stopForSafety(fencedMessage(options.name, reason)),
    },
    restored.admission,
  );
  const fence = new Fence(
    {
      own: ownStore,
      outbox,
      knowledge: () => ({
        commit: log.committed,
        term: log.current.term,
        sealed: hexToBytes(seal.change),
        heights: [...hooks.chains.keys()].map((chainId) => {
          const [mark, result] = [
            marks.latest(chainId)?.height ?? 0n,
            state.highestResult(chainId)?.message.height ?? 0n,
          ];
          return { chainId, height: mark > result ? mark : result };
        }),
      }),
      admitted: hooks.admitted,
      remember: (peer, store) => batches.ride(peer, () => peerStoreRecord(peer, store)),
      event: (event) => deps.effects.event(event),
    },
    restored.peerStores,
  );
  const log: SignStateReplicator = new ReplicatedLog(
    {
      options,
      deps,
      state,
      batches,
      isConnected,
      mayVote: () => !ownStore.isJoining,
      post: hooks.post,
      changed: hooks.roleChanged,
    },
    restored.raft,
  );
  const nonces: NonceDesk = new NonceDesk(
    {
      options,
      deps,
      self,
      stock,
      outbox,
      chain,
      isConnection,
      isConnected,
      isLeader,
      stocked: (chainId) => sessions.nonces(chainId),
    },
    own,
  );
  const release = new ShareRelease({
    self: self.identifier,
    frost: deps.frost,
    marks,
    nonces: nonces.pairs,
    points: (commitment, identifier) => nonces.points(commitment, identifier),
    chain,
    term: () => log.current.term,
    leader: () => log.current.leader,
    termAt: (index) => log.current.termAt(index),
    intentAt: (index) => state.intentAt(index),
    highestResult: (chainId) => state.highestResult(chainId),
    isSealed: () => seal.isClosed,
    wallMs: () => deps.wallMs(),
  });
  const sessions: Sessions = new Sessions({
    options,
    deps,
    stock,
    isConnected,
    refill: (chainId, signerSet, urgent) => nonces.refill(chainId, signerSet, urgent ? 2 : stocking.target(), urgent),
  });
  const stocking = new NonceStocking({
    options,
    stock,
    nonces,
    sessions,
    chainIds: () => hooks.chains.keys(),
    connected: () => connections.keys(),
    isLeader,
  });
  const desk = new ShareDesk({
    self,
    own,
    release,
    sessions,
    nonces,
    log,
    batches,
    outbox,
    telling,
    isConnection,
    isConnected,
    releases: () => ownStore.releases(deps.monotonicMs()),
  });
  const coordinator = new Coordinator({
    options,
    deps,
    reports,
    sessions,
    term: () => log.term,
    ensureIntent: (message) => log.ensureIntent(message),
    isDurable: (index) => log.current.durableIndex >= index,
    requestShare: (member, request, session) => desk.ask(member, request, session),
    finished: (signed) => {
      leaderless.signed();
      results.finished(signed);
    },
  });
  const raw = new RawSigning({
    options,
    deps,
    sessions,
    chain,
    connected: () => [...connections.keys()],
    requestShare: (member, request, session) => desk.askRaw(member, request, session),
  });
  const requests: Requests = new Requests({
    options,
    deps,
    state,
    reports,
    marks,
    coordinator,
    chain,
    isLeader,
    term: () => log.term,
    leaderConnection: () => (log.leader === undefined ? undefined : connections.get(log.leader)),
    whyNot: () => {
      const seen = [options.name, ...connections.keys()].join(', ');
      if (!log.hasLeader) return `no leader; connected: ${seen}`;
      return `no ${options.threshold} cosigners signed within ${options.deadlineMs} ms; connected: ${seen}`;
    },
    forward: (request, to) => forwarding.forward(request, to),
  });
  const results: ResultLog = new ResultLog({ deps, state, log, requests, coordinator });
  const forwarding: Forwarding = new Forwarding({
    deps,
    outbox,
    requests,
    chain,
    isConnection,
    isLeader,
    accept: hooks.accept,
    signed: () => leaderless.signed(),
  });
  return {
    self,
    parse,
    batches,
    seal,
    outbox,
    leaderless,
    marks,
    telling,
    raise,
    reports,
    state,
    ownStore,
    fence,
    log,
    nonces,
    release,
    sessions,
    stocking,
    desk,
    coordinator,
    raw,
    requests,
    results,
    forwarding,
  };
}
