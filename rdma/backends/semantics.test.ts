/** Every backend states the durability semantics that its timing has; one that does not is found out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../backend.ts';
import { derivedSemantics, statedSemantics } from '../conformance/semantics.ts';
import { Verb } from '../network/verb.ts';
import { BACKENDS } from './index.ts';
import { durabilitySemantics } from './semantics.ts';
import { smOb } from './sm-ob.ts';
import { smRc } from './sm-rc.ts';

for (const backend of BACKENDS) {
  for (const domain of ['adr', 'eadr'] as const) {
    test(`${backend.name} is durable as it states (${domain})`, () => {
      assert.deepEqual(derivedSemantics(backend, domain, 1), durabilitySemantics(backend, domain));
    });
  }
}

test('a backend that does not keep what it states is found out', () => {
  const unordered: Backend = { ...smOb, onOrderingPoint() {} };
  assert.equal(derivedSemantics(unordered, 'adr', 1), 'later epochs overtake earlier ones');
  const unflushed: Backend = {
    ...smRc,
    onOrderingPoint() {},
    onDurabilityPoint(posting, core) {
      posting.post(core, Verb.RDFENCE, 0);
      posting.awaitAnswer(core);
    },
  };
  assert.equal(typeof derivedSemantics(unflushed, 'adr', 1), 'string');
  const lazier: Backend = { ...smRc, onOrderingPoint: smOb.onOrderingPoint };
  assert.notDeepEqual(derivedSemantics(lazier, 'adr', 1), durabilitySemantics(smRc, 'adr'));
  const silent: Backend = { ...smOb, durability: null };
  assert.match(
    statedSemantics.broken(silent, { seed: 1, programs: 1 }) ?? '',
    /states in durability that it keeps nothing/,
  );
});
