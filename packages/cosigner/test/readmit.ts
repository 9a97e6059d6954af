import { floorMark } from '@quorumsign/sign-state';
import { newStoreRecords } from '../src/core/log-records.js';
import { CHAIN, type CoreCluster } from './core-cluster.js';

/** What an operator does for a cosigner that has lost its store: a new one, with a floor. */
export function readmit(
  cluster: CoreCluster,
  name: string,
  height: bigint,
  admission: 'first' | 'readmitted' = 'readmitted',
) {
  const member = cluster.member(name);
  cluster.kill(name);
  cluster.run(20);
  member.stopped = undefined;
  member.storeId = cluster.bytes(16);
  member.batches = 1n;
  member.disk = newStoreRecords(admission, [floorMark(height, CHAIN, 1)]);
  cluster.start(name);
}
