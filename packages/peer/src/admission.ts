/**
 * Two processes with one identity: who may stay? Asked at the listening end when a peer that is connected already comes
 * again. The same boot id: it is the same process, which has lost its end of the old connection and knows better: replaced
 * at once. Another boot id: either the process was restarted and the old connection is a corpse, or a second process holds
 * the first one's certificate, which could only do harm. The old connection is asked for a sign of life: if it answers, the
 * newcomer is refused, else it replaces it.
 */

import type { Connection } from './connection.js';
import type { Goodbye } from './packet.js';

/** How long the old connection may take to answer. */
export const PROBE_MS = 250;
/** Newcomers that wait for one probe's end; more are refused, they will come again. */
export const NEWCOMERS_MAX = 4;

export interface Admission {
  /** The open connection with this peer, if there is one. */
  current(): Connection | undefined;
  readonly newcomers: Set<Connection>;
}

/** Decides on `newcomer`, whose hello is known; `decide` is called once, at once or after the probe. */
export function admit(
  admission: Admission,
  newcomer: Connection,
  decide: (refusal: Goodbye | undefined) => void,
): void {
  const old = admission.current();
  if (old === undefined) {
    decide(undefined);
    return;
  }
  if (old.bootId === newcomer.bootId) {
    old.end('replaced', 'the same process has connected again');
    decide(undefined);
    return;
  }
  if (admission.newcomers.size >= NEWCOMERS_MAX) {
    decide({ reason: 'busy', message: `${NEWCOMERS_MAX} others of this name are waiting already` });
    return;
  }
  admission.newcomers.add(newcomer);
  old.probe(PROBE_MS, (alive) => {
    admission.newcomers.delete(newcomer);
    if (alive) return decide(duplicate(old, newcomer));
    old.end('replaced', `silent for ${PROBE_MS} ms while another process of this name connected`);
    // Another newcomer may have taken the place in the same instant; then the question is asked of that one.
    admit(admission, newcomer, decide);
  });
}

/** The refusal of a second process. */
function duplicate(old: Connection, newcomer: Connection): Goodbye {
  const message =
    `another process with this name is connected and answers (boot id ${old.bootId}, this one has ${newcomer.bootId}); ` +
    'stop one of the two, and give every cosigner tls files of its own';
  return { reason: 'duplicate', message };
}
