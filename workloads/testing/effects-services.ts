/** What the parameters of the servers and of vacation do. Used by tests only. */

import { Op } from '../../pm/op.ts';
import { memcached } from '../memcached/memcached.ts';
import type { GivenParameters } from '../parameters.ts';
import { vacation } from '../vacation/vacation.ts';
import {
  about,
  charged,
  type Effect,
  type Effects,
  fences,
  firstCount,
  lines,
  logSpan,
  mean,
  shareOf,
} from './effects.ts';
import type { WatchedRun } from './watched.ts';

/** Of a redo log, whose descriptor lies before it. */
const LOG_KIB: Pick<Effect, 'values' | 'keep' | 'measure' | 'gives'> = {
  values: [4, 16],
  keep: (bytes, isStore) => isStore && bytes === 8,
  measure: logSpan,
  gives: [about(4096, 0.03), about(16_384, 0.03)],
};

export const VACATION_EFFECTS: Effects = {
  relations: { values: [10, 30], measure: lines(/^car /), gives: [10, 30] },
  number: {
    values: [1, 8],
    given: { relations: 20, userPercent: 100 },
    transactions: 400,
    measure: mean(({ draws }) => draws.filter(({ of }) => of === 3).length),
    gives: [1, about(4.5, 0.1)],
  },
  queriesPercent: {
    values: [20, 80],
    given: { relations: 100, userPercent: 100 },
    transactions: 1000,
    // The last customer who has reserved anything.
    measure: ({ program }) =>
      Math.max(
        ...[...program.digest().matchAll(/^customer (\d+): ./gm)].map(([, id]) => Number(id)),
      ),
    gives: [20, 80],
  },
  userPercent: {
    values: [40, 90],
    given: { relations: 20 },
    transactions: 500,
    measure: shareOf(vacation, /reservation/),
    gives: [about(0.4, 0.15), about(0.9, 0.05)],
  },
  logKiB: { ...LOG_KIB, given: { relations: 20 }, transactions: 200 },
};

const MEMCACHED = { keys: 20, memoryKiB: 64, slabKiB: 16, logKiB: 16, hashPower: 8 };
const items = lines(/^key-/);

const orderingFences = mean(({ operations }) => operations[Op.ORDERING_FENCE] ?? 0);

export const MEMCACHED_EFFECTS: Effects = {
  keys: { values: [10, 40], given: MEMCACHED, measure: items, gives: [10, 40] },
  setPercent: {
    values: [10, 60],
    given: MEMCACHED,
    transactions: 3000,
    measure: shareOf(memcached, /^set/, /Read$/),
    gives: [about(0.1, 0.3), about(0.6, 0.15)],
  },
  memoryKiB: {
    values: [64, 128],
    given: { ...MEMCACHED, keys: 1000 },
    measure: items,
    // A page of each class: 93, 73, 46 and 23 items. Then four more, to those that fill first.
    gives: [235, [235 + 4 * 23, 235 + 23 + 23 + 46 + 73]],
  },
  slabKiB: {
    values: [16, 32],
    given: { ...MEMCACHED, keys: 1000, memoryKiB: 128 },
    measure: items,
    // As above; and one page of each: 186, 146, 93 and 47.
    gives: [[235 + 4 * 23, 235 + 23 + 23 + 46 + 73], 472],
  },
  logKiB: { ...LOG_KIB, given: MEMCACHED, transactions: 600 },
  hashPower: {
    values: [4, 10],
    given: { ...MEMCACHED, keys: 200, setPercent: 0 },
    transactions: 600,
    // Loads of a request's transactions: of a chain of twelve, or of one.
    measure: mean(({ operations }) => operations[Op.LOAD] ?? 0),
    gives: { more: [-100, -10] },
  },
  requestsPerSecond: {
    values: [1, 1000],
    given: { ...MEMCACHED, setPercent: 0 },
    transactions: 2000,
    // Moves to the front of a list, of 334 requests in 334 seconds or in one.
    measure: ({ transactions }) =>
      transactions.filter(({ type, operations }) => type === 2 && operations[Op.STORE] > 0).length,
    gives: [[40, 120], 0],
  },
  conflictPercent: {
    values: [0, 20],
    given: { ...MEMCACHED, setPercent: 100, attemptsPerConflict: 50 },
    transactions: 1500,
    measure: ({ transactions }) =>
      transactions.filter(({ operations }) => operations[Op.ORDERING_FENCE] > 50).length / 1500,
    gives: [0, about(0.2, 0.2)],
  },
  attemptsPerConflict: {
    values: [2, 9],
    given: { ...MEMCACHED, setPercent: 100, conflictPercent: 100 },
    transactions: 60,
    measure: orderingFences,
    // Each ends its log fragment behind two ordering fences.
    gives: { more: 7 * 3 },
  },
};

const files = lines(/\/f\d+ /);

const fileBytes = ({ program }: WatchedRun): number[] =>
  [...program.digest().matchAll(/: (\d+) B,/g)].map(([, bytes]) => Number(bytes));

/** Parameters that each program on the file system has. */
function pmfsEffects(given: GivenParameters, transactions: number): Effects {
  return {
    journalKiB: {
      values: [16, 64],
      given,
      transactions,
      threads: 1,
      keep: (bytes, isStore) => isStore && bytes > 64,
      // File data lies behind the journal.
      measure: (run) =>
        run.transactions
          .flatMap(({ accesses }) => accesses.map(({ at }) => at))
          .reduce((a, b) => Math.min(a, b)),
      gives: { more: 48 * 1024 },
    },
    pmfsBuild: {
      values: ['published', 'whisper'],
      given,
      transactions,
      measure: fences,
      gives: { more: [0.2, 20] },
    },
  };
}

const NFS = { files: 10, fileMeanBytes: 1000, journalKiB: 16 };

export const NFS_EFFECTS: Effects = {
  size: {
    values: ['small', 'medium'],
    given: { fileMeanBytes: 64 },
    measure: files,
    gives: [77, 800],
  },
  files: { values: [10, 50], given: NFS, measure: files, gives: [8, 40] },
  fileMeanBytes: {
    values: [1000, 6000],
    given: { ...NFS, files: 500 },
    measure: (run) => fileBytes(run).reduce((sum, bytes) => sum + bytes, 0) / 400,
    gives: [about(1000, 0.12), about(6000, 0.12)],
  },
  appendMaxBytes: {
    values: [16, 40_960],
    given: { ...NFS, fileMeanBytes: 64 },
    transactions: 1500,
    // Pages of an append: of 20 KiB some six. All that is created fits a page.
    measure: ({ transactions }) => {
      const count = (type: number): number =>
        transactions.filter((seen) => seen.type === type).length;
      return (count(1) - count(0)) / (count(2) - count(0));
    },
    gives: [1, about(6, 0.15)],
  },
  instructionsPerCall: { values: [10, 700], measure: charged(0), given: NFS, gives: { more: 690 } },
  instructionsPerRpc: { values: [10, 700], measure: charged(1), given: NFS, gives: { more: 690 } },
  ...pmfsEffects(NFS, 100),
};

const EXIM = { mailboxes: 3, journalKiB: 16 };
const mailboxes = lines(/^mail\/u/);

export const EXIM_EFFECTS: Effects = {
  size: { values: ['small', 'medium'], measure: mailboxes, gives: [64, 250] },
  mailboxes: { values: [3, 9], given: EXIM, measure: mailboxes, gives: [3, 9] },
  messageMeanBytes: {
    values: [200, 4000],
    given: { ...EXIM, mailboxes: 1 },
    transactions: 1500,
    // A body has its size written whole to the mailbox, with 512 B of header.
    measure: ({ program, transactions }) => {
      const log = transactions.filter(({ draws }) => draws.length > 0).length;
      const size = Number(/^mail\/u0 .*: (\d+) B/m.exec(program.digest())?.[1]);
      return size / log - 512;
    },
    gives: [about(200, 0.35), about(4000, 0.35)],
  },
  instructionsPerCall: {
    values: [10, 700],
    given: EXIM,
    measure: charged(0),
    gives: { more: 690 },
  },
  ...pmfsEffects(EXIM, 100),
};

const MYSQL = { rows: 200, pageBytes: '4096', journalKiB: 16 };

/** SQLite's header says how large its pages are. */
const pageBytes = ({ heap }: WatchedRun): number => {
  const bytes = Buffer.from(heap.bytes);
  return bytes.readUInt16BE(bytes.indexOf('SQLite format 3\0') + 16);
};

const mostFences = ({ transactions }: WatchedRun): number => {
  const counts = transactions.map(({ operations }) => operations[Op.DURABILITY_FENCE]);
  return counts.filter((count) => count > Math.min(...counts)).length;
};

export const MYSQL_EFFECTS: Effects = {
  // A row takes at most 480 B. A larger table would take seconds to load.
  size: { values: ['small', 'medium'], gives: { more: about(48_000 * 480, 0.02) } },
  rows: { values: [200, 300], given: MYSQL, measure: firstCount, gives: [200, 300] },
  pageBytes: { values: ['4096', '16384'], given: MYSQL, measure: pageBytes, gives: [4096, 16_384] },
  checkpointPages: {
    values: [30, 240],
    given: MYSQL,
    transactions: 60,
    // Transactions with more syncs than others.
    measure: mostFences,
    gives: [
      [8, 20],
      [1, 2],
    ],
  },
  instructionsPerCall: {
    values: [10, 700],
    given: MYSQL,
    measure: charged(0),
    gives: { more: 15 * 690 },
  },
  instructionsPerStatement: {
    values: [10, 700],
    given: MYSQL,
    transactions: 2,
    measure: (run, configured) =>
      mean(({ instructions }) => instructions)(run) + charged(0)(run, configured),
    gives: { more: 20 * 690 },
  },
  ...pmfsEffects(MYSQL, 5),
};
