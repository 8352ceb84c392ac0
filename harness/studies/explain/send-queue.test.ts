import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendQueueObserver } from './send-queue.ts';

test('entries are taken from their posting until acknowledged, in order', () => {
  const queue = new SendQueueObserver({ queuePairs: 1, room: 3 });
  queue.onPost(0, 5, 100);
  queue.onPost(0, 6, 200);
  queue.onPost(0, 7, 250);
  // The second is acknowledged first, but is not free before the first.
  queue.onAcknowledge(0, 6, 300);
  assert.deepEqual(queue.summary(1000), { mean: 0, max: 0, fullShare: 0 }, 'nothing known yet');
  queue.onAcknowledge(0, 5, 400);
  queue.onAcknowledge(0, 7, 600);
  assert.deepEqual(queue.summary(1000), { mean: 0.85, max: 3, fullShare: 0.15 });
});

test('an entry that is free at the instant another is taken makes room for it', () => {
  const queue = new SendQueueObserver({ queuePairs: 2, room: 1 });
  queue.onPost(1, 0, 100);
  queue.onAcknowledge(1, 0, 300);
  queue.onPost(1, 1, 300);
  queue.onAcknowledge(1, 1, 400);
  assert.deepEqual(queue.summary(1000), { mean: 0.15, max: 1, fullShare: 0.15 });
});

test('the warm-up counts only as far as it reaches into the measured part', () => {
  const queue = new SendQueueObserver({ queuePairs: 1, room: 2 });
  for (const entry of [0, 1, 2, 3]) queue.onPost(0, entry, 100 * entry);
  for (const [entry, at] of [150, 900, 1200].entries()) queue.onAcknowledge(0, entry, at);
  queue.onMeasure(1000);
  // One of those known was still taken, and one more was acknowledged later.
  queue.onAcknowledge(0, 3, 1500);
  assert.deepEqual(queue.summary(1000), { mean: 0.7, max: 2, fullShare: 0.2 });
});

/** Entries taken at each picosecond, by counting. */
function countedByHand(entries: readonly (readonly [number, number])[], end: number): number[] {
  let free = 0;
  const spans = entries.map(([from, back]) => {
    free = Math.max(free, back);
    return [from, free] as const;
  });
  return Array.from({ length: end }, (_, at) => {
    return spans.filter(([from, until]) => from <= at && at < until).length;
  });
}

test('agrees with counting every picosecond, wherever measuring starts', () => {
  const posts = fc.array(fc.tuple(fc.nat(8), fc.nat(30)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(posts, fc.integer({ min: 1, max: 5 }), fc.nat(60), (given, room, start) => {
      let clock = 0;
      const entries = given.map(([gap, length]): [number, number] => {
        clock += gap;
        return [clock, clock + length];
      });
      const queue = new SendQueueObserver({ queuePairs: 1, room });
      const events = entries.flatMap(([from, back], i) => [
        { at: from, order: 2, tell: () => queue.onPost(0, i, from) },
        // Told before its time, as a mirror does when it knows.
        { at: from, order: 3, tell: () => queue.onAcknowledge(0, i, back) },
      ]);
      events.push({ at: start, order: 1, tell: () => queue.onMeasure(start) });
      for (const { tell } of events.sort((a, b) => a.at - b.at || a.order - b.order)) tell();
      const end = Math.max(...entries.map(([, back]) => back), start) + 1;
      const counts = countedByHand(entries, end).slice(start);
      const { mean, max, fullShare } = queue.summary(1);
      const sum = counts.reduce((total, count) => total + count, 0);
      assert.equal(mean, sum);
      assert.equal(fullShare, counts.filter((count) => count >= room).length);
      assert.equal(max, Math.max(...counts));
    }),
  );
});
