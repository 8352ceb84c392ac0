/**
 * What a program persists from an empty memory on: its set-up, its transactions, and recoveries of
 * images that crashes in between leave. Each is a stream of operations that can be crashed anywhere,
 * with what must be found then. Times play no part: these are crashes of the primary, whose rules need
 * none (`pm/crash/crash-state.ts`).
 */

import { CrashState } from '../../../pm/crash/crash-state.ts';
import type { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { PmHeap } from '../../../pm/heap.ts';
import { isStore, type OpCode, type PersistSink, persists } from '../../../pm/op.ts';
import { Random } from '../../../pm/random.ts';
import { type Program, runInTurn } from '../../../workloads/workload.ts';
import { type ConfiguredSubject, digestOf, subjectHeapBytes } from '../history/recording.ts';
import { chooseImage, countImages, lookedAt } from '../images/choose.ts';

/** One operation that persists. `bytes` are those of a store, else null. */
export interface StreamOp {
  readonly op: OpCode;
  readonly a: number;
  readonly b: number;
  readonly bytes: Uint8Array | null;
  /** Name of its site, if it is a write-back or fence of a known one. */
  readonly site: string | undefined;
}

/** An operation without what is left out of it; undefined: all of it is. */
export type LeftOut = (op: StreamOp) => StreamOp | undefined;

/** From operation `from` on, up to the next milestone: what a recovered program may hold. */
export interface Milestone {
  readonly from: number;
  /** Digests; null: the program need not be set up, and may hold anything sound. */
  readonly allowed: ReadonlySet<string> | null;
  /** The program has told its user: a mirror must hold it, too. */
  readonly isPromise: boolean;
}

/** In which part of a program's life operations are. */
export type Phase = 'setUp' | 'run' | 'recovery';

/** Operations on a memory that holds `initial` at the start. */
export interface Stream {
  readonly initial: Uint8Array;
  readonly ops: readonly StreamOp[];
  /** Ascending; the first is from 0. */
  readonly milestones: readonly Milestone[];
  phaseAt(index: number): Phase;
}

/** Collects operations, with the site of each. */
export class Recorder implements PersistSink {
  readonly ops: StreamOp[] = [];
  readonly #heap: PmHeap;
  readonly #siteOf: SiteOf;

  constructor(heap: PmHeap, siteOf: SiteOf) {
    this.#heap = heap;
    this.#siteOf = siteOf;
  }

  op(op: OpCode, a: number, b: number): void {
    if (!persists(op)) return;
    const bytes = isStore(op) ? this.#heap.bytes.slice(a, a + b) : null;
    this.ops.push({ op, a, b, bytes, site: bytes === null ? this.#siteOf(op) : undefined });
  }
}

/** The site of the write-back or fence at hand. */
export type SiteOf = (op: OpCode) => string | undefined;

/**
 * A program's set-up and its transactions, in one stream. With `age` its memory is aged in between, and
 * opened again.
 */
export function recordFromZero(
  subject: ConfiguredSubject,
  siteOf: SiteOf,
  age?: (heap: PmHeap) => void,
): Stream {
  const { configured, threads, seed, transactions } = subject;
  const heap = new PmHeap(subjectHeapBytes(subject));
  const initial = heap.bytes.slice();
  const recorder = new Recorder(heap, siteOf);
  heap.attach([recorder]);
  let program = configured.create(heap, threads, seed);
  const setUpOps = recorder.ops.length;
  const milestones: Milestone[] = [{ from: 0, allowed: null, isPromise: false }];
  try {
    let before = digested(heap, recorder, program);
    milestones.push({ from: setUpOps, allowed: new Set([before]), isPromise: true });
    if (age !== undefined) {
      age(heap);
      program.close?.();
      program = configured.recover(heap, threads, seed);
      milestones.push({ from: recorder.ops.length, allowed: new Set([before]), isPromise: false });
    }
    runInTurn(heap, program, { threads, transactions }, () => {
      const from = milestones[milestones.length - 1].from;
      const after = digested(heap, recorder, program);
      if (recorder.ops.length > from) {
        milestones.push({ from: from + 1, allowed: new Set([before, after]), isPromise: false });
      }
      milestones.push({
        from: recorder.ops.length,
        allowed: new Set([after]),
        isPromise: true,
      });
      before = after;
    });
    program.verify();
  } finally {
    program.close?.();
  }
  const phaseAt = (index: number): Phase => (index < setUpOps ? 'setUp' : 'run');
  return { initial, ops: recorder.ops, milestones, phaseAt };
}

/** The program's digest; what it reads for that is no part of the recording. */
function digested(heap: PmHeap, recorder: Recorder, program: Program): string {
  const { length } = recorder.ops;
  const digest = digestOf(program);
  if (recorder.ops.length !== length) throw new Error(`a digest persists on ${heap.sizeBytes} B`);
  return digest;
}

/** How many crash images to recover in search of recoveries, and how many of these to keep. */
export interface RecoveryExtent {
  readonly images: number;
  readonly kept: number;
  readonly seed: number;
}

/** Recoveries of drawn images of `stream` that between them come to as many sites as any did. */
export function recordRecoveries(
  subject: ConfiguredSubject,
  stream: Stream,
  siteOf: SiteOf,
  { images, kept, seed }: RecoveryExtent,
): Stream[] {
  const random = new Random(seed, 0x7265);
  const visited = new Map<string, number>();
  const found: Stream[] = [];
  const moments = drawnMoments(stream, images, random);
  const live = stream.initial.slice();
  const state = new CrashState(live, stream.initial);
  let next = 0;
  for (let i = 0; i < stream.ops.length && found.length < kept; i++) {
    applyOp(stream.ops[i], live, state);
    for (; moments[next] === i && found.length < kept; next++) {
      const sweep = state.images;
      const limit = 64;
      const count = countImages(sweep, limit);
      chooseImage(sweep, random.below(lookedAt(count)), count, random);
      const recovery = recordRecovery(subject, imageOf(sweep), allowedAt(stream, i), siteOf);
      if (recovery === null) continue;
      const sites = new Set(recovery.ops.flatMap(({ site }) => (site === undefined ? [] : [site])));
      const isNew = [...sites].some((site) => (visited.get(site) ?? 0) < STREAMS_PER_SITE);
      if (!isNew) continue;
      for (const site of sites) visited.set(site, (visited.get(site) ?? 0) + 1);
      found.push(recovery);
    }
  }
  return found;
}

/** A site is looked for in so many recoveries, as what it writes back may not matter in one. */
const STREAMS_PER_SITE = 3;

/** The operations behind which images are drawn, ascending: anywhere but in the set-up. */
function drawnMoments(stream: Stream, count: number, random: Random): number[] {
  const { ops } = stream;
  const from = ops.findIndex((_, i) => stream.phaseAt(i) === 'run');
  if (from < 0) return [];
  const moments = Array.from({ length: count }, () => random.between(from, ops.length - 1));
  return moments.sort((x, y) => x - y);
}

/** The chosen image. */
function imageOf(sweep: CrashSweep): Uint8Array {
  const image = sweep.floor.slice();
  sweep.apply(image);
  return image;
}

/** The recovery of `image`; null if it persists nothing, or fails (that is found elsewhere). */
function recordRecovery(
  subject: ConfiguredSubject,
  image: Uint8Array,
  allowed: Milestone['allowed'],
  siteOf: SiteOf,
): Stream | null {
  const { configured, threads, seed } = subject;
  const heap = new PmHeap(image);
  const initial = image.slice();
  const recorder = new Recorder(heap, siteOf);
  heap.attach([recorder]);
  let digest: string;
  try {
    const program = configured.recover(heap, threads, seed);
    heap.detach();
    digest = digestOf(program);
    program.close?.();
  } catch {
    return null;
  }
  const { ops } = recorder;
  if (ops.length === 0) return null;
  const milestones = [
    { from: 0, allowed, isPromise: false },
    // Whoever has read what was recovered must find it again.
    { from: ops.length, allowed: new Set([digest]), isPromise: false },
  ];
  return { initial, ops, milestones, phaseAt: () => 'recovery' };
}

/** What may be found of `stream` after a crash behind operation `index`. */
export function allowedAt({ milestones }: Stream, index: number): Milestone['allowed'] {
  let at = 0;
  while (at + 1 < milestones.length && milestones[at + 1].from <= index + 1) at++;
  return milestones[at].allowed;
}

/** Carries an operation out on `live`, which `state` follows. */
export function applyOp({ op, a, b, bytes }: StreamOp, live: Uint8Array, state: PersistSink): void {
  if (bytes !== null) live.set(bytes, a);
  state.op(op, a, b);
}
