/**
 * The speed of work: tinybench warms it up and does it again and again, and before and behind each time the
 * reference loop runs, with which it is compared. Time is that of the processor, of all threads of the
 * process: what others do on the machine shows less than on the clock.
 */

import { Bench } from 'tinybench';
import { quantile } from '../report/index.ts';
import { REFERENCE_LINES, ReferenceLoop } from './reference-loop.ts';
import type { Unit, Work } from './work.ts';

/** How long to measure. */
export interface Effort {
  /** Seconds of processor time, with what prepares the work and with the reference loop, beside the warm-up. */
  readonly seconds: number;
  /** Times at least. */
  readonly rounds: number;
}

/** Median, and the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** How fast a part is. */
export interface Speed {
  readonly unit: Unit;
  /** Units of one time. */
  readonly units: number;
  readonly rounds: number;
  /** Units a second of processor time. */
  readonly perS: Spread;
  /** Units in the time in which the reference loop does a line. */
  readonly perLine: Spread;
  /** Most memory that the process had, without the reference loop's heaps, in bytes. */
  readonly peakBytes: number;
}

const WARM_UP = { warmupTime: 500, warmupIterations: 2 };

/** Work that takes less is done several times in a round, so that the reference loop is not most of it. */
const ROUND_MS = 20;

/** Processor time of this process, in ms. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Processor time of doing the work once, and of a line of the reference loop about then, in ms. */
interface Round {
  readonly ms: number;
  readonly lineMs: number;
}

/** Measures `work` for so long. */
export async function speedOf(work: Work, effort: Effort): Promise<Speed> {
  await timed(work);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const rounds = await roundsOf(work, effort);
  const units = work.units();
  return {
    unit: work.unit,
    units,
    rounds: rounds.length,
    perS: spreadOf(rounds.map(({ ms }) => (units / ms) * 1000)),
    perLine: spreadOf(rounds.map(({ ms, lineMs }) => (units / ms) * lineMs)),
    peakBytes,
  };
}

async function roundsOf(work: Work, { seconds, rounds: iterations }: Effort): Promise<Round[]> {
  const reference = new ReferenceLoop();
  const times = Math.ceil(ROUND_MS / Math.max(1, await timed(work)));
  const rounds: Round[] = [];
  let before = referenceMs(reference);
  const round = async (): Promise<void> => {
    let ms = 0;
    for (let i = 0; i < times; i++) ms += await timed(work);
    const after = referenceMs(reference);
    rounds.push({ ms: ms / times, lineMs: (before + after) / 2 / REFERENCE_LINES });
    before = after;
  };
  const bench = new Bench({
    ...WARM_UP,
    time: seconds * 1000,
    iterations,
    now: processorMs,
    throws: true,
  });
  bench.add('work', round, {
    beforeAll() {
      // What was measured while it warmed up is not kept.
      rounds.length = 0;
    },
  });
  await bench.run();
  return rounds;
}

/** Does `work` once; its time, in ms. */
async function timed(work: Work): Promise<number> {
  work.prepare?.();
  const from = processorMs();
  await work.run();
  const ms = processorMs() - from;
  work.clear?.();
  return ms;
}

function referenceMs(reference: ReferenceLoop): number {
  const from = processorMs();
  reference.run();
  return processorMs() - from;
}

function spreadOf(values: readonly number[]): Spread {
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share));
  return { median, low, high };
}
