import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PROFILES } from './index.ts';
import { optaneCx5 } from './optane-cx5.ts';
import { quantities } from './profile.ts';
import { ProfileError, parseProfile, setValues, withValue } from './schema.ts';

const json = (profile: unknown) => JSON.parse(JSON.stringify(profile));

describe('parseProfile', () => {
  for (const profile of PROFILES) {
    it(`gives ${profile.name} back from its own JSON`, () => {
      assert.deepEqual(parseProfile(json(profile), 'x.json'), profile);
    });
  }

  it('takes what differs from the profile it extends', () => {
    const quantity = { value: 500, unit: 'ns', basis: 'assumed', source: 'guess', range: [1, 600] };
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

  /** What is said of a profile that `spoil` has changed, a line each. */
  function complaints(spoil: (profile: ReturnType<typeof json>) => void): string[] {
    const broken = json(optaneCx5);
    spoil(broken);
    try {
      parseProfile(broken, 'mine.json');
    } catch (error) {
      assert(error instanceof ProfileError);
      const [head, ...lines] = error.message.split('\n');
      assert.equal(head, 'mine.json is not a hardware profile:');
      return lines.map((line) => line.trim());
    }
    return assert.fail('accepted');
  }

  it('says of everything that is wrong what is there and what is accepted, a line each', () => {
    const lines = complaints((broken) => {
      broken.nic.doorbelNs = broken.nic.doorbellNs;
      delete broken.nic.doorbellNs;
      broken.nic.workRequestNs = 3;
      broken.link.rateGbps.unit = 'GB/s';
      broken.link.lossProbability.value = 1;
      broken.memory.wpqLines.value = -1;
      broken.memory.persistenceDomain = 'cache';
      broken.pcie.postedNs.value = '250';
      broken.pcie.postedNs.basis = 'guess';
      broken.core.clockGhz.range = [1];
      broken.core.clockGhz.unite = 'GHz';
      broken.name = 'Mine Own';
      broken.colour = 'red';
    });
    const expected = [
      /^nic.doorbellNs: missing; accepted: {"value": a number of ns from 0 to 1000000000, "unit"/,
      /^nic.doorbelNs: there is no such key; accepted: workRequestNs, doorbellNs/,
      /^nic.workRequestNs: is 3; accepted: {"value"/,
      /^link.rateGbps.unit: is "GB\/s"; accepted: "Gb\/s"$/,
      /^link.lossProbability.value: is 1; accepted: a number from 0 to 0.5$/,
      /^memory.wpqLines.value: is -1; accepted: a whole number of lines from 1 to 65536$/,
      /^memory.persistenceDomain: is "cache"; accepted: adr or eadr$/,
      /^pcie.postedNs.value: is "250"; accepted: a number of ns/,
      /^pcie.postedNs.basis: is "guess"; accepted: measured, derived, assumed$/,
      /^core.clockGhz.range: is \[1\]; accepted: \[low, high\] around the value, each a number of GHz/,
      /^core.clockGhz.unite: there is no such key; accepted: value, unit, basis, source, range$/,
      /^name: is "Mine Own"; accepted: a text of lower-case letters/,
      /^colour: there is no such key; accepted: name, summary and extends/,
    ];
    for (const pattern of expected) {
      assert(
        lines.some((line) => pattern.test(line)),
        `${pattern} in:\n${lines.join('\n')}`,
      );
    }
    assert.equal(lines.length, expected.length, lines.join('\n'));
  });

  it('wants a range that holds the value on every assumption, both ends possible', () => {
    const refused = (range: unknown, found: string) => {
      const [line, ...others] = complaints((broken) => {
        broken.memory.wpqDrainNs.range = range;
      });
      assert.equal(
        line,
        `memory.wpqDrainNs.range: ${found}; accepted: [low, high] around the value, each a number ` +
          'of ns from 0 to 1000000000; an assumption has one',
      );
      assert.deepEqual(others, []);
    };
    const { value } = optaneCx5.memory.wpqDrainNs;
    refused([value + 1, 25], 'is [11,25]');
    refused([5, value - 1], 'is [5,9]');
    refused([25, 5], 'is [25,5]');
    refused([-1, 25], 'is [-1,25]');
    refused([-1, 5], 'is [-1,5]');
    refused([5, 1e10], 'is [5,10000000000]');
    refused(undefined, 'missing');
    const exact = json(optaneCx5);
    exact.memory.wpqDrainNs.range = [value, value];
    assert.deepEqual(parseProfile(exact, 'x.json').memory.wpqDrainNs.range, [value, value]);
    delete exact.link.rateGbps.range;
    assert.equal(parseProfile(exact, 'x.json').link.rateGbps.range, undefined, 'measured');
    exact.memory.dimmCount.range = [1.5, 8];
    assert.throws(() => parseProfile(exact, 'x.json'), /dimmCount.range: is \[1.5,8\]/);
  });

  it('accepts a profile with values that were set by hand', () => {
    const changed = withValue(optaneCx5, 'pcie.postedNs', '300');
    const given = { ...json(changed), name: 'mine' };
    assert.deepEqual(parseProfile(given, 'x.json').pcie.postedNs, changed.pcie.postedNs);
  });

  it('looks names up in what is declared, not in what every object has', () => {
    const spoilt =
      '{"name": "x", "summary": "s", "extends": "cxl", "__proto__": {"core": 1}, ' +
      '"toString": 1, "core": {"constructor": 1, "__proto__": {"clockGhz": 1}, "valueOf": {}}}';
    const message = (given: unknown): string => {
      try {
        parseProfile(given, 'x.json');
      } catch (error) {
        assert(error instanceof ProfileError);
        return error.message;
      }
      return assert.fail('accepted');
    };
    const said = message(JSON.parse(spoilt));
    for (const key of [
      '__proto__',
      'toString',
      'core.constructor',
      'core.__proto__',
      'core.valueOf',
    ])
      assert(said.includes(`\n  ${key}: there is no such key`), `${key} in ${said}`);
    for (const name of [{ toString: 1 }, 'toString', '__proto__', ['cxl'], null, 3]) {
      assert.match(
        message({ name: 'x', summary: 's', extends: name }),
        /\n {2}extends: is .*; accepted/,
      );
    }
    const hidden = message({ name: 'x', summary: 's', extends: 'cxl', 'a\u001b[2J\nb': 1 });
    assert.match(hidden, /\n {2}a\\u001b\[2J\\nb: there is no such key/);
  });

  it('refuses what is no profile at all', () => {
    for (const [given, message] of [
      [[], /\(the whole file\): is \[\]; accepted: an object with name/],
      [null, /\(the whole file\): is null/],
      [
        { name: 'x' },
        /summary: missing.*\n.*core: missing; accepted: an object with clockGhz[\s\S]*extends/,
      ],
      [{ extends: 'optane-cx9' }, /extends: is "optane-cx9"; accepted: paper-2018, optane-cx5/],
    ] as const) {
      assert.throws(() => parseProfile(given, 'x.json'), message);
    }
  });

  it('refuses values that are well-formed but that the model cannot be built from', () => {
    const broken = json(optaneCx5);
    broken.ddio.ways.value = 12;
    const message =
      /^ProfileError: x.json: ddio.ways = 12: must be at most replicaLlc.llcWays, 11$/;
    assert.throws(() => parseProfile(broken, 'x.json'), message);
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

  it('says which paths there are, or which one was meant', () => {
    assert.throws(() => withValue(optaneCx5, 'pci.posted', '1'), /pcie\.\*.*list optane-cx5/);
    assert.throws(() => withValue(optaneCx5, 'pcie.colour', '1'), /there are: .*pcie\.postedNs/);
    assert.throws(() => withValue(optaneCx5, 'pcie.posted', '1'), /did you mean pcie\.postedNs\?/);
    assert.throws(() => withValue(optaneCx5, 'pci.postedns', '1'), /did you mean pcie\.postedNs\?/);
    assert.throws(() => withValue(optaneCx5, 'postedNs', '1'), /did you mean pcie\.postedNs\?/);
    assert.throws(() => withValue(optaneCx5, 'pcie.postedNs.x', '1'), /no profile value/);
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', '']) {
      for (const group of ['core', 'pcie', 'memory', '__proto__', 'constructor']) {
        const path = `${group}.${name}`;
        assert.throws(() => withValue(optaneCx5, path, '3'), /^ProfileError: no profile value '/);
      }
    }
  });

  it('says what a value may be, once', () => {
    const refused = (path: string, text: string, message: RegExp) =>
      assert.throws(() => withValue(optaneCx5, path, text), message);
    for (const bad of ['', 'fast', '-1', 'Infinity', '1e30']) {
      refused('pcie.postedNs', bad, /must be a number of ns from 0 to 1000000000$/);
    }
    refused('memory.persistenceDomain', 'x', /adr or eadr/);
    refused('nic.sendQueueEntries', '1.5', /must be a whole number from 1 to 65536$/);
    refused(
      'nic.sendQueueEntries',
      '1',
      /^ProfileError: nic.sendQueueEntries = 1: must be at least 2/,
    );
    refused('memory.dimmCount', '1e12', /must be a whole number from 1 to/);
    for (const path of ['core.clockGhz', 'core.instructionsPerCycle', 'link.rateGbps']) {
      refused(path, '1e-300', /from 0\.01 to/);
      refused(path, '0.0099', /from 0\.01 to/);
      assert.equal(
        quantities(withValue(optaneCx5, path, '0.01')).find(([p]) => p === path)?.[1].value,
        0.01,
      );
      refused(path, '0', /must be a number of .* from 0\.01 to (100|1000000)$/);
    }
    for (const [path, text, most] of [
      ['core.clockGhz', '101', 100],
      ['link.headerBytes', '4294967296', 4096],
      ['llc.llcWays', '129', 128],
      ['core.fillBuffers', '4097', 4096],
      ['link.lossProbability', '0.51', 0.5],
      ['core.clockGhz', '0x3', 100],
      ['core.clockGhz', 'Infinity', 100],
    ] as const) {
      refused(path, text, new RegExp(`^ProfileError: ${path} = '${text}': must be .* to ${most}$`));
    }
    refused(
      'memory.interleaveBytes',
      '100',
      /^ProfileError: memory.interleaveBytes = 100: must be a/,
    );
    refused('llc.llcWays', '0', /llc.llcWays = '0'/);
    refused(
      'replicaLlc.llcWays',
      '1',
      /^ProfileError: with replicaLlc.llcWays=1: ddio.ways = 2: must/,
    );
  });

  it('judges values that are set together together', () => {
    const both = [
      ['ddio.ways', '16'],
      ['replicaLlc.llcWays', '16'],
    ] as const;
    assert.equal(setValues(optaneCx5, both).ddio.ways.value, 16);
    assert.throws(() => setValues(optaneCx5, both.slice(0, 1)), /ddio.ways = 16: must be at most/);
  });
});
