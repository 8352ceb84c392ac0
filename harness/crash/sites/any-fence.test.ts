import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveWorkload } from '../../../workloads/index.ts';
import { momentsAtFences, momentsOfEachType } from './focus.ts';
import { AGES, SURVEY_PROGRAMS } from './programs.ts';
import { StreamExplorer } from './stream-explorer.ts';
import { recordFromZero, recordRecoveries } from './streams.ts';

const PROGRAMS = SURVEY_PROGRAMS.filter(({ isSpare }) => isSpare === undefined);
const FOCUS = { imagesPerCrash: 5, seed: 1 } as const;

for (const { workload, parameters, transactions, seed = 1, aged } of PROGRAMS) {
  const name = [workload, ...Object.entries(parameters ?? {}), aged ?? ''].join(' ');
  test(`${name}: power may fail in each type of transaction, and in recovery from that`, () => {
    const known = resolveWorkload(workload);
    assert(known !== undefined);
    const configured = known.configure({ ...known.smallParameters, ...parameters });
    const subject = { configured, threads: 1, seed, transactions };
    const stream = recordFromZero(subject, () => undefined, aged && AGES[aged]);
    const explorer = new StreamExplorer(subject);
    const moments = momentsOfEachType(stream, 30);
    assert.equal(explorer.explore(stream, { ...FOCUS, moments }).problem, null);
    // Without sites that are known, the first recoveries.
    const recoveries = recordRecoveries(subject, stream, String, { images: 12, kept: 3, seed: 1 });
    for (const recovery of recoveries) {
      const inRecovery = momentsAtFences(recovery, 20);
      assert.equal(explorer.explore(recovery, { ...FOCUS, moments: inRecovery }).problem, null);
    }
  });
}
