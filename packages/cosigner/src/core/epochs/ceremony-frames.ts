/** Frames of the ceremony: what a peer stream carries beside the frames of the cores. */

import { type Ceremony, Frame } from '../../gen/cosigner/cosigner.js';
import { emptyFrame } from '../split-frame.js';

/** Field 15, and nothing before it. */
const TAG = (15 << 3) | 2;

export function isCeremony(frame: Uint8Array): boolean {
  return frame[0] === TAG;
}

export function encodeCeremony(ceremony: Ceremony): Uint8Array {
  const frame = emptyFrame();
  frame.ceremony = ceremony;
  return Frame.encode(frame).finish();
}

/** @throws Error for what cannot be read */
export function decodeCeremony(frame: Uint8Array): Ceremony | undefined {
  return Frame.decode(frame).ceremony;
}
