/** What sm-sb is for, on short runs of every program of the suite: faster than sm-ob and sm-dd, under both policies. */

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { LINE_SHIFT, lastLineOf } from '../../../../pm/line.ts';
import { isFence, Op, type PersistSink } from '../../../../pm/op.ts';
import { profileNamed } from '../../../../rdma/index.ts';
import { resolveWorkload } from '../../../../workloads/index.ts';
import {
  execTimeNsPerTx,
  expandSystems,
  groupsOf,
  REGISTRY,
  runFunctionally,
  runGroup,
  type WorkloadExecution,
} from '../../../bench/index.ts';
import { headlineWorkloads, shortExecutions } from '../short-suite.ts';

/** Slow memory, fast memory, and caches that are safe. */
const PROFILES = ['slow-pm', 'optane-cx6', 'eadr'].map(profileNamed);
const SHORT = 0.05;

/** Of the lines that a program writes back, the share that it wrote back before in the same epoch. */
function againInEpoch(execution: WorkloadExecution): number {
  let sent = 0;
  let again = 0;
  const sinks = Array.from({ length: execution.threads }, (): PersistSink => {
    const dirty = new Set<number>();
    const ofEpoch = new Set<number>();
    return {
      op(code, offset, bytes) {
        if (isFence(code)) ofEpoch.clear();
        if ((code !== Op.STORE && code !== Op.WRITE_BACK) || bytes === 0) return;
        for (let line = offset >>> LINE_SHIFT; line <= lastLineOf(offset, bytes); line++) {
          if (code === Op.STORE) dirty.add(line);
          else if (dirty.delete(line)) {
            sent++;
            if (ofEpoch.has(line)) again++;
            ofEpoch.add(line);
          }
        }
      },
    };
  });
  const configured = resolveWorkload(execution.workload)?.configure(execution.parameters);
  assert(configured !== undefined);
  runFunctionally(configured, execution, sinks);
  return again / sent;
}

test('what sm-sb does not do, to send a line of an epoch once, would save less than one in a hundred', () => {
  for (const execution of shortExecutions(headlineWorkloads(), SHORT, 'o2')) {
    const share = againInEpoch(execution);
    assert(share < 0.01, `${execution.workload}: ${share}`);
  }
});

for (const execution of shortExecutions(headlineWorkloads(), SHORT, 'o2')) {
  test(`sm-sb is faster than sm-ob and sm-dd: ${execution.workload}`, async () => {
    const systems = expandSystems({
      backends: ['sm-ob', 'sm-dd', 'sm-sb'],
      profiles: PROFILES,
      replicas: [1],
      queuePairs: ['auto', 'any'],
    });
    for (const group of groupsOf([execution], systems)) {
      const results = await runGroup(group, REGISTRY, { directory: tmpdir() });
      const own = results.filter(({ system }) => system.backend === 'sm-sb');
      const others = results.filter(({ system }) => ['sm-ob', 'sm-dd'].includes(system.backend));
      assert.deepEqual([own.length, others.length], [6, 12]);
      for (const { system, ...result } of own) {
        for (const other of others) {
          const { profile, queuePairs } = other.system;
          if (profile.name !== system.profile.name || queuePairs !== system.queuePairs) continue;
          const what = `${other.system.backend} on ${profile.name}, queue pairs ${queuePairs}`;
          assert(execTimeNsPerTx({ system, ...result }) < execTimeNsPerTx(other), what);
        }
      }
    }
  });
}
