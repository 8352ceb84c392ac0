/** Fields of WHISPER's lines that are easily taken for another: thread ids, and the two counts of an event. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importTrace, scanTrace } from '../import.ts';
import { OperationLines } from './operation-lines.ts';

async function read(lines: readonly string[]) {
  const text = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(lines.map((line) => `${line}\n`).join(''));
  };
  const { threads, sinkOf } = new OperationLines();
  const summary = await importTrace(text(), { sinkOf, scan: await scanTrace(text()) });
  return { threads, summary };
}

/** Of an event with two counts: what was done, which is the first, not what was asked for. */
const COUNTED = {
  PM_I: 'ntStore 4160+5',
  PM_DI: 'ntStore 4160+5',
  PM_L: 'writeBack 4160+5',
  PM_O: 'writeBack 4160+5',
} as const;

for (const [event, operation] of Object.entries(COUNTED)) {
  test(`${event} has done what its first count says`, async () => {
    for (const asked of [4, 8, 300]) {
      const { threads } = await read([
        '9:1:PM_W:0x100000000000:8:f:1',
        `9:1:${event}:0x100000000040:5:${asked}:f:1`,
        '9:1:PM_N:f:1',
      ]);
      assert.ok(threads[0].includes(operation), threads[0].join());
    }
  });
}

/** Alike in their low 8, 16 and 32 bits; the largest that Linux gives is 2^22 - 1. */
const IDS = [1, 257, 65_537, 2 ** 22 - 1, 2 ** 22 - 1 - 256, 2 ** 22 - 1 - 65_536];
const BEYOND = 2 ** 32 + 1;

for (const [what, lineOf, ids] of [
  ['tid:time:', (id: number) => `${id}:1:`, [...IDS, BEYOND]],
  ['ftrace', (id: number) => `  app-${id}  [001] ....  10.1: tracing_mark_write: `, IDS],
] as const) {
  test(`threads whose ids agree in some bits are threads of their own: ${what}`, async () => {
    // Each stores twice, the others in between, so that none is taken for the one before it.
    const event = (id: number, i: number): string =>
      `${lineOf(id)}PM_W:0x${(0x1000_0000_0000 + i * 64).toString(16)}:8:f:1`;
    const { threads, summary } = await read([...ids.map(event), ...ids.map(event)]);
    assert.deepEqual(summary.threadIds, [...ids]);
    assert.deepEqual(
      threads.map((lines) => lines.filter((line) => line.startsWith('store'))),
      ids.map((_, i) => Array.from({ length: 2 }, () => `store ${4096 + i * 64}+8`)),
    );
  });
}
