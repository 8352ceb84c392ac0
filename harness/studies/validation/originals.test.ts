import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { resolveWorkload, WORKLOADS } from '../../../workloads/index.ts';
import { resolveExample } from '../../../workloads/traces/examples.ts';
import { METRICS } from './metrics.ts';
import { PAIRS, SUBJECTS } from './plan.ts';

test('every application of the suite is compared, and counts once in the suite-wide figures', () => {
  const suite = WORKLOADS.filter(({ group }) => group === 'whisper').map(({ name }) => name);
  const counted = SUBJECTS.filter(({ inSuite }) => inSuite).map(({ workload }) => workload);
  assert.deepEqual([...counted].sort(), [...suite].sort());
});

test('what is asked of the ports is what they have', () => {
  for (const { workload: name, parameters, ...more } of [...SUBJECTS, ...PAIRS]) {
    const workload = resolveWorkload(name);
    assert(workload !== undefined, name);
    workload.configure(parameters);
    if ('threads' in more) assert(more.threads <= workload.threadsMax, name);
  }
  for (const { trace } of PAIRS) assert(resolveExample(trace) !== undefined, trace);
});

test('the tolerances are those that were agreed', () => {
  const tolerated = Object.fromEntries(
    Object.entries(METRICS).map(([name, { tolerance }]) => [
      name,
      tolerance === null ? null : `${tolerance.value} ${tolerance.kind}`,
    ]),
  );
  assert.equal(tolerated.epochsPerTxMedian, '10 percent');
  assert.equal(tolerated.oneLineEpochShare, '8 points');
  assert.equal(tolerated.linesPerEpochMean, '20 percent');
  assert.equal(tolerated.bytesPerTxMean, '20 percent');
  assert.equal(tolerated.selfDependentShare, '10 points');
  for (const q of ['P10', 'P25', 'P75', 'P90']) {
    assert.equal(tolerated[`epochsPerTx${q}`], '20 percent');
  }
});

test('a figure is given once per run, and a reason with a text and a value', () => {
  for (const { workload, references } of SUBJECTS) {
    const metrics = references.map(({ metric }) => metric);
    assert.equal(new Set(metrics).size, metrics.length, workload);
    for (const { reason } of references) {
      if (reason !== undefined) assert(reason.text.length > 40 && reason.ours > 0, workload);
    }
  }
});

test('the committed table holds all figures, none beyond without a reason, and no idle reason', () => {
  const file = join(import.meta.dirname, '..', '..', '..', 'results', 'validation.csv');
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  const count = (section: string): number => rows.filter((row) => row.section === section).length;
  assert.equal(
    count('program'),
    SUBJECTS.reduce((sum, { references }) => sum + references.length, 0),
  );
  // Without loads and with, two profiles, two designs; two policies where there are several threads.
  assert.equal(count('prediction'), 8 + 16 + 16 + 8 + 8);
  assert.equal(count('suite'), 4);
  assert.deepEqual(
    rows.filter(({ verdict }) => verdict === 'beyond'),
    [],
  );
  const shown = rows
    .filter(({ verdict }) => ['explained', 'open'].includes(verdict))
    .map(({ reason }) => reason);
  const stated = [
    ...SUBJECTS.flatMap(({ references }) => references.flatMap(({ reason }) => reason ?? [])),
    ...PAIRS.flatMap(({ reasons }) => Object.values(reasons ?? {})),
  ].map(({ text, next }) => (next === undefined ? text : `${text}; next: ${next}`));
  assert.deepEqual([...shown].sort(), [...stated].sort());
});
