#!/usr/bin/env -S MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 node --max-semi-space-size=4 --single-threaded-gc --max-old-space-size=256
// The two limits (MiB) keep a cosigner's memory small: Node alone would let the heap grow to what the machine has. The
// live heap is about 40 MiB, and large messages are outside of it. So small a heap is collected quicker by the one thread that
// runs than by helpers that have to be woken.
// Outside of it glibc keeps what large messages took, unless they are mapped each by itself and threads share arenas; other C
// libraries do not look at the two variables.
// The launcher is plain JavaScript and committed, so that npm can link it before anything is built.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

// V8 optimises a function sooner: full speed after some 750 votes instead of 2,000. From V8 12 on (Node 22) uses are counted by another flag.
const v8Major = Number(process.versions.v8.split('.')[0]);
setFlagsFromString(v8Major < 12 ? '--interrupt-budget=30000' : '--invocation-count-for-turbofan=700');

const built = new URL('../dist/bin.js', import.meta.url);
if (existsSync(fileURLToPath(built))) {
  await import(built.href);
} else {
  process.stderr.write('quorumsign: not built yet; run npm run build first\n');
  process.exitCode = 1;
}
