/**
 * Where an executor's database lies in its pool: the static area's slots name the catalogue, the
 * write-ahead list, and each table's list and index roots. The catalogue is one clump with the
 * words of lists and trees that the original keeps in their objects.
 *
 * Slots (8 bytes each): 0 catalogue, 1 "recovery is rebuilding", 14 and 15 tail and head of the
 * write-ahead list (in different lines, as in the original). Then for each table tail and head of
 * its list and one root per index. Catalogue: a line for the write-ahead list (length +24), then
 * for each table a line for its list (length +24) and two for each index: first and last leaf (+0,
 * +8), and key, leaf and inner-node counts (+0, +8, +16).
 */

import { HEAP_BYTES_MAX, type PmHeap } from '../../pm/heap.ts';
import { NotSetUpError } from '../workload.ts';
import { BTree } from './btree.ts';
import { Engine } from './engine.ts';
import { EpochWriter } from './epoch-writer.ts';
import { PersistentList } from './plist.ts';
import { Kind, NstorePool } from './pool.ts';
import { Table, type TableSpec } from './table.ts';

const PAGE_BYTES = 4096;
const CATALOGUE_SLOT = 0;
const REBUILDING_SLOT = 1;
const LOG_SLOT = 14;

/** The part of a heap that one executor's pool takes. */
export interface PoolRange {
  readonly base: number;
  readonly sizeBytes: number;
}

/**
 * Bytes of a heap for a pool of `perThread` bytes for each of `threads` executors: whole pages, and
 * never more than a heap can have. (A pool that is full at its end reuses the holes before.)
 */
export function poolsBytes(perThread: number, threads: number): number {
  const pages = Math.min(Math.ceil(perThread / PAGE_BYTES), HEAP_BYTES_MAX / PAGE_BYTES / threads);
  return threads * Math.floor(pages) * PAGE_BYTES;
}

/** Cuts a heap into equal pools, one for each of `threads` executors. */
export function poolRange(heap: PmHeap, threads: number, executor: number): PoolRange {
  const sizeBytes = Math.floor(heap.sizeBytes / threads / PAGE_BYTES) * PAGE_BYTES;
  return { base: executor * sizeBytes, sizeBytes };
}

/** An empty database in a pool that is all zero. */
export function createDatabase(
  heap: PmHeap,
  range: PoolRange,
  specs: readonly TableSpec[],
): Engine {
  const pool = new NstorePool(new EpochWriter(heap), range.base, range.sizeBytes);
  pool.format();
  const catalogue = pool.reserve(catalogueBytes(specs), Kind.CATALOGUE);
  pool.activate(catalogue);
  pool.writer.word(pool.slot(CATALOGUE_SLOT), catalogue);
  pool.writer.fence();
  return connect(pool, catalogue, specs, true);
}

/**
 * The database that was in a pool, as it is: recovery comes next. Throws NotSetUpError if
 * there is no pool or no catalogue there.
 */
export function openDatabase(heap: PmHeap, range: PoolRange, specs: readonly TableSpec[]): Engine {
  const pool = new NstorePool(new EpochWriter(heap), range.base, range.sizeBytes);
  pool.checkSignature();
  const catalogue = heap.loadWord(pool.slot(CATALOGUE_SLOT));
  if (catalogue === 0) throw new NotSetUpError(`the pool at ${range.base} has no catalogue`);
  return connect(pool, catalogue, specs, false);
}

/** Addresses of objects that live as long as the database. */
export function catalogueOf(engine: Engine): number {
  return engine.pool.writer.heap.loadWord(engine.pool.slot(CATALOGUE_SLOT));
}

function catalogueBytes(specs: readonly TableSpec[]): number {
  return 64 + specs.reduce((sum, spec) => sum + 64 + 128 * spec.indexes.length, 0);
}

function connect(
  pool: NstorePool,
  catalogue: number,
  specs: readonly TableSpec[],
  withModel: boolean,
): Engine {
  let slot = LOG_SLOT;
  let line = catalogue;
  const list = (): PersistentList => {
    const words = { tail: pool.slot(slot), head: pool.slot(slot + 1), length: line + 24 };
    slot += 2;
    line += 64;
    return new PersistentList(pool, words);
  };
  const log = list();
  const tables = specs.map((spec, id) => {
    const inserted = list();
    const trees = spec.indexes.map(() => {
      const words = {
        root: pool.slot(slot++),
        firstLeaf: line,
        lastLeaf: line + 8,
        items: line + 64,
        leaves: line + 72,
        inners: line + 80,
      };
      line += 128;
      return new BTree(pool, words);
    });
    return new Table(id, spec, pool, trees, inserted);
  });
  const rebuilding = pool.slot(REBUILDING_SLOT);
  return new Engine(pool, tables, log, { rebuilding, withModel });
}
