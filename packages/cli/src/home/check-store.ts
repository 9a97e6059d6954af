/** The store of a home, judged as opening it would, without taking its lock: it may be in use. */

import { foldRecords } from '@quorumsign/cosigner';
import { readStore, StoreError, type StoreIdentity } from '@quorumsign/store';

/** @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_DAMAGED`, `STORE_FOREIGN`, `STORE_IO`; Error for records that contradict each other */
export async function checkStore(directory: string, owner: StoreIdentity): Promise<void> {
  const { identity, records } = await readStore(directory);
  for (const field of ['cluster', 'cosigner'] as const) {
    if (identity[field] === owner[field]) continue;
    throw new StoreError({ code: 'STORE_FOREIGN', field, expected: owner[field], found: identity[field] });
  }
  foldRecords(records);
}
