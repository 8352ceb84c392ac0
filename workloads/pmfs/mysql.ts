/**
 * `mysql`: an OLTP database over the PMFS-like file system, as in WHISPER (sysbench's OLTP complex
 * test on MySQL). The database is a real SQLite in WAL mode; what it writes to its files goes, page
 * for page, through the file system in persistent memory, with the fsync calls of SQLite's
 * `synchronous=FULL`. The log is synced at every commit, and log and database at every checkpoint.
 *
 * A transaction is one sysbench transaction; it ends with the sync that makes it durable. (WHISPER
 * counts file-system calls instead: there about 7 epochs each. A 16 KiB page, InnoDB's and here the
 * default, written over existing blocks is 7 epochs here too: log entry, four pages, commit twice.)
 *
 * Differences from MySQL. SQLite admits one writer at a time, from the first statement that writes
 * to the commit, hence the lock around that part. Its log holds pages, InnoDB's redo log holds
 * records, so that more is written per transaction. There is no doublewrite buffer and no binary
 * log. The buffer pool holds the whole table: nothing is read from persistent memory.
 */

import Database from 'better-sqlite3';
import type { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { choice, integer, type ParameterValues } from '../parameters.ts';
import {
  defineWorkload,
  NotSetUpError,
  type Program,
  type ProgramOptions,
  SIZES,
  VerifyError,
} from '../workload.ts';
import { ByContents } from './by-contents.ts';
import { formatPmfs, mountPmfs, PMFS_PARAMETERS, pmfsHeapBytes } from './calls.ts';
import { type CheckedFileSystem, checkFileSystem } from './check.ts';
import type { FileSystem } from './filesystem.ts';
import { LOCK_PROGRAM, ROOT_INODE } from './layout.ts';
import { FRAME_HEADER_BYTES, openInMemory, SqliteDatabase } from './sqlite-database.ts';
import {
  digestTable,
  loadTable,
  READ_STATEMENTS,
  SysbenchOltp,
  verifyTable,
  WRITE_STATEMENTS,
} from './sysbench.ts';

// biome-ignore format: a parameter a line, or two
const PARAMETERS = {
  size: choice('small', SIZES,
    'rows of the table: 2000, 50000 or 400000 (the original has 10 million)'),
  rows: integer(0, [0, 5_000_000], 'rows of the table; 0: by size'),
  pageBytes: choice('16384', ['4096', '8192', '16384', '32768'],
    "page size of the database (InnoDB's is 16384)"),
  checkpointPages: integer(1000, [10, 100_000],
    "pages in the log that start a checkpoint (SQLite's default is 1000)"),
  ...PMFS_PARAMETERS,
  instructionsPerStatement: integer(100_000, [0, 10_000_000],
    'instructions of the SQL layer for one statement (assumed)'),
};

type Parameters = ParameterValues<typeof PARAMETERS>;
type Options = ProgramOptions<typeof PARAMETERS>;

const DATABASE = 'sbtest.db';
const WAL = 'sbtest.db-wal';
/** First bytes of a database file. */
const SQLITE_MAGIC = new TextEncoder().encode('SQLite format 3\0');
/** Of the seed's random numbers: those that are salts of the log. */
const SALT_STREAM = 0x73616c74;
/** What SQLite recovered from files, and found in them: of the last so many. */
const RECOVERED = new ByContents<Uint8Array>(256);
const WHOLE = new ByContents<true>(256);
const DIGESTS = new ByContents<string>(256);
/** Assumption: file-system calls of one transaction, for their instructions: 7 frames and a sync. */
const CALLS_PER_TX = 15;

function rowCount(parameters: Parameters): number {
  // The range selects and the distribution of keys need at least a few hundred rows.
  if (parameters.rows > 0) return Math.max(200, parameters.rows);
  return { small: 2000, medium: 50_000, large: 400_000 }[parameters.size] ?? 2000;
}

class Mysql implements Program {
  readonly #heap: PmHeap;
  readonly #fs: FileSystem;
  readonly #options: Options;
  readonly #clients: Random[];
  readonly #salts: Random;
  readonly #databaseInode: number;
  readonly #walInode: number;
  /** Null until the first transaction, and once closed. */
  #database: SqliteDatabase | null = null;
  #oltp: SysbenchOltp | null = null;

  constructor(fs: FileSystem, options: Options) {
    this.#heap = fs.heap;
    this.#fs = fs;
    this.#options = options;
    this.#clients = Array.from({ length: options.threads }, (_, c) => new Random(options.seed, c));
    this.#salts = new Random(options.seed, SALT_STREAM);
    this.#databaseInode = fs.lookup(ROOT_INODE, DATABASE);
    this.#walInode = fs.lookup(ROOT_INODE, WAL);
  }

  transaction(client: number): void {
    const heap = this.#heap;
    const fs = this.#fs;
    const { database, oltp } = this.#ready();
    oltp.run(this.#clients[client]);
    heap.txBegin(0);
    // Readers do not wait for the writer: the selects are done before its lock is taken.
    heap.compute(READ_STATEMENTS * this.#options.parameters.instructionsPerStatement);
    heap.lock(LOCK_PROGRAM);
    heap.dram('the database', true);
    for (const write of database.walWrites()) {
      fs.write(this.#walInode, write.offset, write.bytes);
      // A new log header is synced before frames that rely on it.
      if (write.offset === 0) fs.fsync();
    }
    fs.fsync();
    if (database.pagesInWal >= this.#options.parameters.checkpointPages) {
      // A checkpoint begins with a sync of the log, whether or not one has just been made.
      fs.fsync();
      for (const write of database.checkpointWrites()) {
        writePage(fs, this.#databaseInode, write.offset, write.bytes);
      }
      fs.fsync();
    }
    heap.unlock(LOCK_PROGRAM);
    heap.txEnd();
  }

  verify(): void {
    const checked = checkFileSystem(this.#heap, this.#fs.blocks, false);
    compareFile(checked, WAL, this.#database?.walBytes() ?? new Uint8Array(0));
    if (this.#database !== null) compareFile(checked, DATABASE, this.#database.databaseBytes());
    const rows = rowCount(this.#options.parameters);
    if (this.#database !== null) {
      verifyTable(this.#database.connection, rows);
      return;
    }
    const file = checked.contents(this.#databaseInode);
    WHOLE.of(`${rows}`, [file], () => {
      inCopy(file, (connection) => verifyTable(connection, rows));
      return true;
    });
  }

  digest(): string {
    if (this.#database !== null) return digestTable(this.#database.connection);
    const file = checkFileSystem(this.#heap, null, false).contents(this.#databaseInode);
    return DIGESTS.of('', [file], () => inCopy(file, digestTable));
  }

  close(): void {
    this.#database?.close();
    this.#database = null;
  }

  /** The database, its log begun, and the statements prepared on it. */
  #ready(): { readonly database: SqliteDatabase; readonly oltp: SysbenchOltp } {
    this.#database ??= this.#extract();
    const database = this.#database;
    if (database.isLogOver) {
      database.beginLog(this.#salts);
      this.#oltp = null;
    }
    this.#oltp ??= new SysbenchOltp(database.connection, rowCount(this.#options.parameters));
    return { database, oltp: this.#oltp };
  }

  /** The database of the files in persistent memory, whose log is empty. */
  #extract(): SqliteDatabase {
    const checked = checkFileSystem(this.#heap, null, false);
    return new SqliteDatabase(Number(this.#options.parameters.pageBytes), {
      database: checked.contents(this.#databaseInode),
      wal: checked.contents(this.#walInode),
    });
  }
}

/** What `look` sees in the database `file` that lies on the heap, whose log is empty. */
function inCopy<T>(file: Uint8Array, look: (connection: Database.Database) => T): T {
  const copy = openInMemory(file);
  try {
    return withVerifyErrors(() => look(copy));
  } finally {
    copy.close();
  }
}

/** What SQLite finds wrong with a database that comes from persistent memory is wrong there. */
function withVerifyErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    throw new VerifyError(`SQLite: ${error.message}`, { cause: error });
  }
}

/** Pages that SQLite never wrote, since they are free, are a hole in its file: zeroes. */
function writePage(fs: FileSystem, inode: number, offset: number, bytes: Uint8Array): void {
  for (let size = fs.size(inode); size < offset; size = fs.size(inode)) {
    fs.write(inode, size, new Uint8Array(Math.min(bytes.length, offset - size)));
  }
  fs.write(inode, offset, bytes);
}

function compareFile(checked: CheckedFileSystem, path: string, expected: Uint8Array): void {
  const name = checked.names.find((n) => n.path === path);
  if (name === undefined) throw new VerifyError(`file '${path}' is missing`);
  const found = checked.contents(name.inode);
  if (found.length !== expected.length) {
    throw new VerifyError(`${path}: ${found.length} B instead of ${expected.length} B`);
  }
  if (Buffer.compare(found, expected) !== 0) {
    const at = found.findIndex((byte, i) => byte !== expected[i]);
    throw new VerifyError(`${path}: differs from what SQLite wrote at ${at}`);
  }
}

function create(heap: PmHeap, options: Options): Program {
  const { parameters } = options;
  const pageBytes = Number(parameters.pageBytes);
  const bytes = loadedDatabase(pageBytes, rowCount(parameters), options.seed);
  const fs = formatPmfs(heap, parameters, 'fsync');
  const inode = fs.create(ROOT_INODE, DATABASE);
  // Until its first bytes are there the file is no database.
  bytes.fill(0, 0, SQLITE_MAGIC.length);
  for (let at = 0; at < bytes.length; at += pageBytes) {
    fs.write(inode, at, bytes.subarray(at, at + pageBytes));
  }
  fs.create(ROOT_INODE, WAL);
  fs.fsync();
  fs.write(inode, 0, SQLITE_MAGIC);
  fs.fsync();
  return new Mysql(fs, options);
}

function loadedDatabase(pageBytes: number, rows: number, seed: number): Uint8Array {
  const database = new SqliteDatabase(pageBytes, null);
  try {
    loadTable(database.connection, rows, new Random(seed, 0x73716c));
    return database.finish();
  } finally {
    database.close();
  }
}

/**
 * Mounts, lets SQLite recover the two files, and brings those in persistent memory to the state that
 * it found: the database's pages first, synced, then an empty log in place of the old one. Until the
 * old log's name is gone all this can be repeated.
 */
function recover(heap: PmHeap, options: Options): Program {
  const fs = mountPmfs(heap, options.parameters, 'fsync');
  const checked = checkFileSystem(heap, fs.blocks, false);
  const find = (path: string) => checked.names.find((name) => name.path === path);
  const file = find(DATABASE);
  if (file === undefined) throw new NotSetUpError(`file '${DATABASE}' is missing`);
  const log = find(WAL);
  const before = checked.contents(file.inode);
  if (Buffer.compare(before.subarray(0, SQLITE_MAGIC.length), SQLITE_MAGIC) !== 0) {
    throw new NotSetUpError(`file '${DATABASE}' is no database yet`);
  }
  const wal = log === undefined ? new Uint8Array(0) : checked.contents(log.inode);
  const after = recoveredDatabase(before, wal, options);
  const pageBytes = Number(options.parameters.pageBytes);
  for (let at = 0; at < after.length; at += pageBytes) {
    const page = after.subarray(at, at + pageBytes);
    const isSame = Buffer.compare(page, before.subarray(at, at + pageBytes)) === 0;
    if (!isSame) fs.write(file.inode, at, page);
  }
  fs.fsync();
  if (log !== undefined && log.sizeBytes > 0) fs.unlink(log.inode, ROOT_INODE, WAL);
  if (log === undefined || log.sizeBytes > 0) fs.create(ROOT_INODE, WAL);
  fs.fsync();
  return new Mysql(fs, options);
}

/** The database file that SQLite makes of the two, checked. */
function recoveredDatabase(before: Uint8Array, wal: Uint8Array, options: Options): Uint8Array {
  const { pageBytes } = options.parameters;
  const rows = rowCount(options.parameters);
  return RECOVERED.of(`${pageBytes} ${rows}`, [before, wal], () => {
    return recoverFiles(before, wal, { pageBytes: Number(pageBytes), rows });
  });
}

function recoverFiles(
  before: Uint8Array,
  wal: Uint8Array,
  { pageBytes, rows }: { readonly pageBytes: number; readonly rows: number },
): Uint8Array {
  return withVerifyErrors(() => {
    const database = new SqliteDatabase(pageBytes, { database: before, wal });
    try {
      verifyTable(database.connection, rows);
      return database.finish();
    } finally {
      database.close();
    }
  });
}

function heapBytes(parameters: Parameters): number {
  const pageBytes = Number(parameters.pageBytes);
  const database = rowCount(parameters) * 480 + 64 * pageBytes;
  const wal = (parameters.checkpointPages + 64) * (pageBytes + FRAME_HEADER_BYTES);
  const what = `mysql: ${rowCount(parameters)} rows and ${parameters.checkpointPages} pages of log`;
  return pmfsHeapBytes(parameters, 1.01 * (database + wal) + 2 ** 19, what);
}

/** A row is in the heap, in SQLite's memory, and in two copies for the check: 760 to 870 B were seen. */
function memoryBytes(parameters: Parameters): number {
  const wal = parameters.checkpointPages * (Number(parameters.pageBytes) + FRAME_HEADER_BYTES);
  return rowCount(parameters) * 900 + 2 * wal + 2 ** 23;
}

export const mysql = defineWorkload({
  name: 'mysql',
  summary: 'sysbench OLTP on a real SQLite database whose log and pages lie on a PM file system',
  protocol:
    'SQLite write-ahead log over PMFS: undo journal, non-temporal data (Dulloor et al., EuroSys 2014)',
  group: 'whisper',
  parameters: PARAMETERS,
  smallParameters: { rows: 200, pageBytes: 4096, checkpointPages: 10, journalKiB: 16 },
  threadsMax: 64,
  threadsDefault: 4,
  orderNeeded: 'none',
  transactionsDefault: 500,
  transactionsShort: 40,
  txTypes: ['oltp'],
  // Without the selects, which the program charges itself, before it takes the lock.
  instructionsPerTx: (_model, parameters) => [
    WRITE_STATEMENTS * parameters.instructionsPerStatement +
      CALLS_PER_TX * parameters.instructionsPerCall,
  ],
  heapBytes: (parameters) => heapBytes(parameters),
  memoryBytes: (parameters) => memoryBytes(parameters),
  create,
  recover,
});
