/**
 * The Workload contract: a program on emulated PM. A workload is a value of this type in its own
 * file plus one line in `index.ts`; the conformance suite (`conformance.test.ts`) then holds it to
 * what is written here. Workloads import `pm/` only, so none can depend on a mirroring design.
 *
 * Life of a program: `create` formats an empty heap and loads the initial data (nobody observes).
 * Then the harness attaches sinks and calls `transaction(client)` for the clients in a fixed order.
 * At any time between transactions `verify` must hold. After a power failure at any moment,
 * `recover` on the image that was left brings the program back to a state between transactions.
 */

import type { PmHeap } from '../pm/heap.ts';
import type { OrderBetween } from '../pm/order.ts';
import { type Build, buildOf, type ComputeModel, chargedInstructions } from './compute-model.ts';
import {
  type GivenParameters,
  type ParameterTable,
  type ParameterValues,
  parseParameters,
} from './parameters.ts';

/** Measured instruction counts, by build. */
export type MeasuredInstructions = Readonly<Partial<Record<Build, number>>>;

/**
 * Where a workload stands: `whisper`, an application of the suite, part of the headline means;
 * `extra`, a real program run beside them, with means of its own; `micro`, not part of the suite run.
 */
export type WorkloadGroup = 'whisper' | 'extra' | 'micro';

/** The sizes that WHISPER's scripts know. */
export const SIZES = ['small', 'medium', 'large'] as const;

/** One of {@link SIZES}. */
export type Size = (typeof SIZES)[number];

/** What a program is created with. */
export interface ProgramOptions<T extends ParameterTable> {
  readonly parameters: ParameterValues<T>;
  /** How many clients will call `transaction`, 1 to `threadsMax`. */
  readonly threads: number;
  readonly seed: number;
}

/** A running program. */
export interface Program {
  /**
   * Runs one whole transaction of `client`: TX_BEGIN first, TX_END last, and between them every
   * access to PM through the heap. The harness has already switched the heap to the client's thread.
   * One client's sequence of requests depends on the seed and its own number only.
   */
  transaction(client: number): void;
  /**
   * Checks every structural invariant and that the data is what was put in (compared with a model
   * kept in ordinary memory; a recovered program has no model, then invariants and checksums only).
   * Reports no operations to any sink that matters: the harness detaches first.
   * Throws VerifyError that says what is wrong and where.
   */
  verify(): void;
  /**
   * A canonical text of the logical contents (sorted; independent of addresses and allocation), or
   * a digest of it. Two programs that hold the same data give the same text.
   */
  digest(): string;
  /**
   * Releases what the program holds outside the heap, such as handles of a native library. Whoever
   * creates or recovers a program calls it when done with it; nothing of the program may be used
   * afterwards, except this again. The heap stays as it is. Programs that hold nothing leave it out.
   */
  close?(): void;
}

/** A program that can be created, run, checked and recovered. */
export interface Workload<T extends ParameterTable = ParameterTable> {
  /** As on the command line and in CSV rows. */
  readonly name: string;
  /** One line for `list`. */
  readonly summary: string;
  /** Whose persist protocol it follows, and where that is described. */
  readonly protocol: string;
  readonly group: WorkloadGroup;
  readonly parameters: T;
  /** Parameters that make it small, so that a crash image is recovered in a millisecond. */
  readonly smallParameters: GivenParameters;
  readonly threadsMax: number;
  /** Why there cannot be more, where that lies in the program. */
  readonly threadsLimit?: string;
  /** The original's number of clients. */
  readonly threadsDefault: number;
  /** The most clients that the original was run with, where that is more. */
  readonly threadsOriginal?: number;
  /** What of the order of persists between clients it needs. Claims are tried by the crash check. */
  readonly orderNeeded: OrderBetween;
  /** Transactions that a suite run measures by default (over all clients). */
  readonly transactionsDefault: number;
  /** The same of larger sizes, where it is known of the original. */
  readonly transactionsAtSize?: Readonly<Partial<Record<Size, number>>>;
  /**
   * The same of runs for studies of hundreds of machines, so that a trace is some tens of thousands of
   * operations; a twentieth of the default unless said.
   */
  readonly transactionsShort?: number;
  /** About how many operations a transaction is, where that is not said by the length of short runs. */
  operationsPerTx?(parameters: ParameterValues<T>): number;
  /** Names of the transaction types; TX_BEGIN carries the index. */
  readonly txTypes: readonly string[];
  /**
   * Share of PM in all stores of the original, by build: instrumented, in user space. A port has no
   * volatile stores to count. What was not measured is missing.
   */
  readonly pmStoreShare?: Readonly<Partial<Record<Build, number>>>;
  /**
   * Instructions of volatile work as they were counted on the original (in user space), by the kind of
   * transaction that was counted. What was not measured is missing.
   */
  readonly instructionsMeasured?: Readonly<Record<string, MeasuredInstructions>>;
  /** Instructions of volatile work per transaction of each type (indexed as txTypes), in that build. */
  instructionsPerTx(build: Build, parameters: ParameterValues<T>): readonly number[];
  /**
   * Instructions a nanosecond of the original run natively without flushes: one for all types, or one
   * for each. Written as instructions / ns. Missing where it was not measured: the profile's core then
   * says how fast it is.
   */
  readonly nativeInstructionsPerNs?: number | readonly number[];
  /** Bytes of heap for so many transactions with these parameters; a multiple of 64, at most 4 GiB. */
  heapBytes(parameters: ParameterValues<T>, threads: number, transactions: number): number;
  /**
   * Bytes of memory that a run of so many transactions takes: what it uses of the heap, and what its model
   * and its check have beside that. Measured; left out where that is about the heap.
   */
  memoryBytes?(parameters: ParameterValues<T>, threads: number, transactions: number): number;
  /**
   * Formats `heap` (all zero) and loads the initial data. Power may fail in the middle: then `recover`
   * throws NotSetUpError, and one begins anew on a heap of zeros, or it finds a sound program, which
   * holds the part of the initial data that was loaded.
   */
  create(heap: PmHeap, options: ProgramOptions<T>): Program;
  /**
   * The program that was on `heap`, recovered: `heap` holds a crash image of one made by `create`
   * with the same options. Recovery itself persists what it changes, and may be run again.
   * Throws NotSetUpError if `create` had not come so far that there is one, and VerifyError if the
   * image cannot come from such a program.
   */
  recover(heap: PmHeap, options: ProgramOptions<T>): Program;
}

/** A workload whose parameter types have been closed over, so that different ones share a table. */
export interface AnyWorkload
  extends Omit<
    Workload,
    'instructionsPerTx' | 'operationsPerTx' | 'heapBytes' | 'memoryBytes' | 'create' | 'recover'
  > {
  /** `given` checked against the workload's own parameters; throws ParameterError. */
  configure(given: GivenParameters): ConfiguredWorkload;
}

/** A workload with its parameters fixed. */
export interface ConfiguredWorkload {
  readonly workload: AnyWorkload;
  readonly parameters: Readonly<Record<string, string | number>>;
  /** What is charged per transaction of each type. */
  instructionsPerTx(model: ComputeModel): readonly number[];
  /** About how many operations a transaction is: for estimates of what a run takes. */
  readonly operationsPerTx: number;
  heapBytes(threads: number, transactions: number): number;
  /** As `memoryBytes` of {@link Workload}. */
  memoryBytes(threads: number, transactions: number): number;
  create(heap: PmHeap, threads: number, seed: number): Program;
  recover(heap: PmHeap, threads: number, seed: number): Program;
}

/** The data of a program is not what it must be. */
export class VerifyError extends Error {
  override readonly name: string = 'VerifyError';
}

/** There is no program yet: what `create` stores last, to say that all else is there, is missing. */
export class NotSetUpError extends VerifyError {
  override readonly name = 'NotSetUpError';
}

/**
 * Runs transactions of so many clients in turn: transaction i is of client i mod `threads`.
 * `after` is called behind each, with its number and client.
 */
export function runInTurn(
  heap: PmHeap,
  program: Program,
  { threads, transactions }: { readonly threads: number; readonly transactions: number },
  after: (transaction: number, client: number) => void = () => {},
): void {
  for (let i = 0; i < transactions; i++) {
    const client = i % threads;
    heap.switchTo(client);
    program.transaction(client);
    after(i, client);
  }
}

/** The trace of a short run: of most programs between 18 000 and 70 000 operations, as was counted. */
const OPERATIONS_SHORT = 35_000;

/** Closes over a workload's parameter types: every workload file exports the result of this. */
export function defineWorkload<const T extends ParameterTable>(workload: Workload<T>): AnyWorkload {
  const { instructionsPerTx, heapBytes, memoryBytes = heapBytes, ...rest } = workload;
  const { create, recover, operationsPerTx, ...described } = rest;
  const { transactionsDefault, transactionsShort = transactionsDefault / 20 } = workload;
  const closed: AnyWorkload = {
    ...described,
    configure(given) {
      const parameters = parseParameters(workload.name, workload.parameters, given);
      return {
        workload: closed,
        parameters,
        instructionsPerTx: (model) =>
          chargedInstructions(
            model,
            instructionsPerTx(buildOf(model), parameters),
            workload.nativeInstructionsPerNs,
          ),
        operationsPerTx: operationsPerTx?.(parameters) ?? OPERATIONS_SHORT / transactionsShort,
        heapBytes: (threads, transactions) => heapBytes(parameters, threads, transactions),
        memoryBytes: (threads, transactions) => memoryBytes(parameters, threads, transactions),
        create: (heap, threads, seed) => create(heap, { parameters, threads, seed }),
        recover: (heap, threads, seed) => recover(heap, { parameters, threads, seed }),
      };
    },
  };
  return Object.freeze(closed);
}
