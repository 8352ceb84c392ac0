import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op } from '../../pm/op.ts';
import { transact } from '../micro/transact.ts';
import type { ConfiguredWorkload } from '../workload.ts';
import { exploreCrashes } from './crashes.ts';

const WORKLOAD = transact.configure({ epochs: 2, linesPerEpoch: 2, regionLines: 8 });
const RUN = { threads: 1, seed: 4, transactions: 6 };

test('a sound program passes, crashed before, in and after its transactions and recoveries', () => {
  const counts = exploreCrashes(WORKLOAD, { ...RUN, recoveryCrashChance: 1 });
  assert.ok(counts.before > 4 && counts.after > 30, JSON.stringify(counts));
  assert.ok(counts.interrupted > 10, JSON.stringify(counts));
  assert.ok(counts.images >= counts.before + counts.after);
});

test('a transaction that is acknowledged before it is durable is noticed, and where', () => {
  const filter: Parameters<typeof exploreCrashes>[1]['filter'] = (memory) => ({
    op: (op, a, b) => {
      if (op !== Op.DURABILITY_FENCE) memory.op(op, a, b);
    },
  });
  // With one epoch there is no other fence: nothing becomes durable.
  const workload = transact.configure({ epochs: 1, regionLines: 8 });
  const where = /^Error: seed 4, transaction 0, image 0 \(evicted: none\): .* may not leave/;
  assert.throws(() => exploreCrashes(workload, { ...RUN, filter }), where);
});

test('a state that is neither before nor after is noticed, unless the oracle allows it', () => {
  let recoveries = 0;
  const odd: ConfiguredWorkload = {
    ...WORKLOAD,
    recover(...given) {
      const program = WORKLOAD.recover(...given);
      const text = recoveries++ === 3 ? 'odd' : program.digest();
      return { ...program, verify: () => program.verify(), digest: () => text };
    },
  };
  const run = { ...RUN, recoveryCrashChance: 0 };
  assert.throws(() => exploreCrashes(odd, run), /may not leave/);
  recoveries = 0;
  exploreCrashes(odd, { ...run, oracle: (found, a, b) => ['odd', a, b].includes(found) });
});

test('a recovery that comes out otherwise when it is cut short is noticed', () => {
  let recoveries = 0;
  const wavering: ConfiguredWorkload = {
    ...WORKLOAD,
    recover(...given) {
      const program = WORKLOAD.recover(...given);
      const text = recoveries++ % 2 === 0 ? program.digest() : 'otherwise';
      return { ...program, verify: () => program.verify(), digest: () => text };
    },
  };
  const run = { ...RUN, recoveryCrashChance: 1 };
  assert.throws(() => exploreCrashes(wavering, run), /cut short and run again/);
});
