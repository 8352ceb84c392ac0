/** A replica that is slow for good, or silent for a while. */

import { nsToPs } from '../../pm/clock.ts';
import type { ReplicaFault } from '../mirror.ts';
import type { MemoryTiming, Timing } from '../profiles/timing.ts';

/** The replica's own timing under a slowdown. Throws RangeError for one below 1. */
export function slowedTiming(timing: Timing, slowdown: number): Timing {
  if (!(slowdown >= 1)) throw new RangeError(`slowdown ${slowdown}: must be at least 1`);
  const slower = (ps: number) => Math.round(ps * slowdown);
  const memory: MemoryTiming = {
    ...timing.replicaMemory,
    wpqDrainPs: slower(timing.replicaMemory.wpqDrainPs),
    mediaBlockWritePs: slower(timing.replicaMemory.mediaBlockWritePs),
  };
  // Of a round trip, two passes through a NIC and one of PCIe are the replica's.
  const ownTripPs = 2 * timing.pipelinePs + timing.postedPs;
  return Object.freeze({
    ...timing,
    tripPs: timing.tripPs - ownTripPs + slower(ownTripPs),
    nicMessagePs: slower(timing.nicMessagePs),
    pipelinePs: slower(timing.pipelinePs),
    pcieWordsPs: timing.pcieWordsPs.map(slower),
    postedPs: slower(timing.postedPs),
    readHalfPs: slower(timing.readHalfPs),
    memoryPathPs: slower(timing.memoryPathPs),
    llcFlushLinePs: slower(timing.llcFlushLinePs),
    receivePs: slower(timing.receivePs),
    pausePs: slower(timing.pausePs),
    cpuPathPs: slower(timing.cpuPathPs),
    cpuLinePs: slower(timing.cpuLinePs),
    cpuFencePs: slower(timing.cpuFencePs),
    cpuAnswerPs: slower(timing.cpuAnswerPs),
    replicaMemory: memory,
    cxl: timing.cxl && {
      ...timing.cxl,
      loadPs: slower(timing.cxl.loadPs),
      hopPs: slower(timing.cxl.hopPs),
      wordsWirePs: timing.cxl.wordsWirePs.map(slower),
    },
  });
}

/** The while for which a replica takes no message. Never, if its fault has none, or before it is counted. */
export class Stall {
  readonly #fault: ReplicaFault | undefined;
  #fromPs = Number.POSITIVE_INFINITY;
  /** When it is over. Only to be read. */
  untilPs = Number.POSITIVE_INFINITY;

  constructor(fault: ReplicaFault | undefined) {
    this.#fault = fault;
  }

  countFrom(startPs: number): void {
    if (this.#fault?.stallForNs === undefined) return;
    this.#fromPs = startPs + nsToPs(this.#fault.stallFromNs ?? 0);
    this.untilPs = this.#fromPs + nsToPs(this.#fault.stallForNs);
  }

  holds(atPs: number): boolean {
    return atPs >= this.#fromPs && atPs < this.untilPs;
  }
}
