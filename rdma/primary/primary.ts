/**
 * The primary's memory side, shared by its cores: last-level cache, which lines are dirty, and the
 * memory controller. Time passes on the core that acts.
 *
 * With persistent caches (eADR) a fence waits until what was stored to is in the cache, not for
 * memory. But the caches hold only so many lines that memory has not taken, so a long stream of
 * them runs at the pace of the media.
 *
 * Not modelled:
 *   - dirty lines that the caches evict by themselves (they would be written back earlier than the
 *     program asks, which costs it nothing);
 *   - coherence traffic between cores: another core's own cache keeps a line that is taken out of all;
 *   - a core's running ahead of a fence, by the few hundred instructions that real ones look ahead: the
 *     lines of stores behind a fence are fetched there while it waits.
 */

import { LINE_BYTES, lastLineOf, lineOf, wordsOf } from '../../pm/line.ts';
import { Memory } from '../memory.ts';
import { type MirrorObserver, PRIMARY } from '../mirror.ts';
import type { Timing } from '../profiles/timing.ts';
import { Cache } from './cache.ts';
import { type Core, Part } from './core.ts';

const { PM_LOAD, STORE_FLUSH } = Part;

const DIRTY = 1;
const FETCHED = 2;

export class Primary {
  /**
   * Per line: not 0 when stored to and neither written back nor overwritten by a non-temporal store since;
   * FETCHED when a store had to fetch it from memory. No contents: what a write-back costs does not
   * depend on them, and this is on the hot path.
   */
  readonly dirty: Uint8Array;
  /** Loads and stores that missed all caches, and lines sent to the memory controller, so far. */
  misses = 0;
  linesSent = 0;
  readonly #timing: Timing;
  readonly #observer: MirrorObserver | undefined;
  /** The last-level cache, which lines of the replicas' memory may share. */
  readonly llc: Cache;
  readonly #memory: Memory;
  /**
   * With persistent caches, when memory took the last lines written back, as many as the LLC holds;
   * a ring. Without them, empty.
   */
  readonly #taken: Float64Array;
  #takenNext = 0;

  constructor(timing: Timing, heapBytes: number, observer: MirrorObserver | undefined) {
    this.dirty = new Uint8Array(Math.ceil(heapBytes / LINE_BYTES));
    this.#timing = timing;
    this.#observer = observer;
    this.llc = new Cache(timing.llcSets, timing.llcWays);
    this.#memory = new Memory(timing.memory, observer?.onQueued?.bind(observer, PRIMARY));
    const cached = timing.memory.persistenceDomain === 'eadr' ? timing.llcSets * timing.llcWays : 0;
    this.#taken = new Float64Array(cached);
  }

  get mediaBlocks(): number {
    return this.#memory.mediaBlocks;
  }

  /**
   * The part of a load that changes nothing of what cores share: the lines that the core's own cache has, up to
   * the first that it has not. True if these are all; else `load` goes on from there.
   */
  loadOwn(core: Core, offset: number, bytes: number): boolean {
    if (bytes === 0) return true;
    // Asked again before it was its turn: what is next is known not to be here.
    if (core.missed) return false;
    const last = lastLineOf(offset, bytes);
    let line = core.resumeLine >= 0 ? core.resumeLine : lineOf(offset);
    while (line <= last && core.l2.access(line)) line++;
    core.missed = line <= last;
    core.resumeLine = core.missed ? line : -1;
    return !core.missed;
  }

  /** False if lines are left and other cores may read before: the operation is tried again. */
  load(core: Core, offset: number, bytes: number): boolean {
    while (!this.loadOwn(core, offset, bytes)) {
      const line = core.resumeLine;
      const isLast = line === lastLineOf(offset, bytes);
      core.missed = false;
      core.resumeLine = isLast ? -1 : line + 1;
      if (!this.llc.access(line)) {
        core.spend(PM_LOAD, this.#fetchedAt(core, line) - core.clock);
        return isLast;
      }
      core.spend(PM_LOAD, this.#timing.llcHitPs);
      if (isLast) return true;
    }
    return true;
  }

  store(core: Core, offset: number, bytes: number): void {
    if (bytes === 0) return;
    const last = lastLineOf(offset, bytes);
    const words = core.storedWords;
    const { dirty } = this;
    for (let line = lineOf(offset); line <= last; line++) {
      if (dirty[line] === 0) dirty[line] = DIRTY;
      if (words.length > 0) words[line] |= wordsOf(line, offset, bytes);
      if (!core.l2.access(line)) this.#fillForStore(core, line);
    }
    // With persistent caches a store is durable once its line is here.
    if (this.#taken.length > 0 && core.fillDone > core.localAccepted) {
      core.localAccepted = core.fillDone;
    }
    core.storesSinceFence++;
    core.spend(STORE_FLUSH, ((bytes + 7) >>> 3) * this.#timing.storeIssuePs);
  }

  /** A store does not wait for its line, but the line cannot be written back before it is here. */
  #fillForStore(core: Core, line: number): void {
    const buffers = core.fillBuffers;
    core.waitUntil(STORE_FLUSH, buffers.choose(line, core.clock));
    let filledAt = core.clock + this.#timing.llcHitPs;
    if (!this.llc.access(line)) {
      filledAt = this.#fetchedAt(core, line);
      this.dirty[line] = FETCHED;
    }
    buffers.hold(line, filledAt);
    this.#observer?.onFill?.(core.index, buffers.chosen, core.clock, filledAt);
    if (filledAt > core.fillDone) core.fillDone = filledAt;
  }

  /** A non-temporal store, or a write-back that evicts, takes `line` out of the caches. */
  uncache(core: Core, line: number): void {
    core.l2.remove(line);
    this.llc.remove(line);
    this.dirty[line] = 0;
  }

  /** A dirty line leaves the core's caches, by clwb. */
  writeBack(core: Core, line: number): void {
    const { clwbPathPs, clwbLinePs, clwbMissLinePs } = this.#timing;
    const linePs = this.dirty[line] === FETCHED ? clwbMissLinePs : clwbLinePs;
    this.dirty[line] = 0;
    this.#send(core, line, clwbPathPs, linePs, this.#taken.length > 0);
  }

  /** A line leaves a write-combining buffer, which no machine keeps when power fails. */
  sendCombined(core: Core, line: number): void {
    const { ntStorePathPs, ntStoreLinePs } = this.#timing;
    this.#send(core, line, ntStorePathPs, ntStoreLinePs, false);
  }

  /** A line leaves for the memory controller; `persistent`: it stays in a cache that needs no power. */
  #send(core: Core, line: number, pathPs: number, linePs: number, persistent: boolean): void {
    const buffers = core.fillBuffers;
    // What may stay where it is holds no buffer, but the caches hold only so much.
    core.waitUntil(
      STORE_FLUSH,
      persistent ? this.#taken[this.#takenNext] : buffers.choose(line, core.clock),
    );
    const departure = Math.max(core.clock, core.lastDeparture + linePs, core.fillDone);
    core.lastDeparture = departure;
    this.linesSent++;
    this.#observer?.onSend?.(core.index, line, core.clock);
    const accepted = this.#memory.accept(line, departure + pathPs);
    this.#observer?.onAccepted?.(core.index, line, core.clock, accepted);
    if (persistent) {
      this.#taken[this.#takenNext] = accepted;
      this.#takenNext = this.#takenNext + 1 === this.#taken.length ? 0 : this.#takenNext + 1;
    } else {
      buffers.hold(line, accepted);
      this.#observer?.onFill?.(core.index, buffers.chosen, core.clock, accepted);
      if (accepted > core.localAccepted) core.localAccepted = accepted;
    }
  }

  /** When a line that missed all caches is here; the one after the core's last miss is sequential. */
  #fetchedAt(core: Core, line: number): number {
    const { loadSequentialPs, loadRandomPs } = this.#timing;
    const sequential = line === core.lastMissLine + 1;
    core.lastMissLine = line;
    this.misses++;
    const start = this.#memory.read(line, core.clock);
    return start + (sequential ? loadSequentialPs : loadRandomPs);
  }
}
