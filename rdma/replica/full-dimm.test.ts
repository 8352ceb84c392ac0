/** Full queues at the replica: whom a full DIMM and PCIe hold up, and whom not. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Op } from '../../pm/op.ts';
import type { Backend } from '../backend.ts';
import { backendNamed } from '../backends/index.ts';
import type { MirrorRun, System } from '../mirror.ts';
import { Verb } from '../network/verb.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues, withValue } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { run, traceOf, writeLine } from '../testing/runs.ts';

describe('a full DIMM', () => {
  /** Two DIMMs that take a line at once and then one a microsecond, or as `changed`. */
  const tight = (hostLines: number): HardwareProfile =>
    setValues(ROUND_PROFILE, [
      ['pcie.hostBufferLines', hostLines],
      ['replicaMemory.dimmCount', 2],
      ['replicaMemory.wpqLines', 1],
      ['replicaMemory.wpqDrainNs', 1000],
    ]);
  /** First lines of pages on either DIMM. */
  const [HERE, THERE] = [0, 64];

  /** When each core is done with its lines and a durability point behind them, in ns. */
  function fencesOf(
    lines: readonly (readonly number[])[],
    startNs: readonly number[],
    options: Partial<System & MirrorRun> = {},
  ): number[] {
    const trace = traceOf(
      lines.map((own, core) => (sink) => {
        sink.op(Op.COMPUTE, startNs[core], 0);
        for (const line of own) writeLine(sink, line);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      }),
    );
    const doneNs: number[] = [];
    const onFenceDone = (core: number, _durability: boolean, atPs: number) => {
      doneNs[core] = atPs / 1000;
    };
    const profile = tight(4096);
    run(trace, { backend: backendNamed('sm-dd'), profile, observer: { onFenceDone }, ...options });
    return doneNs;
  }
  const upTo = (count: number, first: number) => Array.from({ length: count }, (_, i) => first + i);
  const manyThere = [...upTo(30, THERE), HERE];

  it('does not hold up lines of another queue pair that are for another DIMM', () => {
    const alone = fencesOf([[], [HERE + 1]], [0, 4000])[1];
    assert.equal(fencesOf([manyThere, [HERE + 1]], [0, 4000])[1], alone);
  });

  it('holds up the lines behind on its queue pair, and their fence', () => {
    // At 33 ns a line the doorbell leaves after 1103 ns; the first line is accepted 866 ns on (see
    // closed-form.test.ts), the 30th is accepted 29 us after it, then the last at once. The answer
    // is half of a PCIe round trip and 596 ns away.
    const doorbell = 31 * 33 + 30 + 50;
    const firstAccepted = doorbell + 200 + 70 + 10 + 250 + 70 + 6 + 200 + 60;
    assert.deepEqual(fencesOf([manyThere], [0]), [firstAccepted + 29_000 + 500 + 596]);
  });

  it('holds up everybody once the host has no more room', () => {
    const [, other] = fencesOf([manyThere, [HERE + 1]], [0, 4000], { profile: tight(8) });
    const alone = fencesOf([[], [HERE + 1]], [0, 4000])[1];
    // It comes 32nd to the host, whose places are free again in the order in which they were taken.
    assert(other > alone + 18_000 && other < alone + 30_000, `${other}, alone ${alone}`);
  });

  it('holds up everybody through a full cache too, once the host has no more room', () => {
    /** The other core's fence under remote commit, with so many places in the host. */
    const other = (places: number): number => {
      // One set of one way: every line pushes out the one before it.
      const oneLine = setValues(tight(places), [
        ['replicaLlc.llcBytes', 64],
        ['replicaLlc.llcWays', 1],
        ['ddio.ways', 1],
      ]);
      return fencesOf([upTo(30, THERE), [HERE + 1]], [0, 4000], {
        profile: oneLine,
        backend: backendNamed('sm-rc'),
      })[1];
    };
    // Some 25 lines are ahead of it, of which memory takes one a microsecond.
    assert(other(1) > other(4096) + 15_000, `${other(1)}, ${other(4096)}`);
  });

  it('holds up whoever shares the queue pair', () => {
    const [, other] = fencesOf([manyThere, [HERE + 1]], [0, 4000], { queuePairs: 'shared' });
    assert(other > 30_000, `${other}`);
  });

  it('is waited for by an ordering fence behind the lines that it holds up', () => {
    const ordered: Backend = {
      ...backendNamed('sm-dd'),
      onOrderingPoint: (posting, core) => posting.post(core, Verb.ROFENCE, 0),
    };
    const trace = traceOf([
      (sink) => {
        for (const line of manyThere) writeLine(sink, line);
        sink.op(Op.ORDERING_FENCE, 0, 0);
        writeLine(sink, 128);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      },
    ]);
    const doorbell = 31 * 33 + 30 + 50;
    const released = doorbell + 200 + 70 + 10 + 250 + 70 + 6 + 200 + 60 + 29_000 + 500;
    const { elapsedPs } = run(trace, { backend: ordered, profile: tight(4096) });
    assert.equal(elapsedPs / 1000, released + 1000 + 596);
  });

  it('keeps every queue pair in order and every fence behind its lines, whatever the load', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 30 }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.array(fc.nat(3000), { minLength: 4, maxLength: 4 }),
        fc.constantFrom(1, 3, 4096),
        fc.constantFrom('per-core' as const, 'shared' as const),
        (lines, startNs, hostLines, queuePairs) => {
          const accepted: number[][] = lines.map(() => []);
          const doneNs: number[] = [];
          const observer = {
            onReplicaDurable: (_replica: number, core: number, _line: number, atPs: number) => {
              accepted[core].push(atPs / 1000);
            },
            onFenceDone: (core: number, _durability: boolean, atPs: number) => {
              doneNs[core] = atPs / 1000;
            },
          };
          fencesOf(lines, startNs, { profile: tight(hostLines), queuePairs, observer });
          lines.forEach((own, core) => {
            assert.equal(accepted[core].length, own.length);
            assert.deepEqual(
              accepted[core],
              accepted[core].toSorted((a, b) => a - b),
            );
            for (const at of accepted[core]) assert(doneNs[core] >= at + 500 + 596);
          });
          // A DIMM takes a line at once and then one a microsecond.
          const all = accepted.flat();
          const last = Math.max(...all);
          const earliest = Math.min(...all);
          assert(all.length === 0 || all.length <= 2 * (2 + (last - earliest) / 1000));
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('PCIe', () => {
  it('takes what a ROFENCE let go before what the NIC hands on later', () => {
    const profile = withValue(ROUND_PROFILE, 'nic.pipelineNs', 1000);
    /** When the line behind the ordering fence is durable; another core sends one after `startNs`. */
    const durableNs = (startNs: number): number => {
      const trace = traceOf([
        (sink) => {
          writeLine(sink, 0);
          sink.op(Op.ORDERING_FENCE, 0, 0);
          writeLine(sink, 1);
          sink.op(Op.DURABILITY_FENCE, 0, 0);
        },
        (sink) => {
          sink.op(Op.COMPUTE, startNs, 0);
          writeLine(sink, 100);
          sink.op(Op.DURABILITY_FENCE, 0, 0);
        },
      ]);
      let durable = 0;
      const onReplicaDurable = (_replica: number, _core: number, at: number, atPs: number) => {
        if (at === 1) durable = atPs / 1000;
      };
      run(trace, { backend: backendNamed('sm-ob'), profile, observer: { onReplicaDurable } });
      return durable;
    };
    const alone = durableNs(1_000_000);
    // It can wait for one line of the other core on PCIe and in the cache, and for no more.
    for (let startNs = 0; startNs < 6000; startNs += 50) {
      const delay = durableNs(startNs) - alone;
      assert(delay >= 0 && delay <= 6 + 5, `${startNs}: ${delay} ns`);
    }
  });

  it('brings reads to the host behind the posted writes of all queue pairs', () => {
    // A message a microsecond on each queue pair, and a line takes as long on PCIe. The first core's is
    // there first, but its fence finds the lines that the second core sent meanwhile ahead of it.
    const profile = setValues(ROUND_PROFILE, [
      ['pcie.rateGbps', 0.768],
      ['nic.qpRateMps', 1],
    ]);
    const fenceNs = (lines: number): number => {
      const trace = traceOf([
        (sink) => {
          writeLine(sink, 0);
          sink.op(Op.DURABILITY_FENCE, 0, 0);
        },
        (sink) => {
          for (let line = 100; line < 100 + lines; line++) writeLine(sink, line);
          sink.op(Op.DURABILITY_FENCE, 0, 0);
        },
      ]);
      let done = 0;
      const onFenceDone = (core: number, _durability: boolean, atPs: number) => {
        if (core === 0) done = atPs / 1000;
      };
      run(trace, { backend: backendNamed('sm-dd'), profile, observer: { onFenceDone } });
      return done;
    };
    // One line of the other core is between the two. The read is handled 1000 - 4 ns after its line
    // and takes 500 to the host, the two lines 2000 + 200.
    assert.equal(fenceNs(1) - fenceNs(0), 2000 + 200 - (1000 - 4 + 500));
  });
});
