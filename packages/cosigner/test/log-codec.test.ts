/** Raft's messages, entries and snapshots in protobuf: what older peers and older logs have must read as it always did. */
import type { Message } from 'raft-ts';
import { describe, expect, it } from 'vitest';
import { decodeRaftMessage, encodeRaftMessage } from '../src/core/frame-codec.js';
import { dumpRecords, foldRecords, RECORD_ENTRY, RECORD_HARD_STATE, RECORD_SNAPSHOT } from '../src/core/log-records.js';
import { LogEntry, type LogEntry_Kind, RaftMessage } from '../src/gen/cosigner/cosigner.js';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const data = hex('78');
const hardState = { term: 3n, vote: 'c1', commit: 1n };

describe('records', () => {
  // Bytes written by hand after the fields of the first version: index 1, term 2, data 3.
  const records = [
    { type: RECORD_HARD_STATE, payload: hex('08 03 12 02 6331 18 01') },
    { type: RECORD_SNAPSHOT, payload: hex('08 01 10 01 1a 01 78') },
    { type: RECORD_ENTRY, payload: hex('08 02 10 03 1a 01 78') },
  ];

  it('are read as the first version wrote them', () => {
    expect(foldRecords(records).raft).toEqual({
      hardState,
      snapshot: { index: 1n, term: 1n, data },
      entries: [{ index: 2n, term: 3n, data }],
    });
  });

  it('are written byte for byte as the first version did', () => {
    expect(dumpRecords({ ...foldRecords(records), marks: [] })).toEqual(records);
  });

  it('of a kind that a newer version brought are refused, by name', () => {
    const payload = LogEntry.encode({ index: 1n, term: 1n, data, kind: 7 as LogEntry_Kind }).finish();
    expect(() => foldRecords([{ type: RECORD_ENTRY, payload }])).toThrow(
      /STORE_CONTENT: expected an entry of a known kind, found kind 7/,
    );
  });
});

describe('messages', () => {
  const head = { from: 'c1', to: 'c2', term: 3n } as const;
  const append = { ...head, type: 'append', previousIndex: 1n, previousTerm: 1n, commit: 1n } as const;
  const messages: Message[] = [
    { ...head, type: 'pre-vote', lastIndex: 2n, lastTerm: 1n, force: true },
    { ...head, type: 'vote', lastIndex: 2n, lastTerm: 1n, force: false },
    { ...head, type: 'pre-vote-reply', granted: true },
    { ...head, type: 'vote-reply', granted: false },
    { ...append, entries: [{ index: 2n, term: 2n, data }] },
    { ...head, type: 'append-reply', index: 2n, accepted: false, hintIndex: 1n, hintTerm: 1n },
    { ...head, type: 'heartbeat', commit: 1n },
    { ...head, type: 'heartbeat-reply' },
    { ...head, type: 'snapshot', snapshot: { index: 1n, term: 1n, data } },
    { ...head, type: 'timeout-now' },
  ];

  it.each(messages)('a $type comes back as it was', (message) => {
    const wire = RaftMessage.decode(RaftMessage.encode(encodeRaftMessage(message)).finish());
    expect(decodeRaftMessage(wire, 'c1', 'c2')).toEqual(message);
  });

  it.each([
    ['a heartbeat', { ...head, type: 'heartbeat', commit: 5n }, '08 07 10 03 28 05'],
    ['a refused vote', { ...head, type: 'vote-reply', granted: false }, '08 04 10 03'],
    ['a heartbeat reply', { ...head, type: 'heartbeat-reply' }, '08 08 10 03'],
  ] as const)('%s that uses nothing new has the bytes that an older peer knows', (_, message, bytes) => {
    const encoded = RaftMessage.encode(encodeRaftMessage(message)).finish();
    expect(Buffer.from(encoded)).toEqual(Buffer.from(hex(bytes)));
  });

  it('an append with a change of configuration is refused: one liar would shut the others out for good', () => {
    const wire = {
      ...encodeRaftMessage({ ...append, entries: [] }),
      entries: [{ index: 2n, term: 2n, data, kind: 1 as LogEntry_Kind }],
    };
    expect(() => decodeRaftMessage(wire, 'c1', 'c2')).toThrow(/expected an entry of kind 0, found kind 1/);
  });

  it('a snapshot carries no configuration: whoever takes it goes by the members that its operator gave it', () => {
    const configuration = { voters: ['c1'], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
    const snapshot = { index: 1n, term: 1n, data, configuration };
    const wire = encodeRaftMessage({ ...head, type: 'snapshot', snapshot });
    expect(decodeRaftMessage(wire, 'c1', 'c2')).toMatchObject({ snapshot: { index: 1n, term: 1n, data } });
    expect(Object.keys(wire.snapshot ?? {})).toEqual(['index', 'term', 'data']);
  });
});
