#!/usr/bin/env node
// The launcher is plain JavaScript and committed, so that npm can link it before anything is built.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/bin.js', import.meta.url);
if (existsSync(fileURLToPath(built))) {
  await import(built.href);
} else {
  process.stderr.write('quorumsign-conformance: not built yet; run npm run build first\n');
  process.exitCode = 1;
}
