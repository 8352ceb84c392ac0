/** Every backend keeps the order between cores that it is stated to keep; one that does not is found out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../backend.ts';
import { derivedOrder, QUEUE_PAIRS } from '../conformance/core-order.ts';
import { BACKENDS } from './index.ts';
import { orderKept } from './semantics.ts';
import { smDd } from './sm-dd.ts';

for (const backend of BACKENDS.filter(({ durability }) => durability !== null)) {
  test(`${backend.name} keeps the order between cores that it states`, () => {
    for (const queuePairs of QUEUE_PAIRS) {
      assert.equal(derivedOrder(backend, queuePairs), orderKept(backend, queuePairs), queuePairs);
    }
  });
}

test('a design that forgets a word, or the wait at release, does not keep what it states', () => {
  const unwaited: Backend = { ...smDd, onRelease() {} };
  assert.equal(orderKept(unwaited, 'release'), 'locks');
  assert.equal(derivedOrder(unwaited, 'release'), 'words');
  const whole: Backend = {
    ...smDd,
    onLine: (posting, core, line) => smDd.onLine(posting, core, line, 0xff),
  };
  assert.equal(orderKept(whole, 'words'), 'words');
  assert.equal(derivedOrder(whole, 'words'), 'none');
});

test('what keeps nothing at a replica has no order to keep there', () => {
  for (const backend of BACKENDS.filter(({ durability }) => durability === null)) {
    assert.equal(orderKept(backend, 'per-core'), 'any');
  }
});
