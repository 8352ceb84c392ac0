import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logSteps, parseValues } from './values.ts';

const values = (text: string): string[] => parseValues('n', text);

test('lists, ranges, factors and log steps, also mixed', () => {
  assert.deepEqual(values('random, sequential'), ['random', 'sequential']);
  assert.deepEqual(values('1,2,8:32:x2'), ['1', '2', '8', '16', '32']);
  assert.deepEqual(values('0:1:0.25'), ['0', '0.25', '0.5', '0.75', '1']);
  assert.deepEqual(values('100:450:100'), ['100', '200', '300', '400']);
  assert.deepEqual(values('1:100:x3'), ['1', '3', '9', '27', '81']);
  assert.deepEqual(values('5:5:1'), ['5']);
  assert.deepEqual(values('1:4'), ['1', '2', '3', '4']);
});

test('sums of decimal fractions reach their end and show no binary tails', () => {
  assert.deepEqual(values('0.1:0.7:0.1'), ['0.1', '0.2', '0.3', '0.4', '0.5', '0.6', '0.7']);
});

test('log steps have equal ratios and end exactly where told', () => {
  assert.deepEqual(values('60:1000:log:3'), ['60', '244.9', '1000']);
  assert.equal(logSteps(1, 1.234567, 3)[2], 1.234567);
  const steps = logSteps(1, 7, 5);
  assert.deepEqual([steps[0], steps[4]], [1, 7]);
  for (let i = 1; i < 5; i++) {
    assert.ok(Math.abs(steps[i] / steps[i - 1] / 7 ** 0.25 - 1) < 1e-3);
  }
});

test('what cannot be is refused with the forms that are accepted', () => {
  const bad = ['', '1,', '1:', 'a:b:1', '2:1:1', '1:2:0', '1:2:-1', '1:4:x1', '0:4:x2', '1:2:y'];
  for (const text of [...bad, '1:9:log:1', '0:9:log:3', '1:9:log:2.5', '1:9:lin:3', '1:2:3:4:5']) {
    assert.throws(
      () => values(text),
      { name: 'UsageError', message: /accepted: a list 1,2,4/ },
      text,
    );
  }
  assert.throws(() => values('1,2,1'), /the value 1 occurs twice/);
  assert.throws(() => values('0:100000:1'), /at most 10000/);
});
