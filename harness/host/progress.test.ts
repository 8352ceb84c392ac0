import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText, startProgress, TimeLeft } from './progress.ts';

/** A stream that keeps what is written, and a clock that is turned by hand. */
function watched(isTTY: boolean) {
  const lines: string[] = [];
  const write = (text: string) => lines.push(text) > 0;
  // Of a terminal, what cli-progress asks of it.
  const stream = { isTTY, columns: 80, write, on() {}, cursorTo() {}, clearLine() {} };
  const time = { ms: 0 };
  return { stream: stream as unknown as NodeJS.WriteStream, lines, time, now: () => time.ms };
}

test('the time left is at the mean rate, and goes down while nothing is told', () => {
  const { time, now } = watched(false);
  const clock = new TimeLeft(100, now);
  assert.equal(clock.text(), '0 s');
  time.ms = 10_000;
  clock.update(10);
  assert.equal(clock.text(), '10 s, about 1 min 30 s left');
  time.ms = 20_000;
  assert.equal(clock.text(), '20 s, about 1 min 20 s left', 'also when nothing is said');
  clock.update(40);
  assert.equal(clock.text(), '20 s, about 30 s left');
  time.ms = 80_000;
  assert.equal(clock.text(), '1 min 20 s, about 3 s left', 'never to nothing');
});

test('nothing is estimated of what has just begun', () => {
  const { time, now } = watched(false);
  const clock = new TimeLeft(2, now);
  time.ms = 900;
  clock.update(1);
  assert.equal(clock.text(), '1 s');
  const long = new TimeLeft(100, now);
  time.ms = 20_000;
  long.update(2);
  assert.equal(long.text(), '19 s', 'of so little no rate is known');
});

test('what is known is told beside what is done, and is no part of the rate', () => {
  const { stream, lines, time, now } = watched(false);
  const progress = startProgress(8, { unit: 'cells', count: 88, known: 412, stream, now });
  time.ms = 10_000;
  progress.update(2, 'ctree');
  progress.stop();
  assert.deepEqual(lines, ['22 of 88 cells, 412 of 500 are known, 10 s, about 30 s left: ctree\n']);
});

test('off a terminal short work is silent, and long work says a line every ten seconds', () => {
  const { stream, lines, time, now } = watched(false);
  const progress = startProgress(4, { unit: 'cells', count: 16, stream, now });
  for (const ms of [1000, 5000, 9999]) {
    time.ms = ms;
    progress.update(1, 'ctree');
  }
  assert.deepEqual(lines, []);
  for (const ms of [10_000, 15_000, 19_999]) {
    time.ms = ms;
    progress.update(1.5, 'tpcc');
  }
  assert.deepEqual(lines, ['6 of 16 cells, 10 s, about 17 s left: tpcc\n']);
  time.ms = 20_000;
  progress.update(2, 'tpcc');
  assert.equal(lines.length, 2);
  progress.stop();
});

test('on a terminal it is one line that fits, with what is done and left', () => {
  const { stream, lines, time, now } = watched(true);
  const progress = startProgress(4, { unit: 'cells', count: 16, stream, now });
  time.ms = 60_000;
  progress.update(2, 'x'.repeat(100));
  progress.stop();
  const shown = lines.find((line) => line.includes('8 of 16 cells, 1 min, about 1 min left'));
  assert.ok(shown, lines.join('|'));
  assert.ok(shown.length <= 80 && shown.includes('...'), shown);
});

test('durations are read at a glance', () => {
  for (const [ms, text] of [
    [400, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [599_900, '10 min'],
    [1_500_000, '25 min'],
    [3_600_000, '1 h'],
    [3_599_999, '1 h'],
    [8_000_000, '2 h 13 min'],
  ] as const) {
    assert.equal(durationText(ms), text);
  }
});
