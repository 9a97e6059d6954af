/** Small things with bytes that every platform has, without any platform's types. */

import { equalBytes } from '@quorumsign/sign-state';

export function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

const DIGITS = '0123456789abcdef';

export function bytesToHex(bytes: Uint8Array): string {
  let hex = '';
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    hex += `${DIGITS.charAt(byte >> 4)}${DIGITS.charAt(byte & 15)}`;
  }
  return hex;
}

export function hexToBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A string that is equal exactly for equal bytes, for use as a key; at most some hundred bytes. */
export function bytesKey(bytes: Uint8Array): string {
  // A list, as spreading the bytes themselves goes through their iterator, six times slower.
  const codes: number[] = new Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) codes[at] = bytes[at] ?? 0;
  return String.fromCharCode(...codes);
}

export function isAmong(bytes: Uint8Array, list: readonly Uint8Array[]): boolean {
  return list.some((each) => equalBytes(each, bytes));
}
