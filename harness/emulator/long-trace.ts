/** Traces that come with the project, made as long as one likes: their events again and again, as plain text. */

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { EXAMPLES } from '../../workloads/traces/examples.ts';

/** Text is written in pieces of about so many bytes. */
const PIECE_BYTES = 1 << 20;

/**
 * Writes the events of the example `name` to `path` until there are `bytes` bytes of text, or a little more:
 * of a log, what is between START and STOP. Returns how many there are.
 */
export function writeLongTrace(name: string, path: string, bytes: number): number {
  const example = EXAMPLES.find((one) => one.name === name);
  if (example === undefined) throw new RangeError(`no example '${name}'`);
  const text = gunzipSync(readFileSync(example.file)).toString('latin1');
  const log = /^(.*?START\|)(.*)(STOP.*)$/s.exec(text);
  const [head, body, tail] = log === null ? ['', text, ''] : log.slice(1);
  const piece = body.repeat(Math.ceil(PIECE_BYTES / body.length));
  const file = openSync(path, 'w');
  try {
    let written = writeSync(file, head, null, 'latin1');
    while (written < bytes) {
      written += writeSync(file, bytes - written > piece.length ? piece : body, null, 'latin1');
    }
    return written + writeSync(file, tail, null, 'latin1');
  } finally {
    closeSync(file);
  }
}
