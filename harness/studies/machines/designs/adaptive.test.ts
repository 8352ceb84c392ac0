/** sm-ad beside the ways that it chooses from, on programs of the suite in the short runs of the table of designs. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { profileNamed } from '../../../../rdma/index.ts';
import { expandSystems, REGISTRY, runGroup } from '../../../bench/index.ts';
import { headlineWorkloads, steadyExecutions } from '../short-suite.ts';

const directory = mkdtempSync(join(tmpdir(), 'adaptive-test-'));
after(() => rmSync(directory, { recursive: true }));

/** One client, several, and several that share a queue pair. */
const PROGRAMS = ['ctree', 'exim', 'vacation'];
const PROFILES = ['optane-cx5', 'eadr', 'slow-pm'];

test('sm-ad takes at most 3 % more than the better of its ways', async () => {
  const workloads = headlineWorkloads().filter(({ name }) => PROGRAMS.includes(name));
  const systems = expandSystems({
    backends: ['sm-dd', 'sm-ob', 'sm-ad'],
    profiles: PROFILES.map(profileNamed),
    replicas: [1],
  });
  for (const execution of steadyExecutions(workloads, 1, 'o2')) {
    const results = await runGroup({ execution, systems }, REGISTRY, { directory });
    for (const profile of PROFILES) {
      const own = results.filter(({ system }) => system.profile.name === profile);
      const [bypass, through, adaptive] = own.map(({ report }) => report.elapsedPs);
      assert(
        adaptive <= 1.03 * Math.min(bypass, through),
        `${execution.workload} on ${profile}: ${adaptive}, ${bypass} and ${through} ps`,
      );
    }
  }
});
