/**
 * What a program persists from an empty memory on: its set-up, its transactions, and recoveries of
 * images that crashes in between leave. Each is a stream of operations that can be crashed anywhere,
 * with what must be found then. Times play no part: these are crashes of the primary, whose rules need
 * none (`pm/crash/crash-state.ts`).
 */

import { CrashState } from '../../../pm/crash/crash-state.ts';
import type { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { PmHeap } from '../../../pm/heap.ts';
import { isStore, Op, type OpCode, type PersistSink, persists } from '../../../pm/op.ts';
import { Random } from '../../../pm/random.ts';
import { type Program, runInTurn } from '../../../workloads/workload.ts';
import { type ConfiguredSubject, digestOf, subjectHeapBytes } from '../history/recording.ts';
import { chooseImage, countImages, lookedAt } from '../images/choose.ts';
import { keepSparsely } from './sparse-image.ts';

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

/** Operations on a memory that holds `initial()` at the start, which nobody changes. */
export interface Stream {
  readonly initial: () => Uint8Array;
  readonly ops: readonly StreamOp[];
  /** Ascending; the first is from 0. */
  readonly milestones: readonly Milestone[];
  phaseAt(index: number): Phase;
  /** Where transactions begin, in order, and of which type they are. */
  readonly begins: readonly TransactionBegin[];
}

/** A transaction of this type begins with operation `from`. */
interface TransactionBegin {
  readonly from: number;
  readonly type: number;
}

/** Collects operations, with the site of each. */
export class Recorder implements PersistSink {
  readonly ops: StreamOp[] = [];
  readonly begins: TransactionBegin[] = [];
  readonly #heap: PmHeap;
  readonly #siteOf: SiteOf;

  constructor(heap: PmHeap, siteOf: SiteOf) {
    this.#heap = heap;
    this.#siteOf = siteOf;
  }

  op(op: OpCode, a: number, b: number): void {
    if (op === Op.TX_BEGIN) this.begins.push({ from: this.ops.length, type: a });
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
  const initial = keepSparsely(heap.bytes);
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
  const { ops, begins } = recorder;
  return { initial, ops, milestones, phaseAt, begins };
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

/**
 * Recoveries of drawn images of `stream`: all that come to sites that few others do, and for each type of
 * transaction that was crashed in some that do different things.
 */
export function recordRecoveries(
  subject: ConfiguredSubject,
  stream: Stream,
  siteOf: SiteOf,
  { images, kept, seed }: RecoveryExtent,
): Stream[] {
  const random = new Random(seed, 0x7265);
  const seen = new Set<string>();
  const visited = new Map<string, number>();
  const found: Stream[] = [];
  const types = new Set(stream.begins.map(({ type }) => type));
  const left = new Map([...types].map((type) => [type, Math.max(2, Math.ceil(kept / types.size))]));
  const live = stream.initial().slice();
  const state = new CrashState(live, stream.initial());
  let next = 0;
  for (const [moment, type] of drawnMoments(stream, images, random)) {
    for (; next <= moment; next++) applyOp(stream.ops[next], live, state);
    const sweep = state.images;
    const count = countImages(sweep, IMAGES_DRAWN_FROM);
    chooseImage(sweep, random.below(lookedAt(count)), count, random);
    const recovery = recordRecovery(subject, imageOf(sweep), allowedAt(stream, moment), siteOf);
    if (recovery === null) continue;
    const course = courseOf(recovery);
    const room = left.get(type) ?? 0;
    const isRare = course.some((site) => (visited.get(site) ?? 0) < STREAMS_PER_SITE);
    if (!isRare && (room === 0 || seen.has(course.join()))) continue;
    seen.add(course.join());
    for (const site of course) visited.set(site, (visited.get(site) ?? 0) + 1);
    left.set(type, Math.max(0, room - 1));
    found.push(recovery);
  }
  return found;
}

/** Every site that a recovery comes to is looked for in so many recoveries. */
const STREAMS_PER_SITE = 2;

/** Images of a moment that one is drawn of. */
const IMAGES_DRAWN_FROM = 64;

/** The sites that a recovery comes to, in order, repetitions left out. */
function courseOf({ ops }: Stream): string[] {
  const sites = ops.flatMap(({ site }) => (site === undefined ? [] : [site]));
  return sites.filter((site, i) => site !== sites[i - 1]);
}

/**
 * The operations behind which images are drawn, ascending, with the type of the transaction: of each type
 * equally many, and around the first turn of each site, as what that does may be rare.
 */
function drawnMoments(
  { ops, begins, phaseAt }: Stream,
  count: number,
  random: Random,
): [number, number][] {
  const transactions = begins
    .map(({ from, type }, i) => ({ from, type, to: begins[i + 1]?.from ?? ops.length }))
    .filter(({ from, to }) => to > from && phaseAt(from) === 'run');
  const byType = Map.groupBy(transactions, ({ type }) => type);
  const share = Math.ceil(count / byType.size);
  const moments = [...byType].flatMap(([type, all]) =>
    Array.from({ length: share }, (): [number, number] => {
      const { from, to } = all[random.below(all.length)];
      return [random.between(from, to - 1), type];
    }),
  );
  const seen = new Set<string>();
  for (const { from, to, type } of transactions) {
    for (let i = from; i < to; i++) {
      const { site } = ops[i];
      if (site === undefined || seen.has(site)) continue;
      seen.add(site);
      for (const moment of [i - 1, i]) moments.push([Math.max(from, moment), type]);
    }
  }
  return moments.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
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
  const initial = keepSparsely(image);
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
  return { initial, ops, milestones, phaseAt: () => 'recovery', begins: [] };
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
