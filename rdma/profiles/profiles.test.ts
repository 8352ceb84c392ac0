/** Checks of the finished model against measurements that no single stage was set from alone. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { MemoryTrace, recordersInto } from '../../pm/trace.ts';
import type { Backend } from '../backend.ts';
import { resolveBackend } from '../backends/index.ts';
import { createMirror } from '../mirror.ts';
import type { HardwareProfile, Quantity } from '../profile.ts';
import { Verb } from '../verb.ts';
import { PROFILES } from './index.ts';
import { optaneCx5 } from './optane-cx5.ts';
import { paper2018 } from './paper-2018.ts';

const HEAP_BYTES = 1 << 26;

/** Random 64 B WRITEs that nobody waits for, past the replica's cache. */
const RAW_WRITES: Backend = {
  name: 'raw-writes',
  aliases: [],
  summary: '',
  ddio: 'off',
  onLine(posting, core, line) {
    posting.post(core, Verb.WRITE_BYPASS, line);
  },
  onOrderingPoint() {},
  onDurabilityPoint() {},
};

/** When the acknowledgement of one 64 B WRITE is seen: a send queue of two makes the core wait for it. */
function plainWriteNs(profile: HardwareProfile): number {
  const oneAtATime: HardwareProfile = {
    ...profile,
    nic: { ...profile.nic, sendQueueEntries: { ...profile.nic.sendQueueEntries, value: 2 } },
  };
  let sendQueueFullPs = 0;
  const mirror = createMirror({
    backend: RAW_WRITES,
    profile: oneAtATime,
    cores: 1,
    replicas: 1,
    heapBytes: HEAP_BYTES,
  });
  const sink = mirror.sink();
  const writes = 100;
  for (let i = 0; i <= writes; i++) {
    sink.op(Op.STORE, i * 64, 8);
    sink.op(Op.WRITE_BACK, i * 64, 8);
  }
  const report = mirror.finish();
  sendQueueFullPs = report.timePs.sendQueueFull;
  // Each WRITE: request, doorbell, wait. The last one posted is not waited for.
  const postPs = (report.timePs.rdmaPost * writes) / (writes + 1);
  return (sendQueueFullPs + postPs) / writes / 1000;
}

/** Added time of a transaction that makes one 64 B line durable remotely, over no mirroring. */
function durableWriteNs(profile: HardwareProfile, backendName: string): number {
  const backend = resolveBackend(backendName);
  assert(backend !== undefined);
  const mirror = createMirror({ backend, profile, cores: 1, replicas: 1, heapBytes: HEAP_BYTES });
  const sink = mirror.sink();
  const writes = 100;
  for (let i = 0; i < writes; i++) {
    sink.op(Op.STORE, i * 64, 8);
    sink.op(Op.WRITE_BACK, i * 64, 8);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  }
  const { timePs } = mirror.finish();
  return (timePs.rdmaPost + timePs.localFence + timePs.remoteDurability) / writes / 1000;
}

/** Lines a second that eight cores get into `dimms` DIMMs of the replica by random WRITEs. */
function randomWritesPerSecond(profile: HardwareProfile, dimms: number): number {
  const cores = 8;
  const writes = 4000;
  const trace = new MemoryTrace(cores, HEAP_BYTES);
  const recorders = recordersInto(trace);
  recorders.forEach((recorder, core) => {
    const random = new Random(7, core);
    for (let i = 0; i < writes; i++) {
      const line = random.below(HEAP_BYTES / 64);
      recorder.op(Op.STORE, line * 64, 8);
      recorder.op(Op.WRITE_BACK, line * 64, 8);
    }
    recorder.flush();
  });
  const count = (quantity: Quantity, value: number) => ({ ...quantity, value });
  const tested: HardwareProfile = {
    ...profile,
    memory: { ...profile.memory, dimmCount: count(profile.memory.dimmCount, 64) },
    replicaMemory: {
      ...profile.replicaMemory,
      dimmCount: count(profile.replicaMemory.dimmCount, dimms),
    },
  };
  let last = 0;
  const mirror = createMirror({
    backend: RAW_WRITES,
    profile: tested,
    cores,
    replicas: 1,
    heapBytes: HEAP_BYTES,
    observer: {
      onReplicaDurable: (_replica, _core, _line, at) => {
        last = Math.max(last, at);
      },
    },
  });
  mirror.replay(trace);
  const { counts } = mirror.finish();
  return (counts.writes * 1e12) / last;
}

const within = (value: number, low: number, high: number, tolerance: number) =>
  value >= low * (1 - tolerance) && value <= high * (1 + tolerance);

describe('optane-cx5 against measurements', () => {
  it('a 64 B WRITE is acknowledged after 1.4 us', () => {
    const ns = plainWriteNs(optaneCx5);
    assert(within(ns, 1400, 1400, 0.01), `${ns} ns`);
  });

  it('a durable 64 B WRITE costs 1.3 to 1.5 us more than a plain one, within 10 %', () => {
    const added = durableWriteNs(optaneCx5, 'sm-dd') - plainWriteNs(optaneCx5);
    assert(within(added, 1300, 1500, 0.1), `${added} ns`);
    const flush = optaneCx5.pcie.readRoundTripNs.value;
    assert(flush / added > 0.8, 'nearly all of it is the flush');
  });

  it('random 64 B WRITEs into one DIMM run at 8.8 to 9 M/s, within 10 %', () => {
    const rate = randomWritesPerSecond(optaneCx5, 1);
    assert(within(rate, 8.8e6, 9e6, 0.1), `${rate / 1e6} M/s`);
  });

  it('six DIMMs take more than four times what one takes', () => {
    assert(randomWritesPerSecond(optaneCx5, 6) > 4 * randomWritesPerSecond(optaneCx5, 1));
  });
});

describe('paper-2018', () => {
  it('acknowledges a 64 B WRITE after the 1.5 us it is derived from', () => {
    const ns = plainWriteNs(paper2018);
    assert(within(ns, 1500, 1500, 0.01), `${ns} ns`);
  });
});

describe('every profile', () => {
  for (const profile of PROFILES) {
    it(`${profile.name}: every value has a source, every assumption a range that holds it`, () => {
      let quantities = 0;
      for (const group of Object.values(profile)) {
        if (typeof group !== 'object') continue;
        for (const [name, quantity] of Object.entries(group as Record<string, Quantity | string>)) {
          if (typeof quantity === 'string') continue;
          quantities++;
          assert(quantity.source.length > 5, `${name}: source`);
          if (quantity.basis !== 'assumed') continue;
          assert(quantity.range !== undefined, `${name}: an assumption needs a range`);
          const [low, high] = quantity.range;
          assert(low <= quantity.value && quantity.value <= high, `${name}: outside its range`);
        }
      }
      assert(quantities > 40);
    });
  }
});
