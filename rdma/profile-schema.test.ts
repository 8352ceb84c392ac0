import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProfileError, parseProfile, quantities, withValue } from './profile-schema.ts';
import { PROFILES } from './profiles/index.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';

const json = (profile: unknown) => JSON.parse(JSON.stringify(profile));

describe('parseProfile', () => {
  for (const profile of PROFILES) {
    it(`gives ${profile.name} back from its own JSON`, () => {
      assert.deepEqual(parseProfile(json(profile), 'x.json'), profile);
    });
  }

  it('takes what differs from the profile it extends', () => {
    const quantity = { value: 500, unit: 'ns', basis: 'assumed', source: 'a guess', range: [1, 2] };
    const given = {
      name: 'mine',
      summary: 's',
      extends: 'optane-cx5',
      pcie: { postedNs: quantity },
    };
    const profile = parseProfile(given, 'x.json');
    assert.equal(profile.name, 'mine');
    assert.equal(profile.pcie.postedNs.value, 500);
    assert.deepEqual(profile.pcie.readRoundTripNs, optaneCx5.pcie.readRoundTripNs);
    assert.deepEqual(profile.core, optaneCx5.core);
  });

  it('names every key that is missing, unknown, of a wrong unit or out of range', () => {
    const broken = json(optaneCx5);
    broken.nic.doorbelNs = broken.nic.doorbellNs;
    delete broken.nic.doorbellNs;
    broken.link.rateGbps.unit = 'GB/s';
    broken.memory.wpqLines.value = -1;
    broken.memory.persistenceDomain = 'cache';
    assert.throws(
      () => parseProfile(broken, 'mine.json'),
      (error: unknown) => {
        assert(error instanceof ProfileError);
        for (const part of [
          'mine.json',
          'nic.doorbellNs',
          'doorbelNs',
          'link.rateGbps.unit',
          'Gb/s',
          'memory.wpqLines.value',
          'adr',
        ]) {
          assert(error.message.includes(part), `${part} in: ${error.message}`);
        }
        return true;
      },
    );
    assert.throws(() => parseProfile([], 'x.json'), ProfileError);
    assert.throws(() => parseProfile({ extends: 'optane-cx9' }, 'x.json'), /optane-cx5/);
  });

  it('refuses values that are well-formed but that the model cannot be built from', () => {
    const broken = json(optaneCx5);
    broken.ddio.ways.value = 12;
    assert.throws(() => parseProfile(broken, 'x.json'), /ddio.ways = 12: the LLC has 11/);
  });
});

describe('withValue', () => {
  it('sets one value and nothing else', () => {
    const changed = withValue(optaneCx5, 'pcie.readRoundTripNs', '800');
    assert.equal(changed.pcie.readRoundTripNs.value, 800);
    assert.equal(changed.pcie.readRoundTripNs.basis, 'assumed');
    const differing = quantities(changed).filter(
      ([, quantity], i) => quantity !== quantities(optaneCx5)[i][1],
    );
    assert.deepEqual(
      differing.map(([path]) => path),
      ['pcie.readRoundTripNs'],
    );
    assert.equal(
      withValue(optaneCx5, 'memory.persistenceDomain', 'eadr').memory.persistenceDomain,
      'eadr',
    );
    assert.equal(withValue(optaneCx5, 'nic.doorbellNs.value', '7').nic.doorbellNs.value, 7);
  });

  it('says which paths there are, and what a value may be', () => {
    assert.throws(() => withValue(optaneCx5, 'pci.postedNs', '1'), /pcie\.\*/);
    assert.throws(() => withValue(optaneCx5, 'pcie.posted', '1'), /pcie\.postedNs/);
    assert.throws(() => withValue(optaneCx5, 'pcie.postedNs.x', '1'), /no profile value/);
    for (const bad of ['', 'fast', '-1', 'Infinity']) {
      assert.throws(() => withValue(optaneCx5, 'pcie.postedNs', bad), /must be a number of ns/);
    }
    assert.throws(() => withValue(optaneCx5, 'memory.persistenceDomain', 'x'), /adr or eadr/);
    assert.throws(() => withValue(optaneCx5, 'nic.sendQueueEntries', '1.5'), /whole number/);
    for (const path of ['core.clockGhz', 'core.instructionsPerCycle', 'link.rateGbps']) {
      assert.throws(() => withValue(optaneCx5, path, '0'), /must be above 0/);
    }
    assert.throws(() => withValue(optaneCx5, 'memory.interleaveBytes', '100'), /multiple of 64/);
    assert.throws(() => withValue(optaneCx5, 'llc.llcWays', '0'), /llc.llcWays = 0/);
  });
});
