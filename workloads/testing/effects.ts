/**
 * What a parameter is said to change, as a measurement of two runs that differ in it alone; and the
 * measurements. Used by tests only.
 */

import { Op } from '../../pm/op.ts';
import type { GivenParameters } from '../parameters.ts';
import type { AnyWorkload, ConfiguredWorkload } from '../workload.ts';
import type { SeenTransaction, WatchedRun } from './watched.ts';

/** A number, or a range that includes both its ends. */
export type Expected = number | readonly [low: number, high: number];

/** What one parameter does. */
export interface Effect {
  readonly values: readonly [string | number, string | number];
  /** Other parameters of the run. */
  readonly given?: GivenParameters;
  /** 0 unless said: the load alone. */
  readonly transactions?: number;
  readonly threads?: number;
  /** Lengths of accesses that the measurement looks at. */
  readonly keep?: (bytes: number, isStore: boolean) => boolean;
  /** What to look at; without it nothing is run, and the heap's size is what changes. */
  readonly measure?: (run: WatchedRun, configured: ConfiguredWorkload) => number;
  /** For each of the two values, or of the second less the first. */
  readonly gives: readonly [Expected, Expected] | { readonly more: Expected };
}

/** Every declared parameter of a workload. */
export type Effects = Readonly<Record<string, Effect>>;

/** From this share of `value` below to as much above. */
export function about(value: number, share: number): Expected {
  return [value * (1 - share), value * (1 + share)];
}

/** The first number in what `digest` says: keys, rows, entries. */
export function firstCount({ program }: WatchedRun): number {
  return Number(/\d+/.exec(program.digest())?.[0]);
}

/** Lines of the digest that match. */
export function lines(pattern: RegExp) {
  return ({ program }: WatchedRun): number =>
    program
      .digest()
      .split('\n')
      .filter((line) => pattern.test(line)).length;
}

/** Share of transactions of these types among those of types `among` (all unless said). */
export function shareOf(workload: AnyWorkload, types: RegExp, among = /./) {
  return ({ transactions }: WatchedRun): number => {
    const names = transactions.map(({ type }) => workload.txTypes[type]);
    const of = names.filter((name) => among.test(name));
    return of.filter((name) => types.test(name)).length / of.length;
  };
}

/** The mean of something over all transactions. */
export function mean(of: (seen: SeenTransaction) => number) {
  return ({ transactions }: WatchedRun): number =>
    transactions.reduce((sum, seen) => sum + of(seen), 0) / transactions.length;
}

/** How often something was drawn from so many in the load. */
export function loadDrawsOf(of: number) {
  return ({ loadDraws }: WatchedRun): number => loadDraws.filter((draw) => draw.of === of).length;
}

/** Ordering and durability fences of a transaction, on average. */
export const fences = mean(
  ({ operations }) => (operations[Op.ORDERING_FENCE] ?? 0) + (operations[Op.DURABILITY_FENCE] ?? 0),
);

/** Bytes from the first to the last of all non-temporal stores of a word: the redo log. */
export function logSpan({ transactions }: WatchedRun): number {
  const at = transactions.flatMap(({ accesses }) =>
    accesses.filter(({ isNonTemporal }) => isNonTemporal).map((access) => access.at),
  );
  return at.reduce((a, b) => Math.max(a, b)) - at.reduce((a, b) => Math.min(a, b));
}

/** Instructions that are charged with the type of a transaction. */
export function charged(type: number) {
  return (_run: WatchedRun, configured: ConfiguredWorkload): number =>
    configured.instructionsPerTx('o2')[type];
}
