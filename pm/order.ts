/**
 * The order of persists *between* the clients of a program, in levels, each with all before it. A
 * program needs one, and a mirror keeps one.
 *
 *   none    each client's own order only: clients keep off lines of others' unfinished transactions;
 *   words   and words that clients store to in one line: none takes another's away;
 *   locks   and what is handed on under a lock that the trace has: who takes the lock may build on what
 *           the one before stored, both in transactions that are not over;
 *   any     and what is handed on by means that the trace does not show.
 *
 * Where there is one client nothing is between.
 */
export const ORDERS = ['none', 'words', 'locks', 'any'] as const;

/** One of {@link ORDERS}. */
export type OrderBetween = (typeof ORDERS)[number];

/** Whether who keeps `kept` is right for who needs `needed`. */
export function isEnough(kept: OrderBetween, needed: OrderBetween): boolean {
  return ORDERS.indexOf(kept) >= ORDERS.indexOf(needed);
}
