/** Random programs for the rules of conformance. Every write goes to lines of its own, so that a line tells its write. */

import { Op } from '../../pm/op.ts';
import type { Random } from '../../pm/random.ts';
import { type MemoryTrace, recordTrace } from '../../pm/trace.ts';

/** One step of a program. */
export type Step =
  | {
      readonly kind: 'write';
      readonly lines: number;
      readonly nonTemporal: boolean;
      /** Which words of each line, a bit each. */
      readonly words: number;
    }
  | { readonly kind: 'compute'; readonly instructions: number }
  | { readonly kind: 'fence'; readonly durability: boolean }
  /** A lock of the thread's own, released at once. */
  | { readonly kind: 'release' };

/** Lines of each thread; a thread's n-th line is this times its number, and n. */
export const LINES_PER_THREAD = 512;

const THREADS_MAX = 3;
const STEPS_MAX = 60;
const WRITE_LINES_MAX = 6;
const INSTRUCTIONS_MAX = 5000;
const LINE_WORDS = 8;
/** All of a line, every other word, one word. */
const WORDS = [0xff, 0xff, 0x55, 0x55, 0x10] as const;

/** The steps of one to three threads. */
export function randomProgram(random: Random): Step[][] {
  return Array.from({ length: random.between(1, THREADS_MAX) }, () =>
    Array.from({ length: random.between(0, STEPS_MAX) }, () => randomStep(random)),
  );
}

function randomStep(random: Random): Step {
  const kind = random.below(10);
  if (kind < 5) {
    const lines = random.between(1, WRITE_LINES_MAX);
    return {
      kind: 'write',
      lines,
      nonTemporal: random.below(2) === 0,
      words: WORDS[random.below(WORDS.length)],
    };
  }
  if (kind === 5) return { kind: 'compute', instructions: random.below(INSTRUCTIONS_MAX) };
  if (kind === 6) return { kind: 'release' };
  return { kind: 'fence', durability: random.below(2) === 0 };
}

/** A recorded program. */
export interface Recorded {
  readonly trace: MemoryTrace;
  /** In which epoch of its thread each line was sent; in order of threads, and of epochs within one. */
  readonly epochOfLine: ReadonlyMap<number, number>;
  /** Which words of each line were stored, a bit each. */
  readonly wordsOfLine: ReadonlyMap<number, number>;
}

/** Records the threads' steps, a transaction to each durability point; behind each thread's last is one. */
export function recorded(threads: readonly (readonly Step[])[]): Recorded {
  const epochOfLine = new Map<number, number>();
  const wordsOfLine = new Map<number, number>();
  const heapBytes = threads.length * LINES_PER_THREAD * 64;
  const trace = recordTrace(threads.length, heapBytes, (sink, thread) => {
    let line = thread * LINES_PER_THREAD;
    let epoch = 0;
    let ticket = 0;
    sink.op(Op.TX_BEGIN, 0, 0);
    for (const step of [...threads[thread], { kind: 'fence', durability: true } as const]) {
      if (step.kind === 'compute') {
        sink.op(Op.COMPUTE, step.instructions, 0);
      } else if (step.kind === 'fence') {
        sink.op(step.durability ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
        epoch++;
        if (step.durability) {
          sink.op(Op.TX_END, 0, 0);
          sink.op(Op.TX_BEGIN, 0, 0);
        }
      } else if (step.kind === 'release') {
        sink.op(Op.LOCK, thread, ticket++);
        sink.op(Op.UNLOCK, thread, 0);
      } else {
        const store = step.nonTemporal ? Op.NT_STORE : Op.STORE;
        const isWhole = step.words === WORDS[0];
        if (isWhole) sink.op(store, line * 64, step.lines * 64);
        for (let word = 0; !isWhole && word < step.lines * LINE_WORDS; word++) {
          if ((step.words & (1 << (word % LINE_WORDS))) !== 0) {
            sink.op(store, line * 64 + word * 8, 8);
          }
        }
        if (!step.nonTemporal) sink.op(Op.WRITE_BACK, line * 64, step.lines * 64);
        for (let i = 0; i < step.lines; i++, line++) {
          epochOfLine.set(line, epoch);
          wordsOfLine.set(line, step.words);
        }
      }
    }
    sink.op(Op.TX_END, 0, 0);
  });
  return { trace, epochOfLine, wordsOfLine };
}
