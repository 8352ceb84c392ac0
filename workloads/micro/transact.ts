/**
 * `transact`: the configurable microbenchmark. A writing transaction is E epochs of W line writes; a
 * reading one loads as many lines. It is the sweep with which the mirroring designs are compared
 * before any real program is (Kolli et al. and Nalli et al. use loops of the same kind).
 *
 * Protocol: for each line, a cached store and its write-back; a fence after every W lines; the last
 * fence of a transaction is a durability fence. There is no log and so no atomicity across epochs:
 * after a crash an in-flight transaction has left a prefix of its epochs and any part of the next.
 *
 * Layout: offset 64, one line: magic word, then a word that identifies the parameters. Client c owns
 * `regionLines` lines from 4096 + c x regionLines x 64. Every written line starts with
 * `bytesPerWrite` bytes that repeat the client's epoch number g (1, 2, ... over all its writing
 * transactions) as little-endian words, cut off at the end; the rest of the line stays zero.
 *
 * Recovery: which lines an epoch writes is a function of (seed, client, g) alone, so an image has
 * it all. The highest g in it names the epoch in flight, every line must hold the last g' < g that
 * wrote it, and what the transaction lacks is written anew (roll forward). A lost line is thus
 * found. With fewer than 4 bytes per write, g does not fit: recovery accepts any contents then.
 */

import { createHash } from 'node:crypto';
import type { PmHeap } from '../../pm/heap.ts';
import { LINE_BYTES } from '../../pm/line.ts';
import { Random } from '../../pm/random.ts';
import { choice, fraction, integer, ParameterError, type ParameterValues } from '../parameters.ts';
import {
  defineWorkload,
  NotSetUpError,
  type Program,
  type ProgramOptions,
  VerifyError,
} from '../workload.ts';

const HEADER = LINE_BYTES;
const REGIONS = 4096;
const MAGIC = 0x7061_6e73;
/** Types of transactions, as indices into `txTypes`. */
const WRITE = 0;
const READ = 1;
/** Below this many bytes a line cannot hold its epoch number. */
const TAG_BYTES = 4;

// biome-ignore format: a parameter a line, or two
const parameters = {
  epochs: integer(4, [1, 4096], 'epochs per writing transaction'),
  linesPerEpoch: integer(1, [1, 1024], 'different lines written per epoch'),
  bytesPerWrite: integer(64, [1, 64], 'bytes stored per line'),
  pattern: choice('random', ['random', 'sequential'], 'which line comes next in the client region'),
  regionLines: integer(65_536, [2, 2 ** 22], 'lines of each client, at least twice linesPerEpoch'),
  instructionsPerEpoch: integer(500, [0, 1_000_000_000], 'volatile work before each epoch'),
  readShare: fraction(0, [0, 1], 'share of transactions that only read'),
};

type Values = ParameterValues<typeof parameters>;
type Options = ProgramOptions<typeof parameters>;

function heapBytes(values: Values, threads: number): number {
  if (values.regionLines < 2 * values.linesPerEpoch) {
    throw new ParameterError(
      `transact: regionLines = ${values.regionLines} is too small for linesPerEpoch = ` +
        `${values.linesPerEpoch}; it must be at least twice as large`,
    );
  }
  const bytes = REGIONS + threads * values.regionLines * LINE_BYTES;
  if (bytes > 2 ** 32) {
    throw new ParameterError(
      `transact: ${threads} threads x regionLines = ${values.regionLines} exceed a heap of 4 GiB; ` +
        `with so many threads regionLines may be at most ${2 ** 26 / threads - 64}`,
    );
  }
  return bytes;
}

/** One client: its choice of lines, and what each line of its region must hold. */
class Client {
  readonly base: number;
  readonly lastEpoch: Uint32Array;
  epoch = 0;
  /** What the line that `nextWrite` returned last held before: its last epoch, 0 if never written. */
  replacedEpoch = 0;
  readonly #random: Random;
  readonly #values: Values;
  #cursor = 0;

  constructor(values: Values, seed: number, client: number) {
    this.#values = values;
    this.#random = new Random(seed, client);
    this.base = REGIONS + client * values.regionLines * LINE_BYTES;
    this.lastEpoch = new Uint32Array(values.regionLines);
  }

  /** Decides the type of the next transaction. */
  drawsRead(): boolean {
    return this.#values.readShare > 0 && this.#random.chance(this.#values.readShare);
  }

  /** The next line that a read loads. */
  nextRead(): number {
    if (this.#values.pattern === 'random') return this.#random.below(this.#values.regionLines);
    return this.#advance();
  }

  /** The next line of epoch `this.epoch`, not yet written in it; marks it as written. */
  nextWrite(): number {
    let line = this.nextRead();
    while (this.lastEpoch[line] === this.epoch) line = this.nextRead();
    this.replacedEpoch = this.lastEpoch[line];
    this.lastEpoch[line] = this.epoch;
    return line;
  }

  beginEpoch(): void {
    if (this.epoch === 0xffff_ffff) throw new RangeError('transact: more than 2^32 - 1 epochs');
    this.epoch++;
  }

  #advance(): number {
    const line = this.#cursor;
    this.#cursor = line + 1 === this.#values.regionLines ? 0 : line + 1;
    return line;
  }
}

class Transact implements Program {
  readonly #heap: PmHeap;
  readonly #values: Values;
  readonly #clients: Client[];
  readonly #payload: Uint8Array;
  readonly #payloadView: DataView;
  readonly #stored: Uint8Array;
  /** False where the contents are unknown: recovered from an image that holds no epoch numbers. */
  #known = true;

  constructor(heap: PmHeap, { parameters: values, threads, seed }: Options) {
    this.#heap = heap;
    this.#values = values;
    this.#clients = Array.from({ length: threads }, (_, c) => new Client(values, seed, c));
    this.#payload = new Uint8Array(LINE_BYTES);
    this.#payloadView = new DataView(this.#payload.buffer);
    this.#stored = this.#payload.subarray(0, values.bytesPerWrite);
  }

  transaction(client: number): void {
    const state = this.#clients[client];
    const reads = state.drawsRead();
    this.#heap.txBegin(reads ? READ : WRITE);
    if (reads) this.#read(state);
    else this.#write(state);
    this.#heap.txEnd();
  }

  #read(client: Client): void {
    const { epochs, linesPerEpoch, bytesPerWrite, instructionsPerEpoch } = this.#values;
    for (let e = 0; e < epochs; e++) {
      this.#heap.compute(instructionsPerEpoch);
      for (let i = 0; i < linesPerEpoch; i++) {
        this.#heap.touch(client.base + client.nextRead() * LINE_BYTES, bytesPerWrite);
      }
    }
  }

  #write(client: Client): void {
    const { epochs, linesPerEpoch, instructionsPerEpoch } = this.#values;
    for (let e = 0; e < epochs; e++) {
      this.#heap.compute(instructionsPerEpoch);
      client.beginEpoch();
      this.#setPayload(client.epoch);
      for (let i = 0; i < linesPerEpoch; i++) this.#storeLine(client, client.nextWrite());
      if (e + 1 === epochs) this.#heap.durabilityFence();
      else this.#heap.orderingFence();
    }
  }

  #storeLine(client: Client, line: number): void {
    const offset = client.base + line * LINE_BYTES;
    this.#heap.storeBytes(offset, this.#stored);
    this.#heap.writeBack(offset, this.#values.bytesPerWrite);
  }

  #setPayload(epoch: number): void {
    for (let at = 0; at < LINE_BYTES; at += 8) this.#payloadView.setUint32(at, epoch, true);
  }

  verify(): void {
    const { bytes } = this.#heap;
    const { bytesPerWrite, regionLines } = this.#values;
    for (const [c, client] of this.#clients.entries()) {
      for (let line = 0; line < regionLines; line++) {
        const from = client.base + line * LINE_BYTES;
        this.#setPayload(client.lastEpoch[line]);
        for (let i = this.#known ? 0 : bytesPerWrite; i < LINE_BYTES; i++) {
          const expected = i < bytesPerWrite ? this.#payload[i] : 0;
          if (bytes[from + i] === expected) continue;
          throw new VerifyError(
            `transact: client ${c}, line ${line}, byte ${i} is ${bytes[from + i]}, not ${expected}`,
          );
        }
      }
    }
  }

  digest(): string {
    return createHash('sha256').update(this.#heap.bytes.subarray(REGIONS)).digest('hex');
  }

  /** Brings the model up to the image and rolls transactions in flight forward. */
  recover(): void {
    this.#known = this.#values.bytesPerWrite >= TAG_BYTES;
    if (!this.#known) return;
    for (const [c, client] of this.#clients.entries()) {
      const highest = this.#highestEpoch(client);
      while (client.epoch < highest) {
        if (client.drawsRead()) this.#skipRead(client);
        else this.#redoTransaction(client, highest);
      }
      this.#checkRecovered(c, client, highest);
    }
  }

  #skipRead(client: Client): void {
    const loads = this.#values.epochs * this.#values.linesPerEpoch;
    for (let i = 0; i < loads; i++) client.nextRead();
  }

  /** Epochs before `highest` must be in the image; from there on they are written again. */
  #redoTransaction(client: Client, highest: number): void {
    for (let e = 0; e < this.#values.epochs; e++) {
      client.beginEpoch();
      const redo = client.epoch >= highest;
      if (redo) this.#setPayload(client.epoch);
      for (let i = 0; i < this.#values.linesPerEpoch; i++) {
        const line = client.nextWrite();
        if (!redo) continue;
        this.#checkReplaced(client, line, highest);
        this.#storeLine(client, line);
      }
      if (redo) this.#heap.durabilityFence();
    }
  }

  /** Word by word, a line that is redone holds the epoch in flight or exactly what was before. */
  #checkReplaced(client: Client, line: number, highest: number): void {
    for (let word = 0; word < this.#values.bytesPerWrite; word += 8) {
      const found = this.#tag(client, line, word);
      const before = (client.replacedEpoch & this.#cut(word)) >>> 0;
      const inFlight = client.epoch === highest && found === (highest & this.#cut(word)) >>> 0;
      if (found === before || inFlight) continue;
      throw new VerifyError(
        `transact: line ${line} holds epoch ${found} where epoch ${before} must be; epoch ` +
          `${highest} is in flight`,
      );
    }
  }

  /** Every line must now hold the last epoch that wrote it: a line lost before the crash does not. */
  #checkRecovered(c: number, client: Client, highest: number): void {
    for (let line = 0; line < this.#values.regionLines; line++) {
      for (let word = 0; word < this.#values.bytesPerWrite; word += 8) {
        const found = this.#tag(client, line, word);
        const expected = (client.lastEpoch[line] & this.#cut(word)) >>> 0;
        if (found === expected) continue;
        throw new VerifyError(
          `transact: client ${c}, line ${line} holds epoch ${found} where epoch ${expected} must ` +
            `be; epoch ${highest} is in the image`,
        );
      }
    }
  }

  #highestEpoch(client: Client): number {
    let highest = 0;
    for (let line = 0; line < this.#values.regionLines; line++) {
      for (let word = 0; word < this.#values.bytesPerWrite; word += 8) {
        const tag = this.#tag(client, line, word);
        if (this.#cut(word) === 0xffff_ffff && tag > highest) highest = tag;
      }
    }
    return highest;
  }

  /** Mask of the epoch number's bits that fit at byte `word` of a line. */
  #cut(word: number): number {
    const bytes = Math.min(4, this.#values.bytesPerWrite - word);
    return bytes === 4 ? 0xffff_ffff : 2 ** (8 * bytes) - 1;
  }

  #tag(client: Client, line: number, word: number): number {
    const { bytes } = this.#heap;
    const at = client.base + line * LINE_BYTES + word;
    const value = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    return (value & this.#cut(word)) >>> 0;
  }
}

/** A word that differs where parameters that shape the contents differ. */
function identity({ parameters: values, threads, seed }: Options): number {
  const text = JSON.stringify([values, threads, seed]);
  return createHash('sha256').update(text).digest().readUIntLE(0, 6);
}

function create(heap: PmHeap, options: Options): Program {
  // Stores to one line become durable in order: the magic number comes last.
  heap.storeWord(HEADER + 8, identity(options));
  heap.storeWord(HEADER, MAGIC);
  heap.writeBack(HEADER, 16);
  heap.durabilityFence();
  return new Transact(heap, options);
}

function recover(heap: PmHeap, options: Options): Program {
  if (heap.loadU64(HEADER) !== BigInt(MAGIC)) {
    throw new NotSetUpError('transact: the image has no transact header');
  }
  if (heap.loadU64(HEADER + 8) !== BigInt(identity(options))) {
    throw new VerifyError('transact: the image is of other parameters, threads or seed');
  }
  const program = new Transact(heap, options);
  program.recover();
  return program;
}

export const transact = defineWorkload({
  name: 'transact',
  summary: 'microbenchmark: epochs x line writes, configurable',
  protocol: 'store and write-back per line, a fence per epoch, no log (this project)',
  group: 'micro',
  parameters,
  smallParameters: { regionLines: 64 },
  threadsMax: 64,
  threadsDefault: 1,
  orderNeeded: 'none',
  transactionsDefault: 400,
  operationsPerTx: ({ epochs, linesPerEpoch }) => epochs * (2 * linesPerEpoch + 2) + 2,
  txTypes: ['write', 'read'],
  // The work is in the operations themselves, before each epoch.
  instructionsPerTx: () => [0, 0],
  heapBytes,
  create,
  recover,
});
