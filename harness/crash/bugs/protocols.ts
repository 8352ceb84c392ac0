/**
 * Errors of every transaction library that must be found. Four kinds wherever the library has the
 * notion: a line is not flushed, a fence is missing, the commit mark is durable before what it vouches
 * for, the log is emptied before what it protects is durable. And errors that only one kind of check
 * can find: on a machine that holds a mirror, in a recovery that is itself interrupted, in the allocator.
 *
 * Echo's log and LMDB's pages are never emptied in place, and LMDB has nothing to flush: it stores past the cache.
 */

import { Op } from '../../../pm/op.ts';
import type { SeededError } from '../history/recording.ts';
import { early, instead, without } from './mutations.ts';
import type { BugConditions } from './plan.ts';

/** An error of a transaction library, or of what a program expects of a mirror. */
export interface CanaryProtocol extends SeededError {
  readonly name: string;
  readonly workload: string;
  readonly about: string;
  /** What it takes to show, where that is not the usual (see plan.ts). */
  readonly conditions?: Partial<Omit<BugConditions, 'workload' | 'thoroughness'>>;
  /** The primary is as it should be: only machines that hold a mirror need be looked at. */
  readonly mirrorsOnly?: boolean;
}

/** One library's errors; a program's are named after it. */
interface LibraryErrors {
  readonly workloads: readonly string[];
  readonly conditions?: CanaryProtocol['conditions'];
  readonly errors: Readonly<Record<string, LibraryError>>;
}

type LibraryError = Omit<CanaryProtocol, 'name' | 'workload'>;

const { STORE, NT_STORE, WRITE_BACK, ORDERING_FENCE, DURABILITY_FENCE } = Op;

const NO_FLUSH = 'a changed line is not written back before the commit is over';
const NO_FENCE = 'no fence between what the commit mark vouches for and the mark';
const NO_LOG_FENCE = 'no fence between the log and the changes that it undoes';
const MARK_FIRST = 'the commit mark is made durable before what it vouches for';
const TRUNCATED = 'the log is emptied before the data that it protects is durable';
const NOT_RESTORED = 'recovery does not write back what it restores before it empties the log';

/** Errors of every library. */
const DURABILITY_POINT: LibraryErrors['errors'] = {
  'no-durability-point': {
    about: 'a transaction returns without its durability points',
    error: without({ op: DURABILITY_FENCE, path: /./ }),
  },
  'order-for-durability': {
    about:
      'a transaction orders where it must wait: any fence does for the primary, not for a mirror',
    mirrorsOnly: true,
    error: instead({ op: DURABILITY_FENCE, path: /./ }, ORDERING_FENCE),
  },
};

/** See `pm/nvml/transaction.ts`. */
const UNDO_LOG: LibraryErrors = {
  workloads: ['ctree'],
  errors: {
    'missing-flush': {
      about: NO_FLUSH,
      error: without({ op: WRITE_BACK, path: /#preCommit</, which: -1 }),
    },
    'missing-fence': {
      about: NO_FENCE,
      error: without({ op: ORDERING_FENCE, path: /^commit</, which: 0 }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      error: early(
        { op: STORE, path: /^commit</, which: 0 },
        { op: WRITE_BACK, path: /#preCommit</, which: 0 },
      ),
    },
    'truncated-early': {
      about: TRUNCATED,
      error: early(
        { op: STORE, path: /^#clearCache</, which: 0 },
        { op: WRITE_BACK, path: /#preCommit</, which: 0 },
      ),
    },
    'eadr-missing-flush': {
      about: 'a line is not written back, as caches are persistent: but then it is not mirrored',
      conditions: { profile: 'eadr' },
      error: without({ op: WRITE_BACK, path: /#preCommit</, which: -1 }),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, path: /#rollBack</ },
    },
    'block-lost': {
      about: 'the allocator does not mark a freed block as free: a leak',
      error: without({ op: STORE, path: /^#storeValue<#apply<process<free</ }),
    },
    'block-not-taken': {
      about:
        'the allocator empties its log before the bitmap is durable: a block may be used twice',
      error: without({ op: WRITE_BACK, path: /^#apply<process<allocate</ }),
    },
  },
};

/** Redis logs no ranges: what protects its changes names the objects that are new. */
const UNDO_LOG_OF_OBJECTS: LibraryErrors = {
  workloads: ['redis'],
  errors: {
    ...UNDO_LOG.errors,
    'truncated-early': {
      about: TRUNCATED,
      error: early(
        { op: STORE, path: /^popCleared</, which: 0 },
        { op: WRITE_BACK, path: /#preCommit</, which: 0 },
      ),
    },
  },
};

/** See `pm/mnemosyne/redo-memory.ts`. */
const REDO_LOG: LibraryErrors = {
  workloads: ['vacation'],
  errors: {
    'missing-flush': {
      about: NO_FLUSH,
      error: without({ op: WRITE_BACK, path: /^#writeBack<commit</, which: -1 }),
    },
    'missing-fence': {
      about: NO_FENCE,
      error: without({ op: ORDERING_FENCE, path: /^seal</, which: 0 }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      error: early(
        { op: NT_STORE, path: /^seal</, which: 0 },
        { op: NT_STORE, path: /^#writeChunk</, which: 0 },
      ),
    },
    'truncated-early': {
      about: TRUNCATED,
      error: early(
        { op: NT_STORE, path: /^truncate</, which: 0 },
        { op: STORE, path: /^#storeInPlace</, which: 0 },
      ),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, path: /^#writeBack<#redo</ },
    },
  },
};

/**
 * Memcached's last lines in place are reference counts and lists of free chunks, which recovery makes
 * anew, so that all must be left out for it to show.
 */
const REDO_LOG_OF_ITEMS: LibraryErrors = {
  workloads: ['memcached'],
  errors: {
    ...REDO_LOG.errors,
    'missing-flush': {
      about: NO_FLUSH,
      error: without({ op: WRITE_BACK, path: /^#writeBack<commit</ }),
    },
  },
};

/** See `workloads/pmfs/journal.ts`. The commit entry empties the log too: it voids those before it. */
const JOURNAL: LibraryErrors = {
  workloads: ['nfs'],
  errors: {
    'missing-flush': {
      about: NO_FLUSH,
      error: without({ op: WRITE_BACK, path: /^commit</, which: 0 }),
    },
    'missing-fence': {
      about: NO_LOG_FENCE,
      error: without({ op: ORDERING_FENCE, path: /^log</ }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      error: early(
        { op: STORE, path: /^commit</, which: 1 },
        { op: WRITE_BACK, path: /^commit</, which: 0 },
      ),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, path: /^recoverJournal</ },
    },
  },
};

/** See `workloads/nstore/engine.ts`. Its mark is the first object freed at commit. */
const WRITE_AHEAD_LIST: LibraryErrors = {
  workloads: ['ycsb'],
  errors: {
    'missing-flush': {
      about: NO_FLUSH,
      error: without({ op: WRITE_BACK, path: /^#writeBack<fence<activate<persist</ }),
    },
    'missing-fence': {
      about: NO_LOG_FENCE,
      error: without({ op: ORDERING_FENCE, path: /^fence<activate<push<#logEntry</, which: -1 }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      error: early(
        { op: STORE, path: /<free<commit</, which: 0 },
        { op: STORE, path: /^bytes<copyColumn</, which: 0 },
      ),
    },
    'truncated-early': {
      about: TRUNCATED,
      error: early(
        { op: STORE, path: /<setEmpty</, which: 0 },
        { op: STORE, path: /^bytes<copyColumn</, which: 0 },
      ),
    },
    'recovery-missing-flush': {
      about: NOT_RESTORED,
      unrecovered: { op: WRITE_BACK, path: /^#writeBack<fence<undo</ },
    },
  },
};

/** See `workloads/echo/store.ts`. */
const COMMIT_RECORDS: LibraryErrors = {
  workloads: ['echo'],
  // A commit is some five hundred moments.
  conditions: { transactions: 1 },
  errors: {
    'missing-flush': {
      about: NO_FLUSH,
      error: without({ op: WRITE_BACK, path: /^flushRange<#createPair</ }),
    },
    'missing-fence': {
      about: NO_FENCE,
      error: without({ op: ORDERING_FENCE, path: /^(flushRange<)?#appendToLog</ }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      error: early(
        { op: STORE, path: /^#appendToLog</, which: -1 },
        { op: STORE, path: /^#createPair</, which: 0 },
      ),
    },
    'recovery-missing-fences': {
      about: 'recovery writes back what it restores in no particular order',
      unrecovered: { op: ORDERING_FENCE, path: /./ },
    },
  },
};

/** See `workloads/lmdb/lmdb.ts`. */
const META_PAGES: LibraryErrors = {
  workloads: ['lmdb'],
  conditions: { transactions: 2 },
  errors: {
    'missing-fence': {
      about: NO_FENCE,
      error: without({ op: ORDERING_FENCE, path: /^#writePages</ }),
    },
    'mark-before-data': {
      about: MARK_FIRST,
      // The meta page is the last but one, its checksum the last.
      error: early(
        { op: NT_STORE, path: /^#writePages</, which: -2 },
        { op: NT_STORE, path: /^#writePages</, which: 0 },
      ),
    },
  },
};

const LIBRARIES: readonly LibraryErrors[] = [
  UNDO_LOG,
  UNDO_LOG_OF_OBJECTS,
  REDO_LOG,
  REDO_LOG_OF_ITEMS,
  JOURNAL,
  WRITE_AHEAD_LIST,
  COMMIT_RECORDS,
  META_PAGES,
];

function errorsOf({ workloads, conditions = {}, errors }: LibraryErrors): CanaryProtocol[] {
  return workloads.flatMap((workload) =>
    Object.entries({ ...errors, ...DURABILITY_POINT }).map(([kind, error]) => ({
      name: `${workload}-${kind}`,
      workload,
      ...error,
      conditions: { ...conditions, ...error.conditions },
    })),
  );
}

export const CANARY_PROTOCOLS: readonly CanaryProtocol[] = [
  {
    name: 'vacation-shared-lines',
    workload: 'vacation',
    about:
      'clients change words of one line at the same time, and each has a queue pair of its own',
    conditions: { threads: 4, transactions: 96, isolation: 'words', queuePairs: 'per-core' },
    mirrorsOnly: true,
  },
  ...LIBRARIES.flatMap(errorsOf),
];
