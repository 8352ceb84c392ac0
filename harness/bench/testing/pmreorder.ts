/**
 * What pmreorder of pmem/pmdk (src/tools/pmreorder) makes of a store log, by its public rules and none of
 * our importer's. It reads the whole file and splits it at `|`. It takes what stands between the last token
 * with START in it and the last with STOP in it, splits tokens at `;`, and maps the files that are
 * registered. At each fence after a flush it writes the stores that a flush has met, in order. This is
 * its engine NoReorderNoCheck: nothing is reordered.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Store {
  readonly address: number;
  readonly bytes: Uint8Array;
  flushed: boolean;
}

interface Mapping {
  readonly path: string;
  readonly base: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** A mapping is synced in pieces of this size, which must lie in the file. */
const PAGE_BYTES = 4096;

/**
 * Replays the log at `path` into the files it registers, as a process started in `directory` would.
 * Returns the paths of those files.
 */
export function replayAsPmreorder(path: string, directory: string): string[] {
  const tokens = readFileSync(path, 'utf8').split('|');
  const start = tokens.findLastIndex((token) => token.includes('START'));
  const stop = tokens.findLastIndex((token) => !token.includes('START') && token.includes('STOP'));
  const machine = new Machine(directory);
  for (const token of tokens.slice(start + 1, Math.max(stop, 0))) machine.take(token);
  return machine.unmap();
}

class Machine {
  readonly #directory: string;
  readonly #files: Mapping[] = [];
  readonly #markers: string[] = [];
  #stores: Store[] = [];
  #state: 'init' | 'dirty' | 'flush' = 'init';

  constructor(directory: string) {
    this.#directory = directory;
  }

  take(token: string): void {
    const [word, ...fields] = token.split(';');
    if (word === 'STORE') this.#store(fields);
    else if (word === 'FLUSH') this.#flush(fields);
    else if (word === 'FENCE') this.#fence();
    else if (word === 'REGISTER_FILE') this.#register(fields);
    else this.#marker(word);
  }

  /** What was mapped goes to the files. */
  unmap(): string[] {
    assert.deepEqual(this.#markers, [], 'markers left open');
    for (const { path, bytes } of this.#files) writeFileSync(path, bytes);
    return this.#files.map(({ path }) => path);
  }

  #store([address, value, size]: string[]): void {
    const count = Number.parseInt(size, 16);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    assert(
      bytes.subarray(count).every((byte) => byte === 0),
      `${value} is no ${count} bytes`,
    );
    const at = Number.parseInt(address, 16);
    this.#stores.push({ address: at, bytes: bytes.subarray(0, count), flushed: false });
    if (this.#state === 'init') this.#state = 'dirty';
  }

  #flush([address, size]: string[]): void {
    const from = Number.parseInt(address, 16);
    const to = from + Number.parseInt(size, 16);
    for (const store of this.#stores) {
      if (store.address < to && from < store.address + store.bytes.length) store.flushed = true;
    }
    this.#state = 'flush';
  }

  #fence(): void {
    if (this.#state !== 'flush') return;
    for (const store of this.#stores.filter(({ flushed }) => flushed)) this.#write(store);
    this.#stores = this.#stores.filter(({ flushed }) => !flushed);
    this.#state = 'init';
  }

  #write({ address, bytes }: Store): void {
    const file = this.#files.find(({ base, size }) => address >= base && address < base + size);
    assert(file !== undefined, `no file for a store to ${address.toString(16)}`);
    const at = address - file.base;
    const page = at - (at % PAGE_BYTES);
    assert(page + PAGE_BYTES <= file.bytes.length, 'the mapping ends within a page');
    file.bytes.set(bytes, at);
  }

  #register([name, base, size, offset]: string[]): void {
    assert.equal(offset, '0x0');
    const path = resolve(this.#directory, name);
    const bytes = readFileSync(path);
    this.#files.push({
      path,
      base: Number.parseInt(base, 16),
      size: Number.parseInt(size, 16),
      bytes,
    });
  }

  #marker(word: string): void {
    if (word.endsWith('.BEGIN')) {
      this.#markers.push(word.slice(0, -'.BEGIN'.length));
      return;
    }
    assert(word.endsWith('.END'), `pmreorder knows no '${word}'`);
    assert.equal(this.#markers.pop(), word.slice(0, -'.END'.length), 'markers cross');
  }
}
