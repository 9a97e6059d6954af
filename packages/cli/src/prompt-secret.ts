/** Reads one line from a terminal without echo. */

import type { ReadStream } from 'node:tty';
import { usageError } from './errors.js';

const SECRET_CHARACTERS_MAX = 4096;

/**
 * Asks and reads up to Enter; Ctrl-C and Ctrl-D give up.
 *
 * @throws CliError `USAGE` when given up
 */
export async function promptSecret(
  question: string,
  input: ReadStream,
  output: NodeJS.WritableStream,
): Promise<string> {
  // Before the question: what is typed at once must not be shown either.
  input.setRawMode(true);
  output.write(question);
  input.setEncoding('utf8');
  input.resume();
  try {
    return await readLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write('\n');
  }
}

async function readLine(input: ReadStream): Promise<string> {
  return await new Promise((resolve, reject) => {
    let line = '';
    const finish = (end: () => void): void => {
      input.off('data', onData);
      end();
    };
    const onData = (data: string | Buffer): void => {
      for (const character of data.toString()) {
        if (character === '\r' || character === '\n') {
          finish(() => resolve(line));
          return;
        }
        if (character === '\u0003' || character === '\u0004') {
          finish(() => reject(usageError('given up at the prompt')));
          return;
        }
        if (character === '\u007f' || character === '\b') line = line.slice(0, -1);
        else if (line.length < SECRET_CHARACTERS_MAX) line += character;
      }
    };
    input.on('data', onData);
  });
}
