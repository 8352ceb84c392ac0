/**
 * The model's counterparts of what perftest measures (ib_write_lat, ib_read_lat, ib_write_bw): latency
 * and rate of verbs into memory that a replica's cache holds, with nothing made durable.
 *
 * Not modelled: the poll by which ib_write_lat's peer sees a message, and the payload of a READ's answer.
 */

import { PS_PER_NS } from '../pm/clock.ts';
import { LINE_BYTES } from '../pm/line.ts';
import { Op, type PersistSink } from '../pm/op.ts';
import { recordTrace } from '../pm/trace.ts';
import type { Backend } from './backend.ts';
import { createMirror } from './engine.ts';
import { type MirrorObserver, type MirrorReport, ONE_REPLICA } from './mirror.ts';
import { Verb } from './network/verb.ts';
import type { HardwareProfile } from './profiles/profile.ts';
import { setValues } from './profiles/schema.ts';

const HEAP_BYTES = 1 << 20;
const REPEATS = 20;

/** WRITEs of the words stored, into the replica's cache, that nobody waits for. */
const WRITES = Object.freeze<Backend>({
  name: 'writes',
  aliases: [],
  summary: 'WRITEs of stored words into the LLC',
  role: 'design',
  ddio: 'on',
  durability: null,
  onLine: (posting, core, line, words) => posting.post(core, Verb.WRITE, line, words),
  onOrderingPoint() {},
  onDurabilityPoint() {},
});

/** A read of the replica's host at every durability point, and nothing else. */
const READS = Object.freeze<Backend>({
  ...WRITES,
  name: 'reads',
  summary: 'a READ, waited for',
  onLine() {},
  onDurabilityPoint(posting, core) {
    posting.post(core, Verb.RDFENCE, 0);
    posting.awaitAnswer(core);
  },
});

function run(
  profile: HardwareProfile,
  backend: Backend,
  cores: number,
  emit: (sink: PersistSink, core: number) => void,
  observer: MirrorObserver = {},
): MirrorReport {
  const trace = recordTrace(cores, HEAP_BYTES, emit);
  const system = { backend, profile, ...ONE_REPLICA, queuePairs: 'words' as const };
  const mirror = createMirror(system, { cores, heapBytes: HEAP_BYTES, observer });
  mirror.replay(trace);
  return mirror.finish();
}

/**
 * Nanoseconds from when a core begins to post a WRITE of `bytes` (up to a line; counted in words of 8)
 * until the replica can read it: half of the round trip of ib_write_lat.
 */
export function writeLatencyNs(profile: HardwareProfile, bytes: number): number {
  let postedPs = 0;
  let visiblePs = 0;
  run(
    profile,
    WRITES,
    1,
    (sink) => {
      sink.op(Op.STORE, 0, bytes);
      sink.op(Op.WRITE_BACK, 0, bytes);
      sink.op(Op.ORDERING_FENCE, 0, 0);
    },
    {
      onPost: (_queuePair, _entry, atPs) => {
        postedPs = atPs;
      },
      onReplicaVisible: (_replica, _core, _line, _words, atPs) => {
        visiblePs = atPs;
      },
    },
  );
  return (visiblePs - postedPs) / PS_PER_NS + profile.nic.workRequestNs.value;
}

/** Nanoseconds of a READ of the replica's memory that a core posts and waits for, as in ib_read_lat. */
export function readLatencyNs(profile: HardwareProfile): number {
  const { elapsedPs } = run(profile, READS, 1, (sink) => {
    for (let i = 0; i < REPEATS; i++) sink.op(Op.DURABILITY_FENCE, 0, 0);
  });
  return elapsedPs / REPEATS / PS_PER_NS;
}

/** What an experiment on the rate of messages varies. */
export interface WriteRate {
  /** Of each message: up to a line. */
  readonly bytes: number;
  readonly queuePairs: number;
}

/** Messages of each queue pair: many times what a send queue holds. */
const MESSAGES = 1200;
/** Lines that each queue pair writes again and again, so that they stay in the caches. */
const LINES = 16;

/**
 * Small WRITEs a second, in millions, as ib_write_bw has them: a doorbell for each. Its one core posts to
 * all queue pairs, so several are no faster than that core can post.
 */
export function writeRateMps(profile: HardwareProfile, { bytes, queuePairs }: WriteRate): number {
  const tested = setValues(profile, [
    ['nic.batchEntries', 1],
    ['memory.dimmCount', 64],
  ]);
  let firstPs = Number.POSITIVE_INFINITY;
  let lastPs = 0;
  let messages = -1;
  run(
    tested,
    WRITES,
    queuePairs,
    (sink, core) => {
      for (let i = 0; i < MESSAGES; i++) {
        const offset = (core * LINES + (i % LINES)) * LINE_BYTES;
        sink.op(Op.STORE, offset, bytes);
        sink.op(Op.WRITE_BACK, offset, bytes);
      }
    },
    {
      onReplicaVisible: (_replica, _core, _line, _words, atPs) => {
        firstPs = Math.min(firstPs, atPs);
        lastPs = Math.max(lastPs, atPs);
        messages++;
      },
    },
  );
  const { workRequestNs, doorbellNs } = profile.nic;
  const postedMps = 1000 / (workRequestNs.value + doorbellNs.value);
  return Math.min((messages * 1e6) / (lastPs - firstPs), postedMps);
}

/** What an experiment on large messages varies. */
export interface LargeWrites {
  readonly bytes: number;
  /** Payload of a packet at most. */
  readonly mtuBytes: number;
}

/** GB/s of payload in large WRITEs: the link's bandwidth less the headers of every packet. */
export function largeWriteGbps(
  { link }: HardwareProfile,
  { bytes, mtuBytes }: LargeWrites,
): number {
  const wireBytes = bytes + Math.ceil(bytes / mtuBytes) * link.headerBytes.value;
  return (link.rateGbps.value / 8) * (bytes / wireBytes);
}
