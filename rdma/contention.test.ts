/**
 * Many cores and more than one replica: throughput saturates at the bound that the profile gives,
 * computed here from its values, and never passes it; replicas, losses and faults cost what they must.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { MemoryTrace, recordersInto } from '../pm/trace.ts';
import type { Backend } from './backend.ts';
import { BACKENDS, resolveBackend } from './backends/index.ts';
import { createMirror } from './mirror.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { HardwareProfile, Quantity } from './profile.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';

const HEAP_BYTES = 1 << 26;
const LINE_WIRE_BYTES = 64 + 98;

function backend(name: string): Backend {
  const found = resolveBackend(name);
  assert(found !== undefined);
  return found;
}

/** Transactions of `lines` random lines in one epoch, on each of `cores` cores. */
function randomLines(cores: number, transactions: number, lines: number): MemoryTrace {
  const trace = new MemoryTrace(cores, HEAP_BYTES);
  recordersInto(trace).forEach((recorder, core) => {
    const random = new Random(1, core);
    for (let t = 0; t < transactions; t++) {
      recorder.op(Op.TX_BEGIN, 0, 0);
      for (let i = 0; i < lines; i++) {
        const offset = random.below(HEAP_BYTES / 64) * 64;
        recorder.op(Op.STORE, offset, 8);
        recorder.op(Op.WRITE_BACK, offset, 8);
      }
      recorder.op(Op.DURABILITY_FENCE, 0, 0);
      recorder.op(Op.TX_END, 0, 0);
    }
    recorder.flush();
  });
  return trace;
}

function run(trace: MemoryTrace, options: Partial<MirrorOptions> & { backend: Backend }) {
  const mirror = createMirror({
    profile: ROOMY,
    cores: trace.threads,
    replicas: 1,
    heapBytes: HEAP_BYTES,
    ...options,
  });
  mirror.replay(trace);
  return mirror.finish();
}

const value = (quantity: Quantity, to: number): Quantity => ({ ...quantity, value: to });

/** optane-cx5 with so many DIMMs on both sides that media never limit. */
const ROOMY: HardwareProfile = {
  ...optaneCx5,
  memory: { ...optaneCx5.memory, dimmCount: value(optaneCx5.memory.dimmCount, 64) },
  replicaMemory: {
    ...optaneCx5.replicaMemory,
    dimmCount: value(optaneCx5.replicaMemory.dimmCount, 64),
  },
};

/** Lines a second to each replica. */
function throughput(profile: HardwareProfile, cores: number, options = {}): number {
  // One core needs long epochs to be busy while it waits for a fence's round trip.
  const trace = cores === 1 ? randomLines(1, 8, 2048) : randomLines(cores, 256 / cores, 64);
  const report = run(trace, { backend: backend('sm-dd'), profile, ...options });
  return (report.counts.linesWrittenBack * 1e12) / report.elapsedPs;
}

describe('throughput saturates at the bound of the profile and never passes it', () => {
  const limits: Record<string, [profile: HardwareProfile, linesPerSecond: number, cores: number]> =
    {
      'the rate of one queue pair': [ROOMY, 7.5e6, 1],
      'the message rate of the NIC': [
        { ...ROOMY, nic: { ...ROOMY.nic, nicRateMps: value(ROOMY.nic.nicRateMps, 12) } },
        12e6,
        32,
      ],
      'the link': [
        { ...ROOMY, link: { ...ROOMY.link, rateGbps: value(ROOMY.link.rateGbps, 10) } },
        10e9 / (8 * LINE_WIRE_BYTES),
        32,
      ],
      PCIe: [
        { ...ROOMY, pcie: { ...ROOMY.pcie, rateGbps: value(ROOMY.pcie.rateGbps, 8) } },
        8e9 / (8 * (64 + 24)),
        32,
      ],
      "the replica's media, a block a random line": [
        {
          ...ROOMY,
          replicaMemory: {
            ...ROOMY.replicaMemory,
            dimmCount: value(ROOMY.replicaMemory.dimmCount, 1),
            mediaBufferBytes: value(ROOMY.replicaMemory.mediaBufferBytes, 256),
          },
        },
        1e9 / 114,
        32,
      ],
    };
  for (const [what, [profile, bound, cores]] of Object.entries(limits)) {
    it(what, () => {
      const reached = throughput(profile, cores);
      assert(reached <= bound * 1.001, `${reached} lines/s is above ${bound}`);
      assert(reached >= bound * 0.9, `${reached} lines/s is far below ${bound}`);
    });
  }

  it('more cores never lower it, from 1 to 64', () => {
    let before = 0;
    for (const cores of [1, 2, 4, 8, 16, 32, 64]) {
      const now = throughput(ROOMY, cores);
      assert(now > before * 0.98, `${cores} cores: ${now} after ${before}`);
      before = now;
    }
  });

  it('k replicas share the primary: a NIC-bound stream to two goes half as fast', () => {
    const profile = limits['the message rate of the NIC'][0];
    const [one, two] = [1, 2].map((replicas) => throughput(profile, 32, { replicas }));
    assert(Math.abs(one / two - 2) < 0.1, `${one} and ${two}`);
  });

  it('one queue pair shared by all cores limits them to its rate', () => {
    const shared = throughput(ROOMY, 16, { queuePairs: 'shared' });
    assert(shared <= 7.5e6 && shared > 6.5e6, `${shared}`);
    assert(throughput(ROOMY, 16) > 3 * shared);
  });
});

describe('what goes wrong costs what it must', () => {
  const trace = randomLines(2, 40, 4);
  const mirroring = BACKENDS.filter((each) => each.ddio !== 'none');

  it('a lost message is sent again after the timeout, deterministically by seed', () => {
    const link = { ...ROOMY.link, lossProbability: value(ROOMY.link.lossProbability, 0.02) };
    const lossy = { ...ROOMY, link };
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

  it('a stalled replica stops everybody until it is back', () => {
    for (const each of mirroring) {
      const smooth = run(trace, { backend: each }).elapsedPs;
      const faults = [{ replica: 0, stallFromNs: 5000, stallForNs: 1_000_000 }];
      const stalled = run(trace, { backend: each, faults }).elapsedPs;
      assert(stalled > smooth + 950_000_000 && stalled < smooth + 1_050_000_000);
    }
  });

  it('refuses faults of replicas that are not there, and slowdowns below 1', () => {
    const faulty = (fault: { replica: number; slowdown?: number }) => () =>
      run(trace, { backend: backend('sm-ob'), faults: [fault] });
    assert.throws(faulty({ replica: 1 }), /replica 1: there are 1/);
    assert.throws(faulty({ replica: 0, slowdown: 0.5 }), /at least 1/);
  });
});

describe('the bound', () => {
  it('is below every design and above no mirroring, on any shape and any number of cores', () => {
    for (const [cores, lines] of [
      [1, 1],
      [1, 64],
      [4, 3],
      [16, 8],
    ]) {
      const trace = randomLines(cores, 20, lines);
      const elapsed = (name: string) =>
        run(trace, { backend: backend(name), profile: optaneCx5 }).elapsedPs;
      const bound = elapsed('ideal');
      assert(elapsed('no-sm') <= bound);
      for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) assert(bound < elapsed(name), name);
    }
  });
});
