import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS } from '../../rdma/index.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { defaultJobs } from './plan.ts';

const CRASHES_LEAST = 100;
const IMAGES_LEAST = 8;

test('the default check has every workload under every backend, thoroughly', () => {
  const jobs = defaultJobs({ seed: 1 });
  for (const workload of WORKLOADS) {
    const own = jobs.filter(({ subject }) => subject.workload === workload.name);
    assert(own.length > 0, workload.name);
    for (const { systems, thoroughness } of own) {
      assert(thoroughness.crashes >= CRASHES_LEAST, workload.name);
      assert(thoroughness.imagesPerCrash >= IMAGES_LEAST, workload.name);
      const backends = new Set(systems.map(({ backend }) => backend));
      assert.deepEqual(
        [...backends],
        BACKENDS.map(({ name }) => name),
        workload.name,
      );
    }
  }
});

test('clients are held apart by no more than words, except where they are said to depend', () => {
  for (const { subject } of defaultJobs({ seed: 1 })) {
    const entry = WORKLOADS.find(({ name }) => name === subject.workload);
    const needed = entry !== undefined && entry.orderNeeded !== 'none';
    assert(subject.isolation === 'words' || needed, subject.workload);
  }
});
