/**
 * Recovery of an Echo store. The original leaves it out ("not implemented yet"), but says in its
 * comments what it relies on: the commit log is the truth, and what is not flushed can be rebuilt
 * from it. So:
 *
 *  1. Records of the log that did not reach CREATED_OK are dropped: cut off the log's end, or
 *     marked ABORTED if a later one (of another client) has committed.
 *  2. Blocks that nothing reachable owns are freed: allocations in flight, and what step 1 dropped.
 *  3. Every key's version table is compared with the committed records, and built anew where it
 *     differs: an unfinished merge, or an entry whose pointer to its table was never written back.
 *     A table is complete and durable before one 8-byte store makes it the key's.
 *  4. Committed records become COMMITTED; counts, links and the global snapshot are set right; what
 *     step 3 replaced is freed.
 *
 * Every step persists what it does before the next relies on it, and none assumes that it is the
 * first attempt: recovery may crash anywhere and be run again.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { LastRead } from '../last-read.ts';
import { asVerifyErrors } from '../verify-errors.ts';
import { NotSetUpError, VerifyError } from '../workload.ts';
import {
  CommitState,
  ENTRY,
  type Geometry,
  RECORD,
  repairWord,
  STORE,
  TABLE,
  VECTOR,
  VERSIONS,
} from './layout.ts';
import { EchoStore } from './store.ts';
import {
  type SeenEntry,
  type SeenPair,
  type SeenRecord,
  type Survey,
  survey,
  surveyLog,
} from './survey.ts';
import { repairVector, vectorCount } from './vector.ts';

/** A version that a key must have. */
interface Wanted {
  readonly pair: SeenPair;
  readonly record: SeenRecord;
}

/** Brings the store on `heap` to a state between transactions. Throws VerifyError if none is. */
export function recoverStore(heap: PmHeap, geometry: Geometry): EchoStore {
  return asVerifyErrors(() => recoverFrom(heap, geometry), 'echo: ');
}

function recoverFrom(heap: PmHeap, geometry: Geometry): EchoStore {
  const store = EchoStore.open(heap, geometry);
  if (store === null) throw new NotSetUpError('echo: no store on this heap');
  repairVector(heap, store.pool, store.log);
  dropUncommitted(store);
  const read = new LastRead<Survey>(heap);
  const found = read.keep(survey(store));
  store.pool.sweep(found.reached);
  rebuildTables(store, found);
  for (const { record, state } of found.records) {
    if (state !== CommitState.ABORTED) setState(store, record, CommitState.COMMITTED);
  }
  const rebuilt = read.get(() => survey(store));
  store.pool.sweep(rebuilt.reached);
  repairCounts(store, rebuilt);
  return store;
}

function setState(store: EchoStore, record: number, state: number): void {
  const { heap } = store;
  if (heap.loadU32(record + RECORD.state) === state) return;
  heap.storeU32(record + RECORD.state, state);
  heap.persist(record + RECORD.state, 4);
}

function dropUncommitted(store: EchoStore): void {
  const { heap, log } = store;
  const records = surveyLog(store);
  let kept = records.length;
  while (kept > 0 && isDropped(records[kept - 1].state)) kept--;
  for (let i = 0; i < kept; i++) {
    if (isDropped(records[i].state)) setState(store, records[i].record, CommitState.ABORTED);
  }
  for (let i = 0; i < kept; i++) {
    const next = i + 1 < kept ? records[i + 1].record : 0;
    repairWord(heap, records[i].record + RECORD.nextRecord, next);
  }
  if (kept < vectorCount(heap, log)) repairWord(heap, log + VECTOR.count, kept);
}

function isDropped(state: number): boolean {
  switch (state) {
    case CommitState.CREATED:
    case CommitState.ABORTED:
      return true;
    case CommitState.CREATED_OK:
    case CommitState.INPROGRESS_OK:
    case CommitState.COMMITTED:
      return false;
    default:
      throw new VerifyError(`echo: a commit record has state ${state}`);
  }
}

function rebuildTables(store: EchoStore, found: Survey): void {
  const committed = found.records.filter(({ state }) => state !== CommitState.ABORTED);
  const versions = committed.flatMap((record) => record.pairs.map((pair) => ({ pair, record })));
  const wanted = Map.groupBy(versions, ({ pair }) => pair.number);
  for (const entry of found.entries) {
    const list = wanted.get(entry.number);
    if (list === undefined) {
      throw new VerifyError(`echo: key ${entry.number} is in the table and in no commit record`);
    }
    rebuildTable(store, entry, list);
    wanted.delete(entry.number);
  }
  for (const list of wanted.values()) {
    const { key } = list[0].pair;
    const entry = store.createEntry(key);
    setTable(store, entry, buildTable(store, key, list));
    const bytes = store.heap.bytes.subarray(key, key + store.geometry.keyBytes + 1);
    store.linkEntry(entry, store.bucketOf(bytes));
  }
}

function rebuildTable(store: EchoStore, seen: SeenEntry, list: readonly Wanted[]): void {
  const { heap } = store;
  const complete =
    seen.versions.length === list.length &&
    list.every(({ record }, i) => seen.versions[i].record === record.record);
  if (!complete) {
    const key = heap.loadWord(seen.entry + ENTRY.key);
    setTable(store, seen.entry, buildTable(store, key, list));
    return;
  }
  repairVector(heap, store.pool, seen.vector);
  repairWord(heap, seen.table + VERSIONS.count, list.length);
  repairWord(heap, seen.table + VERSIONS.everCount, list.length);
}

function buildTable(store: EchoStore, key: number, list: readonly Wanted[]): number {
  const versions = list.map(({ pair, record }, i) =>
    store.createVersion(pair.pair, record.record, record.endSnapshot, i),
  );
  return store.createVersions(key, versions);
}

function setTable(store: EchoStore, entry: number, table: number): void {
  store.heap.storeWord(entry + ENTRY.versions, table);
  store.heap.persist(entry + ENTRY.versions, 8);
}

function repairCounts(store: EchoStore, seen: Survey): void {
  const { heap, root, table } = store;
  repairWord(heap, table + TABLE.entryCount, seen.entries.length);
  repairWord(heap, table + TABLE.bucketsUsed, seen.bucketsUsed);
  repairWord(heap, root + STORE.pairsCount, seen.entries.length);
  let next = heap.loadWord(root + STORE.globalSnapshot);
  for (const { endSnapshot, state } of seen.records) {
    if (state === CommitState.COMMITTED) next = Math.max(next, endSnapshot + 1);
  }
  repairWord(heap, root + STORE.globalSnapshot, next);
}
