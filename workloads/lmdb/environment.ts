/**
 * A real LMDB database (npm package `lmdb`) in a file of its own. The file has no name: it is
 * opened in a temporary directory that is removed at once, so that nothing stays behind however
 * the process ends; where an open file cannot be removed, the directory goes when the process
 * exits.
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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { META_BOOT_ID, META_PAGES, PAGE_BYTES } from './pages.ts';

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

/** What has to be closed when nobody can reach an environment any more. */
interface Handles {
  readonly database: RootDatabase<Buffer, Buffer>;
  readonly file: number;
}

function closeHandles({ database, file }: Handles): void {
  // Nothing is pending: every transaction is synchronous. LMDB closes before this returns.
  void database.close();
  closeSync(file);
}

const registry = new FinalizationRegistry<Handles>(closeHandles);

/** An open database: see the head of this file. */
export class Environment {
  readonly #handles: Handles;
  readonly #pagesMax: number;

  /** A new database, or the one in `image` (whole pages). It may grow to `pagesMax` pages. */
  constructor(pagesMax: number, image: Uint8Array | null = null) {
    this.#pagesMax = pagesMax;
    const directory = mkdtempSync(join(tmpdir(), 'pmirror-lmdb-'));
    try {
      const path = join(directory, 'data.mdb');
      if (image !== null) writeFileSync(path, image);
      const database = open<Buffer, Buffer>({
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
      this.#handles = { database, file: openSync(path, 'r') };
    } finally {
      removeNowOrAtExit(directory);
    }
    registry.register(this, this.#handles, this);
  }

  /** One transaction that puts `values[i]` under `keys[i]` for all i below `count`. */
  put(keys: readonly Buffer[], values: readonly Buffer[], count: number): void {
    const { database } = this.#handles;
    database.transactionSync(() => {
      for (let i = 0; i < count; i++) database.putSync(keys[i], values[i]);
    });
  }

  /**
   * Reads the data file into `target`; how many pages it has. Throws if that is more than pagesMax.
   */
  read(target: Uint8Array): number {
    const { file } = this.#handles;
    const bytes = fstatSync(file).size;
    assert(bytes % PAGE_BYTES === 0 && bytes >= META_PAGES * PAGE_BYTES);
    assert(bytes <= this.#pagesMax * PAGE_BYTES, `LMDB's file grew to ${bytes} B`);
    assert.equal(readSync(file, target, 0, bytes, 0), bytes);
    for (let page = 0; page < META_PAGES; page++) {
      const at = page * PAGE_BYTES + META_BOOT_ID;
      target.fill(0, at, at + 8);
    }
    return bytes / PAGE_BYTES;
  }

  /** All entries in key order, as LMDB reads them. */
  entries(): [key: Buffer, value: Buffer][] {
    const { database } = this.#handles;
    const found: [Buffer, Buffer][] = [];
    for (const { key, value } of database.getRange({ snapshot: false })) {
      found.push([Buffer.from(key), Buffer.from(value)]);
    }
    database.resetReadTxn();
    return found;
  }

  /** Must be the last call. */
  close(): void {
    registry.unregister(this);
    closeHandles(this.#handles);
  }
}
