/** Numbered messages at a replica: put in order, staged, acknowledged and answered. */

import type { Memory } from '../memory.ts';
import type { MirrorObserver } from '../mirror.ts';
import { carriesLine, type VerbCode } from '../network/verb.ts';
import type { Timing } from '../profiles/timing.ts';
import type { ReplicaListener } from './listener.ts';
import { type Numbered, NumberedMessages, type NumberedOptions } from './numbered.ts';
import { Staging } from './staging.ts';

export interface NumberedPathOptions extends NumberedOptions {
  readonly replica: number;
  readonly timing: Timing;
  readonly memory: Memory;
  readonly listener: ReplicaListener;
  readonly observer: MirrorObserver | undefined;
  /** When what leaves this NIC at `at` is seen by the core that waits for it. */
  backAt(at: number): number;
}

export class NumberedPath {
  readonly #options: NumberedPathOptions;
  readonly #messages: NumberedMessages;
  readonly #staging: Staging;

  constructor(options: NumberedPathOptions) {
    const { timing, memory, numbering } = options;
    this.#options = options;
    this.#messages = new NumberedMessages(options);
    this.#staging = new Staging(timing, memory, numbering.staging === 'persistent');
  }

  /** A message, with `line` unless it is a request (-1), takes its number at `atPs`. */
  number(queuePair: number, line: number, atPs: number): void {
    this.#messages.push(queuePair, line, atPs);
  }

  /** The NIC is through with the next message of `queuePair`: it, and what waits for it, has its turn. */
  arrive(
    queuePair: number,
    core: number,
    verb: VerbCode,
    line: number,
    words: number,
    throughPs: number,
  ): void {
    const messages = this.#messages;
    messages.arrive(queuePair, core, verb, line, words, throughPs);
    for (let next = messages.take(); next !== undefined; next = messages.take()) {
      this.#options.observer?.onReplicaHanded?.(next.queuePair, next.throughPs, throughPs);
      if (carriesLine(next.verb)) this.#stage(next, throughPs);
      else this.#answer(next, throughPs);
      messages.release(next);
    }
  }

  #stage({ queuePair, core, line, words }: Numbered, at: number): void {
    const { replica, listener, observer, backAt } = this.#options;
    const staging = this.#staging;
    staging.take(line, words, at);
    const { durablePs, acknowledgedPs } = staging;
    observer?.onReplicaVisible?.(replica, core, line, words, durablePs);
    observer?.onReplicaDurable?.(replica, core, line, durablePs);
    const atCore = backAt(acknowledgedPs);
    listener.acknowledged(queuePair, atCore);
    listener.lineAcknowledged(core, replica, acknowledgedPs, atCore);
  }

  #answer({ queuePair, core }: Numbered, at: number): void {
    const { replica, listener, observer, backAt } = this.#options;
    const donePs = this.#staging.saidPs(at);
    observer?.onReplicaFence?.(replica, core, donePs);
    observer?.onReplicaAnswer?.(replica, core, donePs);
    listener.acknowledged(queuePair, backAt(donePs));
    listener.answered(core, replica, backAt(donePs));
  }
}
