// Compiles this folder to WebAssembly and writes it, as text, to src/gen/edwards-wasm.ts: `node packages/frost/assembly/generate.mjs`.
// With --check compares with what is committed instead. The compiler's version is pinned, and one version gives one result.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('.', import.meta.url));
const committed = join(folder, '../src/gen/edwards-wasm.ts');
/** Pages of 64 KiB: all the memory there will ever be. edwards.ts checks that its slots fit. */
const PAGES = '66';
const COLUMNS = 100;

const work = mkdtempSync(join(tmpdir(), 'quorumsign-wasm-'));
try {
  const out = join(work, 'edwards.wasm');
  const memory = ['--initialMemory', PAGES, '--maximumMemory', PAGES];
  // No runtime, no allocator, no host functions: the module imports nothing.
  const bare = ['--runtime', 'stub', '--noAssert', '--use', 'abort='];
  const { error, stderr } = await asc.main([
    'index.ts',
    '--baseDir',
    folder,
    '--outFile',
    out,
    '-O3',
    ...bare,
    ...memory,
  ]);
  if (error !== null) throw new Error(`expected the assembly to compile, found: ${stderr.toString()}`);
  const lines =
    readFileSync(out)
      .toString('base64')
      .match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [];
  const text = [
    '// Generated from packages/frost/assembly by its generate.mjs; not edited.',
    '',
    '/** The module, base64. */',
    `export const EDWARDS_WASM =\n  '${lines.join("' +\n  '")}';`,
    '',
  ].join('\n');
  if (!process.argv.includes('--check')) writeFileSync(committed, text);
  else if (readFileSync(committed, 'utf8') === text) console.log('packages/frost/assembly: 1 file compared');
  else {
    console.error('packages/frost/src/gen/edwards-wasm.ts is not what assembly/ gives; run npm run generate');
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
