/**
 * A replica's last-level cache as DDIO uses it, between PCIe and the memory controller. A line lands
 * in the few ways that DDIO may use and pushes out another, which goes to PM in no particular order;
 * until memory has accepted that one, the line that came keeps its place in the host. Lines leave for
 * memory one at a time: because they are asked to (an RCOMMIT), at once (written through), or pushed
 * out.
 *
 * Not modelled: the replica's own program and what it has in the cache; a bound on the lines
 * between the cache and a full DIMM that left because they were asked to. Lines that an RCOMMIT asks
 * for leave ahead of ones that are pushed out up to half a PCIe round trip before.
 */

import { doubled } from '../../pm/columns.ts';
import type { Memory } from '../memory.ts';
import type { MirrorObserver } from '../mirror.ts';
import { Cache } from '../primary/cache.ts';
import type { Timing } from '../profiles/timing.ts';

/** Lines in a typed array: one that is emptied and filled again for every epoch. */
class LineList {
  lines = new Int32Array(64);
  length = 0;

  add(line: number): void {
    if (this.length === this.lines.length) this.lines = doubled(this.lines);
    this.lines[this.length++] = line;
  }
}

export class Ddio {
  readonly #replica: number;
  readonly #timing: Timing;
  readonly #memory: Memory;
  readonly #durableBy: Float64Array;
  readonly #observer: MirrorObserver | undefined;
  readonly #cache: Cache;
  readonly #durableOnArrival: boolean;
  /** Per line that is here and not in memory: 1 + the queue pair that wrote it last; else 0. */
  readonly #writer: Uint16Array;
  /** Lines that each queue pair left here since its last flush; again if another took it or wrote it. */
  readonly #unflushed: readonly LineList[];
  /**
   * Lines that a queue pair wrote while another's data in them was not durable yet, and when they
   * last left: the other's data is durable then too, though it is no longer their writer.
   */
  readonly #overwritten = new Map<number, number>();
  #free = 0;
  /** When the processor's last write-back left it. */
  #cpuLeft = Number.NEGATIVE_INFINITY;
  /** Lines that others pushed out before they were in memory. */
  evictions = 0;

  /**
   * `durableBy` is raised, per queue pair, to when its lines are durable, as far as they left. It has
   * an entry per queue pair. `seed`: of what is replaced, if that is random.
   */
  constructor(
    replica: number,
    timing: Timing,
    heapLines: number,
    memory: Memory,
    durableBy: Float64Array,
    observer: MirrorObserver | undefined,
    seed = 0,
  ) {
    this.#replica = replica;
    this.#timing = timing;
    this.#memory = memory;
    this.#durableBy = durableBy;
    this.#observer = observer;
    const { ddioSets, ddioWays, ddioReplacement } = timing;
    this.#cache = new Cache(ddioSets, ddioWays, 'hash', ddioReplacement, seed + replica);
    this.#durableOnArrival = timing.replicaMemory.persistenceDomain === 'eadr';
    this.#writer = new Uint16Array(heapLines);
    this.#unflushed = Array.from(durableBy, () => new LineList());
  }

  /**
   * Words of a line are in the cache at `at`; `through`: they are written through to memory. Returns when its
   * place in the host is free: when memory has accepted what it pushed out, if anything.
   */
  write(
    queuePair: number,
    core: number,
    line: number,
    words: number,
    at: number,
    through: boolean,
  ): number {
    let placeFree = at;
    if (!this.#cache.access(line)) {
      const { evicted } = this.#cache;
      if (evicted >= 0 && this.#writer[evicted] !== 0) {
        this.evictions++;
        placeFree = Math.max(at, this.#clean(core, evicted, at));
      }
    }
    this.#observer?.onReplicaVisible?.(this.#replica, core, line, words, at);
    if (this.#durableOnArrival) {
      this.#writer[line] = queuePair + 1;
      this.#setDurable(queuePair, core, line, at);
    } else if (through) {
      this.#setDurable(queuePair, core, line, this.#writeBack(line, at));
    } else {
      this.#leaveDirty(queuePair, line);
    }
    return placeFree;
  }

  /** The line went past the cache: an older copy here, durable where the cache is, never leaves. */
  supersede(line: number): void {
    if (this.#durableOnArrival) this.#writer[line] = 0;
  }

  /** Writes back what the queue pair left here, from `at` on; the replica's processor does so line by line. */
  flush(queuePair: number, core: number, at: number, byProcessor = false): void {
    const list = this.#unflushed[queuePair];
    const { lines, length } = list;
    for (let i = 0; i < length; i++) {
      const line = lines[i];
      let durable = 0;
      if (this.#writer[line] !== 0) durable = this.#clean(core, line, at, byProcessor);
      else if (this.#overwritten.size > 0) durable = this.#overwritten.get(line) ?? 0;
      if (durable > this.#durableBy[queuePair]) this.#durableBy[queuePair] = durable;
    }
    list.length = 0;
  }

  #leaveDirty(queuePair: number, line: number): void {
    const before = this.#writer[line];
    const now = queuePair + 1;
    if (before === now) return;
    if (before !== 0 && !this.#overwritten.has(line)) this.#overwritten.set(line, 0);
    this.#writer[line] = now;
    this.#unflushed[queuePair].add(line);
  }

  /** A dirty line leaves, `at` or when its turn comes; returns when it is accepted by memory. */
  #clean(core: number, line: number, at: number, byProcessor = false): number {
    const writer = this.#writer[line] - 1;
    this.#writer[line] = 0;
    const accepted = byProcessor ? this.#clwb(line, at) : this.#writeBack(line, at);
    if (this.#durableOnArrival) return accepted;
    this.#setDurable(writer, core, line, accepted);
    if (this.#overwritten.size > 0 && this.#overwritten.has(line)) {
      this.#overwritten.set(line, accepted);
    }
    return accepted;
  }

  /** A line leaves for memory, `at` or when its turn comes; returns when it is accepted there. */
  #writeBack(line: number, at: number): number {
    const { llcFlushLinePs, memoryPathPs } = this.#timing;
    this.#free = Math.max(at, this.#free) + llcFlushLinePs;
    return this.#memory.accept(line, this.#free + memoryPathPs);
  }

  /** The processor writes a line back, `at` or when its turn comes; returns when it is accepted by memory. */
  #clwb(line: number, at: number): number {
    const { cpuLinePs, cpuPathPs } = this.#timing;
    this.#cpuLeft = Math.max(at, this.#cpuLeft + cpuLinePs);
    return this.#memory.accept(line, this.#cpuLeft + cpuPathPs);
  }

  #setDurable(queuePair: number, core: number, line: number, at: number): void {
    if (at > this.#durableBy[queuePair]) this.#durableBy[queuePair] = at;
    this.#observer?.onReplicaDurable?.(this.#replica, core, line, at);
  }
}
