/**
 * A mirror that nobody looks into works ahead (see `Remote.workAhead` and `replay.ts`). One that is watched does
 * everything when its time has come, which is the definition. Both must say the same, to the picosecond.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { backendNamed } from './backends/index.ts';
import { refusal } from './backends/refusal.ts';
import { createMirror } from './engine.ts';
import { type MirrorObserver, ONE_REPLICA } from './mirror.ts';
import { profileNamed } from './profiles/index.ts';
import { setValues } from './profiles/schema.ts';
import { type RandomCase, randomCase } from './testing/random-systems.ts';
import { traceOf, writeLine } from './testing/runs.ts';

/** The last has a design whose cores wait before a line, and go on in the same operation. */
const SEEDS = [...Array.from({ length: 150 }, (_, i) => i + 1), 519];

/** What a run says: its report, and what it tells of transactions, in order. */
function said({ trace, system, run }: RandomCase, watcher: MirrorObserver) {
  const told: (string | number)[][] = [];
  const observer: MirrorObserver = {
    onMeasure: (atPs) => told.push(['measure', atPs]),
    onTransaction: (...transaction) => told.push(['transaction', ...transaction]),
    onAcknowledged: (...acknowledged) => told.push(['acknowledged', ...acknowledged]),
    onStalled: (...stalled) => told.push(['stalled', ...stalled]),
    ...watcher,
  };
  const mirror = createMirror(system, { ...run, observer });
  mirror.replay(trace);
  return { report: mirror.finish(), told };
}

describe('a mirror that works ahead', () => {
  const cases = SEEDS.map((seed) => ({ seed, ...randomCase(seed) }));
  const possible = cases.filter(({ system }) => refusal(system) === undefined);

  it('says what one does that is watched', () => {
    for (const one of possible) {
      const { seed, system } = one;
      const name = `seed ${seed}: ${system.backend.name}, ${system.queuePairs}`;
      assert.deepEqual(said(one, {}), said(one, { onOperation() {} }), name);
    }
  });

  it('says the same of a trace in chunks of any size', () => {
    for (const { seed } of possible.slice(0, 30)) {
      const [whole, cut] = [1 << 15, 5].map((chunkOps) => said(randomCase(seed, chunkOps), {}));
      assert.deepEqual(whole, cut, `seed ${seed}`);
    }
  });

  it('says the same of many cores with much on its way', () => {
    const cores = 24;
    const programs = Array.from({ length: cores }, (_, core) => (sink: PersistSink) => {
      const random = new Random(core + 1);
      sink.op(Op.MEASURE, 0, 0);
      for (let i = 0; i < 20; i++) {
        sink.op(Op.TX_BEGIN, 0, 0);
        sink.op(Op.COMPUTE, random.below(300), 0);
        for (let line = random.below(12); line >= 0; line--) {
          writeLine(sink, core * 64 + random.below(64));
          if (random.below(3) === 0) sink.op(Op.ORDERING_FENCE, 0, 0);
        }
        sink.op(Op.DURABILITY_FENCE, 0, 0);
        sink.op(Op.TX_END, 0, 0);
      }
    });
    const trace = traceOf(programs, cores * 64 * 64);
    const profile = setValues(profileNamed('paper-2018'), [['nic.sendQueueEntries', cores + 100]]);
    for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) {
      for (const queuePairs of ['shared', 'per-core', 'words', 'release'] as const) {
        const system = { backend: backendNamed(name), profile, ...ONE_REPLICA, queuePairs };
        const run = { cores, heapBytes: trace.heapBytes, seed: 1, warmsUp: true } as const;
        const one = { trace, run, system };
        assert.deepEqual(said(one, {}), said(one, { onOperation() {} }), `${name}, ${queuePairs}`);
      }
    }
  });

  it('is tried with every design, policy, and number of replicas', () => {
    const measured = possible.filter(({ run }) => run.warmsUp);
    const each = (of: (one: RandomCase) => string | number) => new Set(measured.map(of)).size;
    assert.equal(
      each(({ system }) => system.backend.name),
      11,
    );
    assert.equal(
      each(({ system }) => system.queuePairs),
      4,
    );
    assert.equal(
      each(({ system }) => system.replicas),
      3,
    );
    assert.equal(
      each(({ run }) => run.cores),
      5,
    );
  });
});
