import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withEnvironment } from '../host/testing/environment.ts';
import { userPath } from './file-options.ts';
import {
  choice,
  chosenSeeds,
  flag,
  fraction,
  helpOf,
  type Option,
  pairs,
  SEEDS_OPTIONS,
  text,
  valuesOf,
  whole,
  wholes,
  words,
} from './options.ts';

const NO_HELP = { help: '' };

/** The value of an option called `n` that `texts` were given for, if any. */
function valueIn<T>(option: Option<T>, ...texts: string[]): unknown {
  return valuesOf({ n: option }, new Map(texts.length > 0 ? [['n', texts]] : []), '--').n;
}

test('an option may be repeated and may hold several words', () => {
  assert.deepEqual(valueIn(words(NO_HELP), 'a, b', 'c'), ['a', 'b', 'c']);
});

test('numbers are whole, in range and given once', () => {
  const n = { min: 1, max: 9, ...NO_HELP };
  assert.equal(valueIn(whole(n), '9'), 9);
  for (const bad of ['0', '10', '-1', '1.5', '1e0', '', ' ', '0x1', 'x']) {
    const refusal = {
      name: 'UsageError',
      message: `--n '${bad}' is not a whole number from 1 to 9`,
    };
    assert.throws(() => valueIn(whole(n), bad), refusal);
  }
  assert.throws(() => valueIn(text(NO_HELP), '1', '2'), /--n was given 2 times/);
  assert.deepEqual(valueIn(wholes(n), '3,3'), [3, 3]);
});

test('what is not given has its default, is undefined without one, or is asked for', () => {
  const n = { min: 1, max: 9, ...NO_HELP };
  assert.equal(valueIn(whole(n)), undefined);
  assert.equal(valueIn(whole({ ...n, default: 7 })), 7);
  assert.deepEqual(valueIn(wholes({ ...n, default: '7,8' })), [7, 8]);
  assert.equal(valueIn({ ...whole({ ...n, default: 7 }), default: 8 }), 8);
  assert.throws(
    () => valueIn(text({ ...NO_HELP, required: 'give --n' })),
    /^UsageError: give --n$/,
  );
  assert.equal(valueIn(flag(NO_HELP)), undefined);
  assert.equal(valuesOf({ n: flag(NO_HELP) }, new Map([['n', []]]), '--').n, true);
});

test('a fraction is from 0 to 1, a choice one of a few', () => {
  assert.equal(valueIn(fraction(NO_HELP), '0.25'), 0.25);
  for (const bad of ['', '-0.1', '1.1', 'half']) {
    assert.throws(() => valueIn(fraction(NO_HELP), bad), /is not a number from 0 to 1/);
  }
  assert.equal(valueIn(choice(['a', 'b'])(NO_HELP), 'b'), 'b');
  assert.throws(() => valueIn(choice(['a', 'b'])(NO_HELP), 'c'), /--n 'c' is not one of a, b/);
});

test('--help says what is accepted and what is usual', () => {
  assert.equal(
    helpOf(whole({ min: 1, max: 9, default: 7, help: 'so many' })),
    'so many (1 to 9; default: 7)',
  );
  assert.equal(helpOf(text({ help: 'a name' })), 'a name');
});

test('seeds are listed, or counted from the first on', () => {
  const seeds = (seed?: string, count?: string) => {
    const given = Object.entries({ seed, seeds: count }).flatMap(([name, one]) =>
      one === undefined ? [] : [[name, [one]] as const],
    );
    return chosenSeeds(valuesOf(SEEDS_OPTIONS, new Map(given), '--'));
  };
  assert.deepEqual(seeds(), [1]);
  assert.deepEqual(seeds('3,5,3'), [3, 5]);
  assert.deepEqual(seeds('7', '3'), [7, 8, 9]);
  assert.throws(() => seeds('1,2', '3'), /several were given/);
  assert.throws(() => seeds('4294967295', '2'), /beyond seed 4294967295/);
});

test('pairs are key=value, each key once; values may hold anything', () => {
  const param = pairs('key=value', NO_HELP);
  assert.deepEqual(
    valueIn(param, 'a=1', 'b=x=y', '__proto__=2'),
    new Map([
      ['a', '1'],
      ['b', 'x=y'],
      ['__proto__', '2'],
    ]),
  );
  assert.throws(() => valueIn(param, 'a'), /'a' is not of the form key=value/);
  assert.throws(() => valueIn(param, '=1'), /not of the form/);
  assert.throws(() => valueIn(param, 'a=1', 'a=2'), /--n a was given twice/);
});

test('under npm a path is relative to where the user is', async () => {
  const npm = { INIT_CWD: '/somewhere', npm_lifecycle_event: 'pmirror' };
  await withEnvironment(npm, () => {
    assert.equal(userPath('a.csv'), '/somewhere/a.csv');
    assert.equal(userPath('/b.csv'), '/b.csv');
  });
  await withEnvironment({ ...npm, npm_lifecycle_event: undefined }, () => {
    assert.equal(userPath('a.csv'), `${process.cwd()}/a.csv`);
  });
});
