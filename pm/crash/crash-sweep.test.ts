import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALL_WORDS, LINE_BYTES } from '../line.ts';
import { Random } from '../random.ts';
import { CrashSweep } from './crash-sweep.ts';
import { LineHistory, Tearing, type TearingCode } from './line-history.ts';

const LINES = 4;

/** A line whose eight words are `words`. */
function line(...words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(LINE_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(i * 8, word, true);
  return bytes;
}

/** Every image that the sweep allows now, each as the first words of its lines. */
function images(sweep: CrashSweep, words = 1): Set<string> {
  const found = new Set<string>();
  const count = sweep.imageCount(10_000);
  for (let i = 0; i < count; i++) {
    sweep.choose(i, 10_000);
    const image = sweep.floor.slice();
    sweep.apply(image);
    const view = new DataView(image.buffer);
    const texts = Array.from({ length: LINES }, (_, at) =>
      Array.from({ length: words }, (_, word) => view.getUint32(at * 64 + word * 8, true)).join(
        '.',
      ),
    );
    found.add(texts.join(' '));
  }
  return found;
}

test('a version may be there from its time on, not a tick before, and must be from the next', () => {
  const history = new LineHistory(new Uint8Array(LINES * LINE_BYTES));
  const version = history.add(1, 100, line(7), 0, 1, Tearing.NONE);
  history.must(version, 200);
  const sweep = new CrashSweep(history);
  const changed: number[] = [];
  const at = (ps: number): Set<string> => {
    sweep.advanceTo(ps, (floor) => changed.push(floor));
    return images(sweep);
  };
  assert.deepEqual(at(99), new Set(['0 0 0 0']));
  assert.deepEqual(at(100), new Set(['0 0 0 0', '0 7 0 0']));
  assert.deepEqual(at(199), new Set(['0 0 0 0', '0 7 0 0']));
  assert.deepEqual(at(200), new Set(['0 7 0 0']));
  assert.deepEqual(changed, [1]);
  assert.deepEqual([...history.times()], [100, 200]);
});

test('open lines are independent; versions of one line are there in order', () => {
  const history = new LineHistory(new Uint8Array(LINES * LINE_BYTES));
  history.add(0, 1, line(1), 0, 1, Tearing.NONE);
  history.add(2, 1, line(5), 0, 1, Tearing.NONE);
  history.add(0, 2, line(2), 0, 1, Tearing.NONE);
  const sweep = new CrashSweep(history);
  sweep.advanceTo(2, () => {});
  const both = ['0 0 0 0', '1 0 0 0', '2 0 0 0', '0 0 5 0', '1 0 5 0', '2 0 5 0'];
  assert.deepEqual(images(sweep), new Set(both));
});

test('a cached store tears by words on top of the store before it; a line of a NIC does not', () => {
  const torn = (tearing: TearingCode): Set<string> => {
    const history = new LineHistory(new Uint8Array(LINES * LINE_BYTES));
    history.add(0, 1, line(1, 0), 0, 0b01, tearing);
    history.add(0, 2, line(2, 2), 0, 0b11, tearing);
    const sweep = new CrashSweep(history);
    sweep.advanceTo(2, () => {});
    return new Set([...images(sweep, 2)].map((text) => text.split(' ')[0]));
  };
  assert.deepEqual(torn(Tearing.NONE), new Set(['0.0', '1.0', '2.2']));
  assert.deepEqual(torn(Tearing.STORE), new Set(['0.0', '1.0', '2.0', '1.2', '2.2']));
  // Of non-temporal stores the second word may be there before the first ever was.
  assert.deepEqual(torn(Tearing.WEAK), new Set(['0.0', '1.0', '2.0', '0.2', '1.2', '2.2']));
});

const stores = fc.array(
  fc.record({
    line: fc.nat({ max: LINES - 1 }),
    content: fc.nat({ max: 3 }),
    tearing: fc.constantFrom(...Object.values(Tearing)),
    delayPs: fc.nat({ max: 3 }),
    mustPs: fc.option(fc.nat({ max: 10 }), { nil: undefined }),
  }),
  { maxLength: 12 },
);

test('same bytes, same hash, however they came about; other bytes, another hash', () => {
  fc.assert(
    fc.property(stores, fc.nat(), (program, seed) => {
      const history = new LineHistory(new Uint8Array(LINES * LINE_BYTES));
      let ps = 0;
      for (const one of program) {
        ps += one.delayPs;
        const words = line(one.content, one.content);
        const version = history.add(one.line, ps, words, 0, ALL_WORDS, one.tearing);
        if (one.mustPs !== undefined) history.must(version, ps + one.mustPs);
      }
      const sweep = new CrashSweep(history);
      const random = new Random(seed);
      const byHash = new Map<number, string>();
      const byBytes = new Map<string, number>();
      for (let t = 0; t <= ps + 12; t++) {
        sweep.advanceTo(t, () => {});
        for (let i = 0; i < 8; i++) {
          if (i < 2) sweep.chooseCorner(i === 1);
          else sweep.chooseAtRandom(random, 0.5);
          const image = sweep.floor.slice();
          sweep.apply(image);
          const text = Buffer.from(image).toString('hex');
          assert.equal(byHash.get(sweep.imageHash) ?? text, text);
          assert.equal(byBytes.get(text) ?? sweep.imageHash, sweep.imageHash);
          byHash.set(sweep.imageHash, text);
          byBytes.set(text, sweep.imageHash);
          const kept = sweep.kept();
          const hash = sweep.imageHash;
          sweep.chooseKept(kept);
          assert.equal(sweep.imageHash, hash, 'what was kept gives the image again');
        }
      }
      assert.equal(byBytes.get('00'.repeat(LINES * LINE_BYTES)) ?? 0, 0);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('what must be there stays, though an older version is certain only later', () => {
  const history = new LineHistory(new Uint8Array(LINES * LINE_BYTES));
  const older = history.add(0, 1, line(1), 0, 1, Tearing.NONE);
  const newer = history.add(0, 2, line(2), 0, 1, Tearing.NONE);
  history.must(newer, 10);
  history.must(older, 20);
  const sweep = new CrashSweep(history);
  sweep.advanceTo(20, () => {});
  assert.deepEqual(images(sweep), new Set(['2 0 0 0']));
});

test('a line that is not open cannot be kept', () => {
  const history = new LineHistory(new Uint8Array(LINES * LINE_BYTES));
  const version = history.add(0, 5, line(1), 0, 1, Tearing.NONE);
  const sweep = new CrashSweep(history);
  sweep.advanceTo(4, () => {});
  assert.throws(() => sweep.chooseKept([{ line: 0, version, words: 0 }]), RangeError);
});
