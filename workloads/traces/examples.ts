/**
 * The traces of real programs that come with the project, as data: `examples/README.md` says where
 * they are from. Instructions per transaction are those measured on the same programs by
 * instrumented execution (user space, one worker, tracing compiled out, difference of two run
 * lengths): 'o2' from optimised builds, 'whisper' from builds with the suite's own flags.
 */

import { fileURLToPath } from 'node:url';
import type { OrderBetween } from '../../pm/order.ts';
import {
  type Build,
  buildOf,
  type ComputeModel,
  chargedInstructions,
  NVML_DEBUG_INSTRUCTIONS,
} from '../compute-model.ts';

/** A trace in `examples/`. */
export interface ExampleTrace {
  /** As on the command line; its rows in results are called `trace:<name>`. */
  readonly name: string;
  readonly summary: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** pmemcheck: markers that delimit transactions; a WHISPER trace has its own events. */
  readonly txMarkers: readonly string[];
  /** Names of the transaction types, indexed as TX_BEGIN has them. */
  readonly txTypes: readonly string[];
  /** As `Workload` has it. A test holds it against the lines that threads store to. */
  readonly orderNeeded: OrderBetween;
  /** Volatile instructions per transaction of each type (indexed as `txTypes`). */
  readonly instructionsPerTx: Readonly<Record<Build, readonly number[]>>;
  /** As `Workload` has it. */
  readonly nativeInstructionsPerNs: number;
}

/** nvml 1.1, ctree insert: optimised, and with the library's debug build as the suite has it. */
const NVML_CTREE = { o2: 7_243, whisper: 85_970, perNs: 7_243 / 1_143 } as const;

/** nvml 1.1, btree insert: 8397 optimised. Assumption: the debug build adds what it adds elsewhere. */
const NVML_BTREE = {
  o2: 8_397,
  whisper: 8_397 + NVML_DEBUG_INSTRUCTIONS,
  perNs: 8_397 / 1_080,
} as const;

/** libpmemobj 1.12, ctree insert, distribution build; there is no other build. */
const PMDK_CTREE = { o2: 28_270, whisper: 28_270, perNs: 28_270 / 3_031 } as const;

/**
 * N-store, YCSB: 16 512 per write; 14 309 in a mix of 80 % writes, hence (14 309 - 0.8 x 16 512) / 0.2
 * = 5497 per read. 141 of the 300 transactions of this trace write: 0.47 x 16 512 + 0.53 x 5497.
 * Both models: the suite builds N-store with -O3.
 */
const NSTORE_YCSB = { o2: 10_674, whisper: 10_674, perNs: 14_309 / 2_066 } as const;

/** Mnemosyne's vacation, 4000 rows. */
const VACATION = { o2: 40_980, whisper: 75_870, perNs: 75_870 / 6_283 } as const;

type Instructions = Readonly<Record<Build | 'perNs', number>>;

function pathOf(file: string): string {
  return fileURLToPath(new URL(`examples/${file}`, import.meta.url));
}

/** A trace of the WHISPER suite's instrumentation, with transactions of one type. */
function whisperTrace(
  {
    txType,
    ...described
  }: Pick<ExampleTrace, 'name' | 'summary' | 'orderNeeded'> & { txType: string },
  { o2, whisper, perNs }: Instructions,
): ExampleTrace {
  const file = pathOf(`whisper-${described.name}.pmtrace.gz`);
  const instructionsPerTx = { o2: [o2], whisper: [whisper] };
  const work = { instructionsPerTx, nativeInstructionsPerNs: perNs };
  return { ...described, file, txMarkers: [], txTypes: [txType], ...work };
}

/**
 * A store log of inserts and removes. Assumption: a remove costs what an insert does; it searches the
 * same tree, and frees where the insert allocates. It was not measured.
 */
function storeLog(
  described: Pick<ExampleTrace, 'name' | 'summary'>,
  file: string,
  { o2, whisper, perNs }: Instructions,
): ExampleTrace {
  return {
    ...described,
    file: pathOf(file),
    txMarkers: ['GT_INSERT', 'GT_REMOVE'],
    txTypes: ['insert', 'remove'],
    orderNeeded: 'none',
    instructionsPerTx: { o2: [o2, o2], whisper: [whisper, whisper] },
    nativeInstructionsPerNs: perNs,
  };
}

/** All examples, in the order in which they are listed and run. */
// biome-ignore format: two lines a trace
export const EXAMPLES: readonly ExampleTrace[] = Object.freeze([
  whisperTrace({ name: 'ctree', summary: 'WHISPER ctree (nvml 1.1), 300 inserts, 1 thread',
    txType: 'insert', orderNeeded: 'none' }, NVML_CTREE),
  // Both threads take blocks from one allocator, under a lock that the trace does not have: 60
  // transactions store to words of one long unfinished transaction of the other thread.
  whisperTrace({ name: 'ycsb',
    summary: 'WHISPER ycsb (N-store, OPT_WAL), 300 transactions, half of them writes, 2 threads',
    txType: 'transaction', orderNeeded: 'any' }, NSTORE_YCSB),
  // As the workload.
  whisperTrace({ name: 'vacation', summary: 'WHISPER vacation (Mnemosyne), 298 transactions, 4 threads',
    txType: 'transaction', orderNeeded: 'any' }, VACATION),
  storeLog({ name: 'nvml-ctree', summary: 'nvml 1.1 ctree map under pmemcheck, 100 inserts and 50 removes' },
    'nvml-1.1-ctree.storelog.gz', NVML_CTREE),
  storeLog({ name: 'nvml-btree', summary: 'nvml 1.1 btree map under pmemcheck, 100 inserts and 50 removes' },
    'nvml-1.1-btree.storelog.gz', NVML_BTREE),
  storeLog({ name: 'pmdk-ctree', summary: 'libpmemobj 1.12 ctree map under pmemcheck, 100 inserts and 50 removes' },
    'pmdk-1.12-ctree.storelog.gz', PMDK_CTREE),
]);

/** What `example` is charged per transaction of each type. */
export function exampleInstructions(
  { instructionsPerTx, nativeInstructionsPerNs }: ExampleTrace,
  model: ComputeModel,
): readonly number[] {
  return chargedInstructions(model, instructionsPerTx[buildOf(model)], nativeInstructionsPerNs);
}

/** The example called `name`, if there is one. */
export function resolveExample(name: string): ExampleTrace | undefined {
  return EXAMPLES.find((example) => example.name === name);
}
