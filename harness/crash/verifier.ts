/**
 * Recovers crash images and asks the program whether they are sound. One scratch memory serves all
 * images of a machine: an image is written into it line by line, and afterwards every line that the
 * image, the recovery or the program changed is put back. So an image costs what it differs in.
 */

import type { CrashSweep } from '../../pm/crash/crash-sweep.ts';
import { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES, LINE_SHIFT, lastLineOf } from '../../pm/line.ts';
import { fanOut, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import type { Random } from '../../pm/random.ts';
import type { Program } from '../../workloads/workload.ts';
import { goOn } from './oracle.ts';
import { digestOf, type Subject, subjectHeapBytes } from './recording.ts';
import { RecoveryCrash } from './recovery-crash.ts';
import { withoutInto } from './stream-error.ts';

/**
 * What became of an image: the contents that were recovered, and those after the program went on (null
 * if it did not), or what is wrong with it.
 */
export type Outcome =
  | { readonly kind: 'recovered'; readonly digest: string; readonly goneOn: string | null }
  | { readonly kind: 'broken'; readonly why: string };

export class Verifier {
  readonly #subject: Subject;
  readonly #heap: PmHeap;
  readonly #scratch: Uint8Array;
  #floor: Uint8Array;
  /** Lines of `scratch` that may differ from the floor, each once. */
  readonly #touched: TouchedLines;
  readonly #sinks: readonly PersistSink[];
  /** What the scratch memory held before the recovery under way, and who crashes that. */
  readonly #before: Uint8Array;
  readonly #crash: RecoveryCrash;
  readonly #crashingSinks: readonly PersistSink[];
  /** How often a recovery was run so far, to its end or into a power failure. */
  recoveries = 0;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#scratch = new Uint8Array(subjectHeapBytes(subject));
    this.#floor = this.#scratch;
    this.#heap = new PmHeap(this.#scratch);
    this.#touched = new TouchedLines(this.#scratch.byteLength);
    this.#sinks = Array.from({ length: subject.threads }, () => this.#touched);
    this.#before = new Uint8Array(this.#scratch.byteLength);
    this.#crash = new RecoveryCrash(this.#before, this.#scratch);
    const unrecovered = subject.wrong?.unrecovered;
    const persisted = unrecovered ? withoutInto(this.#crash, unrecovered) : this.#crash;
    const crashing = fanOut([this.#touched, persisted]);
    this.#crashingSinks = Array.from({ length: subject.threads }, () => crashing);
  }

  /** From now on images are changes of `floor`, whose changes are told to `floorChanged`. */
  startFrom(floor: Uint8Array): void {
    this.#floor = floor;
    this.#scratch.set(floor);
    this.#before.set(floor);
  }

  /** A line of the floor has changed. */
  floorChanged(line: number): void {
    copyLine(line, this.#floor, this.#scratch);
    copyLine(line, this.#floor, this.#before);
  }

  /**
   * Recovers the image that `sweep` has chosen, verifies it and takes its digest; then goes on for so
   * many transactions, verifies again and takes the digest again.
   */
  check(sweep: CrashSweep, transactions: number): Outcome {
    return this.#attempt(sweep, () => this.#recoverAndGoOn(transactions));
  }

  /**
   * As `check`, but power fails up to `depth` times more while the program recovers, each time at a
   * drawn moment and with a drawn choice of what had become durable. Null if the recovery persists
   * nothing, so that there is no moment to fail at.
   */
  checkInterrupted(sweep: CrashSweep, random: Random, depth: number): Outcome | null {
    let interruptions = 0;
    const outcome = this.#attempt(sweep, () => {
      for (let i = 0; i < depth; i++) if (this.#interrupt(random)) interruptions++;
      return this.#recoverAndGoOn(0);
    });
    return interruptions > 0 || outcome.kind === 'broken' ? outcome : null;
  }

  #attempt(sweep: CrashSweep, run: () => Outcome): Outcome {
    for (const { line } of sweep.kept()) this.#touched.add(line);
    sweep.apply(this.#scratch);
    this.#heap.attach(this.#sinks);
    try {
      return run();
    } catch (error) {
      return { kind: 'broken', why: reasonOf(error) };
    } finally {
      this.#heap.detach();
      for (const line of this.#touched.take()) this.floorChanged(line);
    }
  }

  #recoverAndGoOn(transactions: number): Outcome {
    return this.#recover((program) => {
      program.verify();
      const digest = digestOf(program);
      if (transactions === 0) return { kind: 'recovered', digest, goneOn: null };
      try {
        goOn(this.#heap, program, { threads: this.#subject.threads, transactions });
        program.verify();
        return { kind: 'recovered', digest, goneOn: digestOf(program) };
      } catch (error) {
        return { kind: 'broken', why: `recovered, then went on: ${reasonOf(error)}` };
      }
    });
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

  /** Recovers until power fails; leaves what that leaves in the scratch memory. Whether it did. */
  #interrupt(random: Random): boolean {
    const crash = this.#crash;
    for (const line of this.#touched.lines()) copyLine(line, this.#scratch, this.#before);
    this.#heap.attach(this.#crashingSinks);
    // The first attempt counts the operations, the second fails at one of them.
    crash.restart(-1);
    const operations = this.#recover(() => crash.operations);
    for (const line of this.#touched.lines()) copyLine(line, this.#before, this.#scratch);
    if (operations > 0) {
      crash.restart(random.below(operations));
      try {
        this.#recover(() => {});
      } catch (error) {
        // A program may wrap what it catches; that power failed is what counts.
        if (!crash.failed) throw error;
      }
      crash.leaveImage(random);
    }
    this.#heap.attach(this.#sinks);
    return operations > 0;
  }
}

/** Whatever recovery or a check throws on a damaged image, a failed assertion too, is a finding. */
function reasonOf(error: unknown): string {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return why.split('\n')[0];
}

function copyLine(line: number, from: Uint8Array, to: Uint8Array): void {
  const start = line * LINE_BYTES;
  for (let i = start; i < start + LINE_BYTES; i++) to[i] = from[i];
}

/** Notes each line that is stored to, once. */
class TouchedLines implements PersistSink {
  readonly #seen: Uint8Array;
  #lines = new Uint32Array(256);
  #count = 0;

  constructor(heapBytes: number) {
    this.#seen = new Uint8Array(heapBytes >>> LINE_SHIFT);
  }

  op(op: OpCode, a: number, b: number): void {
    if ((op !== Op.STORE && op !== Op.NT_STORE) || b === 0) return;
    const last = lastLineOf(a, b);
    for (let line = a >>> LINE_SHIFT; line <= last; line++) this.add(line);
  }

  add(line: number): void {
    if (this.#seen[line] === 1) return;
    this.#seen[line] = 1;
    if (this.#count === this.#lines.length) {
      const lines = new Uint32Array(this.#count * 2);
      lines.set(this.#lines);
      this.#lines = lines;
    }
    this.#lines[this.#count++] = line;
  }

  /** The lines. Valid until the next `add`. */
  lines(): Uint32Array {
    return this.#lines.subarray(0, this.#count);
  }

  /** The lines, and forgets them. */
  take(): Uint32Array {
    const lines = this.lines();
    for (const line of lines) this.#seen[line] = 0;
    this.#count = 0;
    return lines;
  }
}
