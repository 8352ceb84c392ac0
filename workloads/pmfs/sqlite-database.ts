/**
 * A real SQLite database in a temporary directory, and what it writes: after each commit the frames
 * that went into the write-ahead log (WAL), at checkpoints the pages that went into the database
 * file. `mysql` repeats these writes, byte for byte, on the file system in persistent memory.
 *
 * SQLite is used with page size, cache size and checkpoint interval fixed, so that how many frames a
 * transaction writes, and where, follows from the statements alone. (The WAL's salts are SQLite's own
 * random numbers: bytes of frame headers differ from run to run, counts and places do not.)
 * The database here runs with `synchronous=OFF`: its own durability is nobody's concern, and the
 * setting changes only when SQLite syncs, not what it writes.
 *
 * File format: https://sqlite.org/fileformat2.html, sections "The Write-Ahead Log" and following.
 */

import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const WAL_HEADER_BYTES = 32;
/** Bytes before each page in the WAL. */
export const FRAME_HEADER_BYTES = 24;
/** Offsets in WAL header and frame header; numbers are big-endian. */
const WAL_SALT = 16;
const FRAME_PAGE = 0;
const FRAME_COMMIT = 4;
const FRAME_SALT = 8;

const directories = new Set<string>();
process.on('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** One write to a file. `bytes` is valid until the next one is asked for. */
export interface FileWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** See the head of this file. */
export class SqliteDatabase {
  readonly connection: Database.Database;
  readonly pageBytes: number;
  readonly #directory: string;
  readonly #path: string;
  readonly #buffer: Buffer;
  /** The current WAL header, and where the next frame goes. */
  readonly #header = Buffer.alloc(WAL_HEADER_BYTES);
  #next = WAL_HEADER_BYTES;
  /** Pages with frames in the WAL since it was last restarted. */
  readonly #pages = new Set<number>();

  /** A new database, or one of the given files, which SQLite then recovers. */
  constructor(pageBytes: number, files: { database: Uint8Array; wal: Uint8Array } | null) {
    this.#directory = mkdtempSync(join(tmpdir(), 'pmirror-sqlite-'));
    directories.add(this.#directory);
    this.#path = join(this.#directory, 'sbtest.db');
    if (files !== null) {
      writeFileSync(this.#path, files.database);
      writeFileSync(`${this.#path}-wal`, files.wal);
    }
    this.pageBytes = pageBytes;
    this.#buffer = Buffer.alloc(Math.max(pageBytes, FRAME_HEADER_BYTES));
    this.connection = new Database(this.#path);
    this.connection.pragma(`page_size = ${pageBytes}`);
    this.connection.pragma('journal_mode = WAL');
    this.connection.pragma('synchronous = OFF');
    this.connection.pragma('wal_autocheckpoint = 0');
    this.connection.pragma('cache_size = -262144');
    this.connection.pragma('temp_store = MEMORY');
  }

  /** Puts everything into the database file and empties the WAL, which then begins anew. */
  settle(): void {
    this.connection.pragma('wal_checkpoint(TRUNCATE)');
    this.#pages.clear();
    this.#header.fill(0);
    this.#next = WAL_HEADER_BYTES;
  }

  /** The database file's bytes. */
  databaseBytes(): Uint8Array {
    return readFileSync(this.#path);
  }

  /** The WAL file's bytes. */
  walBytes(): Uint8Array {
    return readFileSync(`${this.#path}-wal`);
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
    const file = openSync(`${this.#path}-wal`, 'r');
    try {
      const header = this.#read(file, 0, WAL_HEADER_BYTES);
      if (!header.equals(this.#header)) {
        header.copy(this.#header);
        this.#next = WAL_HEADER_BYTES;
        this.#pages.clear();
        yield { offset: 0, bytes: header };
      }
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

  /** Closes the database and removes its files. */
  dispose(): void {
    this.connection.close();
    rmSync(this.#directory, { recursive: true, force: true });
    directories.delete(this.#directory);
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
