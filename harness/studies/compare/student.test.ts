import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../pm/random.ts';
import { studentInterval } from './student.ts';

test("the interval of a mean is that of the tables of Student's t", () => {
  // Of 1 and 3: mean 2, standard error 1, and t of 0.975 with one degree of freedom is 12.706.
  const two = studentInterval([1, 3]);
  assert.ok(two !== undefined && Math.abs(two.high - 14.7062) < 1e-4 && two.low === 4 - two.high);
  // Of 1 to 5: mean 3, standard error sqrt(2.5 / 5), and t with four degrees of freedom is 2.7764.
  const five = studentInterval([1, 2, 3, 4, 5]);
  assert.ok(five !== undefined && Math.abs(five.high - (3 + 2.77645 * Math.sqrt(0.5))) < 1e-4);
  assert.deepEqual(studentInterval([7, 7, 7]), { mean: 7, low: 7, high: 7 });
  assert.equal(studentInterval([7]), undefined);
});

test('it holds the mean of three normal values in about 95 of 100 cases', () => {
  const random = new Random(1);
  const draw = () =>
    Array.from({ length: 12 }, () => random.fraction()).reduce((a, b) => a + b, -6);
  const cases = 2000;
  let held = 0;
  for (let i = 0; i < cases; i++) {
    const interval = studentInterval([draw(), draw(), draw()]);
    if (interval !== undefined && interval.low <= 0 && interval.high >= 0) held++;
  }
  assert.ok(Math.abs(held / cases - 0.95) < 0.015, `${held} of ${cases}`);
});
