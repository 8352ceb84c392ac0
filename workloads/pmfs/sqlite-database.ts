/**
 * A real SQLite database in a temporary file, and what it writes: after each commit the frames
 * that went into the write-ahead log (WAL), at checkpoints the pages that went into the database
 * file. `mysql` repeats these writes, byte for byte, on the file system in persistent memory.
 *
 * SQLite is used with page size, cache size and checkpoint interval fixed, so that what a
 * transaction writes, and where, follows from the statements and from one thing more. That is the
 * two salts of the log, which are in its header and every frame and start the chain of checksums.
 * SQLite draws them at random where it creates a log or begins it anew. It keeps those of a log
 * that it finds when it opens a database. So here each log is begun by closing the database,
 * writing a header with salts of our own over that of the log, by SQLite's rule (first salt one
 * more, second drawn), and opening it again. What lies behind that header has other salts and does
 * not count, as after a restart by SQLite. All else that is written, SQLite writes, and the same
 * bytes in every run.
 *
 * The database here runs with `synchronous=OFF`: its own durability is nobody's concern, and the
 * setting changes only when SQLite syncs, not what it writes.
 *
 * File format: https://sqlite.org/fileformat2.html, sections "The Write-Ahead Log" and following.
 */

import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Random } from '../../pm/random.ts';

const WAL_HEADER_BYTES = 32;
/** Bytes before each page in the WAL. */
export const FRAME_HEADER_BYTES = 24;
/** Offsets in WAL header and frame header; numbers are big-endian. */
const WAL_FORMAT = 4;
const WAL_PAGE_BYTES = 8;
const WAL_SEQUENCE = 12;
const WAL_SALT = 16;
const WAL_CHECKSUM = 24;
const FRAME_PAGE = 0;
const FRAME_COMMIT = 4;
const FRAME_SALT = 8;
/** With checksums over little-endian words, as on every machine that this runs on. */
const WAL_MAGIC = 0x377f0682;
const WAL_FORMAT_NUMBER = 3007000;
/** In a database file: which of the formats without and with a log (1, 2) writes and reads are in. */
const FILE_FORMATS = 18;

/**
 * Where this thread's databases are, until the process exits. They share a directory since removing
 * one can take longer than recovering a small database.
 */
let directory: string | null = null;
let databases = 0;

function newPath(): string {
  if (directory === null) {
    const made = mkdtempSync(join(tmpdir(), 'pmirror-sqlite-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return join(directory, `${databases++}.db`);
}

/** One write to a file. `bytes` is valid until the next one is asked for. */
export interface FileWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The contents of a database file, to be looked at in memory. What is in a log is not there. */
export function openInMemory(file: Uint8Array): Database.Database {
  const copy = Buffer.from(file);
  // A database in memory cannot have a log.
  copy.fill(1, FILE_FORMATS, FILE_FORMATS + 2);
  return new Database(copy);
}

/** An open SQLite database whose file writes can be read off, page by page. */
export class SqliteDatabase {
  readonly pageBytes: number;
  readonly #path: string;
  readonly #walPath: string;
  readonly #buffer: Buffer;
  #connection: Database.Database | null = null;
  /** The current WAL header, whether `walWrites` has yet to give it, and where the next frame goes. */
  readonly #header = Buffer.alloc(WAL_HEADER_BYTES);
  #isHeaderNew = false;
  #next = WAL_HEADER_BYTES;
  #isLogOver = true;
  /** Pages with frames in the WAL since it was last restarted. */
  readonly #pages = new Set<number>();

  /** A new database, or one of the given files, which SQLite then recovers. */
  constructor(pageBytes: number, files: { database: Uint8Array; wal: Uint8Array } | null) {
    this.pageBytes = pageBytes;
    this.#buffer = Buffer.alloc(Math.max(pageBytes, FRAME_HEADER_BYTES));
    this.#path = newPath();
    this.#walPath = `${this.#path}-wal`;
    try {
      if (files !== null) {
        writeFileSync(this.#path, files.database);
        writeFileSync(this.#walPath, files.wal);
      }
      this.#open();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #open(): void {
    const connection = new Database(this.#path);
    this.#connection = connection;
    // Nobody else uses it: with the lock kept, SQLite need not share its index of the log.
    connection.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA page_size = ${this.pageBytes};
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = OFF;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA cache_size = -262144;
      PRAGMA temp_store = MEMORY;
    `);
  }

  /** Valid until `beginLog` or `close`. */
  get connection(): Database.Database {
    if (this.#connection === null) throw new Error('the database is closed');
    return this.#connection;
  }

  /** Closes the database, which puts everything into its file, and gives what that holds then. */
  finish(): Uint8Array {
    try {
      this.connection.close();
      if (existsSync(this.#walPath)) throw new Error('SQLite closed a database and left its log');
      return this.databaseBytes();
    } finally {
      this.close();
    }
  }

  /** Whether all of the WAL is in the database file: `beginLog` must come before a transaction. */
  get isLogOver(): boolean {
    return this.#isLogOver;
  }

  /** Has the next transaction begin the WAL anew, with salts drawn from `random`. */
  beginLog(random: Random): void {
    const isFirst = this.#header.readUInt32BE(WAL_SEQUENCE) === 0;
    const salt = isFirst ? random.next() : this.#header.readUInt32BE(WAL_SALT) + 1;
    // A sequence number of 0 would have SQLite draw salts.
    const sequence = this.#header.readUInt32BE(WAL_SEQUENCE) + 1;
    writeLogHeader(this.#header, this.pageBytes, sequence, [salt >>> 0, random.next()]);
    const aside = `${this.#walPath}-aside`;
    // SQLite removes the log when it closes the database.
    renameSync(this.#walPath, aside);
    this.connection.close();
    renameSync(aside, this.#walPath);
    const file = openSync(this.#walPath, 'r+');
    try {
      // SQLite looks at the header of a log that is longer than that.
      writeSync(file, this.#header, 0, WAL_HEADER_BYTES, 0);
      writeSync(file, Buffer.alloc(1), 0, 1, WAL_HEADER_BYTES);
    } finally {
      closeSync(file);
    }
    this.#open();
    this.#isLogOver = false;
    this.#isHeaderNew = true;
    this.#next = WAL_HEADER_BYTES;
    this.#pages.clear();
  }

  /** The database file's bytes. */
  databaseBytes(): Uint8Array {
    return readFileSync(this.#path);
  }

  /** The WAL file's bytes. */
  walBytes(): Uint8Array {
    return readFileSync(this.#walPath);
  }

  /** Pages that a checkpoint would write. */
  get pagesInWal(): number {
    return (this.#next - WAL_HEADER_BYTES) / (this.pageBytes + FRAME_HEADER_BYTES);
  }

  /**
   * What the transaction just committed wrote to the WAL, in order: its header where the WAL was
   * restarted, and for each frame its header and its page, which SQLite writes one by one.
   */
  *walWrites(): Generator<FileWrite, void, void> {
    const file = openSync(this.#walPath, 'r');
    try {
      const header = this.#read(file, 0, WAL_HEADER_BYTES);
      if (!header.equals(this.#header)) throw new Error('SQLite began its log with other salts');
      if (this.#isHeaderNew) yield { offset: 0, bytes: header };
      this.#isHeaderNew = false;
      for (let isLast = false; !isLast; ) {
        const frame = this.#read(file, this.#next, FRAME_HEADER_BYTES);
        const salts = frame.subarray(FRAME_SALT, FRAME_SALT + 8);
        if (!salts.equals(this.#header.subarray(WAL_SALT, WAL_SALT + 8))) {
          throw new Error(`WAL frame at ${this.#next} is not of this transaction`);
        }
        isLast = frame.readUInt32BE(FRAME_COMMIT) !== 0;
        this.#pages.add(frame.readUInt32BE(FRAME_PAGE));
        yield { offset: this.#next, bytes: frame };
        const offset = this.#next + FRAME_HEADER_BYTES;
        yield { offset, bytes: this.#read(file, offset, this.pageBytes) };
        this.#next = offset + this.pageBytes;
      }
    } finally {
      closeSync(file);
    }
  }

  /** Checkpoints, as SQLite does by itself, and returns what that wrote to the database file. */
  *checkpointWrites(): Generator<FileWrite, void, void> {
    const [result] = this.connection.pragma('wal_checkpoint(PASSIVE)') as {
      log: number;
      checkpointed: number;
    }[];
    if (result.log !== result.checkpointed) throw new Error('checkpoint left frames in the WAL');
    this.#isLogOver = true;
    const file = openSync(this.#path, 'r');
    try {
      for (const number of [...this.#pages].sort((a, b) => a - b)) {
        const offset = (number - 1) * this.pageBytes;
        yield { offset, bytes: this.#read(file, offset, this.pageBytes) };
      }
    } finally {
      closeSync(file);
    }
  }

  /** Closes the database and removes its files. Nothing else may follow, except this again. */
  close(): void {
    this.#connection?.close();
    this.#connection = null;
    for (const path of [this.#path, this.#walPath]) rmSync(path, { force: true });
  }

  /** The bytes are valid until the next read. */
  #read(file: number, offset: number, bytes: number): Buffer {
    const target = this.#buffer.subarray(0, bytes);
    if (readSync(file, target, 0, bytes, offset) !== bytes) {
      throw new Error(`SQLite's file ends before ${offset + bytes}`);
    }
    return target;
  }
}

function writeLogHeader(
  header: Buffer,
  pageBytes: number,
  sequence: number,
  salts: readonly [number, number],
): void {
  header.writeUInt32BE(WAL_MAGIC, 0);
  header.writeUInt32BE(WAL_FORMAT_NUMBER, WAL_FORMAT);
  header.writeUInt32BE(pageBytes, WAL_PAGE_BYTES);
  header.writeUInt32BE(sequence, WAL_SEQUENCE);
  header.writeUInt32BE(salts[0], WAL_SALT);
  header.writeUInt32BE(salts[1], WAL_SALT + 4);
  let first = 0;
  let second = 0;
  for (let at = 0; at < WAL_CHECKSUM; at += 8) {
    first = (first + header.readUInt32LE(at) + second) >>> 0;
    second = (second + header.readUInt32LE(at + 4) + first) >>> 0;
  }
  header.writeUInt32BE(first, WAL_CHECKSUM);
  header.writeUInt32BE(second, WAL_CHECKSUM + 4);
}
