/** Strict base64 (RFC 4648, section 4) of a known length: each value has one spelling, so a damaged file never reads as whole. */

import { z } from 'zod';

/** A schema for `length` bytes of base64, giving the bytes. */
export function base64Bytes(length: number) {
  const expected = `expected ${length} bytes in base64`;
  return z
    .string(expected)
    .refine((text) => {
      const bytes = Buffer.from(text, 'base64');
      return bytes.length === length && bytes.toString('base64') === text;
    }, expected)
    .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')));
}
