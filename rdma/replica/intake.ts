/** The receiving side of a replica's NIC: it takes messages at its rate, in order, unless the replica is stalled. */

import type { MirrorObserver, ReplicaFault } from '../mirror.ts';
import type { Timing } from '../profiles/timing.ts';
import { Stall } from './fault.ts';

export class Intake {
  readonly #replica: number;
  readonly #timing: Timing;
  readonly #stall: Stall;
  readonly #observer: MirrorObserver | undefined;
  #free = 0;

  constructor(
    replica: number,
    timing: Timing,
    fault: ReplicaFault | undefined,
    observer: MirrorObserver | undefined,
  ) {
    this.#replica = replica;
    this.#timing = timing;
    this.#stall = new Stall(fault);
    this.#observer = observer;
  }

  /** From `startPs` on it is counted when the replica stalls, if it does. */
  countStallFrom(startPs: number): void {
    this.#stall.countFrom(startPs);
  }

  /**
   * When the NIC is through with the next message, which leaves the link at `at`, or came in the same as the one
   * before (`inSame`).
   */
  throughAt(at: number, inSame: boolean): number {
    const { nicMessagePs, pipelinePs } = this.#timing;
    const stall = this.#stall;
    let start = inSame ? this.#free - nicMessagePs : Math.max(at, this.#free);
    if (!inSame && stall.holds(start)) {
      this.#observer?.onStalled?.(this.#replica, start);
      start = stall.untilPs;
    }
    this.#free = start + nicMessagePs;
    return start + pipelinePs;
  }
}
