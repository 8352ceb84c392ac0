import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROFILES, plainWriteNs } from '../../../../rdma/index.ts';
import { resolveWorkload } from '../../../../workloads/index.ts';
import { type CellResult, REGISTRY, runGroup } from '../../../bench/index.ts';
import { csvText } from '../../../report/index.ts';
import { REGION_COLUMNS } from './columns.ts';
import { machineProfile, planRegion } from './plan.ts';
import { defaultOutcomes, isInside, type RegionRow, regionRows } from './rows.ts';
import { regionSummary } from './table.ts';

const directory = mkdtempSync(join(tmpdir(), 'region-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const [paper] = PROFILES;
const POLICIES = ['auto', 'shared'] as const;
const DEFAULTS = { persistNs: 100, flushNs: 600, networkScale: 1, instructionsPerCycle: 1.5 };

test('the values of the profile are a point that changes nothing', () => {
  const same = machineProfile(paper, DEFAULTS);
  const valuesOf = ({ path, ddio, pcie, nic, link, core }: typeof paper) =>
    [path, ddio, pcie, nic, link, core].map((group) =>
      Object.values(group).map(({ value }) => value),
    );
  assert.deepEqual(valuesOf(same), valuesOf(paper));
});

test('every axis moves what it says', () => {
  const far = machineProfile(paper, { ...DEFAULTS, networkScale: 4 });
  const network = 4 * paper.nic.pipelineNs.value + 2 * paper.link.propagationNs.value;
  assert.ok(Math.abs(plainWriteNs(far) - plainWriteNs(paper) - 3 * network) < 1);
  const slow = machineProfile(paper, { ...DEFAULTS, persistNs: 1000 });
  assert.deepEqual([slow.path.clwbPathNs.value, slow.path.ntStorePathNs.value], [1000, 1000]);
  assert.equal(slow.ddio.memoryPathNs.value, 620);
});

test('the grid is every combination, under both sets of counts and every policy', async () => {
  const ctree = resolveWorkload('ctree');
  assert.ok(ctree !== undefined);
  const axes = {
    persistNs: [60, 1000],
    flushNs: [200, 1400],
    networkScale: [1],
    instructionsPerCycle: [0.5, 3],
  };
  const plan = planRegion(paper, [ctree], POLICIES, axes, 0.04);
  const results: CellResult[][] = [];
  for (const group of plan.groups) results.push(await runGroup(group, REGISTRY, { directory }));
  const rows = regionRows(plan, results);
  assert.equal(rows.length, 2 * 2 * 2 * 2 * 2);
  // A program of one thread has one queue pair whatever the policy.
  const [sound, shared] = POLICIES.map((policy) =>
    rows.filter(({ queuePairs }) => queuePairs === policy).map(({ headline }) => headline),
  );
  assert.deepEqual(sound, shared);
  const defaults = defaultOutcomes(plan, results);
  assert.deepEqual(
    defaults.map(({ queuePairs, computeModel }) => `${queuePairs} ${computeModel}`),
    ['auto o2', 'auto whisper', 'shared o2', 'shared whisper'],
  );
  assert.ok(defaults[0].headline['sm-dd'].geometric > defaults[1].headline['sm-dd'].geometric);
  assert.equal(csvText(REGION_COLUMNS, rows).trim().split('\n').length, rows.length + 1);
  const at = (match: Partial<RegionRow>): RegionRow => {
    const wanted = Object.entries(match);
    const row = rows.find((one) => wanted.every(([k, v]) => one[k as keyof RegionRow] === v));
    assert.ok(row !== undefined);
    return row;
  };
  // More volatile work, or a slower persist at home, leaves less to gain.
  for (const change of [{ computeModel: 'whisper' }, { instructionsPerCycle: 0.5 }] as const) {
    const fast = {
      persistNs: 60,
      flushNs: 200,
      instructionsPerCycle: 3,
      computeModel: 'o2',
    } as const;
    const slower = at({ ...fast, ...change }).headline['sm-dd'].geometric;
    assert.ok(slower < at(fast).headline['sm-dd'].geometric);
  }
});

/** A row with these speedups; nothing else of it matters. */
function row(
  ob: number,
  dd: number,
  persistNs: number,
  queuePairs: RegionRow['queuePairs'] = 'auto',
): RegionRow {
  const both = (value: number) => ({ geometric: value, arithmetic: 2 * value });
  const headline = { 'sm-ob': both(ob), 'sm-dd': both(dd) };
  const common = { queuePairs, computeModel: 'o2', writeAckNs: 1500, programs: 1 } as const;
  return { ...DEFAULTS, ...common, persistNs, headline };
}

test('inside is within 5 % of both published speedups, by the mean that is asked for', () => {
  assert.ok(isInside(row(1.8, 2.9, 1), 'geometric'));
  assert.ok(isInside(row(1.89, 2.76, 1), 'geometric'));
  assert.ok(!isInside(row(1.9, 2.9, 1), 'geometric'));
  assert.ok(!isInside(row(1.8, 2.74, 1), 'geometric'));
  assert.ok(!isInside(row(1.8, 2.9, 1), 'arithmetic'));
  assert.ok(isInside(row(0.9, 1.45, 1), 'arithmetic'));
});

test('the summary gives the ranges inside, or the nearest where nothing is', () => {
  const rows = [row(1.8, 2.9, 100), row(1.8, 2.9, 300), row(3, 3, 900)];
  const text = regionSummary(rows, [row(1.8, 3.19, 100)]);
  assert.match(
    text.replaceAll(/\n +/g, ' '),
    /middle, counts o2: geometric 1\.80, 3\.19: off by 10\.0 %; arithmetic 3\.60,/,
  );
  assert.match(text, /By the geometric mean 2 of 3 \(66\.7 %\) are inside/);
  assert.match(text, /persist latency +ns +100 to 300 +100 to 900/);
  assert.match(text, /By the arithmetic mean none is inside\. The nearest:/);
  const both = regionSummary([...rows, row(1.8, 2.9, 7, 'shared')], []);
  assert.ok(both.startsWith(text.slice(0, text.indexOf('Queue pairs'))));
  assert.match(both, /Queue pairs auto\n.*2 of 3.*Queue pairs shared\n.*1 of 1 \(100 %\)/s);
});
