/** Targets that are values: of profiles, parameters, axes and conditions. */

import fc from 'fast-check';
import { PROFILES, quantities } from '../../rdma/index.ts';
import type { Case } from './case.ts';
import { FAST, FEW, TRANSACT } from './small.ts';
import { NASTY_NUMBERS, nastyWord } from './text.ts';
import { PARAMETERS, PATHS } from './words.ts';

/** A value for a path, a parameter or an axis. */
const value = fc.oneof(
  fc.constantFrom(...NASTY_NUMBERS, 'adr', 'eadr'),
  fc.double({ min: 0, noNaN: true, max: 1e9 }).map(String),
  fc.nat({ max: 64 }).map(String),
  nastyWord,
);

const path = fc.oneof(
  { arbitrary: fc.constantFrom(...PATHS), weight: 9 },
  {
    arbitrary: fc.tuple(fc.constantFrom(...PATHS), nastyWord).map((both) => both.join('.')),
    weight: 1,
  },
  { arbitrary: nastyWord, weight: 1 },
);

/** A quantity, and a value near its own. */
const possible = fc
  .tuple(fc.constantFrom(...quantities(PROFILES[0])), fc.constantFrom(0, 0.5, 1, 2, 3, 10))
  .map(([[name, { value: own }], factor]) => [name, String(own * factor)] as const);

const assignment = fc
  .oneof({ arbitrary: possible, weight: 2 }, fc.tuple(path, value))
  .map((both) => both.join('='));

const lineOf = (words: readonly string[]): Case => ({
  program: 'pmirror',
  words: words.map((word) => word.replaceAll('\0', '')),
  files: {},
});

export const sets = fc
  .array(assignment, { minLength: 1, maxLength: 3 })
  .map((all) =>
    lineOf(['run', ...TRANSACT, '--backend', 'all', ...all.flatMap((one) => ['--set', one])]),
  );

export const replicas = fc
  .array(
    fc.tuple(fc.constantFrom('--replica', '--slow-replica', '--stall-replica'), assignment, value),
    {
      minLength: 1,
      maxLength: 2,
    },
  )
  .map((all) =>
    lineOf([
      ...['run', ...TRANSACT, ...FAST, '--replicas', '2'],
      ...all.flatMap(([name, one, text]) => [name, `1:${name === '--replica' ? one : text}`]),
    ]),
  );

const AXES = [
  'threads',
  'replicas',
  'quorum',
  'seed',
  'compute',
  'epochs',
  'linesPerEpoch',
  'pattern',
];
const values = fc.oneof(
  fc.array(value, { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
  fc
    .tuple(value, value, fc.constantFrom('', ':2', ':x2', ':log:3', ':x1', ':0', ':-1'))
    .map(([from, to, by]) => `${from}:${to}${by}`),
);

/** Few values, that can be. */
const smallAxis = fc
  .oneof(
    { arbitrary: possible, weight: 2 },
    fc.constantFrom(
      ...(['threads=1,2', 'replicas=1:2', 'epochs=2:8:x2', 'seed=1,2', 'compute=o2'] as const).map(
        (one) => one.split('='),
      ),
    ),
  )
  .map((both) => both.join('='));

const axis = fc.oneof(
  smallAxis,
  fc.tuple(fc.oneof(path, fc.constantFrom(...AXES)), values).map((both) => both.join('=')),
);

/** `first`, then one or two of `axes`. */
const swept = (first: readonly string[], axes: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.array(axes, { minLength: 1, maxLength: 2 }), fc.nat({ max: 3 }))
    .map(([all, n]) => [...all.flatMap((one) => ['--vary', one]), ...(n === 0 ? ['--zip'] : [])])
    .map((words) => lineOf(['sweep', ...first, ...words]));

export const sweeps = fc.oneof(
  swept([...TRANSACT, ...FAST], smallAxis),
  // What is accepted is planned, which tells all that is wrong, and then ends for want of a file.
  swept(['no/such.log'], axis),
);

export const conditions = fc
  .tuple(
    fc.array(
      fc.constantFrom(
        'slowdown',
        'speedup',
        '(',
        ')',
        'sm-rc',
        'sm-ob',
        '<=',
        '>',
        '=',
        '10',
        '1e400',
        '%',
        '*',
        ' ',
        'x',
        'time',
        'us',
        '+',
        '-',
        '/',
        ',',
      ),
      { maxLength: 10 },
    ),
    fc.oneof(path, axis),
  )
  .map(([terms, over]): Case => {
    const { words } = lineOf(['solve', 'no/such.log', terms.join(''), '--over', over]);
    return { program: 'pmirror', words, files: {} };
  });

export const parameters = fc
  .tuple(
    fc.constantFrom(...PARAMETERS),
    fc.oneof(fc.constantFrom(...NASTY_NUMBERS), nastyWord),
    nastyWord,
  )
  .map(([{ workload, key, parameter }, text, other]) => {
    const isMeant =
      parameter.kind === 'choice' || Number(text) <= 4 || !Number.isFinite(Number(text));
    const given = isMeant ? `${key}=${text}` : `${other}=${text}`;
    return lineOf(['run', workload, ...FEW, '--backend', 'sm-dd', '--param', given]);
  });
