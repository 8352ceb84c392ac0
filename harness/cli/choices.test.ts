import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chosenParameters,
  chosenSeeds,
  chosenWorkloads,
  fraction,
  single,
  userPath,
  wholeNumber,
  wholeNumbers,
  words,
} from './choices.ts';

const RANGE = { min: 1, max: 9 };

test('an option may be repeated and may hold several words', () => {
  assert.deepEqual(words(['a, b', 'c']), ['a', 'b', 'c']);
  assert.deepEqual(words(undefined), []);
});

test('numbers are whole, in range and given once', () => {
  assert.equal(wholeNumber('n', '9', RANGE), 9);
  assert.equal(wholeNumber('n', undefined, RANGE), undefined);
  for (const bad of ['0', '10', '-1', '1.5', '1e0', '', ' ', '0x1', 'x']) {
    assert.throws(() => wholeNumber('n', bad, RANGE), {
      name: 'UsageError',
      message: `--n '${bad}' is not a whole number from 1 to 9`,
    });
  }
  assert.throws(() => single('n', ['1', '2']), /--n was given 2 times/);
  assert.deepEqual(wholeNumbers('n', '3,3', { ...RANGE, fallback: [] }), [3, 3]);
  assert.deepEqual(wholeNumbers('n', undefined, { ...RANGE, fallback: [7] }), [7]);
});

test('a fraction is from 0 to 1', () => {
  assert.equal(fraction('f', '0.25'), 0.25);
  for (const bad of ['', '-0.1', '1.1', 'half']) {
    assert.throws(() => fraction('f', bad), /is not a number from 0 to 1/);
  }
});

test('seeds are listed, or counted from the first on', () => {
  assert.deepEqual(chosenSeeds(undefined, undefined), [1]);
  assert.deepEqual(chosenSeeds('3,5,3', undefined), [3, 5]);
  assert.deepEqual(chosenSeeds('7', '3'), [7, 8, 9]);
  assert.throws(() => chosenSeeds('1,2', '3'), /several were given/);
  assert.throws(() => chosenSeeds('4294967295', '2'), /beyond seed 4294967295/);
});

test('all stands for the suite, which the microbenchmark is no part of', () => {
  const names = chosenWorkloads('all').map(({ name }) => name);
  assert.ok(names.includes('ctree') && !names.includes('transact'));
  assert.deepEqual(chosenWorkloads('ctree,ctree').length, 1);
  assert.deepEqual(
    chosenWorkloads(undefined).map(({ name }) => name),
    names,
  );
});

test('parameters are key=value, each once; values may hold anything', () => {
  assert.deepEqual(chosenParameters(['a=1', 'b=x=y']), { a: '1', b: 'x=y' });
  assert.throws(() => chosenParameters('a'), /'a' is not of the form key=value/);
  assert.throws(() => chosenParameters('=1'), /not of the form/);
  assert.throws(() => chosenParameters(['a=1', 'a=2']), /--param a was given twice/);
});

test('under npm a path is relative to where the user is', () => {
  const { INIT_CWD, npm_lifecycle_event } = process.env;
  process.env.INIT_CWD = '/somewhere';
  process.env.npm_lifecycle_event = 'pmirror';
  assert.equal(userPath('a.csv'), '/somewhere/a.csv');
  assert.equal(userPath('/b.csv'), '/b.csv');
  restore('npm_lifecycle_event', undefined);
  assert.equal(userPath('a.csv'), `${process.cwd()}/a.csv`);
  restore('INIT_CWD', INIT_CWD);
  restore('npm_lifecycle_event', npm_lifecycle_event);
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
