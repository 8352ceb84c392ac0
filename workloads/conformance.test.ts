/** What the Workload contract promises, for every workload of the table. */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { WORKLOAD_RULES, WorkloadSubject } from './conformance.ts';
import { WORKLOADS } from './index.ts';
import { integer } from './parameters.ts';
import { counters } from './testing/counters.ts';
import type { AnyWorkload } from './workload.ts';

for (const workload of WORKLOADS) {
  describe(workload.name, () => {
    const subject = new WorkloadSubject(workload);
    after(() => subject.close());
    for (const { about, check } of WORKLOAD_RULES) {
      test(about, () => check(subject));
    }
  });
}

test('a parameter that nothing asks for is found', () => {
  const idle: AnyWorkload = {
    ...counters,
    parameters: { ...counters.parameters, idle: integer(3, [1, 9], 'nothing') },
    configure: ({ idle: _, ...given }) => counters.configure(given),
  };
  const rule = WORKLOAD_RULES.find(({ name }) => name === 'effects') ?? assert.fail();
  rule.check(new WorkloadSubject(counters));
  assert.throws(() => rule.check(new WorkloadSubject(idle)), /'idle' changes nothing/);
});
