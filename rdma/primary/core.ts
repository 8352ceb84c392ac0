/**
 * One core of the primary: its clock, where its time went, its caches and write-combining buffers,
 * and what it is waiting for. Plain state with the few rules that keep it consistent; the mirror
 * drives it.
 */

import { type MirrorObserver, TIME_PARTS } from '../mirror.ts';
import type { Timing } from '../profiles/timing.ts';
import { Cache } from './cache.ts';
import { FillBuffers } from './fill-buffers.ts';

/** Indices into a core's time accounts, in the order of TIME_PARTS. */
export const Part = {
  COMPUTE: 0,
  PM_LOAD: 1,
  STORE_FLUSH: 2,
  LOCAL_FENCE: 3,
  RDMA_POST: 4,
  SEND_QUEUE_FULL: 5,
  REMOTE_ORDERING: 6,
  REMOTE_DURABILITY: 7,
  LOCK_WAIT: 8,
  IDLE: 9,
} as const;

/** One of the indices in {@link Part}. */
export type PartIndex = (typeof Part)[keyof typeof Part];

/** What a core is doing. */
export const CoreState = {
  RUNNING: 0,
  /** At a fence, for the replicas' answers. */
  WAIT_ANSWER: 1,
  /** For an acknowledgement that frees a send-queue entry. */
  WAIT_SEND_QUEUE: 2,
  WAIT_LOCK: 3,
  /** At the MEASURE barrier. */
  WAIT_BARRIER: 4,
  FINISHED: 5,
} as const;

export class Core {
  readonly index: number;
  clock = 0;
  readonly timePs = new Float64Array(TIME_PARTS.length);
  state: number = CoreState.RUNNING;

  readonly l2: Cache;
  readonly fillBuffers: FillBuffers;
  lastMissLine = -2;
  /** When the fill of the last store miss is done; a line leaves its core no earlier. */
  fillDone = 0;
  lastDeparture = Number.NEGATIVE_INFINITY;
  /** When the memory controller has accepted every line this core sent. */
  localAccepted = 0;
  storesSinceFence = 0;

  /** Lines in the write-combining buffers, the oldest first, and which of their 64 bytes are there. */
  readonly combiningLine: Int32Array;
  readonly combiningLow: Int32Array;
  readonly combiningHigh: Int32Array;
  combiningCount = 0;
  /** Words of the line that left a write-combining buffer last. */
  combinedWords = 0;
  /**
   * Where only words are posted, per line, those that this core stored to since it last posted them: of its
   * own, since others post theirs. Where lines are, and a design asks for it, those that any core stored to.
   * Else empty.
   */
  readonly storedWords: Uint8Array;

  /** Where to resume an operation that stopped, for a full send queue or another's turn; -1 when at its start. */
  resumeLine = -1;
  /** That is a load's, and the line was not in the core's own cache, and is now. */
  missed = false;
  /**
   * Messages that surely fit into every send queue of this core, one kept back for a fence; none are
   * if it shares them.
   */
  slotsLeft = 0;
  /** Free entries that it waits for. */
  entriesNeeded = 0;
  linesSinceFence = 0;
  linesSinceAnswer = 0;
  /** When the last line sent for free left the core. */
  lastFreeSend = 0;
  answersPending = 0;
  /** Times that it asked for answers since it last waited. */
  asked = 0;
  /** It waits at a durability point that it asked for, until an older one is answered. */
  awaitsOldest = false;
  /** It is at a durability point where it does not wait for what it asks for. */
  goesOn = false;
  /** When the trip that it does not wait for is over, in the bound. */
  tripOverAt = 0;
  /** It waits, or will at the fence it is at, for the answers it asked for. */
  awaits = false;
  /** When the last answer so far is here; it does not hold up a fence that does not wait. */
  answerAt = 0;
  /** Whose answer that is. */
  answerOf = 0;
  /** Which kind of fence the core is at. */
  durability = false;
  /** It waits at no fence, but before it releases a lock or posts a line. */
  atNoFence = false;
  waitingForLock = -1;
  waitingForTurn = -1;

  txDepth = 0;
  txType = 0;
  txBegin = 0;

  /** `storedWords`: for each line of the heap, or empty where nobody asks for them. */
  constructor(index: number, timing: Timing, storedWords: Uint8Array = new Uint8Array(0)) {
    this.index = index;
    this.storedWords = storedWords;
    this.l2 = new Cache(timing.l2Sets, timing.l2Ways);
    this.fillBuffers = new FillBuffers(timing.fillBuffers);
    this.combiningLine = new Int32Array(timing.writeCombiningBuffers);
    this.combiningLow = new Int32Array(timing.writeCombiningBuffers);
    this.combiningHigh = new Int32Array(timing.writeCombiningBuffers);
  }

  spend(part: PartIndex, ps: number): void {
    this.clock += ps;
    this.timePs[part] += ps;
  }

  /** Waits until `at`, on account of `part`; nothing if that has passed. */
  waitUntil(part: PartIndex, at: number): void {
    if (at > this.clock) {
      this.timePs[part] += at - this.clock;
      this.clock = at;
    }
  }

  /**
   * Puts bytes [from, to) (0..64) of `line` into a write-combining buffer. Returns the line that
   * must leave now: `line` itself when it is full, the oldest when it had to make room, else -1.
   */
  combine(line: number, from: number, to: number): number {
    const lines = this.combiningLine;
    let leaving = -1;
    let slot = 0;
    while (slot < this.combiningCount && lines[slot] !== line) slot++;
    if (slot === this.combiningCount) {
      if (slot === lines.length) {
        leaving = this.#removeCombining(0);
        slot--;
      }
      lines[slot] = line;
      this.combiningLow[slot] = 0;
      this.combiningHigh[slot] = 0;
      this.combiningCount++;
    }
    this.combiningLow[slot] |= bits(from, Math.min(to, 32));
    this.combiningHigh[slot] |= bits(Math.max(from, 32) - 32, to - 32);
    // If it is full but displaced another, that one leaves first and this one at the next chance.
    if (leaving >= 0 || this.combiningLow[slot] !== -1 || this.combiningHigh[slot] !== -1) {
      return leaving;
    }
    return this.#removeCombining(slot);
  }

  /** The oldest line in the write-combining buffers, which are not empty, and what is there of its words. */
  get oldestCombining(): readonly [line: number, words: number] {
    return [this.combiningLine[0], this.#wordsIn(0)];
  }

  /** Whether `combine` would make room by the oldest line. */
  displaces(line: number): boolean {
    const { combiningLine: lines, combiningCount: count } = this;
    return count === lines.length && !lines.includes(line);
  }

  /** Whether a part of `line` is in a write-combining buffer. */
  isCombining(line: number): boolean {
    return this.combiningLine.subarray(0, this.combiningCount).includes(line);
  }

  /** Whether bytes [from, to) are what `line` lacks to be whole. */
  makesWhole(line: number, from: number, to: number): boolean {
    const slot = this.combiningLine.subarray(0, this.combiningCount).indexOf(line);
    const low = (this.combiningLow[slot] ?? 0) | bits(from, Math.min(to, 32));
    const high = (this.combiningHigh[slot] ?? 0) | bits(Math.max(from, 32) - 32, to - 32);
    return low === -1 && high === -1;
  }

  #wordsIn(slot: number): number {
    return wordsIn(this.combiningLow[slot]) | (wordsIn(this.combiningHigh[slot]) << 4);
  }

  /** Takes the oldest line out of the write-combining buffers; -1 when they are empty. */
  takeCombining(): number {
    return this.combiningCount === 0 ? -1 : this.#removeCombining(0);
  }

  #removeCombining(slot: number): number {
    const lines = this.combiningLine;
    const line = lines[slot];
    const last = --this.combiningCount;
    this.combinedWords = this.#wordsIn(slot);
    for (let i = slot; i < last; i++) {
      lines[i] = lines[i + 1];
      this.combiningLow[i] = this.combiningLow[i + 1];
      this.combiningHigh[i] = this.combiningHigh[i + 1];
    }
    return line;
  }
}

/** A core that tells of its time. It is a class of its own so that others pay nothing for that. */
class WatchedCore extends Core {
  #tell: (part: PartIndex, fromPs: number) => void = () => {};

  /** From now on `observer` is told. */
  watch(observer: MirrorObserver): this {
    this.#tell = (part, fromPs) => {
      if (this.clock > fromPs) observer.onTime?.(this.index, TIME_PARTS[part], fromPs, this.clock);
    };
    return this;
  }

  override spend(part: PartIndex, ps: number): void {
    const fromPs = this.clock;
    super.spend(part, ps);
    this.#tell(part, fromPs);
  }

  override waitUntil(part: PartIndex, at: number): void {
    const fromPs = this.clock;
    super.waitUntil(part, at);
    this.#tell(part, fromPs);
  }
}

/** A core; `observer` is told of its time if it listens to that. */
export function createCore(
  index: number,
  timing: Timing,
  storedWords: Uint8Array,
  observer: MirrorObserver | undefined,
): Core {
  if (observer?.onTime === undefined) return new Core(index, timing, storedWords);
  return new WatchedCore(index, timing, storedWords).watch(observer);
}

/** Bits [from, to) of a 32-bit word; 0 when the range is empty. */
function bits(from: number, to: number): number {
  if (to <= from) return 0;
  const width = to - from;
  return width === 32 ? -1 : ((1 << width) - 1) << from;
}

/** The words, as four bits, in which any of 32 bytes are. */
function wordsIn(bytes: number): number {
  let words = 0;
  for (let word = 0; word < 4; word++)
    if (((bytes >>> (8 * word)) & 0xff) !== 0) words |= 1 << word;
  return words;
}

/** What a core that is not running waits for, for messages. */
export function describeWait(core: Core): string {
  if (core.state === CoreState.WAIT_LOCK) {
    return `for lock ${core.waitingForLock}, turn ${core.waitingForTurn}`;
  }
  if (core.state === CoreState.WAIT_BARRIER) return 'at the MEASURE barrier for the other cores';
  return core.state === CoreState.WAIT_ANSWER ? 'for an answer' : 'for room in its send queue';
}
