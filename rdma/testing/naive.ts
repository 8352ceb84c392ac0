/**
 * What a program costs, told a second time and plainly, on a machine whose queues, caches and buffers never
 * fill: one core, its replica, and nobody else. It shares no code with the model. Times are in ns, those
 * of {@link NAIVE_PROFILE}, written out. What several cores do to each other is not here: then only the
 * counters hold, which depend on no time.
 */

import { Op } from '../../pm/op.ts';
import type { MirrorCounts, TimePart } from '../mirror.ts';
import { setValues } from '../profiles/schema.ts';
import { ROUND_PROFILE } from './round-profile.ts';
import type { Operation } from './runs.ts';

/** Round numbers, no two alike where the model has to tell them apart. */
export const NAIVE_PROFILE = setValues(ROUND_PROFILE, [
  ['path.loadSequentialNs', 170],
  ['path.loadRandomNs', 300],
  ['path.clwbMissLineNs', 40],
  ['core.fillBuffers', 64],
  // Which lines meet in a message is not told here.
  ['nic.packLines', 1],
]);

/** Designs that the naive model knows. */
export type NaiveDesign = 'no-sm' | 'ideal' | 'sm-rc' | 'sm-ob' | 'sm-dd' | 'sm-ad' | 'sm-sb';

/** The transaction with which sm-ad tries to write through: the only one of so few. */
const TRIAL = 5;

/** Counters that depend on the machine having room, which it has here. */
type Impossible = 'retransmissions' | 'ddioEvictions' | 'lockGrantsReordered';

/** What it predicts. */
export interface Predicted {
  readonly counts: Omit<MirrorCounts, Impossible>;
  readonly timeNs: Omit<Record<TimePart, number>, 'idle' | 'lockWait' | 'sendQueueFull'>;
}

/** From an answer's departure at the replica to the core. */
const BACK = 70 + 6 + 250 + 70 + 200;
/** A line's way to a replica and an answer's back, with nothing in between. */
const TRIP = 200 + 70 + 10 + 250 + 70 + 200 + BACK;

/** One core and its replica. */
class Naive {
  readonly #design: NaiveDesign;
  clock = 0;
  counts = zero();
  time = noTime();
  /** Lines in the caches; those stored to, and whether a store had to fetch them. */
  readonly #cached = new Set<number>();
  readonly #dirty = new Map<number, 'here' | 'fetched'>();
  /** Bytes in the write-combining buffers, the oldest line first. */
  readonly #combining = new Map<number, Set<number>>();
  #lastMiss = Number.NaN;
  #fetchedAt = 0;
  #departed = Number.NEGATIVE_INFINITY;
  #acceptedAt = 0;
  #storesSinceFence = 0;
  #depth = 0;
  #begun = 0;
  /** Of sm-ad: how the last line was posted, if no ROFENCE is behind it. */
  #lastWay: 'bypass' | 'through' | undefined;
  // At the NIC and at the replica.
  #unrung: ('line' | 'fence')[] = [];
  #linesSinceFence = 0;
  #linesSinceAnswer = 0;
  #nicStarted = Number.NEGATIVE_INFINITY;
  #handledAt = 0;
  #releasedAt = 0;
  #stagedAt = 0;
  #leftForFreeAt = 0;
  /** Lines that the replica's cache has and its memory does not. */
  readonly #unflushed = new Set<number>();

  constructor(design: NaiveDesign) {
    this.#design = design;
  }

  op([op, a, b]: Operation): void {
    if (op === Op.COMPUTE) this.#spend('compute', a);
    if (op === Op.LOAD) this.#load(a, b);
    if (op === Op.STORE) this.#store(a, b);
    if (op === Op.NT_STORE) this.#ntStore(a, b);
    if (op === Op.WRITE_BACK) this.#writeBack(a, b);
    if (op === Op.ORDERING_FENCE) this.#fence(false);
    if (op === Op.DURABILITY_FENCE) this.#fence(true);
    if (op === Op.LOCK) this.counts.lockGrants++;
    if (op === Op.TX_BEGIN && this.#depth++ === 0) this.#begun++;
    if (op === Op.TX_END && --this.#depth === 0) this.counts.transactions++;
    if (op === Op.MEASURE) {
      this.counts = zero();
      this.time = noTime();
    }
  }

  #spend(part: keyof Predicted['timeNs'], ns: number): void {
    this.clock += ns;
    this.time[part] += ns;
  }

  /** Fetches a line that is in no cache; returns how long that takes. */
  #fetchNs(line: number): number {
    const ns = line === this.#lastMiss + 1 ? 170 : 300;
    this.#lastMiss = line;
    this.#cached.add(line);
    this.counts.pmLoadMisses++;
    return ns;
  }

  #load(offset: number, bytes: number): void {
    for (const line of linesOf(offset, bytes)) {
      if (!this.#cached.has(line)) this.#spend('pmLoad', this.#fetchNs(line));
    }
  }

  #store(offset: number, bytes: number): void {
    if (bytes === 0) return;
    for (const line of linesOf(offset, bytes)) {
      const isFetched = !this.#cached.has(line);
      if (isFetched) this.#fetchedAt = Math.max(this.#fetchedAt, this.clock + this.#fetchNs(line));
      if (isFetched || !this.#dirty.has(line))
        this.#dirty.set(line, isFetched ? 'fetched' : 'here');
    }
    this.#stored(bytes);
  }

  #ntStore(offset: number, bytes: number): void {
    if (bytes === 0) return;
    for (const line of linesOf(offset, bytes)) {
      this.#cached.delete(line);
      this.#dirty.delete(line);
      const there = this.#combining.get(line) ?? new Set();
      this.#combining.set(line, there);
      for (let byte = 0; byte < 64; byte++) {
        const at = line * 64 + byte;
        if (at >= offset && at < offset + bytes) there.add(byte);
      }
      if (there.size === 64) this.#sendCombined(line);
    }
    this.#stored(bytes);
  }

  #stored(bytes: number): void {
    this.#storesSinceFence++;
    this.#spend('storeFlush', Math.ceil(bytes / 8));
  }

  #writeBack(offset: number, bytes: number): void {
    for (const line of linesOf(offset, bytes)) {
      // The instruction, whether or not there is something to write back.
      this.#spend('storeFlush', 2);
      const dirty = this.#dirty.get(line);
      if (dirty === undefined) continue;
      this.#dirty.delete(line);
      this.#send(line, { gapNs: dirty === 'fetched' ? 40 : 20, pathNs: 100 });
    }
  }

  #sendCombined(line: number): void {
    this.#combining.delete(line);
    this.#send(line, { gapNs: 15, pathNs: 110 });
  }

  #send(line: number, { gapNs, pathNs }: { gapNs: number; pathNs: number }): void {
    this.#departed = Math.max(this.clock, this.#departed + gapNs, this.#fetchedAt);
    this.#acceptedAt = Math.max(this.#acceptedAt, this.#departed + pathNs);
    this.counts.linesWrittenBack++;
    // A media block is a line here.
    this.counts.localMediaBlocks++;
    this.#leftForFreeAt = this.clock;
    if (this.#design === 'sm-ad') this.#turn();
    this.#linesSinceAnswer++;
    if (this.#design === 'no-sm' || this.#design === 'ideal') return;
    this.#linesSinceFence++;
    this.counts.writes++;
    if (this.#design === 'sm-sb') {
      this.#push();
      return;
    }
    this.#post('line');
    if (this.#design === 'sm-rc') this.#unflushed.add(line);
    else this.counts.remoteMediaBlocks++;
  }

  /** Before a line of sm-ad: a ROFENCE, if the last one went another way and may be on it. */
  #turn(): void {
    const way = this.#depth > 0 && this.#begun === TRIAL ? 'through' : 'bypass';
    const isTurn = this.#lastWay !== undefined && this.#lastWay !== way;
    if (isTurn && this.#linesSinceAnswer > 0) this.#postOrdering();
    this.#lastWay = way;
  }

  #postOrdering(): void {
    this.counts.rofences++;
    this.#post('fence');
    this.#linesSinceFence = 0;
    this.#lastWay = undefined;
  }

  /** The line is numbered as it reaches the NIC, and staged in turn; then it drains. */
  #push(): void {
    this.#spend('rdmaPost', 4);
    this.counts.linkBytes += 96 + 64 + 16;
    this.counts.remoteMediaBlocks++;
    const there = Math.max(this.clock, this.#departed) + 200;
    this.#nicStarted = Math.max(there, this.#nicStarted + 100);
    this.#handledAt = this.#nicStarted + 70 + 6 + 5 + 250 + 70;
    this.#stagedAt = Math.max(this.#handledAt, this.#stagedAt) + 6;
  }

  #post(what: 'line' | 'fence'): void {
    this.#spend('rdmaPost', 30);
    this.#unrung.push(what);
    this.counts.linkBytes += 96 + (what === 'line' ? 64 : 0);
  }

  #fence(durability: boolean): void {
    for (const line of [...this.#combining.keys()]) this.#sendCombined(line);
    this.counts[durability ? 'durabilityFences' : 'orderingFences']++;
    if (this.#storesSinceFence === 0) this.counts.emptyFences++;
    this.#storesSinceFence = 0;
    const waits = this.#postFence(durability);
    if (this.#unrung.length > 0) this.#ring();
    this.#spend('localFence', 10);
    this.#waitUntil('localFence', this.#acceptedAt);
    if (!waits) return;
    this.counts.blockingRoundTrips++;
    this.#linesSinceAnswer = 0;
    this.#waitUntil(durability ? 'remoteDurability' : 'remoteOrdering', this.#answerAt());
  }

  /** Whether the core waits for an answer. */
  #postFence(durability: boolean): boolean {
    const design = this.#design;
    const isWait = design === 'sm-rc' || (durability && design !== 'no-sm');
    if (isWait && this.#linesSinceAnswer > 0) {
      if (design === 'ideal' || design === 'sm-sb') return true;
      this.counts[design === 'sm-rc' ? 'rcommits' : 'rdfences']++;
      this.#post('fence');
      this.#linesSinceFence = 0;
      return true;
    }
    const isOrdered =
      design === 'sm-ad' && this.#lastWay === 'through' && this.#linesSinceAnswer > 0;
    if ((design === 'sm-ob' || isOrdered) && !durability && this.#linesSinceFence > 0) {
      this.#postOrdering();
    }
    return false;
  }

  /** The doorbell; then messages leave the NIC 100 ns apart and are handled at the replica's. */
  #ring(): void {
    this.#spend('rdmaPost', 50);
    this.counts.doorbells++;
    for (const what of this.#unrung) {
      this.#nicStarted = Math.max(this.clock + 200, this.#nicStarted + 100);
      this.#handledAt = this.#nicStarted + 70 + (what === 'line' ? 10 : 6) + 250 + 70;
      if (what === 'line' || !['sm-ob', 'sm-ad'].includes(this.#design)) continue;
      // The NIC asks over PCIe whether the lines are durable, when it has been told of those before.
      this.#releasedAt = Math.max(this.#handledAt, this.#releasedAt) + 1000;
    }
    this.#unrung = [];
  }

  #answerAt(): number {
    if (this.#design === 'ideal') return this.#leftForFreeAt + TRIP;
    if (this.#design === 'sm-sb') return this.#stagedAt + 200 + BACK;
    if (['sm-ob', 'sm-ad'].includes(this.#design)) return this.#releasedAt + BACK;
    if (this.#design === 'sm-dd') return this.#handledAt + 1000 + BACK;
    const lines = this.#unflushed.size;
    this.#unflushed.clear();
    this.counts.remoteMediaBlocks += lines;
    return this.#handledAt + 500 + (5 * lines + 60) + 500 + BACK;
  }

  #waitUntil(part: keyof Predicted['timeNs'], at: number): void {
    if (at > this.clock) this.#spend(part, at - this.clock);
  }
}

function zero() {
  return {
    transactions: 0,
    orderingFences: 0,
    durabilityFences: 0,
    emptyFences: 0,
    linesWrittenBack: 0,
    writes: 0,
    rcommits: 0,
    rofences: 0,
    rdfences: 0,
    doorbells: 0,
    blockingRoundTrips: 0,
    pmLoadMisses: 0,
    linkBytes: 0,
    localMediaBlocks: 0,
    remoteMediaBlocks: 0,
    lockGrants: 0,
  } satisfies Predicted['counts'];
}

function noTime() {
  return {
    compute: 0,
    pmLoad: 0,
    storeFlush: 0,
    localFence: 0,
    rdmaPost: 0,
    remoteOrdering: 0,
    remoteDurability: 0,
  } satisfies Predicted['timeNs'];
}

function linesOf(offset: number, bytes: number): number[] {
  const first = Math.floor(offset / 64);
  const last = bytes === 0 ? first - 1 : Math.floor((offset + bytes - 1) / 64);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** What `operations` of one core cost under `design`, from MEASURE on, or all. */
export function predict(design: NaiveDesign, operations: readonly Operation[]): Predicted {
  const core = new Naive(design);
  for (const operation of operations) core.op(operation);
  return { counts: core.counts, timeNs: core.time };
}
