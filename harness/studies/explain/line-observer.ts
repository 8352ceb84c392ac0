/** How long lines are in flight: from leaving a core to durability at each replica. */

import type { MirrorObserver } from '../../../rdma/mirror.ts';

/** Watches lines in flight from the cores to durability at the replicas. */
export class LineObserver implements MirrorObserver {
  /** Per line, when it was sent and not yet seen durable, at each replica. */
  readonly #pending: Map<number, number[]>[] = [];
  readonly #replicas: number;
  #sumPs = 0;
  #count = 0;

  constructor(replicas: number) {
    this.#replicas = replicas;
    for (let i = 0; i < replicas; i++) this.#pending.push(new Map());
  }

  /** Forgets the warm-up. */
  onMeasure(): void {
    for (const pending of this.#pending) pending.clear();
    this.#sumPs = 0;
    this.#count = 0;
  }

  onSend(_core: number, line: number, atPs: number): void {
    for (let i = 0; i < this.#replicas; i++) {
      const times = this.#pending[i].get(line);
      if (times === undefined) this.#pending[i].set(line, [atPs]);
      else times.push(atPs);
    }
  }

  /** What was sent before is durable now: a line that was sent twice may be written back once. */
  onReplicaDurable(replica: number, _core: number, line: number, atPs: number): void {
    const times = this.#pending[replica].get(line);
    if (times === undefined) return;
    const later = times.filter((sentPs) => sentPs > atPs);
    for (const sentPs of times) {
      if (sentPs > atPs) continue;
      this.#sumPs += atPs - sentPs;
      this.#count++;
    }
    if (later.length === 0) this.#pending[replica].delete(line);
    else this.#pending[replica].set(line, later);
  }

  /** Mean time in flight in ns, and its sum, from which the mean number in flight follows. */
  summary(): { readonly meanNs: number | undefined; readonly sumPs: number } {
    const meanNs = this.#count === 0 ? undefined : this.#sumPs / this.#count / 1000;
    return { meanNs, sumPs: this.#sumPs };
  }
}
