/**
 * Bugs seeded into programs, which a crash check must find. Four kinds wherever the library has the
 * notion: a line is not flushed, a fence is missing, the commit mark is durable before what it
 * vouches for, the log is emptied before what it protects is durable. And bugs that only one kind
 * of check can find: on a machine that holds a mirror, in a recovery that is itself interrupted, in
 * the allocator.
 *
 * Echo's log and LMDB's pages are never emptied in place, and LMDB has nothing to flush: its stores are
 * non-temporal.
 */

import { RedoStep } from '../../pm/mnemosyne/steps.ts';
import { UndoStep } from '../../pm/nvml/steps.ts';
import { Op } from '../../pm/op.ts';
import type { Step } from '../../pm/step.ts';
import { CommitStep } from '../../workloads/echo/steps.ts';
import { PageStep } from '../../workloads/lmdb/steps.ts';
import { ListStep } from '../../workloads/nstore/steps.ts';
import { JournalStep } from '../../workloads/pmfs/steps.ts';
import type { SystemSpec } from '../bench/index.ts';
import { early, instead, type Mutation, type Place, without } from './bugs/mutations.ts';
import type { Thoroughness } from './check/judge.ts';
import type { Granule } from './history/isolation.ts';

/** What it takes for a bug to show: a program, a system with its profile by name, how to look. */
export interface BugConditions extends Omit<SystemSpec, 'profile' | 'reference'> {
  readonly workload: string;
  readonly threads: number;
  readonly transactions: number;
  readonly isolation: Granule;
  readonly profile: string;
  /** Values of these machines that are others. */
  readonly values?: readonly (readonly [path: string, value: string])[] | undefined;
  readonly thoroughness: Partial<Thoroughness>;
}

/** A bug seeded into a program: in its transaction library, or in what it expects of a mirror. */
export interface SeededBug {
  readonly name: string;
  readonly workload: string;
  readonly about: string;
  /** Made in what each transaction persists. */
  readonly mutation?: Mutation;
  /** Left out of what recovery persists: it shows when power fails again. */
  readonly unrecovered?: Place;
  /** What it takes to show, where that is not the usual (see plan.ts). */
  readonly conditions?: Partial<Omit<BugConditions, 'workload' | 'thoroughness'>>;
  /** The primary is as it should be: only machines that hold a mirror need be looked at. */
  readonly mirrorsOnly?: boolean;
}

type LibraryBug = Omit<SeededBug, 'name' | 'workload'>;

/** One library's bugs, by kind. */
type LibraryBugs = Readonly<Record<string, LibraryBug>>;

const { STORE, NT_STORE, WRITE_BACK, ORDERING_FENCE, DURABILITY_FENCE } = Op;

const NO_FENCE = 'no fence between what the commit mark vouches for and the mark';
const NO_LOG_FENCE = 'no fence between the log and the changes that it undoes';

const mutant = (about: string, mutation: Mutation): LibraryBug => ({ about, mutation });

const unflushed = (step: Step, which?: number): LibraryBug =>
  mutant(
    'a changed line is not written back before the commit is over',
    without({ op: WRITE_BACK, step, which }),
  );

const unfenced = (about: string, step: Step, which?: number): LibraryBug =>
  mutant(about, without({ op: ORDERING_FENCE, step, which }));

const markBefore = (mark: Place, data: Place): LibraryBug =>
  mutant('the commit mark is made durable before what it vouches for', early(mark, data));

const truncatedBefore = (truncation: Place, data: Place): LibraryBug =>
  mutant('the log is emptied before the data that it protects is durable', early(truncation, data));

const unrestored = (step: Step): LibraryBug => ({
  about: 'recovery does not write back what it restores before it empties the log',
  unrecovered: { op: WRITE_BACK, step },
});

/** Bugs of every library. */
const DURABILITY_POINT: LibraryBugs = {
  'no-durability-point': mutant(
    'a transaction returns without its durability points',
    without({ op: DURABILITY_FENCE }),
  ),
  'order-for-durability': {
    about:
      'a transaction orders where it must wait: any fence does for the primary, not for a mirror',
    mirrorsOnly: true,
    mutation: instead({ op: DURABILITY_FENCE }, ORDERING_FENCE),
  },
};

const CHANGES_FLUSHED: Place = { op: WRITE_BACK, step: UndoStep.changes };

/** Bugs of the undo log of `pm/nvml/transaction.ts`. */
const UNDO_LOG: LibraryBugs = {
  'missing-flush': unflushed(UndoStep.changes, -1),
  'missing-fence': unfenced(NO_FENCE, UndoStep.changes, 0),
  'mark-before-data': markBefore({ op: STORE, step: UndoStep.commitMark }, CHANGES_FLUSHED),
  'truncated-early': truncatedBefore({ op: STORE, step: UndoStep.clearCache }, CHANGES_FLUSHED),
  'eadr-missing-flush': {
    ...unflushed(UndoStep.changes, -1),
    about: 'a line is not written back, as caches are persistent: but then it is not mirrored',
    conditions: { profile: 'eadr' },
  },
  'recovery-missing-flush': unrestored(UndoStep.rollBack),
  'block-lost': mutant(
    'the allocator does not mark a freed block as free: a leak',
    without({ op: STORE, step: UndoStep.free }),
  ),
  'block-not-taken': mutant(
    'the allocator empties its log before the bitmap is durable: a block may be used twice',
    without({ op: WRITE_BACK, step: UndoStep.allocate }),
  ),
};

/** Redis logs no ranges: what protects its changes names the objects that are new. */
const UNDO_LOG_OF_OBJECTS: LibraryBugs = {
  ...UNDO_LOG,
  'truncated-early': truncatedBefore({ op: STORE, step: UndoStep.clearEntry }, CHANGES_FLUSHED),
};

/** Bugs of the redo log of `pm/mnemosyne/redo-memory.ts`. */
const REDO_LOG: LibraryBugs = {
  'missing-flush': unflushed(RedoStep.inPlace, -1),
  'missing-fence': unfenced(NO_FENCE, RedoStep.log, 0),
  'mark-before-data': markBefore(
    { op: NT_STORE, step: RedoStep.commitMark },
    { op: NT_STORE, step: RedoStep.log },
  ),
  'truncated-early': truncatedBefore(
    { op: NT_STORE, step: RedoStep.truncate },
    { op: STORE, step: RedoStep.inPlace },
  ),
  'recovery-missing-flush': unrestored(RedoStep.restore),
};

/**
 * Memcached's last lines in place are reference counts and lists of free chunks, which recovery makes
 * anew, so that all must be left out for it to show.
 */
const REDO_LOG_OF_ITEMS: LibraryBugs = {
  ...REDO_LOG,
  'missing-flush': unflushed(RedoStep.inPlace),
};

/**
 * Bugs of the journal of `workloads/pmfs/journal.ts`. The commit entry empties the log too: it
 * voids those before it.
 */
const JOURNAL: LibraryBugs = {
  'missing-flush': unflushed(JournalStep.changes, 0),
  'missing-fence': unfenced(NO_LOG_FENCE, JournalStep.log),
  'mark-before-data': markBefore(
    { op: STORE, step: JournalStep.commitMark },
    { op: WRITE_BACK, step: JournalStep.changes },
  ),
  'recovery-missing-flush': unrestored(JournalStep.restore),
};

const ROW_CHANGED: Place = { op: STORE, step: ListStep.change };

/**
 * Bugs of the write-ahead list of `workloads/nstore/engine.ts`. Its mark is the first object freed
 * at commit.
 */
const WRITE_AHEAD_LIST: LibraryBugs = {
  'missing-flush': unflushed(ListStep.persist),
  'missing-fence': unfenced(NO_LOG_FENCE, ListStep.log, -1),
  'mark-before-data': markBefore({ op: STORE, step: ListStep.commitMark }, ROW_CHANGED),
  'truncated-early': truncatedBefore({ op: STORE, step: ListStep.truncate }, ROW_CHANGED),
  'recovery-missing-flush': unrestored(ListStep.restore),
};

/** Bugs of the commit records of `workloads/echo/store.ts`. */
const COMMIT_RECORDS: LibraryBugs = {
  'missing-flush': unflushed(CommitStep.pair),
  'missing-fence': unfenced(NO_FENCE, CommitStep.log),
  'mark-before-data': markBefore(
    { op: STORE, step: CommitStep.commitMark },
    { op: STORE, step: CommitStep.pair },
  ),
  'recovery-missing-fences': {
    about: 'recovery writes back what it restores in no particular order',
    unrecovered: { op: ORDERING_FENCE },
  },
};

/** Bugs of the meta pages of `workloads/lmdb/lmdb.ts`. */
const META_PAGES: LibraryBugs = {
  'missing-fence': unfenced(NO_FENCE, PageStep.data),
  'mark-before-data': markBefore(
    { op: NT_STORE, step: PageStep.commitMark },
    { op: NT_STORE, step: PageStep.data },
  ),
};

/** A program with a library of its own, and what all of its bugs take to show. */
function bugsOf(
  workload: string,
  bugs: LibraryBugs,
  conditions: SeededBug['conditions'] = {},
): SeededBug[] {
  return Object.entries({ ...bugs, ...DURABILITY_POINT }).map(([kind, bug]) => ({
    name: `${workload}-${kind}`,
    workload,
    ...bug,
    conditions: { ...conditions, ...bug.conditions },
  }));
}

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: 'vacation-shared-lines',
    workload: 'vacation',
    about:
      'clients change words of one line at the same time, and each has a queue pair of its own',
    conditions: { threads: 4, transactions: 96, isolation: 'words', queuePairs: 'per-core' },
    mirrorsOnly: true,
  },
  ...bugsOf('ctree', UNDO_LOG),
  ...bugsOf('redis', UNDO_LOG_OF_OBJECTS),
  ...bugsOf('vacation', REDO_LOG),
  ...bugsOf('memcached', REDO_LOG_OF_ITEMS),
  ...bugsOf('nfs', JOURNAL),
  ...bugsOf('ycsb', WRITE_AHEAD_LIST),
  // A commit is some five hundred moments.
  ...bugsOf('echo', COMMIT_RECORDS, { transactions: 1 }),
  ...bugsOf('lmdb', META_PAGES, { transactions: 2 }),
];
