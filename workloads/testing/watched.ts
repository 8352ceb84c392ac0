/**
 * Runs a program as a harness does and writes down what each transaction was seen to do at the heap, so
 * that tests can tell requests from outside of the program. Used by tests only.
 */

import assert from 'node:assert/strict';
import { PmHeap } from '../../pm/heap.ts';
import { isStore, Op, type OpCode } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { type ConfiguredWorkload, type Program, runInTurn } from '../workload.ts';

/** Bytes that a transaction loaded or stored, as they were then. */
export interface SeenAccess {
  readonly isStore: boolean;
  readonly isNonTemporal: boolean;
  readonly at: number;
  readonly bytes: Buffer;
  /** The bytes as Latin-1. */
  readonly text: string;
}

/** What was drawn: a number below `of`, or a fraction, or a whole word. */
export interface Draw {
  readonly of: number | 'fraction' | 'word';
  readonly value: number;
}

/** Draws in their order, taken one by one as a client of its own would make them. */
export class Draws {
  readonly #draws: readonly Draw[];
  #next = 0;

  constructor(draws: readonly Draw[]) {
    this.#draws = draws;
  }

  /** The next draw, which must have been of a number below `of`, or of that kind. */
  take(of: Draw['of']): number {
    const draw = this.#draws[this.#next++];
    assert.equal(draw?.of, of, `draw ${this.#next} is of ${draw?.of}, and should be of ${of}`);
    return draw.value;
  }

  /** Throws if there are draws that nobody has taken. */
  end(): void {
    assert.equal(this.#next, this.#draws.length, 'draws that nothing asks for');
  }
}

/** One transaction. */
export interface SeenTransaction {
  readonly client: number;
  readonly type: number;
  readonly accesses: readonly SeenAccess[];
  /** Instructions that the program itself charged. */
  readonly instructions: number;
  /** All operations of the heap, by code. */
  readonly operations: readonly number[];
  readonly draws: readonly Draw[];
}

/** A run that was watched, its program still open. */
export interface WatchedRun {
  readonly heap: PmHeap;
  readonly program: Program;
  readonly transactions: readonly SeenTransaction[];
  /** Of the initial load. */
  readonly loadDraws: readonly Draw[];
}

/** What to run, and the lengths of accesses to write down (none unless said). */
export interface WatchOptions {
  readonly threads?: number | undefined;
  readonly seed?: number;
  readonly transactions: number;
  readonly keep?: ((bytes: number, isStore: boolean) => boolean) | undefined;
  /** Called behind each transaction, before the next one. */
  readonly after?: (seen: SeenTransaction, run: Omit<WatchedRun, 'transactions'>) => void;
}

/** Creates the program, runs its clients in turn, and verifies it. */
export function watchedRun(configured: ConfiguredWorkload, options: WatchOptions): WatchedRun {
  const { threads = 1, seed = 1, transactions, keep = () => false, after = () => {} } = options;
  const heap = new PmHeap(configured.heapBytes(threads, transactions));
  const seen: SeenTransaction[] = [];
  let [type, instructions] = [0, 0];
  let accesses: SeenAccess[] = [];
  let operations: number[] = [];
  const op = (code: OpCode, a: number, b: number): void => {
    operations[code] = (operations[code] ?? 0) + 1;
    if (code === Op.TX_BEGIN) type = a;
    else if (code === Op.COMPUTE) instructions += a;
    else if ((code === Op.LOAD || isStore(code)) && keep(b, isStore(code))) {
      const bytes = Buffer.from(heap.bytes.subarray(a, a + b));
      const kind = { isStore: isStore(code), isNonTemporal: code === Op.NT_STORE };
      accesses.push({ ...kind, at: a, bytes, text: bytes.toString('latin1') });
    }
  };
  const { drawn, restore } = watchDraws();
  try {
    const program = configured.create(heap, threads, seed);
    const loadDraws = drawn.splice(0);
    heap.attach([{ op }]);
    runInTurn(heap, program, { threads, transactions }, (_, client) => {
      const draws = drawn.splice(0);
      const one = { client, type, accesses, instructions, operations, draws };
      seen.push(one);
      [accesses, operations, instructions] = [[], [], 0];
      after(one, { heap, program, loadDraws });
      drawn.length = 0;
    });
    heap.detach();
    program.verify();
    return { heap, program, transactions: seen, loadDraws };
  } finally {
    restore();
  }
}

/** What a generator draws when it is made. */
const WARM_UP_WORDS = 16;

/** Writes down all that is drawn from any generator, until `restore` is called. */
function watchDraws(): { readonly drawn: Draw[]; restore(): void } {
  const drawn: Draw[] = [];
  const { next, below, fraction } = Random.prototype;
  let depth = 0;
  const warmedUp = new WeakMap<Random, number>();
  const isWarmUp = (random: Random): boolean => {
    const words = warmedUp.get(random) ?? 0;
    warmedUp.set(random, words + 1);
    return words < WARM_UP_WORDS;
  };
  const noting = <A extends number[]>(
    draw: (this: Random, ...of: A) => number,
    ofWhat: (...of: A) => Draw['of'],
  ) =>
    function noted(this: Random, ...of: A): number {
      depth++;
      const value = draw.apply(this, of);
      if (--depth === 0 && !isWarmUp(this)) drawn.push({ of: ofWhat(...of), value });
      return value;
    };
  Random.prototype.next = noting(next, () => 'word');
  Random.prototype.fraction = noting(fraction, () => 'fraction');
  Random.prototype.below = noting(below, (of: number) => of);
  return { drawn, restore: () => Object.assign(Random.prototype, { next, below, fraction }) };
}

/** How often each transaction type occurred. */
export function typeCounts(
  configured: ConfiguredWorkload,
  { transactions }: Pick<WatchedRun, 'transactions'>,
): number[] {
  const counts = configured.workload.txTypes.map(() => 0);
  for (const { type } of transactions) counts[type]++;
  return counts;
}
