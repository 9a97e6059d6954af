// The commands of the documents, run as they are written: every block marked `sh tested` of a page, in order, in one empty folder.

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lab.mjs';

const FOLDER = join(root, 'docs', 'nodes');

export function documents(lab) {
  for (const page of readdirSync(FOLDER).filter((name) => name.endsWith('.md'))) {
    const text = readFileSync(join(FOLDER, page), 'utf8');
    const blocks = [...text.matchAll(/^```sh tested\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
    if (blocks.length === 0) continue;
    console.log(`\ncommands of docs/nodes/${page}`);
    const cwd = lab.path(`page-${page}`);
    mkdirSync(cwd);
    for (const block of blocks) {
      const { code, text: said } = lab.run('bash', ['-euo', 'pipefail', '-c', block], { cwd });
      lab.check(block.trim().split('\n').at(-1), code === 0, `${block}\n${said}`);
    }
  }
}
