import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeModel } from '../../../../workloads/compute-model.ts';
import { rounded } from '../../../report/index.ts';
import type { Headline } from '../headline.ts';
import type { JointRow } from '../joint/rows.ts';
import { headlineRows, type StatedMean } from './rows.ts';
import { headlineMarkdown, headlineSentences, headlineTable } from './table.ts';

/** A headline in which sm-dd gains twice what sm-ob does, and the arithmetic mean is one more. */
const speedups = (ob: number): Headline => ({
  'sm-ob': { geometric: ob, arithmetic: ob + 1 },
  'sm-dd': { geometric: 2 * ob, arithmetic: 2 * ob + 1 },
});

const row = (computeModel: ComputeModel, machine: number, ob: number): JointRow => ({
  profile: 'p',
  machine,
  computeModel,
  programs: 11,
  values: [],
  headlines: [speedups(ob), speedups(ob / 2)],
});

/** Machines 1 to 100: sm-ob at 0.02 to 2 under whisper; the odd ones so under o2, the even native. */
const drawn = Array.from({ length: 100 }, (_, i) => i + 1).flatMap((machine) => [
  row('whisper', machine, machine / 50),
  row(machine % 2 === 1 ? 'o2' : 'native', machine, machine / 50),
]);
const itself = (['o2', 'whisper', 'native'] as const).map((model) => row(model, 0, 1));
const whole = (['o2', 'whisper'] as const).map((computeModel, i) => ({
  computeModel,
  headlines: [speedups(1.01 + i), speedups(0.5)],
}));
const rows = headlineRows([...itself, ...drawn], whole);

/** Without the last bits of sums. */
const tidy = (mean: StatedMean): Record<string, number> =>
  Object.fromEntries(Object.entries(mean).map(([key, value]) => [key, rounded(value)]));

test('percentiles are over the machines drawn; the profile itself is held against them', () => {
  const [first] = rows;
  const { geometric, arithmetic } = first;
  assert.deepEqual(
    { ...first, geometric: tidy(geometric), arithmetic: tidy(arithmetic) },
    {
      profile: 'p',
      guarantee: 'as each original needs',
      queuePairs: 'auto',
      baselineQueuePairs: 'auto',
      instructionCounts: 'o2',
      computeModels: 'o2 native',
      design: 'sm-ob',
      programs: 11,
      machines: 100,
      published: 1.8,
      geometric: {
        value: 1.01,
        short: 1,
        p5: 0.119,
        p50: 1.01,
        p95: 1.901,
        defaultPercentile: 49.5,
        publishedPercentile: 89.5,
      },
      arithmetic: {
        value: 2.01,
        short: 2,
        p5: 1.119,
        p50: 2.01,
        p95: 2.901,
        defaultPercentile: 49.5,
        publishedPercentile: 39.5,
      },
    },
  );
  assert.equal(rows.length, 8);
  assert.deepEqual(
    rows.map(({ geometric }) => geometric.value).slice(0, 4),
    [1.01, 2.02, 2.01, 4.02],
  );
});

test('without the profile itself there is no headline', () => {
  assert.throws(() => headlineRows(drawn, whole), /no row of the profile itself, o2/);
});

test('the sentences say consistency, in how many lines, and never reproduction', () => {
  const [inside, verdict, place] = headlineSentences(rows);
  // sm-dd's 2.9 is within 0.22 to 3.82, sm-ob's 1.8 within 0.12 to 1.90; halved, neither is.
  assert.match(
    inside,
    / in 4 of 8 lines by the geometric mean, 8 of 8 lines by the arithmetic mean\.$/,
  );
  assert.match(verdict, /^In these the model is consistent with them; it does not reproduce them/);
  assert.match(place, /percentiles 50 to 50 /);
  const all = headlineSentences(rows.slice(0, 4));
  assert.match(all[1], /^The model is consistent with them; it does not reproduce/);
  assert.match(
    headlineSentences(rows.map((one) => ({ ...one, published: 9 })))[1],
    /is not consistent/,
  );
});

test('the table fits a terminal and the Markdown has the same lines', () => {
  const lines = headlineTable(rows).split('\n');
  assert.ok(
    lines.slice(0, -3).every((line) => line.length <= 80),
    lines.join('\n'),
  );
  assert.match(
    lines.join('\n'),
    /^o2 +sm-ob +1\.01 +0\.119 to 1\.90 +2\.01 +1\.12 to 2\.90 +1\.8 +50, 50 %$/m,
  );
  const markdown = headlineMarkdown(rows).split('\n');
  assert.equal(markdown.length, 2 + rows.length);
  assert.equal(
    markdown[2],
    '| as each original needs | o2 | sm-ob | 1.01 | 0.119 to 1.90 | 2.01 | 1.12 to 2.90 | 1.8 | 50, 50 % |',
  );
});
