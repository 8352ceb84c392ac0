import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { VerifyError } from '../workload.ts';
import { decodeEntry, encodeEntry, LogOperation } from './log-entry.ts';

it('gives back what was written, whatever the values', () => {
  const pointer = fc.integer({ min: 64, max: 2 ** 32 - 64 });
  const isDouble = (column: number): boolean => column % 2 === 1;
  const fields = fc.uniqueArray(fc.nat(20), { maxLength: 17 }).chain((columns) =>
    fc.tuple(
      ...columns.map((column) =>
        fc.oneof(
          pointer.map((value) => ({ column, isPointer: true, value })),
          fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((value) => ({
            column,
            isPointer: false,
            value: isDouble(column) ? value * 1000 : value,
          })),
        ),
      ),
    ),
  );
  const property = fc.property(fc.nat(8), pointer, fields, (table, row, list) => {
    const entry = { operation: LogOperation.UPDATE, table, row, fields: list };
    assert.deepEqual(decodeEntry(encodeEntry(123456, entry, isDouble)), entry);
    for (const operation of [LogOperation.INSERT, LogOperation.DELETE]) {
      const short = { operation, table, row, fields: [] };
      assert.deepEqual(decodeEntry(encodeEntry(1, short, isDouble)), short);
    }
  });
  fc.assert(property, { numRuns: 200, seed: 1 });
});

it('refuses text that is no entry', () => {
  for (const text of ['', '1 2 0 5 0x100000001000 ', '1 9 0 0x100000001000', '1 0 0 nowhere']) {
    assert.throws(() => decodeEntry(Buffer.from(`${text}\0`)), VerifyError, text);
  }
});
