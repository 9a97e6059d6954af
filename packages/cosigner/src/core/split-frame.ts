/** One frame that is too large as several, which do the same one after the other. */

import { Frame } from '../gen/cosigner/cosigner.js';

const NOTHING = new Uint8Array();

export function emptyFrame(): Frame {
  return Frame.decode(NOTHING);
}

/**
 * @param sizeOf - bytes of a frame when encoded; those of what it holds add up
 * @returns in the order in which a receiver takes what is in one frame (`peer-frames.ts`); what is too large alone stands alone
 */
export function splitFrame(frame: Frame, bytesMax: number, sizeOf: (frame: Frame) => number): Frame[] {
  const parts: Frame[] = [];
  let part = emptyFrame();
  let partBytes = 0;
  for (const put of piecesOf(frame)) {
    const piece = emptyFrame();
    put(piece);
    const bytes = sizeOf(piece);
    if (partBytes > 0 && partBytes + bytes > bytesMax) {
      parts.push(part);
      part = emptyFrame();
      partBytes = 0;
    }
    put(part);
    partBytes += bytes;
  }
  parts.push(part);
  return parts;
}

/** Each puts one thing of the frame into another. */
function* piecesOf(frame: Frame): Generator<(into: Frame) => void> {
  const { position, memory, marks } = frame;
  if (position !== undefined) {
    yield (into) => {
      into.position = position;
      into.memory = memory;
    };
  }
  for (const each of frame.shareReplies) yield (into) => into.shareReplies.push(each);
  for (const each of frame.raft) yield (into) => into.raft.push(each);
  if (marks !== undefined) {
    yield (into) => {
      into.marks = marks;
    };
  }
  for (const each of frame.shareRequests) yield (into) => into.shareRequests.push(each);
  for (const each of frame.rawShareRequests) yield (into) => into.rawShareRequests.push(each);
  for (const each of frame.nonceBatches) yield (into) => into.nonceBatches.push(each);
  for (const each of frame.nonceRequests) yield (into) => into.nonceRequests.push(each);
  for (const each of frame.forwardRequests) yield (into) => into.forwardRequests.push(each);
  for (const each of frame.forwardReplies) yield (into) => into.forwardReplies.push(each);
  for (const each of frame.forwardWithdrawn) yield (into) => into.forwardWithdrawn.push(each);
}
