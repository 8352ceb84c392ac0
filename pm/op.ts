/**
 * The operations that a program performs on persistent memory, and the one contract through which
 * everything learns of them: `PersistSink`.
 *
 * An operation is three numbers, (op, a, b), so that a trace is three typed-array columns, a replay
 * is one loop, and a sink that only counts or filters is one `switch`. What `a` and `b` mean:
 *
 * | op              | a                       | b                                              |
 * |-----------------|-------------------------|------------------------------------------------|
 * | LOAD            | heap offset             | bytes                                          |
 * | STORE           | heap offset             | bytes (a cached store: dirty until written back)|
 * | NT_STORE        | heap offset             | bytes (non-temporal; durable after a fence)    |
 * | WRITE_BACK      | heap offset             | bytes (clwb of every line the range touches)   |
 * | ORDERING_FENCE  | 0                       | 0                                              |
 * | DURABILITY_FENCE| 0                       | 0                                              |
 * | COMPUTE         | instructions            | 0                                              |
 * | LOCK            | lock id                 | ticket: how often the lock was taken before    |
 * | UNLOCK          | lock id                 | 0                                              |
 * | TX_BEGIN        | transaction type (index)| 0                                              |
 * | TX_END          | 0                       | 0                                              |
 * | MEASURE         | 0                       | 0                                              |
 *
 * MEASURE appears once per thread, between warm-up and the measured part: it is a barrier of all
 * threads, and every count and clock that a report gives starts there.
 */

/** Operation codes. They are stored in traces: never renumber them. */
// biome-ignore format: by their codes
export const Op = {
  LOAD: 1, STORE: 2, NT_STORE: 3, WRITE_BACK: 4, ORDERING_FENCE: 5, DURABILITY_FENCE: 6, COMPUTE: 7,
  LOCK: 8, UNLOCK: 9, TX_BEGIN: 10, TX_END: 11, MEASURE: 12,
} as const;

/** One of the codes in {@link Op}. */
export type OpCode = (typeof Op)[keyof typeof Op];

/** Whether `op` reads or stores bytes of the heap. */
export function isAccess(op: number): boolean {
  return op <= Op.NT_STORE;
}

/** Whether `op` is a store, cached or non-temporal. */
export function isStore(op: number): boolean {
  return op === Op.STORE || op === Op.NT_STORE;
}

/** Whether `op` is a fence of either kind. */
export function isFence(op: number): boolean {
  return op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE;
}

/** Whether `op` is a store, a write-back or a fence: what may change what is durable. */
export function persists(op: number): boolean {
  return op >= Op.STORE && op <= Op.DURABILITY_FENCE;
}

/** Names of the operation codes, indexed by code, for messages and listings. */
// biome-ignore format: by their codes
export const OP_NAMES: readonly string[] = [
  '(none)', 'load', 'store', 'ntStore', 'writeBack', 'orderingFence', 'durabilityFence', 'compute',
  'lock', 'unlock', 'txBegin', 'txEnd', 'measure',
];

/**
 * Receives the operations of ONE thread, in program order.
 *
 * Before: for STORE and NT_STORE the heap already holds the new bytes, so a sink that keeps
 * payloads reads them from the heap. After: the sink keeps nothing of the call but what it copied.
 * It must not touch the heap, must not throw for any operation a program can legally perform, and
 * must not allocate per operation. Called by `PmHeap` (functional run), by a trace being replayed,
 * and by trace importers.
 */
export interface PersistSink {
  op(op: OpCode, a: number, b: number): void;
  /** Loads mean nothing to it: who performs operations need not tell it any. */
  readonly ignoresLoads?: boolean;
}

/** Swallows everything: the sink of a heap that nobody observes (set-up, recovery, tests). */
export const NULL_SINK: PersistSink = Object.freeze({ op(): void {}, ignoresLoads: true });

/** Sends every operation to each of `sinks`, in the order given. */
export function fanOut(sinks: readonly PersistSink[]): PersistSink {
  if (sinks.length === 1) return sinks[0];
  return {
    op(op, a, b) {
      for (let i = 0; i < sinks.length; i++) sinks[i].op(op, a, b);
    },
    ignoresLoads: sinks.every(({ ignoresLoads }) => ignoresLoads),
  };
}
