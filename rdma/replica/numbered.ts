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

/** A message that has a number. */
export interface Numbered {
  readonly id: number;
  readonly queuePair: number;
  /** The rest is known once it has arrived. */
  arrived: boolean;
  core: number;
  verb: VerbCode;
  line: number;
  words: number;
  /** When the NIC was through with it. */
  throughPs: number;
}

/** What is known of a message once it has arrived. */
export type Arrived = Omit<Numbered, 'id' | 'queuePair' | 'arrived'>;

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
  readonly #underway: readonly Numbered[][];
  /** When the last number was taken: for each queue pair, and of each line. */
  readonly #lastOf: Float64Array;
  readonly #lastOfLine: Float64Array;
  /** What has arrived, where holes do not hold it up. */
  readonly #passing: Numbered[] = [];
  #ids = 0;

  constructor({ numbering, queuePairs, heapLines, capacity }: NumberedOptions) {
    this.#numbering = numbering;
    this.#order = new EventHeap(capacity);
    this.#underway = Array.from({ length: queuePairs }, () => []);
    this.#lastOf = new Float64Array(queuePairs);
    this.#lastOfLine = new Float64Array(heapLines);
  }

  /** A message, with `line` unless it is a request (-1), takes its number at `atPs`: as it reaches the primary's NIC. */
  push(queuePair: number, line: number, atPs: number): void {
    const last = line < 0 ? 0 : this.#lastOfLine[line];
    const takenPs = Math.max(atPs, this.#lastOf[queuePair], last);
    this.#lastOf[queuePair] = takenPs;
    if (line >= 0) this.#lastOfLine[line] = takenPs;
    const id = this.#ids++;
    const rest = { arrived: false, core: 0, verb: 0 as VerbCode, line: 0, words: 0, throughPs: 0 };
    const message: Numbered = { id, queuePair, ...rest };
    this.#underway[queuePair].push(message);
    if (this.#numbering.holes === 'pass') return;
    this.#byId.set(id, message);
    this.#order.push(takenPs, id);
  }

  /** The replica's NIC is through with the next message of `queuePair`. */
  arrive(queuePair: number, given: Arrived): void {
    const message = this.#underway[queuePair].shift();
    if (message === undefined) throw new Error('a message without a number');
    Object.assign(message, given);
    message.arrived = true;
    if (!this.#byId.has(message.id)) this.#passing.push(message);
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
