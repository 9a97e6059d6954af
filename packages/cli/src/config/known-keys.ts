/** Walks the schema along a path of the document, to say which keys are known there. */

import { z } from 'zod';

/** @returns the keys of the object at the path; empty where the schema has none */
export function knownKeysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  let current = unwrap(schema);
  for (const step of path) {
    if (current instanceof z.ZodArray) current = unwrap(current.element);
    else if (current instanceof z.ZodObject)
      current = unwrap(Object.entries(current.shape).find(([key]) => key === step)?.[1]);
    else return [];
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  for (;;) {
    if (current instanceof z.ZodDefault || current instanceof z.ZodPrefault || current instanceof z.ZodOptional)
      current = current.unwrap();
    // An object whose parsed form differs from the file's: the keys are those of the file.
    else if (current instanceof z.ZodPipe) current = current.in;
    else return current;
  }
}
