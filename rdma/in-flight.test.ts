/** Several transactions in flight, on ROUND_PROFILE (closed-form.test.ts has its numbers). */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { BACKENDS, backendNamed } from './backends/index.ts';
import { runnable } from './backends/refusal.ts';
import { createMirror } from './engine.ts';
import { type MirrorObserver, type MirrorRun, ONE_REPLICA, type System } from './mirror.ts';
import { setValues } from './profiles/schema.ts';
import { OVERTAKING, ROUND_CXL, ROUND_PROFILE } from './testing/round-profile.ts';
import { run, traceOf, writeLine } from './testing/runs.ts';

type Given = Partial<System & MirrorRun>;

/** Transactions of one line each, with so much work before; every other may only read. */
function transactions(count: number, computeNs: number, reads = false) {
  return (sink: PersistSink): void => {
    for (let i = 0; i < count; i++) {
      sink.op(Op.TX_BEGIN, 0, 0);
      sink.op(Op.COMPUTE, computeNs, 0);
      if (!reads || i % 2 === 0) {
        writeLine(sink, i);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      }
      sink.op(Op.TX_END, 0, 0);
    }
  };
}

function timed(backend: string, program: (sink: PersistSink) => void, given: Given = {}) {
  const told: { beginNs: number; ackNs: number }[] = [];
  const durableNs: number[] = [];
  const observer: MirrorObserver = {
    onTransaction: (_core, _type, beginPs, endPs) =>
      told.push({ beginNs: beginPs / 1000, ackNs: endPs / 1000 }),
    onReplicaDurable: (_replica, _core, line, atPs) => {
      durableNs[line] = atPs / 1000;
    },
  };
  const options = { profile: ROUND_PROFILE, observer, ...given, backend: backendNamed(backend) };
  const report = run(traceOf([program], 1 << 20), options);
  return { told, durableNs, report, elapsedNs: report.elapsedPs / 1000 };
}

/** From begin to answer of a transaction of one line under sm-dd, behind no other. */
const ALONE = 33 + 30 + 50 + 200 + 100 + 70 + 6 + 250 + 70 + 1000 + 596;

describe('a client with several transactions in flight', () => {
  it('goes on before an answer, and waits for the oldest where more would be unanswered', () => {
    // The core is past a durability point when its line is accepted here, at 3 + 100.
    const step = 10_000 + 33 + 30 + 50 + 10;
    const { told, elapsedNs, report } = timed('sm-dd', transactions(4, 10_000), { inflight: 2 });
    const expected = [0, 1, 2, 3].map((i) => ({
      beginNs: i * step,
      ackNs: i * step + 10_000 + ALONE,
    }));
    assert.deepEqual(told, expected);
    assert.equal(elapsedNs, 3 * step + 10_000 + ALONE);
    assert.equal(report.counts.blockingRoundTrips, 1);
    // Without work the second waits for the first, and not a picosecond longer.
    const busy = timed('sm-dd', transactions(3, 0), { inflight: 2 });
    assert.equal(busy.told[0].ackNs, ALONE);
    assert.equal(busy.told[2].beginNs, ALONE);
    const roomy = timed('sm-dd', transactions(3, 0), { inflight: 3 });
    assert.equal(roomy.told[2].beginNs, 2 * 123);
    assert.equal(timed('sm-dd', transactions(3, 0), { inflight: 1 }).elapsedNs, 3 * ALONE);
  });

  it('has one durability point for a group, whose transactions are acknowledged together', () => {
    const { told, report } = timed('sm-dd', transactions(5, 0), { group: 2 });
    const acks = told.map(({ ackNs }) => ackNs);
    assert.equal(acks[0], acks[1]);
    assert.equal(acks[2], acks[3]);
    assert(acks[1] < acks[2] && acks[3] < acks[4]);
    // The last group is not full when the program ends.
    assert.equal(report.counts.rdfences, 3);
    assert.equal(report.counts.blockingRoundTrips, 3);
  });

  it('has a group acknowledged by its last where there is no replica, with more in flight, too', () => {
    const { told } = timed('no-sm', transactions(4, 100), { group: 2 });
    assert.equal(told[0].ackNs, told[1].ackNs);
    assert(told[0].ackNs >= told[1].beginNs + 100);
    const more = timed('no-sm', transactions(4, 100), { inflight: 2, group: 2 });
    assert.deepEqual(more.told, told);
  });

  it('is told of what only read when all before it is durable', () => {
    const { told } = timed('sm-dd', transactions(4, 0, true), { inflight: 4 });
    assert.equal(told[1].ackNs, told[0].ackNs);
    assert(told[1].beginNs < 200);
    const alone = timed('sm-dd', transactions(4, 0, true));
    assert.equal(alone.told[1].ackNs, alone.told[1].beginNs);
  });

  it('gains nothing where a design orders by waiting', () => {
    for (const backend of ['sm-rc', 'apm', 'gpspm', 'cxl-direct']) {
      const given = { profile: ROUND_CXL };
      const one = timed(backend, transactions(6, 100), given);
      const many = timed(backend, transactions(6, 100), { ...given, inflight: 8 });
      assert.deepEqual(many.told, one.told, backend);
      assert.equal(many.elapsedNs, one.elapsedNs, backend);
    }
  });

  it('keeps order and promises under every design, however many are in flight', () => {
    const profile = setValues(OVERTAKING, [['nic.sendQueueEntries', 32]]);
    for (const backend of runnable(BACKENDS, profile).filter((one) => one.durability !== null)) {
      for (let seed = 0; seed < 6; seed++) {
        const random = new Random(seed);
        const [inflight, group] = [random.between(1, 5), random.between(1, 3)];
        const lastLine: number[] = [];
        const epochOfLine: number[] = [];
        const program = (sink: PersistSink): void => {
          const own = new Random(seed, 1);
          for (let i = 0, line = 0, epoch = 0; i < 25; i++) {
            sink.op(Op.TX_BEGIN, 0, 0);
            for (let epochs = own.between(0, 3); epochs > 0; epochs--) {
              for (let n = own.between(1, 4); n > 0; n--) {
                epochOfLine.push(epoch);
                writeLine(sink, line++);
              }
              epoch++;
              const isDurability = epochs === 1 || own.below(4) === 0;
              sink.op(isDurability ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
            }
            lastLine.push(line);
            sink.op(Op.TX_END, 0, 0);
          }
        };
        const { told, durableNs } = timed(backend.name, program, { profile, inflight, group });
        const what = `${backend.name}, seed ${seed}, ${inflight} in flight, groups of ${group}`;
        assert.equal(told.length, 25, what);
        for (const [line, epoch] of epochOfLine.entries()) {
          const earlier = durableNs.filter((_, other) => epochOfLine[other] < epoch);
          assert(Math.max(0, ...earlier) <= durableNs[line], `${what}: line ${line} overtakes`);
        }
        for (const [i, { ackNs }] of told.entries()) {
          assert(i === 0 || ackNs >= told[i - 1].ackNs, `${what}: acknowledged in order`);
          const latest = Math.max(0, ...durableNs.slice(0, lastLine[i]));
          assert(latest <= ackNs, `${what}: transaction ${i} at ${ackNs}, durable at ${latest}`);
        }
      }
    }
  });

  it('is refused where a wait is for some replicas only, and for numbers that cannot be', () => {
    const refused = (given: Partial<System>, message: RegExp) =>
      assert.throws(() => timed('sm-dd', () => {}, { replicas: 2, ...given }), message);
    refused({ inflight: 2, quorum: 1 }, /with a quorum a client has one transaction in flight/);
    refused({ inflight: 0 }, /inflight = 0: must be a whole number from 1 to 1024/);
    refused({ group: 1.5 }, /group = 1.5/);
  });

  it('is the same when the program runs directly', () => {
    for (const given of [{ inflight: 3 }, { group: 3 }, { inflight: 2, group: 2 }]) {
      const backend = backendNamed('sm-ob');
      const system = { backend, profile: ROUND_PROFILE, ...ONE_REPLICA, ...given };
      const mirror = createMirror(system, { cores: 1, heapBytes: 1 << 20 });
      transactions(7, 200)(mirror.sink());
      assert.deepEqual(mirror.finish(), timed('sm-ob', transactions(7, 200), given).report);
    }
  });
});
