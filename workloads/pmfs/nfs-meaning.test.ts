/**
 * The file server beside a naive one: arrays of names and a Map of sizes, fed with what the port drew,
 * doing what filebench's file-server personality does. And the distributions that it is defined by.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFunction } from 'simple-statistics';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { Draws, watchedRun } from '../testing/watched.ts';
import { nfs } from './nfs.ts';

const PAGE = 4096;
const GRAIN = 16;

interface Given {
  readonly files: number;
  readonly fileMeanBytes: number;
  readonly appendMaxBytes: number;
}

/** A client's files, and the calls that it has still to make of the round that it is at. */
class NaiveClient {
  readonly existing: string[] = [];
  readonly absent: string[] = [];
  readonly sizes = new Map<string, number>();
  readonly initial: number;
  calls: string[] = [];
  /** Sizes of new files and of appends, and where in the list a file was drawn. */
  readonly newSizes: number[] = [];
  readonly appends: number[] = [];
  /** Sizes of the files that it reads, and bytes that it was seen to load for that. */
  readonly toLoad: number[] = [];
  loaded = 0;
  readonly #given: Given;
  /** The parts of a round, in order; a part gives its calls. */
  readonly #round: Iterator<string[], never, Draws>;

  constructor(given: Given, client: number, threads: number, draws: Draws) {
    this.#given = given;
    const files = Math.max(3, Math.round(given.files / threads));
    this.initial = Math.min(files - 1, Math.round(0.8 * files));
    for (let f = 0; f < files; f++) {
      const path = `c${client}.d${Math.floor(f / 20)}/f${f}`;
      if (f < this.initial) {
        this.existing.push(path);
        this.sizes.set(path, this.#size(draws));
      } else this.absent.push(path);
    }
    this.#round = this.#rounds();
    this.#round.next(draws);
  }

  /** The name of the call that comes next. Draws what is drawn with it. */
  next(draws: Draws): string {
    if (this.calls.length === 0) this.calls = this.#round.next(draws).value;
    return this.calls.shift() ?? '';
  }

  /** Create and write whole, append, read whole, delete, stat; each part begins with a draw. */
  *#rounds(): Generator<string[], never, Draws> {
    let draws = yield [];
    for (;;) {
      const created = this.#take(draws, this.absent);
      const size = this.#size(draws);
      this.existing.push(created);
      draws = yield ['create', ...pages('write', 0, size), 'commit'];
      this.sizes.set(created, size);
      const grown = this.#pick(draws);
      const append = GRAIN * (draws.take(Math.floor(this.#given.appendMaxBytes / GRAIN)) + 1);
      this.appends.push(append);
      const held = this.sizes.get(grown) ?? 0;
      this.sizes.set(grown, held + append);
      draws = yield ['getattr', ...pages('write', held, append), 'commit'];
      const read = this.sizes.get(this.#pick(draws)) ?? 0;
      this.toLoad.push(read);
      draws = yield ['getattr', ...pages('read', 0, read)];
      const removed = this.#take(draws, this.existing);
      this.absent.push(removed);
      this.sizes.delete(removed);
      draws = yield ['remove'];
      this.#pick(draws);
      draws = yield ['getattr'];
    }
  }

  #pick(draws: Draws): string {
    return this.existing[draws.take(this.existing.length)];
  }

  /** The last takes the place of the one that goes. */
  #take(draws: Draws, names: string[]): string {
    const at = draws.take(names.length);
    const name = names[at];
    names[at] = names[names.length - 1];
    names.pop();
    return name;
  }

  /** Gamma of shape 1.5: half a chi-squared of three degrees, from an exponential and a normal. */
  #size(draws: Draws): number {
    const uniform = (): number => draws.take('fraction');
    const exponential = -Math.log(uniform() + 2 ** -33);
    const angle = 2 * Math.PI * uniform();
    const normal = Math.sqrt(-2 * Math.log(uniform() + 2 ** -33)) * Math.cos(angle);
    const mean = this.#given.fileMeanBytes;
    const size = Math.min((mean / 1.5) * (exponential + normal ** 2 / 2), 8 * mean);
    const whole = GRAIN * Math.max(1, Math.round(size / GRAIN));
    this.newSizes.push(whole);
    return whole;
  }
}

/** A call for each page that so many bytes at `from` touch. */
function pages(call: string, from: number, bytes: number): string[] {
  const last = Math.floor((from + bytes - 1) / PAGE);
  return new Array(last - Math.floor(from / PAGE) + 1).fill(call);
}

function besideNaive(given: Given, threads: number, transactions: number): NaiveClient[] {
  const configured = nfs.configure({ ...given, journalKiB: 64 });
  const keep = (bytes: number, isStore: boolean): boolean => !isStore && bytes >= GRAIN;
  const run = watchedRun(configured, { threads, transactions, keep });
  const load = new Draws(run.loadDraws);
  const clients = Array.from({ length: threads }, (_, c) => {
    return new NaiveClient(given, c, threads, load);
  });
  load.end();
  for (const [i, { client, draws: drawn, type, accesses }] of run.transactions.entries()) {
    const draws = new Draws(drawn);
    assert.equal(nfs.txTypes[type], clients[client].next(draws), `call ${i} of client ${client}`);
    draws.end();
    // Chunks of text, as a file has them.
    if (nfs.txTypes[type] === 'read') {
      const texts = accesses.filter(({ text }) => /^.{8}[ -_]{8}|^[ -_]{16}/s.test(text));
      clients[client].loaded += texts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    }
  }
  for (const { loaded, toLoad, calls } of clients) {
    // What is asked for last may not have been read yet.
    const last = toLoad.at(-1) ?? 0;
    const all = toLoad.reduce((sum, bytes) => sum + bytes, 0);
    if (calls.includes('read')) assert.ok(loaded < all && loaded >= all - last, `${loaded}`);
    else assert.equal(loaded, all);
  }
  // Between two parts the sizes are those of the names; within one of it, of all others.
  const open = clients.filter(({ calls }) => calls.length > 0).length;
  const found = new Map<string, number>();
  for (const [, path, bytes] of run.program.digest().matchAll(/^(\S+) .*: (\d+) B,/gm)) {
    found.set(path, Number(bytes));
  }
  const expected = new Map(clients.flatMap(({ sizes }) => [...sizes]));
  const differing = [...new Set([...found.keys(), ...expected.keys()])].filter(
    (path) => found.get(path) !== expected.get(path),
  );
  assert.ok(differing.length <= open, `${differing} differ, ${open} may`);
  return clients;
}

test("calls and sizes are those of filebench's file server, done by a naive one", () => {
  const given = { files: 30, fileMeanBytes: 9000, appendMaxBytes: 12_000 };
  const clients = besideNaive(given, 3, 1500);
  // Of ten files eight are there at the start.
  for (const { initial } of clients) assert.equal(initial, 8);
  besideNaive({ ...given, files: 4, fileMeanBytes: 300 }, 1, 400);
});

test('sizes of files are gamma-distributed with shape 1.5: an exponential would be refused', () => {
  const mean = 1600;
  const given = { files: 2400, fileMeanBytes: mean, appendMaxBytes: 1600 };
  const [client] = besideNaive(given, 1, 4000);
  const cells = 24;
  const edges = Array.from({ length: cells }, (_, i) => ((i + 1) * mean) / 8);
  const cellOf = (bytes: number): number => {
    const cell = edges.findIndex((edge) => bytes <= edge);
    return cell < 0 ? cells - 1 : cell;
  };
  const shares = (below: (x: number) => number): number[] =>
    edges.map((edge, i) => {
      // A size is that of the grain around it.
      const upTo = (x: number): number => below((x + GRAIN / 2) / mean);
      const from = i === 0 ? 0 : upTo(edges[i - 1]);
      return (i === cells - 1 ? 1 : upTo(edge)) - from;
    });
  const gamma = (x: number): number =>
    errorFunction(Math.sqrt(1.5 * x)) - 2 * Math.sqrt((1.5 * x) / Math.PI) * Math.exp(-1.5 * x);
  const counts = counted(client.newSizes.map(cellOf), cells);
  assertDrawnFrom('gamma', counts, shares(gamma));
  assertRefused(
    'exponential',
    counts,
    shares((x) => 1 - Math.exp(-x)),
  );
  assertRefused(
    'a fifth larger',
    counts,
    shares((x) => gamma(x / 1.2)),
  );
  const tenths = client.appends.map((bytes) => (bytes / GRAIN - 1) / 10);
  const appends = counted(tenths.map(Math.floor), 10);
  assertDrawnFrom('appends', appends, evenly(10));
  assertRefused('smaller ones', appends, [...evenly(9), 0]);
});
