/**
 * The core of a replica that polls for the requests of all clients and serves them one at a time, in the order in
 * which they came. Every so many requests it is away for a moment, which stands for whatever else it does.
 *
 * Not modelled: several such cores; that polling takes longer the more queue pairs there are.
 */

import type { MirrorObserver } from '../mirror.ts';
import { Verb, type VerbCode } from '../network/verb.ts';
import type { Timing } from '../profiles/timing.ts';
import type { Ddio } from './ddio.ts';

/** A request of a client. */
interface Request {
  readonly queuePair: number;
  readonly core: number;
  readonly verb: VerbCode;
  /** When it is in the replica's memory. */
  readonly arrivalPs: number;
  /** Its send-queue entry. */
  readonly entry: number;
}

/** A line, or words of one, that came in a message. */
interface Received {
  readonly core: number;
  readonly line: number;
  readonly words: number;
}

export interface ProcessorOptions {
  readonly replica: number;
  readonly timing: Timing;
  readonly ddio: Ddio;
  /** Per queue pair, when its lines are durable, as far as they left the cache. */
  readonly durableBy: Float64Array;
  readonly observer: MirrorObserver | undefined;
  /** The answer to a request leaves the NIC at `atPs`. */
  answer(request: Request, atPs: number): void;
}

export class Processor {
  readonly #options: ProcessorOptions;
  readonly #requests: Request[] = [];
  /** Per queue pair, what is in the receive buffers. */
  readonly #received: Received[][];
  #free = 0;
  #taken = 0;
  /** When the next request is taken, or Infinity. Only to be read. */
  nextTime = Number.POSITIVE_INFINITY;

  constructor(options: ProcessorOptions) {
    this.#options = options;
    this.#received = Array.from(options.durableBy, () => []);
  }

  /** Words of a line come in a message, to be copied to their place at the next request of the queue pair. */
  receive(queuePair: number, received: Received): void {
    this.#received[queuePair].push(received);
  }

  submit(request: Request): void {
    this.#requests.push(request);
    this.#findNext();
  }

  /** Serves the next request, at `nextTime`: copies what came in messages, writes back, fences, and answers. */
  serve(): void {
    const { replica, timing, ddio, durableBy, observer, answer } = this.#options;
    const { receivePs, pausePs, pauseEveryCount, cpuFencePs, cpuAnswerPs, postedPs } = timing;
    const request = this.#requests.shift();
    if (request === undefined) throw new Error('no request to serve');
    const { queuePair, core, verb } = request;
    const pause = ++this.#taken % pauseEveryCount === 0 ? pausePs : 0;
    const beginPs = this.nextTime + receivePs + pause;
    const received = this.#received[queuePair];
    for (let i = 0; i < received.length; i++) {
      const { core: sender, line, words } = received[i];
      ddio.write(queuePair, sender, line, words, beginPs, false);
    }
    if (received.length > 0) received.length = 0;
    let donePs = beginPs;
    if (verb === Verb.SEND) {
      ddio.flush(queuePair, core, beginPs, true);
      donePs = Math.max(beginPs, durableBy[queuePair]) + cpuFencePs;
    }
    observer?.onReplicaFence?.(replica, core, donePs);
    observer?.onReplicaAnswer?.(replica, core, donePs);
    this.#free = donePs + cpuAnswerPs;
    this.#findNext();
    answer(request, this.#free + postedPs);
  }

  #findNext(): void {
    const first = this.#requests.at(0);
    this.nextTime = first ? Math.max(first.arrivalPs, this.#free) : Number.POSITIVE_INFINITY;
  }
}
