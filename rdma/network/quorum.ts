/**
 * Waits for some of the replicas. A wait is over when as many answers are here as it takes, whichever
 * they are: that may be earlier than the last one known so far, so a core resumes only when time has come
 * to that answer. Each wait asks each replica once and a replica answers a core in order, so that the nth
 * answer of a replica is to the nth wait; what comes after a wait is over is not waited for.
 */

export class Quorum {
  readonly #replicas: number;
  readonly #needed: number;
  /** Waits that each core has begun. */
  readonly #waits: Float64Array;
  /** By core and replica: answers so far, and when the one to the core's last wait is here. */
  readonly #answers: Float64Array;
  readonly #hereAt: Float64Array;
  /** When each core resumes, as far as is known; OVER if it does not wait. */
  readonly #resumeAt: Float64Array;
  readonly #sorted: Float64Array;
  /** The earliest of these, and whose it is. Only to be read. */
  nextTime = Number.POSITIVE_INFINITY;
  nextCore = 0;

  /** `needed`: answers that end a wait, 1 to `replicas`. */
  constructor(cores: number, replicas: number, needed: number) {
    this.#replicas = replicas;
    this.#needed = needed;
    this.#waits = new Float64Array(cores);
    this.#answers = new Float64Array(cores * replicas);
    this.#hereAt = new Float64Array(cores * replicas);
    this.#resumeAt = new Float64Array(cores).fill(OVER);
    this.#sorted = new Float64Array(replicas);
  }

  /** `core` asks every replica, and waits. */
  begin(core: number): void {
    this.#waits[core]++;
    this.#resumeAt[core] = Number.POSITIVE_INFINITY;
    const from = core * this.#replicas;
    this.#hereAt.fill(Number.POSITIVE_INFINITY, from, from + this.#replicas);
  }

  /** `replica` answers `core`, which has that at `backAt`. */
  answered(core: number, replica: number, backAt: number): void {
    const from = core * this.#replicas;
    const wait = ++this.#answers[from + replica];
    if (wait < this.#waits[core]) return;
    this.#hereAt[from + replica] = backAt;
    // After the wait is over answers to it are of no use.
    if (this.#resumeAt[core] === OVER) return;
    this.#sorted.set(this.#hereAt.subarray(from, from + this.#replicas));
    this.#sorted.sort();
    this.#resumeAt[core] = this.#sorted[this.#needed - 1];
    this.#findNext();
  }

  /** The replica whose answer ends the wait of `core`, which is known; of several at once the first. */
  lastNeeded(core: number): number {
    const from = core * this.#replicas;
    return this.#hereAt.subarray(from, from + this.#replicas).indexOf(this.#resumeAt[core]);
  }

  /** `core` has resumed. */
  end(core: number): void {
    this.#resumeAt[core] = OVER;
    this.#findNext();
  }

  #findNext(): void {
    this.nextTime = Number.POSITIVE_INFINITY;
    for (let core = 0; core < this.#resumeAt.length; core++) {
      const at = this.#resumeAt[core];
      if (at < this.nextTime && at !== OVER) {
        this.nextTime = at;
        this.nextCore = core;
      }
    }
  }
}

/** Instead of a time: the core does not wait. */
const OVER = -1;
