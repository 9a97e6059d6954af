// Generates all protobuf code: `node proto/generate.mjs`. With --check into a temporary folder, compared with what is committed.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const folders = readdirSync(join(root, 'proto'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const work = mkdtempSync(join(tmpdir(), 'quorumsign-gen-'));
const check = process.argv.includes('--check');
let differing = 0;
try {
  for (const { name } of folders) {
    const template = readFileSync(join(root, 'proto', name, 'buf.gen.yaml'), 'utf8');
    const committed = /^\s*out: (.+)$/m.exec(template)?.[1];
    if (committed === undefined) throw new Error(`expected 'out:' in proto/${name}/buf.gen.yaml`);
    const out = check ? join(work, name) : join(root, committed);
    const moved = join(work, `${name}.yaml`);
    writeFileSync(moved, template.replace(`out: ${committed}`, `out: ${out}`));
    const run = spawnSync('npx', ['buf', 'generate', 'proto', '--path', `proto/${name}`, '--template', moved], {
      cwd: root,
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(`buf failed for proto/${name}: ${run.stderr}`);
    const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    if (!check) continue;
    if (files.length === 0) throw new Error(`expected generated files for proto/${name}, found none`);
    for (const file of files) {
      const same = readFileSync(join(out, file), 'utf8') === readFileSync(join(root, committed, file), 'utf8');
      if (!same) {
        differing++;
        console.error(`${committed}/${file} is not what proto/${name} gives; run npm run generate`);
      }
    }
    console.log(`proto/${name}: ${files.length} files compared`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = differing === 0 ? 0 : 1;
