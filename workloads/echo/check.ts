/**
 * What must hold of an Echo store between transactions, and the digest of its contents.
 */

import { hash } from 'node:crypto';
import { asVerifyErrors } from '../verify-errors.ts';
import { VerifyError } from '../workload.ts';
import { CommitState, PAIR, RECORD, STORE, TABLE, VECTOR, VERSION, VERSIONS } from './layout.ts';
import type { EchoStore } from './store.ts';
import { type SeenEntry, type SeenRecord, type Survey, survey } from './survey.ts';
import { vectorCount } from './vector.ts';

/** The numbers of the puts to each key, oldest first: what a program knows of its own data. */
export type StoreModel = ReadonlyMap<number, readonly number[]>;

function expectEqual(found: number, expected: number, what: string): void {
  if (found !== expected) throw new VerifyError(`${what} is ${found} instead of ${expected}`);
}

/** Checks every invariant and, with a model, the contents. Throws VerifyError; else gives what it saw. */
export function checkStore(store: EchoStore, model: StoreModel | null): Survey {
  return asVerifyErrors(() => checkAll(store, model), 'echo: ');
}

function checkAll(store: EchoStore, model: StoreModel | null): Survey {
  store.pool.checkBackLinks();
  const seen = survey(store);
  checkRecords(store, seen.records);
  const { heap, root, table } = store;
  expectEqual(heap.loadWord(table + TABLE.entryCount), seen.entries.length, 'count of entries');
  expectEqual(heap.loadWord(table + TABLE.bucketsUsed), seen.bucketsUsed, 'count of used buckets');
  expectEqual(heap.loadWord(root + STORE.pairsCount), seen.entries.length, 'count of keys');
  checkVersions(store, seen);
  if (model !== null) checkModel(seen, model);
  return seen;
}

function checkRecords(store: EchoStore, records: readonly SeenRecord[]): void {
  const { heap } = store;
  checkCapacity(store, store.log, 'commit log');
  let before = 0;
  for (let i = 0; i < records.length; i++) {
    const { record, state, endSnapshot } = records[i];
    const what = `commit record ${i}`;
    if (state !== CommitState.COMMITTED && state !== CommitState.ABORTED) {
      throw new VerifyError(`${what} has state ${state}`);
    }
    const next = i + 1 < records.length ? records[i + 1].record : 0;
    expectEqual(heap.loadWord(record + RECORD.nextRecord), next, `${what}: next record`);
    expectEqual(heap.loadWord(record + RECORD.conflictKey), 0, `${what}: conflict key`);
    expectEqual(heap.loadU8(record + RECORD.inPm), 1, `${what}: flag`);
    if (state === CommitState.ABORTED) continue;
    if (endSnapshot <= before) throw new VerifyError(`${what}: snapshot ${endSnapshot} is too old`);
    if (heap.loadWord(record + RECORD.beginSnapshot) >= endSnapshot) {
      throw new VerifyError(`${what} began after its end`);
    }
    before = endSnapshot;
  }
  const global = heap.loadWord(store.root + STORE.globalSnapshot);
  if (global <= before) throw new VerifyError(`global snapshot ${global} is not after ${before}`);
}

function checkCapacity(store: EchoStore, vector: number, what: string): void {
  const { heap } = store;
  const capacity = heap.loadWord(vector + VECTOR.capacity);
  const room = store.pool.capacityOf(heap.loadWord(vector + VECTOR.data)) / 8;
  if (capacity > room || vectorCount(heap, vector) > capacity) {
    throw new VerifyError(`${what}: capacity ${capacity}, room for ${room}`);
  }
}

/** Every pair of every committed record must be one version of its key, in snapshot order. */
function checkVersions(store: EchoStore, seen: Survey): void {
  const owners = new Map<number, { record: SeenRecord; number: number; pair: number }>();
  for (const record of seen.records) {
    if (record.state !== CommitState.COMMITTED) continue;
    for (const { value, number, pair } of record.pairs) owners.set(value, { record, number, pair });
  }
  let versions = 0;
  for (const entry of seen.entries) {
    checkTable(store, entry);
    let before = 0;
    for (const { version, value, record, snapshot } of entry.versions) {
      const owner = owners.get(value);
      const what = `key ${entry.number}: version at ${version}`;
      if (owner === undefined || owner.number !== entry.number || owner.record.record !== record) {
        throw new VerifyError(`${what} is not what its commit record says`);
      }
      expectEqual(snapshot, owner.record.endSnapshot, `${what}: snapshot`);
      const size = store.heap.loadWord(owner.pair + PAIR.size);
      expectEqual(store.heap.loadWord(version + VERSION.size), size, `${what}: size`);
      if (snapshot <= before) throw new VerifyError(`${what} is out of order`);
      before = snapshot;
      versions++;
    }
  }
  expectEqual(versions, owners.size, 'count of versions');
}

function checkTable(store: EchoStore, entry: SeenEntry): void {
  const { heap } = store;
  const what = `version table of key ${entry.number}`;
  if (entry.table === 0) throw new VerifyError(`${what} is missing`);
  const { length } = entry.versions;
  if (length === 0) throw new VerifyError(`${what} is empty`);
  checkCapacity(store, entry.vector, what);
  expectEqual(heap.loadWord(entry.table + VERSIONS.parent), store.root, `${what}: parent`);
  expectEqual(heap.loadWord(entry.table + VERSIONS.count), length, `${what}: count`);
  expectEqual(heap.loadWord(entry.table + VERSIONS.everCount), length, `${what}: count ever`);
  for (let i = 0; i < length; i++) {
    const { version } = entry.versions[i];
    expectEqual(heap.loadWord(version + VERSION.localNumber), i, `${what}: local number`);
    expectEqual(heap.loadWord(version + VERSION.timeToLive), 0, `${what}: time to live`);
  }
}

function checkModel(seen: Survey, model: StoreModel): void {
  const serials = new Map<number, number>();
  for (const { pairs } of seen.records) {
    for (const { value, serial } of pairs) serials.set(value, serial);
  }
  expectEqual(seen.entries.length, model.size, 'count of keys');
  for (const { number, versions } of seen.entries) {
    const expected = model.get(number);
    const found = versions.map(({ value }) => serials.get(value));
    if (expected === undefined || found.join() !== expected.join()) {
      throw new VerifyError(`key ${number} holds puts ${found.join()} instead of ${expected}`);
    }
  }
}

/** SHA-256 over all keys in order, each with all its values, oldest first. */
export function digestStore(store: EchoStore, { entries }: Survey): string {
  const contents: Uint8Array[] = [];
  const valueBytes = store.geometry.valueBytes + 1;
  for (const { number, versions } of [...entries].sort((a, b) => a.number - b.number)) {
    contents.push(Buffer.from(`${number} ${versions.length}\n`));
    for (const { value } of versions) {
      contents.push(store.heap.bytes.subarray(value, value + valueBytes));
    }
  }
  return `echo ${entries.length} keys ${hash('sha256', Buffer.concat(contents))}`;
}
