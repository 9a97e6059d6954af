// A folder of certificates made by two programs, ours and OpenSSL, and a tally of what each says of the other's.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export const root = new URL('../..', import.meta.url).pathname;
const COMMAND_MS_MAX = 60_000;

export class Lab {
  passed = 0;
  failed = 0;
  skipped = [];

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'quorumsign-certs-'));
    mkdirSync(join(this.directory, 'bin'));
    // As an operator types it: the blocks of the documents find it in the path.
    symlinkSync(join(root, 'packages', 'cli', 'bin', 'quorumsign.js'), join(this.directory, 'bin', 'quorumsign'));
    const path = [join(this.directory, 'bin'), process.env.PATH].join(delimiter);
    this.environment = { ...process.env, PATH: path, HOME: this.directory };
  }

  path(...parts) {
    return join(this.directory, ...parts);
  }

  write(name, text) {
    writeFileSync(this.path(name), text, { mode: 0o600 });
    return this.path(name);
  }

  read(name) {
    return readFileSync(this.path(name), 'utf8');
  }

  /** A program with its arguments, in the lab's folder: exit code and everything it said. */
  run(program, args, options = {}) {
    const { cwd = this.directory, input } = options;
    const done = spawnSync(program, args, {
      cwd,
      input,
      env: this.environment,
      encoding: 'utf8',
      timeout: COMMAND_MS_MAX,
    });
    if (done.error !== undefined) throw done.error;
    return { code: done.status, text: done.stdout + done.stderr, out: done.stdout };
  }

  /** What must work for the rest to make sense. */
  must(program, ...args) {
    const { code, text } = this.run(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${text}`);
    return text;
  }

  openssl(...args) {
    return this.must('openssl', ...args);
  }

  quorumsign(...args) {
    return this.run('quorumsign', args);
  }

  check(title, good, detail = '') {
    if (good) this.passed++;
    else this.failed++;
    console.log(
      `${good ? '  ok  ' : 'FAILED'} ${title}${good ? '' : `\n       ${detail.trim().replaceAll('\n', '\n       ')}`}`,
    );
  }

  skip(what, why) {
    this.skipped.push(what);
    console.log(`!! SKIPPED ${what}: ${why}`);
  }

  close() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Whether a program is there at all. */
export function isInstalled(program, ...args) {
  return spawnSync(program, args, { encoding: 'utf8' }).status === 0;
}
