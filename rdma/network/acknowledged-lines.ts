/**
 * Where an acknowledgement says that a line is durable, it is the answer too: a core waits for that of its last
 * line. Counts, by core and replica, lines posted and acknowledged, and what is waited for.
 */

import type { MirrorObserver } from '../mirror.ts';
import type { ReplicaListener } from '../replica/listener.ts';

export class AcknowledgedLines {
  readonly #replicas: number;
  readonly #posted: Float64Array;
  readonly #acknowledged: Float64Array;
  /** When the last acknowledgement so far left its replica, and is back. */
  readonly #leftPs: Float64Array;
  readonly #backPs: Float64Array;
  /** Per core and replica: lines that must be acknowledged, for each answer that is asked for. */
  readonly #asked: readonly number[][];
  readonly #listener: Pick<ReplicaListener, 'answered'>;
  readonly #observer: MirrorObserver | undefined;

  constructor(
    cores: number,
    replicas: number,
    listener: Pick<ReplicaListener, 'answered'>,
    observer: MirrorObserver | undefined,
  ) {
    this.#replicas = replicas;
    this.#listener = listener;
    this.#observer = observer;
    const lanes = cores * replicas;
    this.#posted = new Float64Array(lanes);
    this.#acknowledged = new Float64Array(lanes);
    this.#leftPs = new Float64Array(lanes);
    this.#backPs = new Float64Array(lanes);
    this.#asked = Array.from({ length: lanes }, () => []);
  }

  posted(core: number, replica: number): void {
    this.#posted[core * this.#replicas + replica]++;
  }

  /** An answer of each replica is asked for: at once, where all lines are acknowledged. */
  ask(core: number): void {
    for (let replica = 0; replica < this.#replicas; replica++) {
      const lane = core * this.#replicas + replica;
      this.#asked[lane].push(this.#posted[lane]);
      this.#answerWhatIs(core, replica);
    }
  }

  /** The next line is acknowledged. */
  acknowledged(core: number, replica: number, leftPs: number, backPs: number): void {
    const lane = core * this.#replicas + replica;
    this.#acknowledged[lane]++;
    this.#leftPs[lane] = leftPs;
    this.#backPs[lane] = backPs;
    this.#answerWhatIs(core, replica);
  }

  #answerWhatIs(core: number, replica: number): void {
    const lane = core * this.#replicas + replica;
    const asked = this.#asked[lane];
    while (asked.length > 0 && asked[0] <= this.#acknowledged[lane]) {
      asked.shift();
      this.#observer?.onReplicaAnswer?.(replica, core, this.#leftPs[lane]);
      this.#listener.answered(core, replica, this.#backPs[lane]);
    }
  }
}
