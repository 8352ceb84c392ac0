/** Memory stays bounded however long a run is: peak resident size of a process of its own. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

/** Peak resident memory, in MiB, of a run of `transactions` of the microbenchmark. */
function peakMiB(transactions: number, threads: number): number {
  const modules = ['run', 'registry', 'suite', 'systems'].map((name) =>
    JSON.stringify(new URL(`${name}.ts`, import.meta.url).href),
  );
  const workloads = JSON.stringify(new URL('../../workloads/index.ts', import.meta.url).href);
  const rdma = JSON.stringify(new URL('../../rdma/index.ts', import.meta.url).href);
  const script = `
    import { mkdtempSync, rmSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    import { join } from 'node:path';
    import { runGroup } from ${modules[0]};
    import { REGISTRY } from ${modules[1]};
    import { executionOf } from ${modules[2]};
    import { expandSystems } from ${modules[3]};
    import { resolveWorkload } from ${workloads};
    import { PROFILES } from ${rdma};
    const execution = executionOf(resolveWorkload('transact'), {
      transactions: ${transactions}, threads: ${threads}, parameters: { regionLines: 4096 },
    });
    const systems = expandSystems({
      backends: ['sm-rc', 'sm-ob'], profiles: [PROFILES[0]], replicas: [1],
    });
    const directory = mkdtempSync(join(tmpdir(), 'memory-test-'));
    await runGroup({ execution, systems }, REGISTRY, { directory, memoryBytesMax: 1 << 20 });
    rmSync(directory, { recursive: true });
    console.log(process.resourceUsage().maxRSS / 1024);
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script]);
  return Number(output.toString());
}

for (const threads of [1, 2]) {
  test(`sixteen times the transactions need no more memory: ${threads} thread(s)`, () => {
    const [few, many] = [2_000, 32_000].map((transactions) => peakMiB(transactions, threads));
    assert(few > 20 && many < few + 60, `${few} MiB and ${many} MiB`);
  });
}
