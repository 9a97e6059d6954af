import { EntryData } from '@quorumsign/cosigner/core';

/** What an entry's data says; undefined for what cannot be read: a liar wrote it. */
export function readEntry(data: Uint8Array): EntryData['kind'] {
  try {
    return EntryData.decode(data).kind;
  } catch {
    return undefined;
  }
}
