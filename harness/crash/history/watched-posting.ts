/** What a backend posts, seen from outside: each line that it sends to the replicas. */

import assert from 'node:assert';
import { type Backend, carriesLine, type Posting, type VerbCode } from '../../../rdma/index.ts';

/** `backend`, with `posted` called for every line just before it is posted. */
export function watchingLines(
  backend: Backend,
  posted: (core: number, line: number, verb: VerbCode) => void,
): Backend {
  const watch = new WatchedPosting(posted);
  return {
    ...backend,
    onLine: (posting, core, line) => backend.onLine(watch.of(posting), core, line),
    onOrderingPoint: (posting, core) => backend.onOrderingPoint(watch.of(posting), core),
    onDurabilityPoint: (posting, core) => backend.onDurabilityPoint(watch.of(posting), core),
  };
}

/** Passes on what a backend posts, and reports lines. */
class WatchedPosting implements Posting {
  readonly #posted: (core: number, line: number, verb: VerbCode) => void;
  #next: Posting | null = null;

  constructor(posted: (core: number, line: number, verb: VerbCode) => void) {
    this.#posted = posted;
  }

  of(posting: Posting): Posting {
    this.#next = posting;
    return this;
  }

  post(core: number, verb: VerbCode, line: number): void {
    if (carriesLine(verb)) this.#posted(core, line, verb);
    this.#inner.post(core, verb, line);
  }

  awaitAnswer(core: number): void {
    this.#inner.awaitAnswer(core);
  }

  sendFree(core: number): void {
    this.#inner.sendFree(core);
  }

  awaitTrip(core: number): void {
    this.#inner.awaitTrip(core);
  }

  linesSinceFence(core: number): number {
    return this.#inner.linesSinceFence(core);
  }

  linesSinceAnswer(core: number): number {
    return this.#inner.linesSinceAnswer(core);
  }

  get #inner(): Posting {
    assert(this.#next !== null);
    return this.#next;
  }
}
