/**
 * Why a site is not needed, or not come to, where neither a crash nor another site says it. What is said
 * here was read in the code, and is not checked; a survey tells which are no longer asked for.
 */

const SIZE_BEFORE =
  'the size of the clump before is needed to join free clumps only, and every recovery sets all of them right';
const SECOND_LINE =
  "of an inode's second line a journal logs the access time and the generation, which nothing compares";
const GENERATIONS =
  'an entry that is not cleared looks valid when its generation comes again: after 65 000 rounds of the ring';
const NO_PROGRAM_OF_NINE =
  'no program has more than eight objects of a kind in one transaction; pm/nvml/pool.test.ts crashes some that have';
const WORDS_IN_ANY_ORDER =
  'pointer and capacity of a vector are stored in this order to one line, which x86 keeps; ' +
  'echo/recovery.test.ts crashes with words in any order, where recovery needs this';

/** By site, and `last line` behind it where that is of its last line alone. */
export const REASONS: Readonly<Record<string, string>> = {
  'pm/mnemosyne/redo-memory.ts abort writeBack':
    'no program allocates in a transaction that it aborts; redo-memory.test.ts does',
  'pm/nvml/transaction.ts #markInternal writeBack':
    'marks objects of the library for walks over a pool that do not know its undo logs; ours ask these',
  'pm/nvml/transaction.ts #clearCache writeBack last line':
    'that a slot of the cache is left shows if the next transaction logs all slots before it and no more: ' +
    'no program logs four small ranges, of which the fourth begins a last line, and then three',
  'pm/nvml/undo-vector.ts constructor writeBack': NO_PROGRAM_OF_NINE,
  'pm/nvml/undo-vector.ts constructor orderingFence': NO_PROGRAM_OF_NINE,
  'workloads/echo/vector.ts repairVector writeBack': WORDS_IN_ANY_ORDER,
  'workloads/echo/vector.ts repairVector orderingFence': WORDS_IN_ANY_ORDER,
  'workloads/echo/store.ts create writeBack 2 last line':
    "holds the store's state, which the original sets and nothing reads",
  'workloads/nstore/engine.ts update writeBack 2':
    'an update marks a data block as active that is active already: the store changes nothing',
  'workloads/nstore/pool.ts reserve writeBack 5': SIZE_BEFORE,
  'workloads/nstore/pool.ts free writeBack 2': SIZE_BEFORE,
  'workloads/pmfs/files.ts touchAccessTime writeBack':
    'access times change outside of the journal, and nothing compares them',
  'workloads/pmfs/inodes.ts addOrphan writeBack':
    'a mount finds orphans by their inodes, which have no name, and makes the list anew',
  'workloads/pmfs/journal.ts commit writeBack last line': SECOND_LINE,
  'workloads/pmfs/journal.ts recoverJournal writeBack last line': SECOND_LINE,
  'workloads/pmfs/journal.ts clearRing writeBack': GENERATIONS,
  'workloads/pmfs/journal.ts clearRing writeBack last line': GENERATIONS,
};
