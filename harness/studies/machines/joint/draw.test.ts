import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES, quantities } from '../../../../rdma/index.ts';
import { assumptionsOf } from '../sensitivity/assumptions.ts';
import { drawMachines, valueAt } from './draw.ts';

const [paper] = PROFILES;
const COUNT = 50;
const machines = drawMachines(paper, COUNT, 1);
const assumptions = assumptionsOf(paper);
const placeOf = (path: string): number => assumptions.findIndex(({ paths }) => paths[0] === path);
const drawn = (path: string): number[] => machines.map(({ values }) => values[placeOf(path)]);

test('machines depend on the seed and on nothing else', () => {
  assert.deepEqual(drawMachines(paper, COUNT, 1), machines);
  assert.notDeepEqual(drawMachines(paper, COUNT, 2)[0].values, machines[0].values);
  assert.equal(new Set(machines.map(({ profile }) => profile.name)).size, COUNT);
});

test('each stratum of a range has one machine, in logarithm where the range is wide', () => {
  const strata = (path: string, share: (value: number, low: number, high: number) => number) => {
    const { low, high } = assumptions[placeOf(path)];
    const places = drawn(path).map((value) => Math.floor(share(value, low, high) * COUNT));
    return places.sort((a, b) => a - b);
  };
  const each = Array.from({ length: COUNT }, (_, i) => i);
  const linear = (value: number, low: number, high: number) => (value - low) / (high - low);
  const log = (value: number, low: number, high: number) =>
    Math.log(value / low) / Math.log(high / low);
  assert.deepEqual(strata('core.instructionsPerCycle', linear), each);
  assert.deepEqual(strata('pcie.readRoundTripNs', log), each);
  assert.notDeepEqual(strata('pcie.readRoundTripNs', linear), each);
});

test('values are within their ranges and stand in the profile, at every place of theirs', () => {
  for (const profile of PROFILES) {
    for (const { values, profile: machine } of drawMachines(profile, 20, 1)) {
      const found = new Map(quantities(machine));
      for (const [i, { paths, low, high }] of assumptionsOf(profile).entries()) {
        assert.ok(low <= values[i] && values[i] <= high, `${paths}: ${values[i]}`);
        for (const path of paths) assert.equal(found.get(path)?.value, values[i], path);
      }
    }
  }
});

test('a place of a range: ends of wide and narrow ones, whole numbers, powers of two', () => {
  const { quantity } = assumptions[0];
  const at = (unit: typeof quantity.unit, low: number, high: number) => (place: number) =>
    valueAt({ quantity: { ...quantity, unit }, low, high }, place);
  assert.deepEqual([0, 0.5].map(at('ns', 100, 399)), [100, 249.5]);
  assert.deepEqual([0, 0.5].map(at('ns', 100, 400)), [100, 200]);
  assert.equal(at('probability', 0, 1)(0.25), 0.25);
  assert.deepEqual([0, 0.49, 0.5, 0.99].map(at('count', 2, 3)), [2, 2, 3, 3]);
  assert.deepEqual([0, 0.33, 0.34, 0.99].map(at('B', 64, 256)), [64, 64, 128, 256]);
});

test('the speed of PM is drawn once for both machines, as far along each range', () => {
  const along = (path: string): number[] => {
    const { low, high } = assumptions[placeOf(path)];
    return drawn(path).map((value) => Math.log(value / low) / Math.log(high / low));
  };
  const [local, remote] = [along('path.clwbPathNs'), along('ddio.memoryPathNs')];
  for (const [i, place] of local.entries()) assert.ok(Math.abs(place - remote[i]) < 1e-4);
  assert.deepEqual(drawn('path.clwbPathNs'), drawn('path.ntStorePathNs'));
});

test('no interleaving is finer than a block of the media', () => {
  const blocks = drawn('memory.mediaBlockBytes');
  for (const [i, bytes] of drawn('memory.interleaveBytes').entries()) {
    assert.ok(bytes >= blocks[i], `${bytes}, ${blocks[i]}`);
  }
  // Some would have been.
  const raised = machines.filter(({ values }) => {
    const at = (path: string): number => values[placeOf(path)];
    return (
      at('memory.mediaBlockBytes') > 64 &&
      at('memory.interleaveBytes') <= at('memory.mediaBlockBytes')
    );
  });
  assert.ok(raised.length > 0);
});
