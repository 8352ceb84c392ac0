/**
 * A power failure in the middle of a recovery: follows the operations of one thread on a live memory,
 * and fails at a chosen one.
 */

import { CrashState } from '../../../pm/crash/crash-state.ts';
import type { CrashSweep } from '../../../pm/crash/crash-sweep.ts';
import { isFence, type OpCode, type PersistSink, persists } from '../../../pm/op.ts';

/** Thrown out of a recovery at the moment of the failure. */
export class PowerFailure extends Error {
  override readonly name = 'PowerFailure';
}

export class RecoveryCrash implements PersistSink {
  readonly ignoresLoads = true;
  /** Fails at this operation (loads and the like do not count). */
  failAt = 0;
  failed = false;
  readonly #live: Uint8Array;
  readonly #placeOf: (line: number) => number;
  /** Always the same: to note where each is thrown would take long. */
  readonly #failure = new PowerFailure();
  /** Stores, write-backs and fences so far. */
  #operations = 0;
  #state: CrashState;

  /** Of those lines of `live` that a recovery stores to, `placeOf` gives the places in what is `before`. */
  constructor(live: Uint8Array, placeOf: (line: number) => number) {
    this.#live = live;
    this.#placeOf = placeOf;
    this.#state = new CrashState(live, new Uint8Array(0), placeOf);
  }

  /** Starts anew on `before`: nothing has been stored yet. What was `left` earlier stays as it is. */
  restart(before: Uint8Array, failAt: number): void {
    this.#state = new CrashState(this.#live, before, this.#placeOf);
    this.#operations = 0;
    this.failAt = failAt;
    this.failed = false;
  }

  op(op: OpCode, a: number, b: number): void {
    // Without power nothing that a program still tries has an effect.
    if (this.failed || !persists(op)) return;
    this.failed = this.#operations++ === this.failAt;
    // A fence that power fails before has no effect; a store that it fails at may be there.
    if (!this.failed || !isFence(op)) this.#state.op(op, a, b);
    if (this.failed) throw this.#failure;
  }

  /** What a failure now may leave of `before`. */
  left(): CrashSweep {
    return this.#state.images;
  }
}
