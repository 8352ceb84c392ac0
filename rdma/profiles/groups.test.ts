import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupValue, resolveGroup, VALUE_GROUPS } from './groups.ts';
import { PROFILES } from './index.ts';
import { paper2018 } from './paper-2018.ts';
import { quantities } from './profile.ts';
import { setValues } from './schema.ts';

const valuesOf = (profile: typeof paper2018) =>
  new Map(quantities(profile).map(([path, { value }]) => [path, value]));

test('a group has its own name, and each quantity is in one group at most', () => {
  const paths = quantities(paper2018).map(([path]) => path);
  const members = VALUE_GROUPS.flatMap((group) => group.members.map(({ path }) => path));
  assert.equal(new Set(members).size, members.length);
  for (const path of members) assert.ok(paths.includes(path), path);
  for (const { name } of VALUE_GROUPS) assert.ok(!paths.includes(name), name);
});

for (const profile of PROFILES) {
  test(`on ${profile.name} a group has the value that it is set to, and nothing else changes`, () => {
    for (const group of VALUE_GROUPS) {
      const { value } = groupValue(profile, group);
      const before = valuesOf(profile);
      const after = setValues(profile, [[group.name, value * 2]]);
      assert.equal(groupValue(after, group).value, value * 2, group.name);
      for (const [path, now] of valuesOf(after)) {
        const isMember = group.members.some((member) => member.path === path);
        const was = before.get(path) ?? Number.NaN;
        assert.ok(
          Math.abs(now - (isMember ? 2 * was : was)) < 1e-9 * now + 1e-12,
          `${group.name} ${path}`,
        );
      }
    }
  });
}

test('the round trip is propagation and NICs, there and back', () => {
  const profile = setValues(paper2018, [['rtt', '2000']]);
  const values = valuesOf(profile);
  const [propagation, pipeline] = ['link.propagationNs', 'nic.pipelineNs'].map(
    (path) => values.get(path) ?? Number.NaN,
  );
  assert.ok(Math.abs(2 * propagation + 4 * pipeline - 2000) < 1e-6);
});

test('what is plausible of a sum is the sum of what is plausible', () => {
  const rtt = resolveGroup('rtt');
  assert.ok(rtt !== undefined);
  const { range, value } = groupValue(paper2018, rtt);
  const { propagationNs } = paper2018.link;
  const [low, high] = propagationNs.range ?? [propagationNs.value, propagationNs.value];
  assert.ok(Math.abs((range?.[0] ?? 0) - (2 * low + 4 * 74.8)) < 1e-6);
  assert.ok(Math.abs((range?.[1] ?? 0) - (2 * high + 4 * 170)) < 1e-6);
  assert.ok(value > 0);
});

test('values that a group cannot have are refused by its name', () => {
  const refused = (text: string, message: RegExp, profile = paper2018) =>
    assert.throws(() => setValues(profile, [['rtt', text]]), { name: 'ProfileError', message });
  refused('-1', /^rtt = '-1': must be a number of ns from 0 to/);
  refused('fast', /^rtt = 'fast': must be/);
  const none = setValues(paper2018, [['rtt', 0]]);
  refused('100', /^rtt is 0 on paper-2018.* set link\.propagationNs, nic\.pipelineNs one by/, none);
  assert.throws(() => setValues(paper2018, [['pm.dimms', '0']]), /^ProfileError: pm\.dimms = '0'/);
  assert.throws(() => setValues(paper2018, [['rate', '1']]), /and groups rtt, pm\.writeLatency/);
});
