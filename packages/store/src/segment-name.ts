/**
 * Names of the files in a store: `segment-` and sixteen digits, so that an ordinary listing is in order; `*.tmp` for what is not
 * yet part of the store; `lock`. A segment gets its name only when its whole length is on the disk, so one that is too short was
 * damaged, never torn.
 */

/** A segment file by name. */
export interface SegmentName {
  readonly file: string;
  readonly sequence: number;
}

/** The file whose kernel lock guards the store. */
export const LOCK_FILE = 'lock';

const PATTERN = /^segment-(\d{16})$/;

/** Name of the segment with this sequence, which counts from 1. */
export function segmentName(sequence: number): SegmentName {
  return { file: `segment-${String(sequence).padStart(16, '0')}`, sequence };
}

/** Name under which a segment is made before it is part of the store. */
export function temporaryName(name: SegmentName): string {
  return `${name.file}.tmp`;
}

/** Whether a file is the remains of a segment that was never part of the store. */
export function isTemporary(file: string): boolean {
  return file.endsWith('.tmp') && PATTERN.test(file.slice(0, -'.tmp'.length));
}

/** The segments among `files`, oldest first. */
export function listSegments(files: readonly string[]): SegmentName[] {
  const names: SegmentName[] = [];
  for (const file of files) {
    const digits = PATTERN.exec(file)?.[1];
    if (digits !== undefined) names.push({ file, sequence: Number(digits) });
  }
  return names.sort((a, b) => a.sequence - b.sequence);
}
