import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES } from '../../../../rdma/index.ts';
import { assumptionName, assumptionsOf, persistAssumption, withAssumption } from './assumptions.ts';

test('every assumption of every profile can stand at either end of its range', () => {
  for (const profile of PROFILES) {
    const assumptions = assumptionsOf(profile);
    assert.ok(assumptions.length > 3, profile.name);
    for (const assumption of assumptions) {
      const { quantity, low, high } = assumption;
      const name = `${profile.name} ${assumptionName(assumption)}`;
      assert.ok(low < high && low <= quantity.value && quantity.value <= high, name);
      for (const value of [low, high]) {
        assert.equal(
          withAssumption(profile, assumption, value).name,
          `${profile.name}+${assumptionName(assumption)}=${value}`,
        );
      }
    }
  }
});

test('what primary and replica have in common is one assumption and moves on both', () => {
  const [paper] = PROFILES;
  assert.equal(paper.name, 'paper-2018');
  const dimms = assumptionsOf(paper).find(({ paths }) => paths.includes('memory.dimmCount'));
  assert.deepEqual(dimms?.paths, ['memory.dimmCount', 'replicaMemory.dimmCount']);
  const changed = dimms && withAssumption(paper, dimms, 6);
  assert.equal(changed?.memory.dimmCount.value, 6);
  assert.equal(changed?.replicaMemory.dimmCount.value, 6);
});

test('measured values are no assumptions, nor are those whose range is a point varied', () => {
  const [paper] = PROFILES;
  const names = assumptionsOf(paper).map(assumptionName);
  for (const borrowed of ['pcie.readRoundTripNs', 'link.rateGbps', 'ddio.ways']) {
    assert.ok(names.includes(borrowed), borrowed);
  }
  assert.ok(!names.includes('llc.llcWays') && !names.includes('nic.inlineLimitBytes'));
  const { llc } = paper;
  const llcWays = { ...llc.llcWays, range: [11, 20] as const };
  const measuredWithRange = { ...paper, llc: { ...llc, llcWays } };
  assert.deepEqual(assumptionsOf(measuredWithRange).map(assumptionName), names);
});

test('the speed of PM moves on both machines together', () => {
  const [paper, optane] = PROFILES;
  const persist = persistAssumption(paper);
  assert.ok(persist !== undefined);
  const slow = withAssumption(paper, persist, 1000);
  const { clwbPathNs, ntStorePathNs } = slow.path;
  assert.deepEqual([clwbPathNs.value, ntStorePathNs.value], [1000, 1000]);
  assert.equal(slow.ddio.memoryPathNs.value, 620);
  const alone = assumptionsOf(paper).find(({ paths }) => paths[0] === 'path.clwbPathNs');
  assert.ok(alone !== undefined);
  assert.notEqual(withAssumption(paper, alone, 1000).name, slow.name);
  assert.equal(optane.name, 'optane-cx5');
  assert.equal(persistAssumption(optane), undefined, 'measured there');
});
