import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import JSON5 from 'json5';
import { aboutValue, GROUP_ABOUT } from './about.ts';
import { PROFILES } from './index.ts';
import { profileJsonSchema } from './json-schema.ts';
import { optaneCx5 } from './optane-cx5.ts';
import {
  COMMON_GROUPS,
  groupOf,
  type HardwareProfile,
  PROFILE_GROUPS,
  quantities,
} from './profile.ts';
import { parseProfile, setValues } from './schema.ts';
import { profileTemplate } from './template.ts';

const valuesOf = (profile: HardwareProfile) => PROFILE_GROUPS.map((name) => groupOf(profile, name));

describe('profileTemplate', () => {
  for (const base of PROFILES) {
    it(`is accepted as it is, with the values of ${base.name}`, () => {
      const template = parseProfile(JSON5.parse(profileTemplate(base)), 'template.jsonc');
      assert.notEqual(template.name, base.name);
      assert.deepEqual(valuesOf(template), valuesOf(base));
    });
  }

  it('is JSON but for whole-line comments', () => {
    const text = profileTemplate(optaneCx5).replaceAll(/^\s*\/\/.*$/gm, '');
    assert.equal(JSON.parse(text).extends, 'optane-cx5');
  });

  it('says above every value what it is, what it may be and where it is from', () => {
    const lines = profileTemplate(optaneCx5).split('\n');
    for (const [path, { value, source }] of quantities(optaneCx5)) {
      const [group, key] = path.split('.');
      const start = lines.findIndex((line) => line.startsWith(`  "${group}": {`));
      const at = lines.findIndex((line, i) => i > start && line.startsWith(`    "${key}": {`));
      const from = lines.slice(0, at).findLastIndex((line) => !/^ {4}\/\//.test(line)) + 1;
      const told = lines
        .slice(from, at)
        .map((line) => line.trim().slice(3))
        .join(' ');
      assert.match(told, /\. Accepted: a (whole )?number/, path);
      assert.ok(told.includes(`In optane-cx5: ${value}`), `${path}: ${told}`);
      assert.ok(told.endsWith(`: ${source}.`), `${path}: ${told}`);
    }
  });

  it('of a machine that is no known one is whole', () => {
    const mine = { ...setValues(optaneCx5, [['link.rateGbps', 40]]), name: 'mine' };
    const json = JSON5.parse(profileTemplate(mine));
    assert.equal(json.extends, undefined);
    assert.equal(parseProfile(json, 'x').link.rateGbps.value, 40);
  });
});

describe('profileJsonSchema', () => {
  // biome-ignore lint/suspicious/noExplicitAny: JSON as it comes
  const schema = profileJsonSchema() as any;

  it('describes every value, with its unit and limits', () => {
    for (const name of PROFILE_GROUPS) {
      const group = schema.properties[name];
      assert.equal(group.description, GROUP_ABOUT[name]);
      assert.equal(group.additionalProperties, false);
      for (const [key, quantity] of Object.entries(groupOf(optaneCx5, name))) {
        const { description, properties, required } = group.properties[key];
        assert.ok(description.startsWith(aboutValue(name, key)), `${name}.${key}`);
        if (typeof quantity === 'string') continue;
        assert.equal(properties.unit.const, quantity.unit);
        assert.deepEqual(required, ['value', 'unit', 'basis', 'source']);
        const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = properties.value;
        assert.ok((minimum ?? exclusiveMinimum) <= quantity.value, `${name}.${key}`);
        assert.ok((maximum ?? exclusiveMaximum) >= quantity.value, `${name}.${key}`);
      }
    }
    const { type } = schema.properties.memory.properties.dimmCount.properties.value;
    assert.equal(type, 'integer');
  });

  it('asks for everything of a profile that extends none', () => {
    assert.deepEqual(schema.required, ['name', 'summary']);
    assert.deepEqual(schema.if, { required: ['extends'] });
    assert.deepEqual(schema.else.required, COMMON_GROUPS);
    assert.deepEqual(schema.else.properties.link.required, Object.keys(optaneCx5.link));
    assert.ok(schema.properties.$schema !== undefined, 'a file may name its schema');
  });
});
