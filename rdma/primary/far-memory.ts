/**
 * The replicas' memory as the cores of the primary reach it by load and store over CXL. A line that is
 * written back is stored to there too, and written back: through the caches, which fetch what they do not
 * have, or past them where the program's own store went past them. Each replica
 * has a link, which all cores share, and memory of its own.
 *
 * A line is durable when the memory controller there has accepted it. The core knows, and has its fill
 * buffer back, when the completion is here. So the death of the primary loses nothing that a fence waited
 * for, as it would if flushing caches at a power failure (GPF of the host) were relied on.
 *
 * The caches of the primary are coherent for this memory as for any other: of two cores' copies of a line,
 * the one that was stored last arrives last.
 *
 * As at the primary's own memory, lines queue in the order in which they are told, though one that is
 * told later may be there a little earlier.
 *
 * Not modelled: a port that several replicas share behind a switch; contention of reads and completions on
 * the way back; lines of this memory that the caches evict by themselves. Nor stores of 64 bytes at once
 * past the caches (MOVDIR64B), which fetch nothing (`--set cxl.loadNs=0` shows what that gives), but
 * which no cache keeps in order.
 */

import { ATOMIC_BYTES, WORD_COUNT } from '../../pm/line.ts';
import { Memory } from '../memory.ts';
import type { MirrorObserver, ReplicaFault } from '../mirror.ts';
import type { CxlTiming, Timing } from '../profiles/timing.ts';
import { slowedTiming } from '../replica/fault.ts';
import type { Cache } from './cache.ts';
import { type Core, Part } from './core.ts';

export interface FarMemoryOptions {
  readonly timing: Timing;
  /** The timing of each replica, all of which have CXL. May be none. */
  readonly replicas: readonly Timing[];
  readonly cores: number;
  readonly heapLines: number;
  /** The last-level cache of the primary. */
  readonly llc: Cache;
  readonly faults: readonly ReplicaFault[];
  readonly observer: MirrorObserver | undefined;
}

export class FarMemory {
  /** Bytes that went over all links, headers included. */
  bytes = 0;
  readonly #timing: Timing;
  readonly #replicas: readonly FarReplica[];
  readonly #heapLines: number;
  readonly #llc: Cache;
  readonly #observer: MirrorObserver | undefined;

  constructor({ timing, replicas, cores, heapLines, llc, faults, observer }: FarMemoryOptions) {
    this.#timing = timing;
    this.#heapLines = heapLines;
    this.#llc = llc;
    this.#observer = observer;
    this.#replicas = replicas.map((own, i) => {
      const slowdown = faults.find(({ replica }) => replica === i)?.slowdown;
      const machine = slowdown === undefined ? own : slowedTiming(own, slowdown);
      if (machine.cxl === null) throw new Error(`replica ${i} is not reached over CXL`);
      return {
        cxl: machine.cxl,
        memory: new Memory(machine.replicaMemory, observer?.onQueued?.bind(observer, i)),
        acceptedPs: new Float64Array(heapLines),
        completedPs: new Float64Array(cores),
        linkFree: 0,
      };
    });
  }

  get mediaBlocks(): number {
    return this.#replicas.reduce((sum, { memory }) => sum + memory.mediaBlocks, 0);
  }

  /**
   * `core` stores `words` of `line` to every replica too and writes the line back, or, if
   * `pastCaches`, stores it past the caches.
   */
  write(core: Core, line: number, words: number, pastCaches: boolean): void {
    this.#observer?.onWrite?.(core.index, null, line, words);
    for (let i = 0; i < this.#replicas.length; i++) {
      const departure = this.#departure(
        core,
        (i + 1) * this.#heapLines + line,
        i,
        words,
        pastCaches,
      );
      const acceptedAt = this.#cross(core, line, i, words, departure, pastCaches);
      const { cxl, completedPs } = this.#replicas[i];
      const completedAt = acceptedAt + cxl.hopPs;
      core.fillBuffers.hold((i + 1) * this.#heapLines + line, completedAt);
      this.#observer?.onFill?.(core.index, core.fillBuffers.chosen, core.clock, completedAt);
      if (completedAt > completedPs[core.index]) completedPs[core.index] = completedAt;
      this.#observer?.onReplicaVisible?.(i, core.index, line, words, acceptedAt);
      this.#observer?.onReplicaDurable?.(i, core.index, line, acceptedAt);
    }
  }

  /** When `core` has the completions of all that it wrote to every replica. */
  completedAt(core: number): number {
    let at = 0;
    for (let i = 0; i < this.#replicas.length; i++) {
      const own = this.#replicas[i].completedPs[core];
      if (own > at) at = own;
      this.#observer?.onReplicaFence?.(i, core, own);
    }
    return at;
  }

  /** The core has stored to the line at `place`; when that leaves it for replica `i`. */
  #departure(core: Core, place: number, i: number, words: number, pastCaches: boolean): number {
    const { storeIssuePs, clwbIssuePs, flushEvicts } = this.#timing;
    const { clwbLinePs, clwbMissLinePs, ntStoreLinePs } = this.#timing;
    let linePs = ntStoreLinePs;
    if (!pastCaches) linePs = this.#fetch(core, place, i) ? clwbMissLinePs : clwbLinePs;
    core.spend(Part.STORE_FLUSH, WORD_COUNT[words] * storeIssuePs);
    if (!pastCaches) core.spend(Part.STORE_FLUSH, clwbIssuePs);
    if (pastCaches || flushEvicts) {
      core.l2.remove(place);
      this.#llc.remove(place);
    }
    core.waitUntil(Part.STORE_FLUSH, core.fillBuffers.choose(place, core.clock));
    const departure = Math.max(core.clock, core.lastDeparture + linePs, core.fillDone);
    core.lastDeparture = departure;
    return departure;
  }

  /** Brings the line at `place` into the caches for a store. Whether it came from replica `i`. */
  #fetch(core: Core, place: number, i: number): boolean {
    if (core.l2.access(place)) return false;
    const buffers = core.fillBuffers;
    core.waitUntil(Part.STORE_FLUSH, buffers.choose(place, core.clock));
    const isHere = this.#llc.access(place);
    const { loadPs } = this.#replicas[i].cxl;
    const filledAt = core.clock + (isHere ? this.#timing.llcHitPs : loadPs);
    buffers.hold(place, filledAt);
    this.#observer?.onFill?.(core.index, buffers.chosen, core.clock, filledAt);
    if (filledAt > core.fillDone) core.fillDone = filledAt;
    return !isHere;
  }

  /** A line that leaves `core` at `departure`: when the memory controller of replica `i` accepts it. */
  #cross(
    core: Core,
    line: number,
    i: number,
    words: number,
    departure: number,
    pastCaches: boolean,
  ): number {
    const replica = this.#replicas[i];
    const { cxl, memory, acceptedPs } = replica;
    const { clwbPathPs, ntStorePathPs } = this.#timing;
    const wirePs = cxl.wordsWirePs[WORD_COUNT[words]];
    // Told in order of the cores' clocks: a line that leaves later than it is told holds up no other.
    replica.linkFree = Math.max(replica.linkFree, core.clock) + wirePs;
    this.bytes += cxl.headerBytes + WORD_COUNT[words] * ATOMIC_BYTES;
    const crossed = Math.max(departure + wirePs, replica.linkFree);
    const pathPs = pastCaches ? ntStorePathPs : clwbPathPs;
    const accepted = memory.accept(line, crossed + pathPs + cxl.hopPs);
    // Caches are coherent: what was stored to a line later is there later.
    acceptedPs[line] = Math.max(acceptedPs[line], accepted);
    return acceptedPs[line];
  }
}

/** The memory of a replica, and the way to it. */
interface FarReplica {
  readonly cxl: CxlTiming;
  readonly memory: Memory;
  /** Per line, when its last copy was accepted. */
  readonly acceptedPs: Float64Array;
  /** Per core, when all its lines so far are there and it knows. */
  readonly completedPs: Float64Array;
  /** When all that was told so far is on its way. */
  linkFree: number;
}
