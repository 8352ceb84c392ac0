/**
 * A real LMDB database (npm package `lmdb`) in a file of its own. The file has no name: it is
 * opened in a temporary directory that is removed at once, so that nothing stays behind however
 * the process ends; where an open file cannot be removed, the directory goes when the process
 * exits.
 *
 * An environment holds native handles, a map and two files until it is closed, and only `close`
 * closes it. A finalizer may not, since LMDB's close calls into the engine, which aborts the
 * process if that happens while it collects garbage.
 *
 * LMDB does not sync here (the file is scratch; what must be durable is on the heap), and uses 4
 * KiB pages on every machine. Its writes depend on nothing but the puts: page numbers come from
 * its free list, and the one field of the file that differs between machines (a boot id) is zeroed
 * on reading.
 */

import assert from 'node:assert/strict';
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { META_BOOT_ID, META_PAGES, PAGE_BYTES, PageReader } from './pages.ts';

const require = createRequire(import.meta.url);

/** LMDB, loaded when a program first needs it: every command knows the program by name. */
const lmdb = (): typeof import('lmdb') => require('lmdb');

const leftBehind: string[] = [];

function removeNowOrAtExit(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    if (leftBehind.length === 0) process.once('exit', removeLeftBehind);
    leftBehind.push(directory);
  }
}

function removeLeftBehind(): void {
  for (const directory of leftBehind) rmSync(directory, { recursive: true, force: true });
}

interface Handles {
  readonly database: RootDatabase<Buffer, Buffer>;
  /** The data file, open for reading. */
  readonly file: number;
}

function openHandles(path: string, pagesMax: number): Handles {
  const database = lmdb().open<Buffer, Buffer>({
    path,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    compression: false,
    cache: false,
    noSync: true,
    overlappingSync: false,
    pageSize: PAGE_BYTES,
    mapSize: pagesMax * PAGE_BYTES,
    maxDbs: 1,
  });
  try {
    return { database, file: openSync(path, 'r') };
  } catch (error) {
    void database.close();
    throw error;
  }
}

/** An open database on a file, as LMDB sees it. */
export class Environment {
  readonly #pagesMax: number;
  /** Null once closed. */
  #open: Handles | null;
  #read = Buffer.alloc(0);

  /**
   * A new database, or the one in `image` (whole pages). It may grow to `pagesMax` pages.
   * Throws VerifyError if the image does not begin with meta pages.
   */
  constructor(pagesMax: number, image: Uint8Array | null = null) {
    // LMDB itself does not survive a file that it refuses: the process would end here.
    if (image !== null) new PageReader(image).meta();
    this.#pagesMax = pagesMax;
    const directory = mkdtempSync(join(tmpdir(), 'pmirror-lmdb-'));
    try {
      const path = join(directory, 'data.mdb');
      if (image !== null) writeFileSync(path, image);
      this.#open = openHandles(path, pagesMax);
    } finally {
      removeNowOrAtExit(directory);
    }
  }

  get #handles(): Handles {
    assert(this.#open !== null, 'the environment is closed');
    return this.#open;
  }

  /** One transaction that puts `values[i]` under `keys[i]` for all i below `count`. */
  put(keys: readonly Buffer[], values: readonly Buffer[], count: number): void {
    const { database } = this.#handles;
    database.transactionSync(() => {
      for (let i = 0; i < count; i++) database.putSync(keys[i], values[i]);
    });
  }

  /** The data file. The bytes are valid until the next read. Throws if they are too many. */
  read(): Buffer {
    const { file } = this.#handles;
    const bytes = fstatSync(file).size;
    assert(bytes % PAGE_BYTES === 0 && bytes >= META_PAGES * PAGE_BYTES);
    assert(bytes <= this.#pagesMax * PAGE_BYTES, `LMDB's file grew to ${bytes} B`);
    if (this.#read.length < bytes) this.#read = Buffer.alloc(this.#pagesMax * PAGE_BYTES);
    assert.equal(readSync(file, this.#read, 0, bytes, 0), bytes);
    for (let page = 0; page < META_PAGES; page++) {
      const at = page * PAGE_BYTES + META_BOOT_ID;
      this.#read.fill(0, at, at + 8);
    }
    return this.#read.subarray(0, bytes);
  }

  /** All entries in key order, as LMDB reads them. */
  entries(): [key: Buffer, value: Buffer][] {
    const { database } = this.#handles;
    const found: [Buffer, Buffer][] = [];
    // A read outside of a transaction arms a timer that keeps the whole database in memory, until
    // the event loop turns; whoever checks crash images does not let it turn for thousands of them.
    database.transactionSync(() => {
      for (const { key, value } of database.getRange()) {
        found.push([Buffer.from(key), Buffer.from(value)]);
      }
      return lmdb().ABORT;
    });
    return found;
  }

  /** Nothing else may be called afterwards, except this again. */
  close(): void {
    if (this.#open === null) return;
    const { database, file } = this.#open;
    this.#open = null;
    // Nothing is pending: every transaction is synchronous. LMDB closes before this returns.
    void database.close();
    closeSync(file);
  }
}
