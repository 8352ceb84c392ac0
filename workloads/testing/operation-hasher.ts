/** Test support: what two runs must agree on to have performed the same operations. */

import { createHash } from 'node:crypto';
import type { OpCode, PersistSink } from '../../pm/op.ts';

/** Hashes the operations that it receives. */
export class OperationHasher implements PersistSink {
  readonly #hash = createHash('sha256');
  readonly #words = new Float64Array(3);
  readonly #bytes = new Uint8Array(this.#words.buffer);

  op(op: OpCode, a: number, b: number): void {
    this.#words[0] = op;
    this.#words[1] = a;
    this.#words[2] = b;
    this.#hash.update(this.#bytes);
  }

  /** Of all operations so far, and of `heapBytes` if given; once, in the end. */
  digest(heapBytes?: Uint8Array): string {
    if (heapBytes !== undefined) this.#hash.update(heapBytes);
    return this.#hash.digest('hex');
  }
}
