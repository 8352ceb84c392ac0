import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PmHeap } from '../../pm/heap.ts';
import { EpochWriter } from './epoch-writer.ts';
import { ClumpState, Kind, NstorePool, POOL_BYTES_MIN } from './pool.ts';

function newPool(sizeBytes = POOL_BYTES_MIN): { heap: PmHeap; pool: NstorePool } {
  const heap = new PmHeap(sizeBytes);
  const pool = new NstorePool(new EpochWriter(heap), 0, sizeBytes);
  pool.format();
  return { heap, pool };
}

/** States and sizes of all clumps, in order. */
function layout(pool: NstorePool): string {
  const clumps: string[] = [];
  pool.walk(({ sizeBytes, state }) => clumps.push(`${'FRA'.charAt(state)}${sizeBytes}`));
  return clumps.join(' ');
}

describe('pool', () => {
  it('hands out objects that do not overlap, and joins what is freed, in any order', () => {
    const command = fc.record({ bytes: fc.integer({ min: 1, max: 700 }), free: fc.nat(9) });
    const property = fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const { pool, heap } = newPool(256 * 1024);
      const whole = layout(pool);
      const held: { at: number; bytes: number; mark: number }[] = [];
      for (const [i, { bytes, free }] of commands.entries()) {
        const at = pool.reserve(bytes, Kind.DATA);
        const mark = i % 251;
        pool.writer.bytes(at, new Uint8Array(bytes).fill(mark));
        if (free % 2 === 0) pool.activate(at);
        held.push({ at, bytes, mark });
        if (free < 5) pool.free(held.splice(free % held.length, 1)[0].at);
        pool.verifyLinks();
      }
      for (const { at, bytes, mark } of held) {
        assert.ok(heap.bytes.subarray(at, at + bytes).every((byte) => byte === mark));
        pool.free(at);
      }
      pool.verifyLinks();
      assert.equal(layout(pool), whole);
    });
    fc.assert(property, { numRuns: 50, seed: 1 });
  });

  it('starts the next search at the last clump taken or joined, and goes round once', () => {
    const { pool } = newPool();
    const [a, b] = [pool.reserve(100, Kind.DATA), pool.reserve(100, Kind.DATA)];
    pool.reserve(100, Kind.DATA);
    pool.free(a);
    assert.notEqual(pool.reserve(100, Kind.DATA), a, 'a free that joins nothing moves nothing');
    pool.free(b);
    assert.equal(pool.reserve(100, Kind.DATA), a, 'a free that joins moves the rotation there');
    pool.rewind();
    assert.equal(pool.reserve(100, Kind.DATA), b);
    assert.throws(() => pool.reserve(POOL_BYTES_MIN, Kind.DATA), /no free clump of/);
  });

  it('takes back reserved and unwanted objects on a sweep, and keeps the rest', () => {
    const { pool } = newPool();
    const objects = [1, 2, 3, 4, 5].map(() => pool.reserve(64, Kind.DATA));
    for (const object of objects.slice(0, 4)) pool.activate(object);
    assert.match(layout(pool), /^A128 A128 A128 A128 R128 F\d+$/);
    assert.equal(
      pool.sweep(({ payload }) => payload === objects[1]),
      4,
    );
    assert.match(layout(pool), /^F128 A128 F\d+$/);
    assert.equal(
      pool.sweep(({ state }) => state === ClumpState.ACTIVE),
      0,
    );
    pool.verifyLinks();
  });
});
