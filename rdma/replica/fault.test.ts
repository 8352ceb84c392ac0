/** Losses and replicas that are slow or silent cost what they must. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../../pm/op.ts';
import { BACKENDS, backendNamed } from '../backends/index.ts';
import { runnable } from '../backends/refusal.ts';
import type { System } from '../mirror.ts';
import { withValue } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { ROOMY, randomLines, run, traceOf, writeLine } from '../testing/runs.ts';

describe('what goes wrong costs what it must', () => {
  const trace = randomLines(2, 40, 4);
  const mirroring = runnable(BACKENDS, ROOMY).filter((each) => each.ddio !== 'none');

  it('a lost message is sent again after the timeout, deterministically by seed', () => {
    const lossy = withValue(ROOMY, 'link.lossProbability', 0.02);
    for (const each of mirroring) {
      const clean = run(trace, { backend: each });
      const lost = run(trace, { backend: each, profile: lossy, seed: 3 });
      assert.equal(clean.counts.retransmissions, 0);
      assert(lost.counts.retransmissions > 0);
      assert(lost.elapsedPs > clean.elapsedPs + 65_536_000);
      assert.deepEqual(run(trace, { backend: each, profile: lossy, seed: 3 }), lost);
      assert.notDeepEqual(run(trace, { backend: each, profile: lossy, seed: 4 }), lost);
    }
  });

  it('a wait ends when the slowest replica has answered', () => {
    for (const each of mirroring) {
      const even = run(trace, { backend: each, replicas: 3 });
      const faults = [{ replica: 1, slowdown: 5 }];
      const uneven = run(trace, { backend: each, replicas: 3, faults });
      assert(uneven.elapsedPs > 1.5 * even.elapsedPs, each.name);
      assert.equal(uneven.counts.blockingRoundTrips, even.counts.blockingRoundTrips);
    }
  });

  it('a slow replica takes so many times as long, and nothing else does', () => {
    const one = randomLines(1, 1, 1);
    const elapsed = (slowdown: number) =>
      run(one, {
        backend: backendNamed('sm-dd'),
        profile: ROUND_PROFILE,
        faults: [{ replica: 0, slowdown }],
      }).elapsedPs / 1000;
    // The fence passes the replica's NIC in and out, and asks its host over PCIe.
    assert.equal(elapsed(1), 33 + 30 + 50 + 200 + 100 + 70 + 6 + 250 + 70 + 1000 + 596);
    assert.equal(elapsed(5) - elapsed(1), 4 * (70 + 1000 + 70));
  });

  it('a stalled replica stops everybody until it is back', () => {
    for (const each of mirroring) {
      const smooth = run(trace, { backend: each }).elapsedPs;
      const faults = [{ replica: 0, stallFromNs: 5000, stallForNs: 1_000_000 }];
      const stalled = run(trace, { backend: each, faults }).elapsedPs;
      assert(stalled > smooth + 950_000_000 && stalled < smooth + 1_050_000_000);
    }
  });

  it('a stall counts from MEASURE where one comes, whatever the warm-up takes', () => {
    const one = (sink: PersistSink): void => {
      writeLine(sink, 7);
      sink.op(Op.DURABILITY_FENCE, 0, 0);
    };
    for (const each of mirroring) {
      const measured = (warmUps: number, stallForNs: number) => {
        const trace = traceOf([
          (sink) => {
            for (let i = 0; i < warmUps; i++) one(sink);
            sink.op(Op.MEASURE, 0, 0);
            one(sink);
          },
        ]);
        let [from, stalledAt] = [0, Number.NaN];
        const faults = [{ replica: 0, stallFromNs: 0, stallForNs }];
        const { elapsedPs } = run(trace, {
          backend: each,
          profile: ROUND_PROFILE,
          faults,
          warmsUp: true,
          observer: {
            onMeasure: (atPs) => {
              from = atPs;
            },
            onStalled: (_replica, atPs) => {
              stalledAt = atPs - from;
            },
          },
        });
        return { elapsedNs: elapsedPs / 1000, atNs: stalledAt / 1000 };
      };
      // In a window from 0 on, the line comes at atNs: one that ends then misses it, longer ones do not.
      const { atNs } = measured(0, 5000);
      const { elapsedNs } = measured(0, atNs);
      for (const warmUps of [0, 3]) {
        assert.deepEqual(measured(warmUps, 5000), measured(0, 5000), each.name);
        assert.deepEqual(measured(warmUps, atNs), { elapsedNs, atNs: Number.NaN }, each.name);
        assert.equal(measured(warmUps, atNs + 1).atNs, atNs, each.name);
      }
    }
  });

  it('refuses faults of replicas that are not there, and slowdowns below 1', () => {
    const faulty = (fault: { replica: number; slowdown?: number }) => () =>
      run(trace, { backend: backendNamed('sm-ob'), faults: [fault] });
    assert.throws(faulty({ replica: 1 }), /replica 1: there are 1/);
    assert.throws(faulty({ replica: 0, slowdown: 0.5 }), /at least 1/);
  });

  it('a slow replica is slow in PCIe and memory too', () => {
    const durableNs = (slowdown: number): number => {
      let durable = 0;
      const onReplicaDurable = (_replica: number, _core: number, _line: number, atPs: number) => {
        durable = atPs / 1000;
      };
      run(randomLines(1, 1, 1), {
        backend: backendNamed('sm-dd'),
        profile: ROUND_PROFILE,
        faults: [{ replica: 0, slowdown }],
        observer: { onReplicaDurable },
      });
      return durable;
    };
    assert.equal(durableNs(5) - durableNs(1), 4 * (70 + 6 + 200 + 60));
    const profile = withValue(ROOMY, 'replicaMemory.dimmCount', 1);
    const many = randomLines(8, 8, 64);
    const elapsed = (slowdown: number) =>
      run(many, { backend: backendNamed('sm-dd'), profile, faults: [{ replica: 0, slowdown }] })
        .elapsedPs;
    const times = elapsed(3) / elapsed(1);
    assert(times > 2.7 && times <= 3, `${times}`);
  });

  it('a replica that stalls later answers until then', () => {
    const doneNs = (faults: System['faults']): number[] => {
      const done: number[] = [];
      const onFenceDone = (_core: number, _durability: boolean, atPs: number) => {
        done.push(atPs / 1000);
      };
      const twice = traceOf([
        (sink) => {
          for (const computeNs of [0, 50_000]) {
            sink.op(Op.COMPUTE, computeNs, 0);
            writeLine(sink, 1);
            sink.op(Op.DURABILITY_FENCE, 0, 0);
          }
        },
      ]);
      const profile = ROUND_PROFILE;
      run(twice, { backend: backendNamed('sm-dd'), profile, faults, observer: { onFenceDone } });
      return done;
    };
    const [first, second] = doneNs([]);
    const stalled = doneNs([{ replica: 0, stallFromNs: 40_000, stallForNs: 100_000 }]);
    assert.equal(stalled[0], first);
    // Both messages are there at the end of the stall; the NIC takes the second a message later.
    assert.equal(stalled[1], 140_000 + 10 + 70 + 1000 + 596);
    assert(second < 60_000);
  });
});
