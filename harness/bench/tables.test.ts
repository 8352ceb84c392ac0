import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileNamed } from '../../rdma/index.ts';
import { REFERENCE_INSTRUCTIONS_PER_NS } from '../../workloads/compute-model.ts';
import { resolveWorkload } from '../../workloads/index.ts';
import { executionOf } from './suite.ts';
import { nativeNote } from './tables.ts';

test('tables name the programs whose native speed is not known, once each, and only under native', () => {
  const executions = (['o2', 'native'] as const).map((computeModel) =>
    ['ctree', 'nfs', 'exim', 'nfs'].flatMap((name) => {
      const workload = resolveWorkload(name);
      return workload === undefined ? [] : executionOf(workload, { computeModel });
    }),
  );
  assert.equal(nativeNote(executions[0]), undefined);
  assert.equal(nativeNote(executions[1].slice(0, 1)), undefined);
  assert.match(nativeNote(executions[1]) ?? '', /of nfs, exim; charged as o2$/);
});

test('the core on which native times hold as measured is that of paper-2018', () => {
  const { clockGhz, instructionsPerCycle } = profileNamed('paper-2018').core;
  const perNs = clockGhz.value * instructionsPerCycle.value;
  assert.ok(Math.abs(perNs - REFERENCE_INSTRUCTIONS_PER_NS) < 1e-9, `${perNs}`);
});
