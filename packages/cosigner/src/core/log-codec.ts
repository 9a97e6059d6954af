/**
 * Raft's entries and snapshots to and from their protobuf form, which is the same on the wire and on disk. What changes of membership
 * brought are optional fields: records and peers older than they decode as they always did.
 */

import type { Entry, Snapshot } from 'raft-ts';
import { LogEntry_Kind as Kind, type LogEntry, type LogSnapshot } from '../gen/cosigner/cosigner.js';

export function encodeEntry({ index, term, data, kind }: Entry): LogEntry {
  return { index, term, data, kind: kind === 'config' ? Kind.CONFIG : Kind.NORMAL };
}

/** @returns undefined for an entry of a kind that this version does not know */
export function decodeEntry({ index, term, data, kind }: LogEntry): Entry | undefined {
  switch (kind) {
    case Kind.NORMAL:
      return { index, term, data };
    case Kind.CONFIG:
      return { index, term, data, kind: 'config' };
    default:
      return undefined;
  }
}

/** @returns undefined when one is of a kind that this version does not know */
export function decodeEntries(wire: readonly LogEntry[]): readonly Entry[] | undefined {
  const entries: Entry[] = [];
  for (const each of wire) {
    const entry = decodeEntry(each);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

export function encodeSnapshot({ index, term, data, configuration }: Snapshot): LogSnapshot {
  if (configuration === undefined) return { index, term, data, configuration };
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration;
  const lists = {
    voters: [...voters],
    votersOutgoing: [...votersOutgoing],
    learners: [...learners],
    learnersNext: [...learnersNext],
  };
  return { index, term, data, configuration: { ...lists, autoLeave } };
}

export function decodeSnapshot({ index, term, data, configuration }: LogSnapshot): Snapshot {
  return configuration === undefined ? { index, term, data } : { index, term, data, configuration };
}
