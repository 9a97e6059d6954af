/**
 * Raft's entries and snapshots to and from their protobuf form, which is the same on the wire and on disk.
 *
 * Raft can change its members by entries of a kind of their own. No cosigner does so: members change with the key's epoch, by an
 * operator. A peer that sends such an entry is newer or lies, and would shut the others out for good; it is not believed.
 */

import type { Entry, Snapshot } from 'raft-ts';
import { LogEntry_Kind as Kind, type LogEntry, type LogSnapshot } from '../gen/cosigner/cosigner.js';

export function encodeEntry({ index, term, data, kind }: Entry): LogEntry {
  if (kind === 'config') throw new Error('impossible: a change of configuration that nobody proposes');
  return { index, term, data, kind: Kind.NORMAL };
}

/** @returns undefined for an entry of another kind */
export function decodeEntry({ index, term, data, kind }: LogEntry): Entry | undefined {
  return kind === Kind.NORMAL ? { index, term, data } : undefined;
}

export function encodeSnapshot({ index, term, data }: Snapshot): LogSnapshot {
  return { index, term, data };
}

export function decodeSnapshot({ index, term, data }: LogSnapshot): Snapshot {
  return { index, term, data };
}
