/**
 * The methods that exist do what they are said to: what is in the persistence domain when, what waits for
 * what, and what clients share. On the machine of round numbers (see `closed-form.test.ts`).
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../../pm/op.ts';
import type { Backend } from '../backend.ts';
import type { MirrorObserver } from '../mirror.ts';
import { Verb } from '../network/verb.ts';
import type { HardwareProfile } from '../profiles/profile.ts';
import { setValues } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { listed, run, traceOf, writeLine } from '../testing/runs.ts';
import { apm } from './apm.ts';
import { gpspm } from './gpspm.ts';
import { ibtaFlush } from './ibta-flush.ts';
import { refusal } from './refusal.ts';
import { smRc } from './sm-rc.ts';

const EADR = setValues(ROUND_PROFILE, [['replicaMemory.persistenceDomain', 'eadr']]);

/** One line and a durability point: when the line was visible and durable, and the fence over, in ns. */
function oneLine(backend: Backend, profile: HardwareProfile) {
  let [visibleNs, durableNs, doneNs] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN];
  const observer: MirrorObserver = {
    onReplicaVisible: (_replica, _core, _line, _words, atPs) => {
      visibleNs = atPs / 1000;
    },
    onReplicaDurable: (_replica, _core, _line, atPs) => {
      durableNs = atPs / 1000;
    },
    onFenceDone: (_core, _durability, atPs) => {
      doneNs = atPs / 1000;
    },
  };
  const program = (sink: PersistSink) => {
    writeLine(sink, 1);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  };
  run(traceOf([program]), { backend, profile, observer });
  return { visibleNs, durableNs, doneNs };
}

/** `backend` with its answers asked for by another verb. */
function askingBy(backend: Backend, verb: typeof Verb.READ | typeof Verb.SEND_SEEN): Backend {
  return {
    ...backend,
    onDurabilityPoint(posting, core) {
      posting.post(core, verb, 0);
      posting.awaitAnswer(core);
    },
  };
}

describe('when a fence is over', () => {
  it('a line is durable: pushed out by a READ where DDIO is off, else written back', () => {
    for (const backend of [apm, gpspm, ibtaFlush]) {
      const { durableNs, doneNs } = oneLine(backend, ROUND_PROFILE);
      assert(durableNs < doneNs, backend.name);
    }
  });

  it('a READ with DDIO on leaves the line in the cache, and so does a processor that only answers', () => {
    const cached: Backend = { ...apm, ddio: 'on', onLine: gpspm.onLine };
    for (const wrong of [askingBy(cached, Verb.READ), askingBy(gpspm, Verb.SEND_SEEN)]) {
      const lost = oneLine(wrong, ROUND_PROFILE);
      assert(lost.visibleNs < lost.doneNs && lost.durableNs > lost.doneNs);
      const { visibleNs, durableNs } = oneLine(wrong, EADR);
      assert.equal(durableNs, visibleNs);
    }
  });

  it('with the caches in the persistence domain, the processor writes nothing back', () => {
    const saved = oneLine(gpspm, ROUND_PROFILE).doneNs - oneLine(gpspm, EADR).doneNs;
    assert.equal(saved, 100);
  });
});

describe('the core of the replica that polls', () => {
  const FENCES = 50;
  const elapsedNs = (backend: Backend, clients: number, profile = ROUND_PROFILE): number => {
    const program = (core: number) => (sink: PersistSink) => {
      for (let i = 0; i < FENCES; i++) {
        writeLine(sink, core * 64 + i);
        sink.op(Op.DURABILITY_FENCE, 0, 0);
      }
    };
    const programs = Array.from({ length: clients }, (_, core) => program(core));
    return run(traceOf(programs), { backend, profile }).elapsedPs / 1000;
  };

  it('serves one request at a time: with many clients it is what limits', () => {
    // Received in 100, a line written back in 100, a fence of 10, answered in 80.
    const busyNs = 32 * FENCES * 290;
    const all = elapsedNs(gpspm, 32);
    assert(all > busyNs && all < 1.05 * busyNs, `${all} ns, ${busyNs} ns of work`);
    assert(elapsedNs(smRc, 32) < all / 2);
  });

  it('is away now and then', () => {
    const pausing = setValues(ROUND_PROFILE, [
      ['replicaCpu.pauseNs', 400],
      ['replicaCpu.pauseEveryCount', 5],
    ]);
    assert.equal(elapsedNs(gpspm, 1, pausing) - elapsedNs(gpspm, 1), (FENCES / 5) * 400);
  });
});

describe('FLUSH', () => {
  /** Epochs of one store each, of so many words, the last ended by a durability point. */
  const epochs = (words: readonly number[], nonTemporal = false) =>
    listed([
      words.flatMap((count, line) => [
        [nonTemporal ? Op.NT_STORE : Op.STORE, line * 64, count * 8] as const,
        ...(nonTemporal ? [] : [[Op.WRITE_BACK, line * 64, 64] as const]),
        [line < words.length - 1 ? Op.ORDERING_FENCE : Op.DURABILITY_FENCE, 0, 0] as const,
      ]),
    ]);
  const waits = (words: readonly number[], nonTemporal = false): number =>
    run(epochs(words, nonTemporal), { backend: ibtaFlush, profile: ROUND_PROFILE }).counts
      .blockingRoundTrips;

  it('is waited for before a line of several words, not before one of a single word', () => {
    for (const nonTemporal of [false, true]) {
      assert.equal(waits([1, 1, 1, 1], nonTemporal), 1);
      assert.equal(waits([8, 1, 1, 1], nonTemporal), 1);
      assert.equal(waits([1, 2, 1, 1], nonTemporal), 2);
      assert.equal(waits([8, 8, 8, 8], nonTemporal), 4);
    }
  });

  it('is waited for before words that make a non-temporal line whole', () => {
    const words = Array.from({ length: 8 }, (_, i) => [Op.NT_STORE, 64 + 8 * i, 8] as const);
    const trace = listed([
      [[Op.NT_STORE, 0, 8], [Op.ORDERING_FENCE, 0, 0], ...words, [Op.DURABILITY_FENCE, 0, 0]],
    ]);
    const { counts } = run(trace, { backend: ibtaFlush, profile: ROUND_PROFILE });
    assert.equal(counts.blockingRoundTrips, 2);
  });

  it('is waited for at once where others post on the same queue pair', () => {
    const system = { backend: ibtaFlush, profile: ROUND_PROFILE, queuePairs: 'shared' } as const;
    assert.equal(run(epochs([1, 1, 1]), system).counts.blockingRoundTrips, 3);
  });

  it('holds up an ATOMIC_WRITE behind it, and not a WRITE', () => {
    const early = (backend: Backend): boolean => {
      const visible: number[] = [];
      const durable: number[] = [];
      const observer: MirrorObserver = {
        onReplicaVisible: (_replica, _core, line, _words, atPs) => {
          visible[line] = atPs;
        },
        onReplicaDurable: (_replica, _core, line, atPs) => {
          durable[line] = atPs;
        },
      };
      run(epochs([1, 1, 1]), { backend, profile: ROUND_PROFILE, observer });
      return visible[1] < durable[0] || visible[2] < durable[1];
    };
    assert.equal(early(ibtaFlush), false);
    const written: Backend = {
      ...ibtaFlush,
      onLine: (posting, core, line, words) => posting.post(core, Verb.WRITE, line, words),
    };
    assert.equal(early(written), true);
  });

  it('is over when some of the replicas have answered, where a wait is for so many', () => {
    const faults = [{ replica: 1, slowdown: 20 }];
    const system = { backend: ibtaFlush, profile: ROUND_PROFILE, replicas: 2, faults } as const;
    const trace = epochs([8, 1, 8, 1, 1]);
    const [one, both] = [1, 2].map((quorum) => run(trace, { ...system, quorum }).elapsedPs);
    const alone = run(trace, { ...system, replicas: 1, faults: [] }).elapsedPs;
    assert(one < 1.1 * alone && both > 3 * one);
  });
});

describe('a design is refused', () => {
  const refused = (backend: Backend, path: string): void => {
    const without = setValues(ROUND_PROFILE, [[path, 0]]);
    assert.equal(refusal({ backend, profile: ROUND_PROFILE }), undefined);
    assert.match(refusal({ backend, profile: without }) ?? '', new RegExp(`${path}=0`));
    const trace = traceOf([(sink) => writeLine(sink, 1)]);
    assert.throws(() => run(trace, { backend, profile: without }), /cannot run on round: /);
  };

  it('where DDIO cannot be turned off, nobody polls, or NICs have no FLUSH', () => {
    refused(apm, 'ddio.canTurnOff');
    refused(gpspm, 'replicaCpu.polls');
    refused(ibtaFlush, 'nic.flush');
  });
});
