/** What sm-sb is for, on short runs of every program of the suite: faster than sm-ob and sm-dd, under both policies. */

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { profileNamed } from '../../../../rdma/index.ts';
import {
  execTimeNsPerTx,
  expandSystems,
  groupsOf,
  REGISTRY,
  runGroup,
} from '../../../bench/index.ts';
import { headlineWorkloads, shortExecutions } from '../short-suite.ts';

/** Slow memory, fast memory, and caches that are safe. */
const PROFILES = ['slow-pm', 'optane-cx6', 'eadr'].map(profileNamed);
const SHORT = 0.05;

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
