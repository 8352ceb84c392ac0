/** The microbenchmark's lines, epochs, reads and volatile work, counted at the heap. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINE_BYTES } from '../../pm/line.ts';
import { Op } from '../../pm/op.ts';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { typeCounts, watchedRun } from '../testing/watched.ts';
import { transact } from './transact.ts';

const FIRST_LINE = 4096 / LINE_BYTES;
const WRITE = 0;

function run(given: Record<string, string | number>, transactions: number, threads = 1) {
  const configured = transact.configure({ regionLines: 32, ...given });
  const seen = watchedRun(configured, { transactions, threads, keep: () => true });
  const lines = seen.transactions.map(({ accesses }) => accesses.map(({ at }) => at / LINE_BYTES));
  return { ...seen, lines, counts: typeCounts(configured, seen) };
}

test('each line holds the epoch that wrote it last, as a Map of lines has it', () => {
  for (const pattern of ['random', 'sequential']) {
    const given = { pattern, epochs: 3, linesPerEpoch: 2, bytesPerWrite: 24, readShare: 0.3 };
    const threads = 2;
    const { heap, transactions } = run(given, 200, threads);
    const held = new Map<number, number>();
    const epochs = [0, 0];
    for (const { client, type, accesses } of transactions) {
      assert.equal(accesses.length, 6);
      for (const [i, { at, bytes, isStore }] of accesses.entries()) {
        assert.equal(isStore, type === WRITE);
        assert.equal(bytes.length, 24);
        assert.equal(Math.floor((at / LINE_BYTES - FIRST_LINE) / 32), client, 'its own region');
        if (isStore && i % 2 === 0) epochs[client]++;
        if (isStore) held.set(at, epochs[client]);
      }
      if (type !== WRITE) continue;
      for (const epoch of [0, 2, 4]) assert.notEqual(accesses[epoch].at, accesses[epoch + 1].at);
    }
    for (let line = 0; line < threads * 32; line++) {
      const at = (FIRST_LINE + line) * LINE_BYTES;
      const words = [0, 8, 16].map(
        (word) => heap.bytes[at + word] + 256 * heap.bytes[at + word + 1],
      );
      assert.deepEqual(words, new Array(3).fill(held.get(at) ?? 0), `line ${line}`);
    }
  }
});

test('lines are uniform or one after the other, and readShare is the share of reads', () => {
  const { lines, counts } = run({ epochs: 1, readShare: 0.25 }, 3000);
  assertDrawnFrom('types', counts, [0.75, 0.25]);
  assertRefused('a quarter fewer reads', counts, [0.8, 0.2]);
  const places = counted(
    lines.flat().map((line) => line - FIRST_LINE),
    32,
  );
  assertDrawnFrom('lines', places, evenly(32));
  assertRefused('all but one', places, [...evenly(31), 0]);
  const ordered = run({ epochs: 2, linesPerEpoch: 5, pattern: 'sequential' }, 20).lines.flat();
  assert.deepEqual(
    ordered,
    ordered.map((_, i) => FIRST_LINE + (i % 32)),
  );
});

test('each epoch charges its work, of reads too, and ends in a fence', () => {
  const { transactions } = run({ epochs: 5, instructionsPerEpoch: 321, readShare: 0.5 }, 40);
  for (const { type, instructions, operations } of transactions) {
    assert.equal(instructions, 5 * 321);
    assert.equal(operations[Op.ORDERING_FENCE] ?? 0, type === WRITE ? 4 : 0);
    assert.equal(operations[Op.DURABILITY_FENCE] ?? 0, type === WRITE ? 1 : 0);
  }
});
