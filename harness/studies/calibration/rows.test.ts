import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { extent } from '../../../pm/testing/extent.ts';
import { quantities, resolveProfile, withValue } from '../../../rdma/index.ts';
import { CALIBRATION_COLUMNS } from './columns.ts';
import { MEASUREMENTS, type Measurement } from './measurements.ts';
import { calibrate, verdictOf } from './rows.ts';
import { calibrationTable, ddioTables } from './table.ts';

const RESULTS = join(import.meta.dirname, '..', '..', '..', 'results');
const optane = resolveProfile('optane-cx5');
const cxl = resolveProfile('cxl');
assert.ok(optane !== undefined && cxl !== undefined);

/** Half of the time of all: the committed results have them, and `npm run results:check` computes them. */
const isCommitted = ({ experiment }: Measurement): boolean => experiment.kind === 'ddioStreamShare';

const THREADS_STEP = extent({ short: 4, long: 1 });

/** Of the curves of bandwidth by threads, points so many threads apart; the committed results have all. */
const isBetween = ({ experiment }: Measurement): boolean =>
  'threads' in experiment && experiment.threads > 1 && experiment.threads % THREADS_STEP !== 0;

/** All others that there are, on the measured profile. */
const ROWS = calibrate(
  optane,
  MEASUREMENTS.filter((one) => !isCommitted(one) && !isBetween(one)),
);
const PERSISTS = MEASUREMENTS.filter(({ experiment }) => experiment.kind === 'persistLatency');
const UNMEASURED = MEASUREMENTS.filter(({ measured }) => measured === null);

/** The cells of each line of a table, without its head. */
function tableLines(table: string): string[][] {
  const [, ...lines] = table.split('\n');
  return lines.map((line) => line.split(/ {2,}/));
}

test('persist latencies from 64 B to 4 KiB are judged on the measured profile only', () => {
  const sizes = PERSISTS.map(({ experiment }) => 'bytes' in experiment && experiment.bytes);
  assert.deepEqual([...new Set(sizes)], [64, 128, 256, 512, 1024, 2048, 4096]);
  assert.ok(calibrate(optane, PERSISTS).every(({ ok }) => ok !== null));
  assert.ok(calibrate(cxl, PERSISTS).every(({ ok }) => ok === null));
});

test('a figure that a value was fitted to is no prediction; one that does not depend on it is', () => {
  const of = { measured: 1, unit: 'ns', source: 'mine.csv', tolerance: null };
  const two = [
    { ...of, name: 'read', experiment: { kind: 'readLatency' } },
    { ...of, name: 'write', experiment: { kind: 'writeLatency', bytes: 64 } },
  ] as const;
  const rows = calibrate(optane, two, { derived: ['pcie.readRoundTripNs'] });
  const fitted = rows.map((row) => row.fitted);
  assert.deepEqual(fitted, [['pcie.readRoundTripNs'], []]);
});

test('every figure is within its tolerance on the measured profile, or says what is next', () => {
  assert.ok(ROWS.filter((row) => verdictOf(row) === 'ok').length > ROWS.length / 2);
  for (const row of ROWS) {
    const { name, next } = row.measurement;
    assert(['ok', 'open'].includes(verdictOf(row)), `${name}: ${row.model}`);
    // What is met needs nothing next.
    assert.equal(verdictOf(row) === 'open', next !== undefined, `${name}: ${row.model}`);
  }
});

test('the public curves of one core and more are met until DIMMs lose blocks', () => {
  const isOn = (curve: string) => (one: Measurement) => one.name.startsWith(`${curve}, `);
  const worst = (curve: string, threadsMost: number): number => {
    const deviations = ROWS.flatMap(({ measurement, deviationPercent = Number.NaN }) => {
      const { experiment } = measurement;
      const isMeant = 'threads' in experiment && experiment.threads <= threadsMost;
      return isMeant && isOn(curve)(measurement) ? [Math.abs(deviationPercent)] : [];
    });
    assert.ok(deviations.length > 1, curve);
    return Math.max(...deviations);
  };
  assert.equal(MEASUREMENTS.filter(isOn('six DIMMs, clwb')).length, 24);
  assert.ok(worst('six DIMMs, clwb', 12) < 4);
  assert.ok(worst('six DIMMs, ntstore', 8) < 9);
  assert.ok(worst('one DIMM, clwb', 6) < 9);
  assert.ok(worst('one DIMM, ntstore', 5) < 6);
});

test('what values were derived from is told from what is predicted', () => {
  const derived = quantities(optane).filter(([, { basis }]) => basis === 'derived');
  const fits = new Set(MEASUREMENTS.flatMap((measurement) => measurement.fits ?? []));
  // From a specification, from reading, which no experiment here does alone, and the same DIMMs as the
  // primary's.
  const others = [
    'pcie.rateGbps',
    'memory.lineReadNs',
    'replicaMemory.lineReadNs',
    'replicaMemory.mediaBlockWriteNs',
  ];
  // Derived, but from what was measured to DRAM.
  fits.delete('pcie.readRoundTripNs');
  assert.deepEqual([...fits, ...others].sort(), derived.map(([path]) => path).sort());
  const basisOf = (profile: typeof optane): string[] =>
    tableLines(calibrationTable(calibrate(profile, PERSISTS.slice(0, 2)), true)).map(
      (cells) => cells[6],
    );
  assert.deepEqual(basisOf(optane), ['fitted: path.clwbPathNs, path.clwbLineNs', 'predicted']);
  const other = withValue(optane, 'path.clwbPathNs', '90');
  assert.deepEqual(basisOf(other), ['fitted: path.clwbLineNs', 'predicted']);
});

test('a figure beyond its tolerance is off', () => {
  const [first] = PERSISTS;
  const [{ ok, deviationPercent }] = calibrate(optane, [{ ...first, measured: 200 }]);
  assert.equal(ok, false);
  assert.ok(deviationPercent !== undefined && deviationPercent < -15);
});

test('what nobody measured is held against its bound, if there is one, and says so', () => {
  assert.ok(UNMEASURED.length > 0);
  const verdicts = (bound: { atLeast?: number }) => {
    const rows = calibrate(
      optane,
      // With an experiment that is quick: that of the figure itself is in ROWS.
      UNMEASURED.slice(0, 1).map(({ atLeast: _, ...one }) => {
        return { ...one, experiment: PERSISTS[0].experiment, ...bound };
      }),
    );
    for (const row of rows) {
      assert.ok(row.model > 0);
      const cell = (name: string) =>
        CALIBRATION_COLUMNS.find((column) => column.name === name)?.value(row);
      assert.deepEqual(['measured', 'deviationPercent'].map(cell), ['', '']);
      assert.match(String(cell('note')), /no measurement known to us/);
    }
    const [cells] = tableLines(calibrationTable(rows, true));
    return cells.slice(3);
  };
  assert.deepEqual(verdicts({}), ['-', '-', 'not judged', 'predicted']);
  assert.deepEqual(verdicts({ atLeast: 24.5 }), ['-', '-', 'ok', 'predicted']);
  assert.deepEqual(verdicts({ atLeast: 1e6 }), ['-', '-', 'off', 'predicted']);
});

test('a stream that DDIO evicts keeps above the bound of amplification, random replacement below', () => {
  const text = readFileSync(join(RESULTS, 'calibration.csv'));
  const rows: Record<string, string>[] = parse(text, { columns: true });
  const [lru, random] = MEASUREMENTS.filter(isCommitted).map(({ name, atLeast }) => {
    const row = rows.find(({ quantity }) => quantity === name);
    assert.ok(row?.verdict === 'ok' && atLeast !== undefined, name);
    return Number(row.model) - atLeast;
  });
  assert.ok(lru > random && random > 0, `${lru} and ${random} above`);
});

test('every figure that is shown and not judged says why', () => {
  for (const { name, tolerance, note } of MEASUREMENTS) {
    if (tolerance === null) assert.ok(note !== undefined, name);
  }
});

test('DDIO settings stand side by side', () => {
  const result = { ddioLines: 0, durableMps: 10, evictionsPerLine: 0.25, amplification: 2 };
  const points = (['off', 2] as const).map((ddio) => ({
    profile: 'x',
    ddio,
    lines: 64,
    ...result,
  }));
  const tables = ddioTables(points);
  assert.match(tables, /lines per durability point +DDIO off +2 ways\n64 +0\.640 +0\.640/);
  assert.match(tables, /64 +0\.250 +0\.250/);
});
