/** What the Workload contract promises, for every workload of the table. */

import { after, describe, test } from 'node:test';
import { WORKLOAD_RULES, WorkloadSubject } from './conformance.ts';
import { WORKLOADS } from './index.ts';

for (const workload of WORKLOADS) {
  describe(workload.name, () => {
    const subject = new WorkloadSubject(workload);
    after(() => subject.close());
    for (const { about, check } of WORKLOAD_RULES) {
      test(about, () => check(subject));
    }
  });
}
