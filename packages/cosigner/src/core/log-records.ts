/**
 * The cosigner's durable records, and the fold that gives its state back after a restart.
 *
 * Raft's hard state, a cut of its log, an entry, a snapshot; a mark; what is remembered of a peer's store, and whether this one is admitted;
 * the epoch, the seal on it, and the change to the next. Marks stand beside Raft's records, not under them: cutting the log, installing a
 * snapshot or beginning an epoch never lowers a mark.
 */

import { compareHrs, decodeMarkRecord, encodeMarkRecord, type MarkRecord } from '@quorumsign/sign-state';
import type { Entry, HardState, Ready, RestoredState, Snapshot } from 'raft-ts';
import {
  Admission,
  AdmissionRecord,
  ChangeRecord,
  EpochRecord,
  HardStateRecord,
  LogEntry,
  LogSnapshot,
  PeerStoreRecord,
  SealRecord,
  TruncateRecord,
} from '../gen/cosigner/cosigner.js';
import { bytesToHex, hexToBytes } from './bytes.js';
import { type Epoch, FIRST_EPOCH } from './epochs/epoch-change.js';
import type { PeerStore } from './fence-rule.js';
import { decodeEntry, decodeSnapshot, encodeEntry, encodeSnapshot } from './log-codec.js';

export const RECORD_HARD_STATE = 1;
export const RECORD_TRUNCATE = 2;
export const RECORD_ENTRY = 3;
export const RECORD_SNAPSHOT = 4;
export const RECORD_MARK = 5;
export const RECORD_PEER_STORE = 6;
export const RECORD_ADMISSION = 7;
export const RECORD_EPOCH = 8;
export const RECORD_SEAL = 9;
export const RECORD_CHANGE = 10;

/** A type byte and a payload, as `@quorumsign/store` keeps them. */
export interface CoreRecord {
  readonly type: number;
  readonly payload: Uint8Array;
}

export interface RestoredCore {
  readonly raft: RestoredState;
  readonly marks: readonly MarkRecord[];
  /** By peer. */
  readonly peerStores: ReadonlyMap<string, PeerStore>;
  readonly admission: Admission;
  /** The change for which the epoch is sealed, SHA-256 in hexadecimal; empty: it is not. */
  readonly seal: string;
}

/** Everything that a store says. */
export interface RestoredStore extends RestoredCore {
  readonly epoch: Epoch;
  readonly change: ChangeRecord;
}

export const NO_CHANGE: ChangeRecord = {
  change: undefined,
  dealt: [],
  withdrawn: [],
  begun: [],
  holds: false,
  carried: [],
};

export function hardStateRecord(hardState: HardState): CoreRecord {
  const { term, vote, commit } = hardState;
  return { type: RECORD_HARD_STATE, payload: HardStateRecord.encode({ term, vote: vote ?? '', commit }).finish() };
}

export function markRecord(mark: MarkRecord): CoreRecord {
  return { type: RECORD_MARK, payload: encodeMarkRecord(mark) };
}

export function peerStoreRecord(peer: string, { position, retired }: PeerStore): CoreRecord {
  return {
    type: RECORD_PEER_STORE,
    payload: PeerStoreRecord.encode({ peer, position, retired: [...retired] }).finish(),
  };
}

export function admissionRecord(admission: Admission): CoreRecord {
  return { type: RECORD_ADMISSION, payload: AdmissionRecord.encode({ admission }).finish() };
}

export function epochRecord({ number, name }: Epoch): CoreRecord {
  return { type: RECORD_EPOCH, payload: EpochRecord.encode({ number, name: hexToBytes(name) }).finish() };
}

export function sealRecord(change: string): CoreRecord {
  return { type: RECORD_SEAL, payload: SealRecord.encode({ change: hexToBytes(change) }).finish() };
}

export function changeRecord(change: ChangeRecord): CoreRecord {
  return { type: RECORD_CHANGE, payload: ChangeRecord.encode(change).finish() };
}

/** What a store begins with that `store init` (a first one) or `members readmit` makes: its marks, and that it is not admitted yet. */
export function newStoreRecords(
  admission: 'first' | 'readmitted',
  marks: readonly MarkRecord[],
  epoch: Epoch = FIRST_EPOCH,
): CoreRecord[] {
  const { FIRST, READMITTED } = Admission;
  return [
    ...(epoch.name === '' && epoch.number === 1 ? [] : [epochRecord(epoch)]),
    ...marks.map(markRecord),
    admissionRecord(admission === 'first' ? FIRST : READMITTED),
  ];
}

/** What a store says where an epoch has begun: the log begins anew, and marks, those of before or higher ones, stay. */
export function atEpoch(
  epoch: Epoch,
  { marks: own, peerStores, change }: Omit<RestoredStore, 'epoch'>,
  carried: readonly MarkRecord[],
): RestoredStore {
  const marks = new Map([...own, ...carried].map((mark) => [mark.chainId, mark]));
  const raft = { hardState: { term: 0n, vote: undefined, commit: 0n }, entries: [], snapshot: undefined };
  return { raft, marks: [...marks.values()], peerStores, admission: Admission.ADMITTED, seal: '', epoch, change };
}

/** What one Ready asks to be made durable, in its order. */
export function readyRecords(ready: Ready): CoreRecord[] {
  const records: CoreRecord[] = [];
  if (ready.hardState !== undefined) records.push(hardStateRecord(ready.hardState));
  if (ready.snapshot !== undefined) records.push(snapshotRecord(ready.snapshot));
  if (ready.truncateFrom !== undefined) {
    records.push({ type: RECORD_TRUNCATE, payload: TruncateRecord.encode({ from: ready.truncateFrom }).finish() });
  }
  for (const entry of ready.entries) records.push(entryRecord(entry));
  return records;
}

/** The whole durable state as records: a store snapshot. */
export function dumpRecords(state: RestoredStore): CoreRecord[] {
  const { hardState, snapshot, entries } = state.raft;
  const { epoch, change } = state;
  return [
    // First, because it begins a new log.
    ...(epoch.name === '' && epoch.number === 1 ? [] : [epochRecord(epoch)]),
    hardStateRecord(hardState),
    ...(snapshot === undefined ? [] : [snapshotRecord(snapshot)]),
    ...entries.map(entryRecord),
    ...state.marks.map(markRecord),
    ...[...state.peerStores].map(([peer, store]) => peerStoreRecord(peer, store)),
    ...(state.admission === Admission.ADMITTED ? [] : [admissionRecord(state.admission)]),
    ...(state.seal === '' ? [] : [sealRecord(state.seal)]),
    ...(change.change === undefined && change.withdrawn.length + change.begun.length === 0
      ? []
      : [changeRecord(change)]),
  ];
}

/**
 * Folds recovered records.
 *
 * @throws Error when the records contradict each other: the store is damaged or foreign, and must not be signed with
 */
export function foldRecords(records: readonly CoreRecord[]): RestoredStore {
  let hardState: HardState = { term: 0n, vote: undefined, commit: 0n };
  let snapshot: Snapshot | undefined;
  let entries: Entry[] = [];
  const marks = new Map<string, MarkRecord>();
  const peerStores = new Map<string, PeerStore>();
  let admission: Admission = Admission.ADMITTED;
  let epoch = FIRST_EPOCH;
  let seal = '';
  let change = NO_CHANGE;
  for (const { type, payload } of records) {
    switch (type) {
      case RECORD_HARD_STATE: {
        const { term, vote, commit } = HardStateRecord.decode(payload);
        if (term < hardState.term) throw damaged(`a term of at least ${hardState.term}`, `${term}`);
        hardState = { term, vote: vote === '' ? undefined : vote, commit };
        break;
      }
      case RECORD_SNAPSHOT:
        snapshot = decodeSnapshot(LogSnapshot.decode(payload));
        entries = []; // A leader's snapshot replaces the whole log; in a dump the entries stand behind it.
        break;
      case RECORD_TRUNCATE: {
        const { from } = TruncateRecord.decode(payload);
        entries = entries.filter((entry) => entry.index < from);
        break;
      }
      case RECORD_ENTRY: {
        const wire = LogEntry.decode(payload);
        const entry = decodeEntry(wire);
        if (entry === undefined)
          throw damaged('an entry of a known kind', `kind ${wire.kind}; written by a newer version?`);
        const expected = (entries.at(-1)?.index ?? snapshot?.index ?? 0n) + 1n;
        if (entry.index !== expected) throw damaged(`the entry of index ${expected}`, `${entry.index}`);
        entries.push(entry);
        break;
      }
      case RECORD_MARK: {
        const mark = decodeMarkRecord(payload);
        const before = marks.get(mark.chainId);
        if (before !== undefined && compareHrs(mark, before) < 0) throw damaged('marks that rise', 'one that falls');
        marks.set(mark.chainId, mark);
        break;
      }
      case RECORD_PEER_STORE: {
        const { peer, position, retired } = PeerStoreRecord.decode(payload);
        if (position === undefined) throw damaged(`a position of ${peer}`, 'none');
        peerStores.set(peer, { position, retired });
        break;
      }
      case RECORD_ADMISSION:
        admission = AdmissionRecord.decode(payload).admission;
        break;
      case RECORD_EPOCH: {
        const { number, name } = EpochRecord.decode(payload);
        epoch = { number, name: bytesToHex(name) };
        [hardState, snapshot, entries] = [{ term: 0n, vote: undefined, commit: 0n }, undefined, []];
        [admission, seal] = [Admission.ADMITTED, ''];
        break;
      }
      case RECORD_SEAL:
        seal = bytesToHex(SealRecord.decode(payload).change);
        break;
      case RECORD_CHANGE:
        change = ChangeRecord.decode(payload);
        break;
      default:
        throw damaged('record types 1 to 10', `type ${type}; was this store written by a newer version?`);
    }
  }
  return {
    raft: { hardState, entries, snapshot },
    marks: [...marks.values()],
    peerStores,
    admission,
    seal,
    epoch,
    change,
  };
}

function entryRecord(entry: Entry): CoreRecord {
  return { type: RECORD_ENTRY, payload: LogEntry.encode(encodeEntry(entry)).finish() };
}

function snapshotRecord(snapshot: Snapshot): CoreRecord {
  return { type: RECORD_SNAPSHOT, payload: LogSnapshot.encode(encodeSnapshot(snapshot)).finish() };
}

function damaged(expected: string, found: string): Error {
  return new Error(`STORE_CONTENT: expected ${expected}, found ${found}; do not start this cosigner on this store`);
}
