/**
 * Bugs seeded into programs, which a crash check must find. Four kinds wherever the library has the
 * notion: a line is not flushed, a fence is missing, the commit mark is durable before what it vouches
 * for, the log is emptied before what it protects is durable. And bugs that only one kind of check
 * can find: on a machine that holds a mirror, in a recovery that is itself interrupted, in the allocator.
 *
 * Echo's log and LMDB's pages are never emptied in place, and LMDB has nothing to flush: its stores are
 * non-temporal.
 */

import { RedoStep } from '../../pm/mnemosyne/steps.ts';
import { UndoStep } from '../../pm/nvml/steps.ts';
import { Op } from '../../pm/op.ts';
import { CommitStep } from '../../workloads/echo/steps.ts';
import { PageStep } from '../../workloads/lmdb/steps.ts';
import { ListStep } from '../../workloads/nstore/steps.ts';
import { JournalStep } from '../../workloads/pmfs/steps.ts';
import type { SystemSpec } from '../bench/index.ts';
import { early, instead, type Mutation, type Place, without } from './bugs/mutations.ts';
import type { Thoroughness } from './check/explore.ts';
import type { Granule } from './history/isolation.ts';

/** What it takes for a bug to show: a program, a system with its profile by name, how to look. */
export interface BugConditions extends Omit<SystemSpec, 'profile' | 'reference'> {
  readonly workload: string;
  readonly threads: number;
  readonly transactions: number;
  readonly isolation: Granule;
  readonly profile: string;
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

/** One library's bugs; a program's are named after it. */
interface LibraryBugs {
  readonly workloads: readonly string[];
  readonly conditions?: SeededBug['conditions'];
  readonly bugs: Readonly<Record<string, Omit<SeededBug, 'name' | 'workload'>>>;
}

const { STORE, NT_STORE, WRITE_BACK, ORDERING_FENCE, DURABILITY_FENCE } = Op;

const NO_FLUSH = 'a changed line is not written back before the commit is over';
const NO_FENCE = 'no fence between what the commit mark vouches for and the mark';
const NO_LOG_FENCE = 'no fence between the log and the changes that it undoes';
const MARK_FIRST = 'the commit mark is made durable before what it vouches for';
const TRUNCATED = 'the log is emptied before the data that it protects is durable';
const NOT_RESTORED = 'recovery does not write back what it restores before it empties the log';

/** Bugs of every library. */
const DURABILITY_POINT: LibraryBugs['bugs'] = {
  'no-durability-point': {
    about: 'a transaction returns without its durability points',
    mutation: without({ op: DURABILITY_FENCE }),
  },
  'order-for-durability': {
    about:
      'a transaction orders where it must wait: any fence does for the primary, not for a mirror',
    mirrorsOnly: true,
    mutation: instead({ op: DURABILITY_FENCE }, ORDERING_FENCE),
  },
};

/** See `pm/nvml/transaction.ts`. */
const UNDO_LOG: LibraryBugs = {
  workloads: ['ctree'],
  bugs: {
    'missing-flush': {
      about: NO_FLUSH,
      mutation: without({ op: WRITE_BACK, step: UndoStep.changes, which: -1 }),
    },
    'missing-fence': {
      about: NO_FENCE,
      mutation: without({ op: ORDERING_FENCE, step: UndoStep.changes, which: 0 }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      mutation: early(
        { op: STORE, step: UndoStep.commitMark },
        { op: WRITE_BACK, step: UndoStep.changes },
      ),
    },
    'truncated-early': {
      about: TRUNCATED,
      mutation: early(
        { op: STORE, step: UndoStep.clearCache },
        { op: WRITE_BACK, step: UndoStep.changes },
      ),
    },
    'eadr-missing-flush': {
      about: 'a line is not written back, as caches are persistent: but then it is not mirrored',
      conditions: { profile: 'eadr' },
      mutation: without({ op: WRITE_BACK, step: UndoStep.changes, which: -1 }),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, step: UndoStep.rollBack },
    },
    'block-lost': {
      about: 'the allocator does not mark a freed block as free: a leak',
      mutation: without({ op: STORE, step: UndoStep.free }),
    },
    'block-not-taken': {
      about:
        'the allocator empties its log before the bitmap is durable: a block may be used twice',
      mutation: without({ op: WRITE_BACK, step: UndoStep.allocate }),
    },
  },
};

/** Redis logs no ranges: what protects its changes names the objects that are new. */
const UNDO_LOG_OF_OBJECTS: LibraryBugs = {
  workloads: ['redis'],
  bugs: {
    ...UNDO_LOG.bugs,
    'truncated-early': {
      about: TRUNCATED,
      mutation: early(
        { op: STORE, step: UndoStep.clearEntry },
        { op: WRITE_BACK, step: UndoStep.changes },
      ),
    },
  },
};

/** See `pm/mnemosyne/redo-memory.ts`. */
const REDO_LOG: LibraryBugs = {
  workloads: ['vacation'],
  bugs: {
    'missing-flush': {
      about: NO_FLUSH,
      mutation: without({ op: WRITE_BACK, step: RedoStep.inPlace, which: -1 }),
    },
    'missing-fence': {
      about: NO_FENCE,
      mutation: without({ op: ORDERING_FENCE, step: RedoStep.log, which: 0 }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      mutation: early(
        { op: NT_STORE, step: RedoStep.commitMark },
        { op: NT_STORE, step: RedoStep.log },
      ),
    },
    'truncated-early': {
      about: TRUNCATED,
      mutation: early(
        { op: NT_STORE, step: RedoStep.truncate },
        { op: STORE, step: RedoStep.inPlace },
      ),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, step: RedoStep.restore },
    },
  },
};

/**
 * Memcached's last lines in place are reference counts and lists of free chunks, which recovery makes
 * anew, so that all must be left out for it to show.
 */
const REDO_LOG_OF_ITEMS: LibraryBugs = {
  workloads: ['memcached'],
  bugs: {
    ...REDO_LOG.bugs,
    'missing-flush': {
      about: NO_FLUSH,
      mutation: without({ op: WRITE_BACK, step: RedoStep.inPlace }),
    },
  },
};

/** See `workloads/pmfs/journal.ts`. The commit entry empties the log too: it voids those before it. */
const JOURNAL: LibraryBugs = {
  workloads: ['nfs'],
  bugs: {
    'missing-flush': {
      about: NO_FLUSH,
      mutation: without({ op: WRITE_BACK, step: JournalStep.changes, which: 0 }),
    },
    'missing-fence': {
      about: NO_LOG_FENCE,
      mutation: without({ op: ORDERING_FENCE, step: JournalStep.log }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      mutation: early(
        { op: STORE, step: JournalStep.commitMark },
        { op: WRITE_BACK, step: JournalStep.changes },
      ),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, step: JournalStep.restore },
    },
  },
};

/** See `workloads/nstore/engine.ts`. Its mark is the first object freed at commit. */
const WRITE_AHEAD_LIST: LibraryBugs = {
  workloads: ['ycsb'],
  bugs: {
    'missing-flush': {
      about: NO_FLUSH,
      mutation: without({ op: WRITE_BACK, step: ListStep.persist }),
    },
    'missing-fence': {
      about: NO_LOG_FENCE,
      mutation: without({ op: ORDERING_FENCE, step: ListStep.log, which: -1 }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      mutation: early(
        { op: STORE, step: ListStep.commitMark },
        { op: STORE, step: ListStep.change },
      ),
    },
    'truncated-early': {
      about: TRUNCATED,
      mutation: early({ op: STORE, step: ListStep.truncate }, { op: STORE, step: ListStep.change }),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, step: ListStep.restore },
    },
  },
};

/** See `workloads/echo/store.ts`. */
const COMMIT_RECORDS: LibraryBugs = {
  workloads: ['echo'],
  // A commit is some five hundred moments.
  conditions: { transactions: 1 },
  bugs: {
    'missing-flush': {
      about: NO_FLUSH,
      mutation: without({ op: WRITE_BACK, step: CommitStep.pair }),
    },
    'missing-fence': {
      about: NO_FENCE,
      mutation: without({ op: ORDERING_FENCE, step: CommitStep.log }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      mutation: early(
        { op: STORE, step: CommitStep.commitMark },
        { op: STORE, step: CommitStep.pair },
      ),
    },
    'recovery-missing-fences': {
      about: 'recovery writes back what it restores in no particular order',
      unrecovered: { op: ORDERING_FENCE },
    },
  },
};

/** See `workloads/lmdb/lmdb.ts`. */
const META_PAGES: LibraryBugs = {
  workloads: ['lmdb'],
  conditions: { transactions: 2 },
  bugs: {
    'missing-fence': {
      about: NO_FENCE,
      mutation: without({ op: ORDERING_FENCE, step: PageStep.data }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      mutation: early(
        { op: NT_STORE, step: PageStep.commitMark },
        { op: NT_STORE, step: PageStep.data },
      ),
    },
  },
};

const LIBRARIES: readonly LibraryBugs[] = [
  UNDO_LOG,
  UNDO_LOG_OF_OBJECTS,
  REDO_LOG,
  REDO_LOG_OF_ITEMS,
  JOURNAL,
  WRITE_AHEAD_LIST,
  COMMIT_RECORDS,
  META_PAGES,
];

function bugsOf({ workloads, conditions = {}, bugs }: LibraryBugs): SeededBug[] {
  return workloads.flatMap((workload) =>
    Object.entries({ ...bugs, ...DURABILITY_POINT }).map(([kind, bug]) => ({
      name: `${workload}-${kind}`,
      workload,
      ...bug,
      conditions: { ...conditions, ...bug.conditions },
    })),
  );
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
  ...LIBRARIES.flatMap(bugsOf),
];
