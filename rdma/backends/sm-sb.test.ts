/**
 * Numbered and staged lines on ROUND_PROFILE, to the picosecond. In ns: a store of 8 B 1, clwb 2, a push 4; a
 * line to the memory controller 100, at least 20 between lines; fence 10. A message of a queue pair every 100;
 * on the wire 6 and 5 a line; on PCIe 6 a line, 200 posted, 500 half a read; 60 on to memory.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../../pm/op.ts';
import type { Backend } from '../backend.ts';
import type { MirrorObserver, MirrorRun, System } from '../mirror.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { run, traceOf, writeLine } from '../testing/runs.ts';
import { ideal } from './ideal.ts';
import { refusal } from './refusal.ts';
import { smSb } from './sm-sb.ts';

/** From when a message is sent, of so many lines, to when the replica's NIC is through with it. */
const way = (lines: number): number => 70 + 6 + 5 * lines + 250 + 70;
/** From when a line is the next to be staged until it is. */
const STAGED = 6 + 200;
/** From an acknowledgement's departure to the core. */
const BACK = 70 + 6 + 250 + 70 + 200;

const round = (values: Parameters<typeof setValues>[1] = []): HardwareProfile =>
  setValues(ROUND_PROFILE, values);

/** Epochs of so many lines, and a durability point at the end. */
const epochs =
  (count: number, lines: number, computeNs = 0) =>
  (sink: PersistSink) => {
    for (let epoch = 0; epoch < count; epoch++) {
      sink.op(Op.COMPUTE, computeNs, 0);
      for (let i = 0; i < lines; i++) writeLine(sink, epoch * lines + i);
      sink.op(epoch === count - 1 ? Op.DURABILITY_FENCE : Op.ORDERING_FENCE, 0, 0);
    }
  };

function timed(
  programs: readonly ((sink: PersistSink) => void)[],
  given: Partial<System & MirrorRun> & { backend?: Backend } = {},
) {
  const trace = traceOf(programs, 1 << 20);
  const report = run(trace, { backend: smSb, profile: ROUND_PROFILE, ...given });
  return { ...report, elapsedNs: report.elapsedPs / 1000 };
}

describe('two replicas', () => {
  it('get their messages from one NIC, one after the other', () => {
    const profile = round([['nic.nicRateMps', 1]]);
    const [one, two] = [1, 2].map(
      (replicas) => timed([epochs(1, 1)], { profile, replicas }).elapsedNs,
    );
    assert.equal(two - one, 1000);
  });
});

describe('one core', () => {
  it('waits for its last line to be staged, and for nothing else', () => {
    const { elapsedNs, counts } = timed([epochs(1, 1)]);
    assert.equal(elapsedNs, 7 + 200 + way(1) + STAGED + BACK);
    const { writes, rdfences, doorbells, blockingRoundTrips, linkBytes } = counts;
    assert.deepEqual([writes, rdfences, doorbells, blockingRoundTrips], [1, 0, 0, 1]);
    assert.equal(linkBytes, 96 + 64 + 16);
  });

  it('goes on at ordering points when its own memory has the lines', () => {
    for (const [count, lines, computeNs] of [
      [1, 4, 0],
      [3, 1, 1000],
      [5, 4, 2000],
    ]) {
      // The others leave 20 ns apart, and wait for the queue pair's next message, which carries them all.
      const last = lines === 1 ? 7 + 200 + way(1) + STAGED : 307 + way(3) + 2 * 6 + STAGED;
      const epoch = computeNs + 3 + 20 * (lines - 1) + 100;
      const { elapsedNs } = timed([epochs(count, lines, computeNs)]);
      assert.equal(elapsedNs, (count - 1) * epoch + computeNs + last + BACK);
    }
  });

  it('takes what each idea gives longer without it', () => {
    const four = (values: Parameters<typeof setValues>[1], lines = 4): number =>
      timed([epochs(1, lines)], { profile: round(values) }).elapsedNs;
    // A request of 30 ns and a doorbell of 50 for each line.
    assert.equal(four([['nic.pushStores', 0]], 1), 83 + 200 + way(1) + STAGED + BACK);
    // Four messages, 100 ns apart.
    assert.equal(four([['nic.packLines', 1]]), 507 + way(1) + STAGED + BACK);
    // A request behind the last line, in its message: 16 B, which are 1 ns on the wire.
    assert.equal(four([['nic.ackAnswers', 0]]), 307 + way(3) + 1 + 2 * 6 + STAGED + BACK);
    // In order to memory, which is asked for by a read over PCIe: a message of its own.
    assert.equal(four([['nic.stagingLines', 0]], 1), 307 + way(0) + 1 + 1000 + BACK);
  });

  it('asks for an answer where one of its replicas does not stage', () => {
    const others = [{ replica: 1, values: [['nic.stagingLines', '0'] as const] }];
    const profile = { ...ROUND_PROFILE, others };
    const durable: number[] = [];
    const observer: MirrorObserver = {
      onReplicaDurable: (_replica, _core, _line, atPs) => durable.push(atPs / 1000),
    };
    const { elapsedNs, counts } = timed([epochs(1, 1)], { profile, replicas: 2, observer });
    assert.equal(counts.rdfences, 2);
    assert.equal(durable.length, 2);
    assert(durable.every((ns) => ns + BACK <= elapsedNs));
  });

  it('waits for room in the staging buffer, and not a line longer', () => {
    const nine = (stagingLines: number): number =>
      timed([epochs(1, 4)], { profile: round([['nic.stagingLines', stagingLines]]) }).elapsedNs;
    assert.equal(nine(4), nine(4096));
    // An entry is free when its line has drained and the NIC has read that: 6 + 200 + 60 + 500.
    const one = STAGED + 6 + 200 + 60 + 500;
    assert.equal(nine(1), 207 + way(1) + 3 * one + STAGED + BACK);
  });

  it('is acknowledged for one line when that is staged, a picosecond after nothing', () => {
    const done = (propagationNs: number): number =>
      timed([epochs(1, 1)], { profile: round([['link.propagationNs', propagationNs]]) }).elapsedPs;
    assert.equal(done(250.001) - done(250), 2);
  });

  it('is no faster than the bound', () => {
    for (const lines of [1, 4, 30]) {
      const [own, bound] = [smSb, ideal].map(
        (backend) => timed([epochs(4, lines, 100)], { backend }).elapsedNs,
      );
      assert(own >= bound, `${lines} lines: ${own} ns, bound ${bound} ns`);
    }
  });
});

/** What left which core when, and what became of it at the replica. */
function orderOf(backend: Backend, profile: HardwareProfile, seed: number) {
  const sent: { line: number; sentPs: number; acceptedPs: number }[] = [];
  const durable: { line: number; atPs: number }[] = [];
  const fences: number[] = [];
  const observer: MirrorObserver = {
    onAccepted: (_core, line, sentPs, acceptedPs) => sent.push({ line, sentPs, acceptedPs }),
    onReplicaDurable: (_replica, _core, line, atPs) => durable.push({ line, atPs }),
    onFenceDone: (_core, durability, atPs) => {
      if (durability) fences.push(atPs);
    },
  };
  const stream = (core: number) => (sink: PersistSink) => {
    for (let i = 0; i < 30; i++) {
      sink.op(Op.COMPUTE, (core + 1) * 37, 0);
      writeLine(sink, core * 100 + i);
    }
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  const { retransmissions } = timed([0, 1, 2].map(stream), {
    backend,
    profile,
    observer,
    seed,
  }).counts;
  const at = new Map(durable.map(({ line, atPs }) => [line, atPs]));
  const overtakes = sent.some((later) =>
    sent.some((earlier) => {
      if (earlier.acceptedPs >= later.sentPs) return false;
      return (at.get(earlier.line) ?? Number.NaN) > (at.get(later.line) ?? Number.NaN);
    }),
  );
  return { overtakes, retransmissions, lastPs: Math.max(...fences) };
}

describe('several cores', () => {
  const lossy = round([
    ['link.lossProbability', 0.2],
    ['nic.packLines', 2],
  ]);

  it('are in one order, whatever is lost on whose queue pair', () => {
    for (let seed = 0; seed < 10; seed++) {
      const { overtakes, retransmissions } = orderOf(smSb, lossy, seed);
      assert(retransmissions > 0);
      assert.equal(overtakes, false, `seed ${seed}`);
    }
  });

  it('are not, if a hole is passed or a number is taken too late', () => {
    const { numbered } = smSb;
    assert(numbered !== undefined);
    for (const bug of [{ holes: 'pass' }, { takenWhen: 'sent' }] as const) {
      const wrong: Backend = { ...smSb, numbered: { ...numbered, ...bug } };
      const seeds = Array.from({ length: 10 }, (_, seed) => seed);
      assert(
        seeds.some((seed) => orderOf(wrong, lossy, seed).overtakes),
        JSON.stringify(bug),
      );
    }
  });

  it('do not wait for one that has nothing to say', () => {
    const busy = epochs(3, 2, 500);
    const idle = (sink: PersistSink) => sink.op(Op.COMPUTE, 50_000, 0);
    const alone: number[] = [];
    const beside: number[] = [];
    const into = (list: number[]): MirrorObserver => ({
      onFenceDone: (_core, _durability, atPs) => list.push(atPs),
    });
    timed([busy], { observer: into(alone) });
    timed([busy, idle], { observer: into(beside) });
    assert.deepEqual(beside, alone);
  });
});

it('is refused where NICs do not number', () => {
  const profile = setValues(optaneCx5, [['nic.numbers', 0]]);
  assert.match(refusal({ backend: smSb, profile }) ?? '', /nic\.numbers=0/);
  assert.equal(refusal({ backend: smSb, profile: optaneCx5 }), undefined);
});
