/**
 * What all cores push to one replica, in the order of its numbers. The primary's NIC gives them out one after
 * the other, as lines reach it over all its queue pairs. The replica's NIC takes a message only when all
 * numbers before it have been taken, so one that is lost on one queue pair holds up what is behind it on all.
 *
 * A number stands here as the time at which it was taken, and for those of one time the order of posting. A
 * message that has arrived knows of every smaller number: time has passed them. What cores write back of one
 * line, the caches keep in order, and so do numbers.
 *
 * Not modelled: a bound on what waits here but the primary's send queues, since nothing is acknowledged before
 * its turn; numbers that wrap around (24 bits of them are more than all send queues hold).
 */

import type { Numbering } from '../backend.ts';
import { EventHeap } from '../network/event-heap.ts';
import type { VerbCode } from '../network/verb.ts';

/** A message that has a number. There is one object for each on its way, used again when it has been taken. */
export class Numbered {
  id = 0;
  queuePair = 0;
  /** The rest is known once it has arrived. */
  arrived = false;
  core = 0;
  verb = 0 as VerbCode;
  line = 0;
  words = 0;
  /** When the NIC was through with it. */
  throughPs = 0;
  /** Posted to the same queue pair next. */
  next: Numbered | null = null;
}

/** In order of posting to one queue pair, what has not arrived. */
class Underway {
  first: Numbered | null = null;
  last: Numbered | null = null;
}

export interface NumberedOptions {
  readonly numbering: Numbering;
  readonly queuePairs: number;
  readonly heapLines: number;
  /** Messages that may be on their way at once. */
  readonly capacity: number;
}

export class NumberedMessages {
  readonly #numbering: Numbering;
  readonly #order: EventHeap;
  readonly #byId = new Map<number, Numbered>();
  /** Per queue pair: in order of posting, those that have not arrived. */
  readonly #underway: readonly Underway[];
  /** When the last number was taken: for each queue pair, and of each line. */
  readonly #lastOf: Float64Array;
  readonly #lastOfLine: Float64Array;
  /** What has arrived, where holes do not hold it up. */
  readonly #passing: Numbered[] = [];
  readonly #spare: Numbered[] = [];
  #ids = 0;

  constructor({ numbering, queuePairs, heapLines, capacity }: NumberedOptions) {
    this.#numbering = numbering;
    this.#order = new EventHeap(capacity);
    this.#underway = Array.from({ length: queuePairs }, () => new Underway());
    this.#lastOf = new Float64Array(queuePairs);
    this.#lastOfLine = new Float64Array(heapLines);
  }

  /** A message, with `line` unless it is a request (-1), takes its number at `atPs`: as it reaches the primary's NIC. */
  push(queuePair: number, line: number, atPs: number): void {
    const last = line < 0 ? 0 : this.#lastOfLine[line];
    const takenPs = Math.max(atPs, this.#lastOf[queuePair], last);
    this.#lastOf[queuePair] = takenPs;
    if (line >= 0) this.#lastOfLine[line] = takenPs;
    const message = this.#spare.pop() ?? new Numbered();
    message.id = this.#ids++;
    message.queuePair = queuePair;
    message.arrived = false;
    message.next = null;
    const underway = this.#underway[queuePair];
    if (underway.last === null) underway.first = message;
    else underway.last.next = message;
    underway.last = message;
    if (this.#numbering.holes === 'pass') return;
    this.#byId.set(message.id, message);
    this.#order.push(takenPs, message.id);
  }

  /** The replica's NIC is through with the next message of `queuePair`, at `throughPs`. */
  arrive(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    throughPs: number,
  ): void {
    const underway = this.#underway[queuePair];
    const message = underway.first;
    if (message === null) throw new Error('a message without a number');
    underway.first = message.next;
    if (underway.first === null) underway.last = null;
    message.arrived = true;
    message.core = core;
    message.verb = verb;
    message.line = line;
    message.words = words;
    message.throughPs = throughPs;
    if (this.#numbering.holes === 'pass') this.#passing.push(message);
  }

  /** Nobody needs `message` any more, which was taken. */
  release(message: Numbered): void {
    this.#spare.push(message);
  }

  /** The next message whose turn it is, if there is one. It is taken. */
  take(): Numbered | undefined {
    const passing = this.#passing.shift();
    if (passing !== undefined) return passing;
    if (this.#order.size === 0) return undefined;
    const id = this.#order.minId;
    const message = this.#byId.get(id);
    if (!message?.arrived) return undefined;
    this.#order.pop();
    this.#byId.delete(id);
    return message;
  }
}
