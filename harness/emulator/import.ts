/**
 * Imports of the traces that come with the project, made as long as a file worth measuring. What is timed is
 * what a run does of a trace: it is read into the store that mirrors replay. One of WHISPER is read before
 * that, to learn whether it has flushes and transactions.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { exampleExecutions, SpillingTrace, storeTrace } from '../bench/index.ts';
import { writeLongTrace } from './long-trace.ts';
import type { Work } from './work.ts';

/** About so many bytes of text. */
const TEXT_BYTES = 16e6;

/** Imports the example trace `name`, made longer, from a file in `directory`. */
export function importAgain(name: string, directory: string): Work {
  const example = exampleExecutions('o2', 1).find((one) => one.name === name);
  if (example === undefined) throw new RangeError(`no example '${name}'`);
  const file = join(directory, `${name}.txt`);
  const bytes = writeLongTrace(name, file, TEXT_BYTES);
  const spilled = join(directory, 'spilled');
  return {
    unit: 'bytes',
    units: () => bytes,
    async run() {
      const store = new SpillingTrace({ threads: 0, heapBytes: 0, directory: spilled });
      await storeTrace({ ...example, file }, store);
      store.close();
    },
    clear: () => rmSync(spilled, { recursive: true, force: true }),
  };
}
