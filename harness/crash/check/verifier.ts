/**
 * Recovers crash images and asks the program whether they are sound. One scratch memory serves all
 * images of a machine: an image is written into it line by line, and afterwards every line that the
 * image, the recovery or the program changed is put back. So an image costs what it differs in.
 */

import type { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { PmHeap } from '../../../pm/heap.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../../pm/line.ts';
import { fanOut, isStore, type OpCode, type PersistSink, persists } from '../../../pm/op.ts';
import type { Random } from '../../../pm/random.ts';
import { NotSetUpError, type Program, runInTurn } from '../../../workloads/workload.ts';
import { omitting, type Place } from '../bugs/mutations.ts';
import { type ConfiguredSubject, digestOf, subjectHeapBytes } from '../history/recording.ts';
import { chooseImage, countImages, lookedAt } from '../images/choose.ts';
import { RecoveryCrash } from './recovery-crash.ts';

/**
 * What became of an image: the contents that were recovered, and those after the program resumed (null
 * if it did not), or what is wrong with it; that it is not set up yet is wrong, too, once it was.
 */
export type RecoveryOutcome =
  | { readonly kind: 'recovered'; readonly digest: string; readonly resumed: string | null }
  | { readonly kind: 'broken'; readonly why: string; readonly isNotSetUp: boolean };

/** What became of an image whose recovery was interrupted. */
export interface Interrupted {
  /** How often power failed. */
  readonly times: number;
  /** Of the images that the last failure left; what is broken comes last. */
  readonly outcomes: readonly RecoveryOutcome[];
}

/** How to interrupt: power fails up to `depth` times; whoever recovers then resumes for so long. */
export interface Interruption {
  readonly depth: number;
  readonly transactions: number;
}

const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;
const LINE_WORDS = LINE_BYTES / WORD_BYTES;

/** Images of an interrupted recovery that are looked at, at most. */
const INTERRUPTED_IMAGES_MAX = 4;

export class Verifier {
  readonly #subject: ConfiguredSubject;
  readonly #heap: PmHeap;
  readonly #scratch: Uint8Array;
  /** The scratch memory, and the floor, as words to copy. */
  readonly #scratchWords: Int32Array;
  #floorWords: Int32Array;
  /** Lines of `scratch` that may differ from the floor, each once. */
  readonly #touched: TouchedLines;
  readonly #sinks: readonly PersistSink[];
  /** Who counts what a recovery persists, and who crashes that; and where they listen. */
  readonly #counter = new OperationCounter();
  readonly #crash: RecoveryCrash;
  readonly #countingSinks: readonly PersistSink[];
  readonly #crashingSinks: readonly PersistSink[];
  /** How often a recovery was run so far, to its end or into a power failure. */
  recoveries = 0;

  constructor(subject: ConfiguredSubject, unrecovered?: Place) {
    this.#subject = subject;
    this.#scratch = new Uint8Array(subjectHeapBytes(subject));
    this.#scratchWords = wordsOf(this.#scratch);
    this.#floorWords = this.#scratchWords;
    this.#heap = new PmHeap(this.#scratch);
    this.#touched = new TouchedLines(this.#scratch.byteLength);
    this.#sinks = Array.from({ length: subject.threads }, () => this.#touched);
    const placeOf = (line: number): number => this.#touched.placeOf(line);
    this.#crash = new RecoveryCrash(this.#scratch, placeOf);
    const listening = (to: PersistSink): PersistSink[] => {
      const persisted = unrecovered ? omitting(unrecovered, this.#heap, to) : to;
      const sink = fanOut([this.#touched, persisted]);
      return Array.from({ length: subject.threads }, () => sink);
    };
    this.#countingSinks = listening(this.#counter);
    this.#crashingSinks = listening(this.#crash);
  }

  /** From now on images are changes of `floor`, whose changes `floorChanged` reports. */
  startFrom(floor: Uint8Array): void {
    this.#floorWords = wordsOf(floor);
    this.#scratch.set(floor);
  }

  /** A line of the floor has changed. */
  floorChanged(line: number): void {
    copyLine(line, this.#floorWords, this.#scratchWords);
  }

  /**
   * Recovers the image that `sweep` has chosen, verifies it and takes its digest; then resumes for so
   * many transactions, verifies again and takes the digest again.
   */
  check(sweep: CrashSweep, transactions: number): RecoveryOutcome {
    return this.#on(sweep, () => this.#recoverAndResume(transactions));
  }

  /**
   * As `check`, but power fails again while the program recovers, each time at a drawn moment. The
   * images that the last failure may leave are looked at, all or both corners and some, and the
   * failure before it leaves a drawn one of those. Null if the recovery persists nothing, so that
   * there is no moment to fail at.
   */
  checkInterrupted(
    sweep: CrashSweep,
    random: Random,
    { depth, transactions }: Interruption,
  ): Interrupted | null {
    return this.#on(sweep, () => {
      let times = 0;
      try {
        let left: CrashSweep | null = null;
        for (; times < depth; times++) {
          if (left !== null) this.#leaveOne(left, random);
          const next = this.#interrupt(random);
          if (next === null) break;
          left = next;
        }
        if (left === null) return null;
        return { times, outcomes: this.#recoverEach(left, random, transactions) };
      } catch (error) {
        const why = reasonOf(error);
        return { times, outcomes: [{ kind: 'broken', why, isNotSetUp: false }] };
      }
    });
  }

  /** Runs `use` with the image that `sweep` has chosen in the scratch memory. */
  #on<T>(sweep: CrashSweep, use: () => T): T {
    for (const { line } of sweep.kept()) this.#touched.add(line);
    sweep.apply(this.#scratch);
    this.#heap.attach(this.#sinks);
    try {
      return use();
    } finally {
      this.#heap.detach();
      for (const line of this.#touched.take()) this.floorChanged(line);
    }
  }

  /** Recovers images that an interrupted recovery has left, until one is broken. */
  #recoverEach(left: CrashSweep, random: Random, transactions: number): RecoveryOutcome[] {
    const images = countImages(left, INTERRUPTED_IMAGES_MAX);
    const outcomes: RecoveryOutcome[] = [];
    for (let i = 0; i < lookedAt(images); i++) {
      chooseImage(left, i, images, random);
      this.#leave(left);
      const outcome = this.#recoverAndResume(transactions);
      outcomes.push(outcome);
      if (outcome.kind === 'broken') break;
    }
    return outcomes;
  }

  #recoverAndResume(transactions: number): RecoveryOutcome {
    let recovered = '';
    try {
      return this.#recover((program) => {
        program.verify();
        const digest = digestOf(program);
        if (transactions === 0) return { kind: 'recovered', digest, resumed: null };
        recovered = 'recovered, then resumed: ';
        runInTurn(this.#heap, program, { threads: this.#subject.threads, transactions });
        program.verify();
        return { kind: 'recovered', digest, resumed: digestOf(program) };
      });
    } catch (error) {
      const why = `${recovered}${reasonOf(error)}`;
      return { kind: 'broken', why, isNotSetUp: error instanceof NotSetUpError };
    }
  }

  /** What `use` makes of the recovered program. */
  #recover<T>(use: (program: Program) => T): T {
    const { configured, threads, seed } = this.#subject;
    this.recoveries++;
    const program = configured.recover(this.#heap, threads, seed);
    try {
      return use(program);
    } finally {
      program.close?.();
    }
  }

  /**
   * Recovers until power fails; what that may leave of the lines touched so far, in their order, or
   * null if the recovery persists nothing. All other lines are as the floor has them.
   */
  #interrupt(random: Random): CrashSweep | null {
    const image = this.#saved();
    try {
      this.#counter.operations = 0;
      this.#heap.attach(this.#countingSinks);
      const operations = this.#recover(() => this.#counter.operations);
      if (operations === 0) return null;
      // Recovery does the same again, so no more lines will be touched.
      this.#putBack(image);
      this.#crash.restart(this.#saved(), random.below(operations));
      this.#heap.attach(this.#crashingSinks);
      try {
        this.#recover(() => {});
      } catch (error) {
        // A program may wrap what it catches; that power failed is what counts.
        if (!this.#crash.failed) throw error;
      }
      return this.#crash.left();
    } finally {
      this.#heap.attach(this.#sinks);
    }
  }

  /** The touched lines of the scratch memory, one behind the other. */
  #saved(): Uint8Array {
    const lines = this.#touched.lines();
    const saved = new Int32Array(lines.length * LINE_WORDS);
    for (let i = 0; i < lines.length; i++) moveLine(lines[i], this.#scratchWords, i, saved);
    return new Uint8Array(saved.buffer);
  }

  /** Puts `saved` into the scratch memory; lines touched since are as the floor has them. */
  #putBack(saved: Uint8Array): void {
    const lines = this.#touched.lines();
    const words = wordsOf(saved);
    const count = saved.length / LINE_BYTES;
    for (let i = 0; i < lines.length; i++) {
      if (i < count) moveLine(i, words, lines[i], this.#scratchWords);
      else copyLine(lines[i], this.#floorWords, this.#scratchWords);
    }
  }

  /** Puts the image that `left` has chosen into the scratch memory, instead of what recovery made. */
  #leave(left: CrashSweep): void {
    const image = left.floor.slice();
    left.apply(image);
    this.#putBack(image);
  }

  #leaveOne(left: CrashSweep, random: Random): void {
    const images = countImages(left, INTERRUPTED_IMAGES_MAX);
    chooseImage(left, random.below(lookedAt(images)), images, random);
    this.#leave(left);
  }
}

/** Whatever recovery or a check throws on a damaged image, a failed assertion too, is a finding. */
function reasonOf(error: unknown): string {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return why.split('\n')[0];
}

function copyLine(line: number, from: Int32Array, to: Int32Array): void {
  moveLine(line, from, line, to);
}

/** Copies line `source` of `from` to line `target` of `to`, word by word. */
function moveLine(source: number, from: Int32Array, target: number, to: Int32Array): void {
  const at = target * LINE_WORDS;
  const shift = (source - target) * LINE_WORDS;
  for (let i = at; i < at + LINE_WORDS; i++) to[i] = from[i + shift];
}

/** The same bytes, as words: memory of a whole heap, or of lines, starts at one. */
function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / WORD_BYTES);
}

/** Counts what {@link RecoveryCrash} can fail at: stores, write-backs and fences. */
class OperationCounter implements PersistSink {
  operations = 0;
  readonly ignoresLoads = true;

  op(op: OpCode): void {
    if (persists(op)) this.operations++;
  }
}

/** Notes each line that is stored to, once. */
class TouchedLines implements PersistSink {
  readonly ignoresLoads = true;
  /** Of each line, one more than its place among the touched; 0: untouched. */
  readonly #places: Uint32Array;
  #lines = new Uint32Array(256);
  #count = 0;

  constructor(heapBytes: number) {
    this.#places = new Uint32Array(heapBytes >>> LINE_SHIFT);
  }

  op(op: OpCode, a: number, b: number): void {
    if (!isStore(op) || b === 0) return;
    const last = lastLineOf(a, b);
    for (let line = a >>> LINE_SHIFT; line <= last; line++) this.add(line);
  }

  add(line: number): void {
    if (this.#places[line] > 0) return;
    if (this.#count === this.#lines.length) {
      const lines = new Uint32Array(this.#count * 2);
      lines.set(this.#lines);
      this.#lines = lines;
    }
    this.#lines[this.#count++] = line;
    this.#places[line] = this.#count;
  }

  /** Where among the touched lines `line` is, from 0; -1: it is not. */
  placeOf(line: number): number {
    return this.#places[line] - 1;
  }

  /** The lines. Valid until the next `add`. */
  lines(): Uint32Array {
    return this.#lines.subarray(0, this.#count);
  }

  /** The lines, and forgets them. */
  take(): Uint32Array {
    const lines = this.lines();
    for (const line of lines) this.#places[line] = 0;
    this.#count = 0;
    return lines;
  }
}
