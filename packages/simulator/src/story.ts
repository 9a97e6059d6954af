/** What happened in a schedule, in words: one line each, with its virtual time. */

import { RECORD_MARK } from '@quorumsign/cosigner/core';
import { decodeMarkRecord, formatHrs } from '@quorumsign/sign-state';
import type { Happening } from './happenings.js';
import type { ChangePlan, Plan, Resharing } from './plan.js';
import { placeKey, readSignBytes } from './read-sign-bytes.js';
import { hex } from './watched-frost.js';

/** @returns undefined for what is of no interest to a reader */
export function tellLine(happening: Happening): string | undefined {
  switch (happening.kind) {
    case 'asked':
      return `${happening.node} asks ${happening.cosigner} for ${named(happening.message)}`;
    case 'answered': {
      const { outcome } = happening;
      const what = outcome.kind === 'signed' ? 'signed' : outcome.kind === 'denied' ? outcome.message : outcome.reason;
      const words = outcome.kind === 'signed' ? what : `${outcome.kind}: ${what}`;
      return `${happening.cosigner} answers ${happening.node} about ${named(happening.message)}: ${words}`;
    }
    case 'nonce-drawn':
    case 'connected':
    case 'share-made':
    case 'raft':
      return undefined;
    case 'share-left':
      return `${happening.cosigner} releases a share of ${named(happening.message)} to ${happening.to}`;
    case 'synced':
    case 'compacted': {
      const marks = happening.records.filter(({ type }) => type === RECORD_MARK).map(({ payload }) => payload);
      const written = marks.map((payload) => {
        const { signBytes, ...mark } = decodeMarkRecord(payload);
        return signBytes === undefined ? `${mark.chainId} ${formatHrs(mark)}` : named(signBytes.bytes);
      });
      return written.length === 0 ? undefined : `${happening.cosigner} has its mark on disk: ${written.join(', ')}`;
    }
    case 'recovered':
      return `${happening.cosigner} starts, with ${happening.records.length} records on its disk`;
    case 'rolled-back':
      return `${happening.cosigner} has an older disk now`;
    case 'readmitted':
      return `** ${happening.cosigner} is given a new store`;
    case 'rewritten':
      return `${happening.cosigner} writes over a synced block: ${happening.place}`;
    case 'ended':
      return `${happening.cosigner} ends: ${happening.reason}`;
    case 'fault':
      return `** ${happening.text}`;
    case 'event': {
      const { kind, ...details } = happening.event;
      const text = Object.entries(details).map(([key, value]) => `${key} ${String(value)}`);
      return `${happening.cosigner}: ${kind}, ${text.join(', ')}`;
    }
    case 'dealt':
      return `${happening.cosigner} deals to ${happening.to} for change ${happening.change.slice(0, 8)}`;
    case 'probed':
      return `** asked are ${happening.cosigners.join(', ')}, in epoch ${happening.epoch}${happening.isOver ? '' : ', with a change under way'}`;
    case 'healed':
      return '** all faults are over';
  }
}

/** What a plan is made of, in a few lines. */
export function describePlan(plan: Plan): string[] {
  const { members, threshold, liars, faulty, nodes, network, change } = plan;
  return [
    `${threshold} of ${members.length}, ${plan.disk} disks, ${plan.curve} arithmetic, raft ${plan.raft}, ${Math.round(plan.durationMs)} ms of faults`,
    `network: ${network.latencyMs} ms and up to ${network.jitterMs} ms more${network.datagrams ? ', frames lost, doubled and overtaken' : ''}`,
    ...nodes.map(
      (node) =>
        `${node.name}: ${node.chainId}, at ${node.home}, contrary ${node.contrary}, patience ${node.patienceMs} ms, fickle ${node.fickle}${node.extensions ? ', with extensions' : ''}`,
    ),
    ...(change === undefined ? [] : [describeChange(change)]),
    ...(faulty.length === 0 ? [] : [`may lie, be cloned or fall back: ${faulty.join(', ')}`]),
    ...liars.map(({ name, lies }) => `${name} lies: ${lies.join(', ')}`),
  ];
}

function describeChange(change: ChangePlan): string {
  const { atMs, withdrawAfterMs, dealersAfter, following } = change;
  const withdrawn = withdrawAfterMs === undefined ? '' : `, withdrawn from ${Math.round(withdrawAfterMs)} ms later`;
  const after = dealersAfter === undefined ? '' : `, and then another with dealers ${dealersAfter.join(', ')}`;
  const then = following === undefined ? '' : `, and from there ${describeResharing(following)}`;
  return `at ${Math.round(atMs)} the key passes ${describeResharing(change)}${withdrawn}${after}${then}`;
}

function describeResharing({ members, threshold, dealers }: Resharing): string {
  return `to ${threshold} of ${members.join(', ')}; dealers ${dealers.join(', ')}`;
}

/** A message by its place and the first bytes of a digest, so that two at one place can be told apart. */
function named(message: Uint8Array): string {
  const read = readSignBytes(message);
  if (read === undefined) return hex(message);
  let digest = 0;
  for (const byte of message) digest = (Math.imul(digest, 31) + byte) | 0;
  const label = (digest >>> 0).toString(16).padStart(8, '0').slice(0, 4);
  return `${read.isExtension ? 'an extension at ' : ''}${placeKey(read)} [${label}]`;
}
