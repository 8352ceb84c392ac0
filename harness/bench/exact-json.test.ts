import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, exactJson, firstDifference, parseExact } from './exact-json.ts';

/** Data of every kind, nested. */
const anyData = fc.letrec((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null),
    fc.constantFrom(undefined, true, 2n ** 70n, -1n),
    fc.string({ unit: 'binary' }),
    fc.float64Array(),
    fc.uint32Array(),
    fc.bigInt64Array(),
    fc.array(tie('data')),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('$', '__proto__', 'toString')),
      tie('data'),
      { noNullPrototype: true },
    ),
    fc.array(fc.tuple(fc.string(), tie('data'))).map((entries) => new Map(entries)),
    fc.array(tie('data')).map((items) => new Set(items)),
  ),
})).data;

test('what is written is read as it was, whatever it holds', () => {
  fc.assert(
    fc.property(anyData, (data) => {
      assert.deepStrictEqual(parseExact(exactJson({ data })), { data });
    }),
    { seed: 7, numRuns: 300 },
  );
  assert.deepStrictEqual(parseExact(exactJson([-0])), [-0]);
});

test('what JSON has stays plain JSON', () => {
  assert.equal(exactJson({ a: [1.5, 'x', null], b: true }), '{"a":[1.5,"x",null],"b":true}');
  for (const none of [() => 1, Symbol('x'), new Date(0), /x/]) {
    assert.throws(() => exactJson({ none }), TypeError);
  }
});

test('a canonical text depends neither on the order of fields nor on those that are undefined', () => {
  assert.equal(canonicalJson({ b: 1, a: { d: 2, c: undefined } }), '{"a":{"d":2},"b":1}');
  assert.equal(canonicalJson({ a: { d: 2 }, b: 1 }), '{"a":{"d":2},"b":1}');
  assert.notEqual(canonicalJson({ a: -0 }), canonicalJson({ a: 0 }));
});

test('the first difference is named with both values', () => {
  assert.equal(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }), 'a.1.b: 2 and 3');
  assert.equal(firstDifference({ a: 1 }, {}), 'a: 1 and nothing');
  assert.equal(firstDifference([], {}), ': a list and none');
  assert.equal(firstDifference({ a: [Number.NaN] }, { a: [Number.NaN] }), undefined);
});
