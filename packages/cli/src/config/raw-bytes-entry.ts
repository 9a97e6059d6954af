/**
 * `chains[].rawBytes`: which bytes without height, round and step a chain signs, and with which beginnings; nothing by default. The
 * reason for each limit stands in sign-state, `raw-bytes.ts`.
 */

import { PREFIX_PATTERN, type RawBytesPolicy } from '@quorumsign/sign-state';
import { z } from 'zod';

const PREFIXES_MAX = 16;
const CELESTIA_PREFIX_CHARACTERS_MAX = 256;

const list = (prefix: z.ZodString) =>
  z.array(prefix).min(1, 'expected at least one prefix').max(PREFIXES_MAX).optional();
const domain = z
  .string()
  .regex(
    PREFIX_PATTERN,
    'expected a prefix of 8 to 64 letters, digits and : . _ / - that begins with a letter or digit, so that no vote begins with it',
  );
const uniqueId = z
  .string()
  .min(1, 'expected the beginning of unique ids, found nothing, which would admit all')
  .max(CELESTIA_PREFIX_CHARACTERS_MAX);

export const rawBytesEntry = z
  .strictObject({ celestia: list(uniqueId), signBytes: list(domain), secondExtension: list(domain) })
  .superRefine(({ celestia, signBytes }, context) => {
    if (celestia === undefined || signBytes === undefined) return;
    const message =
      'expected celestia or signBytes, found both: they have the same message numbers, so a node cannot tell which was meant';
    context.addIssue({ code: 'custom', message });
  })
  .transform(
    ({ celestia, signBytes, secondExtension }): RawBytesPolicy => ({
      ...(celestia === undefined ? {} : { celestia }),
      ...(signBytes === undefined ? {} : { 'sign-bytes': signBytes }),
      ...(secondExtension === undefined ? {} : { 'second-extension': secondExtension }),
    }),
  )
  .prefault({});
