// One worker of simulate.mjs, in a process of its own: what it leaks or breaks is gone with it.

import { spawn } from 'node:child_process';

/**
 * Room for young objects from the start: most of what a schedule makes is gone with it. There is a worker for each core, so threads
 * that help one of them to collect garbage or to compile only cost the others.
 */
const FLAGS = ['--min-semi-space-size=128', '--max-semi-space-size=128', '--single-threaded'];

export class WorkerProcess {
  #process;

  /** @param program - the worker's, in this tree or a copy of it */
  constructor(program = new URL('worker.mjs', import.meta.url)) {
    this.#process = spawn(process.execPath, [...FLAGS, program.pathname], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  run(slice) {
    return new Promise((resolve, reject) => {
      const ended = (code) =>
        reject(new Error(`a worker ended with ${code} in seeds ${slice.from} to ${slice.to - 1}`));
      this.#process.once('exit', ended);
      this.#process.once('message', (result) => {
        this.#process.off('exit', ended);
        resolve(result);
      });
      this.#process.send(slice);
    });
  }

  stop() {
    this.#process.disconnect();
  }
}
