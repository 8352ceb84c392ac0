/**
 * How far long work is, on stderr. On a terminal it is a bar with the time that is left. Elsewhere it is a
 * line every ten seconds: short work is silent, and a log of long work shows that it goes on.
 */

import { Presets, SingleBar } from 'cli-progress';
import { startProgressThread } from './progress-thread.ts';
import { currentScreen } from './screen.ts';

/** Shows `done` of `total` with a word on what is being done. */
export interface Progress {
  update(done: number, label: string): void;
  stop(): void;
}

/** What a progress is of. */
export interface ProgressOptions {
  /** What is counted, in the plural. */
  readonly unit?: string;
  /** How many of these there are, if the `total` of updates counts something else, in equal parts. */
  readonly count?: number;
  /** How many beside these are known, and need not be done. */
  readonly known?: number;
  readonly stream?: NodeJS.WriteStream;
  /** The time in ms. */
  readonly now?: () => number;
}

/** Between two lines of a log. */
const LINE_EVERY_MS = 10_000;
/** Of less than this time and share nothing is estimated. */
const KNOWN_AFTER_MS = 1_000;
const KNOWN_FROM = 0.03;

/** Does `work`, which is told how to show how far it is; then nothing is shown any more. */
export async function withProgress<T>(
  total: number,
  options: ProgressOptions,
  work: (update: Progress['update']) => T | Promise<T>,
): Promise<T> {
  const progress = startProgress(total, options);
  try {
    return await work(progress.update);
  } finally {
    progress.stop();
  }
}

/** A progress of `total` items. */
export function startProgress(total: number, options: ProgressOptions = {}): Progress {
  const { unit = 'steps', count = total, known = 0 } = options;
  const { stream = process.stderr, now = Date.now } = options;
  const clock = new TimeLeft(total, now);
  let label = 'starting';
  const beside = known === 0 ? '' : `, ${known} of ${known + count} are known`;
  const doneText = (): string =>
    `${Math.floor((clock.done / total) * count + 1e-9)} of ${count} ${unit}${beside}`;
  const text = (): string => `${doneText()}, ${clock.text()}`;
  if (stream.isTTY)
    return showBar(stream, () => ({ share: clock.done / total, text: text() }), clock);
  let nextLine = now() + LINE_EVERY_MS;
  // Where the main thread computes, its timer does not tell, and its own updates may be rare.
  const thread = stream === process.stderr ? startProgressThread() : undefined;
  const tell = (): void => {
    thread?.say(`${doneText()}: ${label}`);
    if (now() < nextLine) return;
    nextLine = now() + LINE_EVERY_MS;
    thread?.spoken();
    stream.write(`${text()}: ${label}\n`);
  };
  tell();
  const timer = setInterval(tell, 1000).unref();
  return {
    update(done, what) {
      label = what;
      clock.update(done);
      tell();
    },
    stop() {
      clearInterval(timer);
      thread?.stop();
    },
  };
}

/** A bar on a terminal that `state` says all of, kept up to date each second. */
function showBar(
  stream: NodeJS.WriteStream,
  state: () => { readonly share: number; readonly text: string },
  clock: TimeLeft,
): Progress {
  const { width, unicode } = currentScreen(stream);
  const { barCompleteChar, barIncompleteChar } = Presets.shades_classic;
  const bar = new SingleBar({
    stream,
    format: '{bar} {text}',
    barsize: 16,
    barCompleteChar: unicode ? barCompleteChar : '#',
    barIncompleteChar: unicode ? barIncompleteChar : '-',
    clearOnComplete: true,
    // A signal ends the process at once, which could not show it again.
    hideCursor: false,
    linewrap: true,
  });
  let label = 'starting';
  const show = (): void => {
    const { share, text } = state();
    const room = width - 20;
    bar.update(Math.floor(share * 1000), { text: shortened(`${text}: ${label}`, room) });
  };
  const { text } = state();
  bar.start(1000, 0, { text: `${text}: ${label}` });
  const timer = setInterval(show, 1000).unref();
  return {
    update(done, what) {
      label = what;
      clock.update(done);
      show();
    },
    stop() {
      clearInterval(timer);
      bar.stop();
    },
  };
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}

/** How long work has taken, and is likely to take: at its mean rate, which one slow part moves little. */
export class TimeLeft {
  done = 0;
  readonly #total: number;
  readonly #now: () => number;
  readonly #startMs: number;
  #leftMs: number | undefined;
  #estimatedAtMs: number;

  constructor(total: number, now: () => number) {
    this.#total = total;
    this.#now = now;
    this.#startMs = now();
    this.#estimatedAtMs = this.#startMs;
  }

  /** `done` of all is done now. */
  update(done: number): void {
    if (done <= this.done) return;
    this.done = done;
    const atMs = this.#now();
    const elapsedMs = atMs - this.#startMs;
    if (done < KNOWN_FROM * this.#total || elapsedMs < KNOWN_AFTER_MS) return;
    this.#leftMs = (elapsedMs * Math.max(0, this.#total - done)) / done;
    this.#estimatedAtMs = atMs;
  }

  /** Elapsed, and left where that can be told. */
  text(): string {
    const atMs = this.#now();
    const elapsed = durationText(atMs - this.#startMs);
    const leftMs = this.#leftMs;
    if (leftMs === undefined) return elapsed;
    // It goes down while nothing is told, but not to nothing.
    const nowLeftMs = Math.max(leftMs - (atMs - this.#estimatedAtMs), leftMs / 10);
    return `${elapsed}, about ${durationText(nowLeftMs)} left`;
  }
}

/** A duration in whole seconds, minutes or hours, whichever a reader would take. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  if (minutes < 60) return `${Math.round(seconds / 60)} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
