/** Rows of sensitivity.csv and paper-region.csv with every column derived by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRow } from '../../report/testing/read-row.ts';
import { REGION_COLUMNS } from './region/columns.ts';
import { SENSITIVITY_COLUMNS } from './sensitivity/columns.ts';

test('every column of a row of sensitivity.csv', () => {
  const row = {
    profile: 'p',
    queuePairs: 'shared',
    assumption: 'a.bNs',
    unit: 'ns',
    defaultValue: 10,
    lowValue: 5,
    highValue: 30,
    design: 'sm-dd',
    programs: 11,
    atDefault: { geometric: 2, arithmetic: 4 },
    atLow: { geometric: 3, arithmetic: 5 },
    atHigh: { geometric: 1.5, arithmetic: 3.5 },
    effectPercent: 60,
  } as const;
  const expected = {
    profile: ['p', '-'],
    queuePairs: ['shared', '-'],
    assumption: ['a.bNs', '-'],
    unit: ['ns', '-'],
    defaultValue: [10, 'see unit'],
    lowValue: [5, 'see unit'],
    highValue: [30, 'see unit'],
    backend: ['sm-dd', '-'],
    members: [11, 'count'],
    geometricMeanAtDefault: [2, 'ratio'],
    geometricMeanAtLow: [3, 'ratio'],
    geometricMeanAtHigh: [1.5, 'ratio'],
    changeAtLowPercent: [50, '%'],
    changeAtHighPercent: [-25, '%'],
    arithmeticMeanAtDefault: [4, 'ratio'],
    arithmeticMeanAtLow: [5, 'ratio'],
    arithmeticMeanAtHigh: [3.5, 'ratio'],
    effectPercent: [60, '%'],
  };
  assert.deepEqual(readRow(SENSITIVITY_COLUMNS, row), expected);
});

test('every column of a row of paper-region.csv', () => {
  const row = {
    queuePairs: 'auto',
    persistNs: 100,
    flushNs: 600,
    networkScale: 2,
    writeAckNs: 1500,
    instructionsPerCycle: 0.5,
    computeModel: 'o2',
    programs: 11,
    headline: {
      'sm-ob': { geometric: 1.89, arithmetic: 3.6 },
      'sm-dd': { geometric: 2.9, arithmetic: 1.45 },
    },
  } as const;
  assert.deepEqual(readRow(REGION_COLUMNS, row), {
    queuePairs: ['auto', '-'],
    persistNs: [100, 'ns'],
    flushNs: [600, 'ns'],
    networkScale: [2, 'ratio'],
    writeAckNs: [1500, 'ns'],
    instructionsPerCycle: [0.5, 'instructions/cycle'],
    computeModel: ['o2', '-'],
    members: [11, 'count'],
    geometricMeanSpeedupSmOb: [1.89, 'ratio'],
    arithmeticMeanSpeedupSmOb: [3.6, 'ratio'],
    geometricMeanSpeedupSmDd: [2.9, 'ratio'],
    arithmeticMeanSpeedupSmDd: [1.45, 'ratio'],
    // Published are 1.8 and 2.9: 5 % and none off, then 100 % above and 50 % below.
    geometricDistancePercent: [5, '%'],
    geometricInside: ['yes', '-'],
    arithmeticDistancePercent: [100, '%'],
    arithmeticInside: ['no', '-'],
  });
});
