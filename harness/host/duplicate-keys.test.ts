import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicateKey } from './duplicate-keys.ts';

for (const [text, found] of [
  ['{"a": 1, "a": 2}', 'a'],
  ['{"a": 1, "\\u0061": 2}', 'a'],
  ['{"core": {"clockGhz": {"value": 1, "unit": "GHz", "value": 2}}}', 'core.clockGhz.value'],
  ['{"a": {"x": 1}, "b": 1, "a": {"y": 1}}', 'a'],
  ['{"a": [{"x": 1, "x": 1}]}', 'a.x'],
  ['{"__proto__": 1, "__proto__": 2}', '__proto__'],
  ['{"toString": 1, "toString": 2}', 'toString'],
  ["{a: 1, /* b: */ 'a': 2}", 'a'],
  ["{'\\x61': 1, a: 2}", 'a'],
  ['{\\u0061: 1, a: 2}', 'a'],
  ['{"a": 1, // b\r "a": 2}', 'a'],
  ['{"a": 1, // "a": 2\n "b": 3}', undefined],
  ['{"a": {"x": 1}, "b": {"x": 1}, "c": [{"x": 1}, {"x": 1}]}', undefined],
  ['{"a": "b: {", "b": "\\"b\\": 1"}', undefined],
  ['{"constructor": "toString", "toString": "constructor"}', undefined],
  ['[]', undefined],
] as const) {
  test(`${found ?? 'no key'} is there twice: ${JSON.stringify(text)}`, () =>
    assert.equal(duplicateKey(text)?.path, found));
}

test('the line is that of the second', () => {
  assert.equal(duplicateKey('{"a": 1,\n "b": 2,\n "a": 3\n}')?.line, 3);
});
