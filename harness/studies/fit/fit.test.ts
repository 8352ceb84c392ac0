import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../pm/random.ts';
import {
  type HardwareProfile,
  parseProfile,
  profileNamed,
  quantities,
  setValues,
} from '../../../rdma/index.ts';
import { modelFigure, quantityNamed } from '../calibration/index.ts';
import type { MeasuredRow } from '../measured/index.ts';
import { fittedProfileText, fittedTo } from './file.ts';
import { type Fit, fitProfile } from './fit.ts';
import { nextMeasurement } from './next.ts';
import { fitText } from './table.ts';

const BASE = profileNamed('optane-cx5');
const TRUTH = setValues(BASE, [
  ['nic.pipelineNs', 60],
  ['pcie.readRoundTripNs', 900],
  ['nic.qpRateMps', 5],
  ['link.rateGbps', 50],
  ['path.clwbPathNs', 90],
  ['memory.mediaBlockWriteNs', 150],
]);

/** What would be measured on `machine`, each figure times its noise. */
function measured(machine: HardwareProfile, names: readonly string[], noise = () => 1) {
  return names.map((name, i): MeasuredRow => {
    const quantity = quantityNamed(name);
    assert(quantity !== undefined, name);
    const value = modelFigure(machine, quantity.experiment) * noise();
    return { quantity, value, source: `mine.csv, line ${i + 2}` };
  });
}

const numberAt = (profile: HardwareProfile, path: string): number =>
  new Map(quantities(profile)).get(path)?.value ?? Number.NaN;

const REMOTE = [
  'ib_write_lat 64 B',
  'ib_read_lat',
  'ib_write_bw 64 B, 1 queue pair',
  'ib_write_bw 65536 B, MTU 4096 B',
];
const LOCAL = ['persist 64 B by store+clwb+fence', 'one DIMM, random writes of 256 B'];

let remembered: Fit | undefined;
/** One fit for all tests that look at one. */
function fitted(): Fit {
  remembered ??= fitProfile(BASE, measured(TRUTH, [...REMOTE, ...LOCAL]));
  return remembered;
}

test('values of a machine are recovered from what is measured on it', () => {
  const { profile, values, residuals } = fitted();
  for (const path of [
    'nic.pipelineNs',
    'pcie.readRoundTripNs',
    'nic.qpRateMps',
    'link.rateGbps',
    'path.clwbPathNs',
    'memory.mediaBlockWriteNs',
  ]) {
    const [found, truth] = [profile, TRUTH].map((one) => numberAt(one, path));
    assert(Math.abs(found / truth - 1) < 0.002, `${path} = ${found}, not ${truth}`);
  }
  assert.equal(values.length, 6);
  for (const { row, before, after } of residuals) {
    assert(Math.abs(after / row.value - 1) < 0.002, row.quantity.name);
    assert(Math.abs(before / row.value - 1) > 0.01, row.quantity.name);
  }
});

test('what stays undetermined is named: values of a sum, and those that no figure depends on', () => {
  const fit = fitted();
  const pipeline = fit.values.find(({ path }) => path === 'nic.pipelineNs');
  for (const path of ['pcie.postedNs', 'link.propagationNs', 'nic.doorbellNs']) {
    assert(pipeline?.given.includes(path), path);
    assert.equal(numberAt(fit.profile, path), numberAt(BASE, path));
  }
  const alone = fit.values.find(({ path }) => path === 'nic.qpRateMps');
  assert.deepEqual(alone?.given, []);
  const text = fitText(fit, undefined, { files: ['mine.csv'], skipped: [], wide: true });
  assert.match(text, /ib_\w+_lat.*: .*\d x nic\.pipelineNs/);
  assert.match(text, /2 x pcie\.postedNs/);
  assert.match(text, /no figure depends on \d+ values/);
  for (const path of ['path.ntStorePathNs', 'ddio.memoryPathNs', 'nic.nicRateMps']) {
    assert(fit.untouched.includes(path), path);
  }
  assert(!fit.untouched.includes('pcie.postedNs'));
});

test('two values of which one sum is measured are not told, until one of them is measured', () => {
  const machine = setValues(BASE, [
    ['nic.pipelineNs', 60],
    ['pcie.readRoundTripNs', 900],
  ]);
  const one = measured(machine, ['ib_read_lat']);
  const fit = fitProfile(BASE, one);
  assert.equal(fit.values.length, 1);
  const [{ given }] = fit.values;
  assert(given.includes('nic.pipelineNs') || given.includes('pcie.readRoundTripNs'));
  const both = fitProfile(BASE, [...one, ...measured(machine, ['nic.pipelineNs'])]);
  const pipeline = both.values.find(({ path }) => path === 'nic.pipelineNs');
  assert.deepEqual([pipeline?.value, pipeline?.given], [60, []]);
  assert(Math.abs(numberAt(both.profile, 'pcie.readRoundTripNs') - 900) < 2);
});

test('the next measurement is one that tells a value that is not told yet', () => {
  const next = nextMeasurement(fitProfile(BASE, measured(TRUTH, ['ib_write_lat 64 B'])));
  assert(next !== undefined && next.tells.length > 0);
  assert.notEqual(next.name, 'ib_write_lat 64 B');
  const then = fitProfile(BASE, measured(TRUTH, ['ib_write_lat 64 B', next.name]));
  for (const path of next.tells) {
    const value = then.values.find((one) => one.path === path);
    assert.deepEqual(value?.given, [], path);
  }
});

test('of noisy figures the values come with errors that cover the truth', () => {
  const random = new Random(5);
  const noise = () => 1 + (random.next() / 2 ** 32 - 0.5) * 0.08;
  const names = ['ib_write_bw 64 B, 1 queue pair', 'ib_write_bw 8 B, 1 queue pair'];
  const rows = measured(TRUTH, [...names, ...names, ...names], noise);
  const { values } = fitProfile(BASE, rows);
  assert.equal(values.length, 1);
  const [{ path, value, error }] = values;
  assert.equal(path, 'nic.qpRateMps');
  assert(error !== undefined && error > 0.005 && error < 0.2, `${error}`);
  assert(Math.abs(value - 5) < 3 * error, `${value} +- ${error}`);
});

test('a figure that no value within bounds gives is left unmet, and said to be', () => {
  const [row] = measured(TRUTH, ['ib_write_bw 64 B, 1 queue pair']);
  const { values, residuals } = fitProfile(BASE, [{ ...row, value: 0.01 }]);
  assert(values.some(({ atBound }) => atBound));
  assert(residuals[0].after > 0.1);
});

test('a number of things is taken as it is, and may not be given twice', () => {
  const rows = measured(setValues(BASE, [['memory.dimmCount', 4]]), ['memory.dimmCount']);
  assert.equal(fitProfile(BASE, rows).profile.memory.dimmCount.value, 4);
  const other = [...rows, { ...rows[0], value: 2 }];
  assert.throws(() => fitProfile(BASE, other), {
    name: 'UsageError',
    message: /memory\.dimmCount is 2, and 4/,
  });
});

test('the file extends the base by what was fitted, and gives the fitted machine back', () => {
  const fit = fitted();
  const json = JSON.parse(fittedProfileText(fit, { files: ['mine.csv'], name: 'mine' }));
  assert.equal(json.extends, 'optane-cx5');
  assert.deepEqual(Object.keys(json.path), ['clwbPathNs']);
  assert.equal(json.path.clwbPathNs.source, 'fitted from mine.csv');
  assert.match(json.nic.pipelineNs.source, /^fitted from mine\.csv, with .*pcie\.postedNs.* as in/);
  const profile = parseProfile(json, 'mine.json');
  const numbers = (one: HardwareProfile) => quantities(one).map(([, { value }]) => value);
  assert.deepEqual(numbers(profile), numbers(fit.profile));
  assert.ok(fittedTo(profile, ['there/mine.csv']).includes('path.clwbPathNs'));
  assert.deepEqual(fittedTo(profile, ['other.csv']), []);
  const own = { ...BASE, name: 'own' };
  const whole = fittedProfileText({ ...fit, base: own }, { files: ['a'], name: 'mine' });
  assert.deepEqual(numbers(parseProfile(JSON.parse(whole), 'x')), numbers(fit.profile));
});
