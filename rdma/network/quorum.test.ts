/** Waits for some of the replicas, and replicas that are other machines. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BACKENDS, backendNamed } from '../backends/index.ts';
import type { System } from '../mirror.ts';
import type { HardwareProfile, OtherReplica } from '../profiles/profile.ts';
import { setValues, withValue } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { randomLines, run } from '../testing/runs.ts';
import { Quorum } from './quorum.ts';

const mirroring = BACKENDS.filter(({ ddio, over }) => ddio !== 'none' && over === undefined);
const [smRc, smDd, ideal] = ['sm-rc', 'sm-dd', 'ideal'].map(backendNamed);
const oneLine = randomLines(1, 1, 1);

/** ROUND_PROFILE, of which some replicas are other machines. */
function withOthers(...others: readonly OtherReplica[]): HardwareProfile {
  return { ...ROUND_PROFILE, name: 'others', others };
}

const slow = (replica: number, slowdown: number): System['faults'] => [{ replica, slowdown }];

describe('a wait for a quorum', () => {
  const elapsedNs = (given: Partial<System>, backend = smDd): number =>
    run(oneLine, { backend, profile: ROUND_PROFILE, replicas: 2, ...given }).elapsedPs / 1000;
  // One replica, as the tests of slow replicas have it; a second one is posted two messages more.
  const single = 33 + 30 + 50 + 200 + 100 + 70 + 6 + 250 + 70 + 1000 + 596;

  it('of one does not see the other replica, however slow, to the picosecond', () => {
    for (const slowdown of [1, 8, 1000]) {
      assert.equal(elapsedNs({ quorum: 1, faults: slow(1, slowdown) }), single + 2 * 30);
    }
    // If it is the first that is slow, the second one's doorbell counts too.
    assert.equal(elapsedNs({ quorum: 1, faults: slow(0, 1000) }), single + 2 * 30 + 50);
  });

  it('of all is for the slowest, as without one, to the picosecond', () => {
    const trace = randomLines(3, 30, 4);
    for (const backend of mirroring) {
      const given = { backend, replicas: 3, faults: slow(1, 5) };
      for (const queuePairs of ['per-core', 'release', 'shared'] as const) {
        const all = run(trace, { ...given, queuePairs });
        assert.deepEqual(run(trace, { ...given, queuePairs, quorum: 3 }), all, backend.name);
      }
    }
    assert.equal(
      elapsedNs({ quorum: 2, faults: slow(1, 5) }),
      single + 2 * 30 + 50 + 4 * (70 + 1000 + 70),
    );
  });

  it('of two of three is for the second fastest', () => {
    const trace = randomLines(1, 8, 2);
    for (const backend of mirroring) {
      const elapsed = (first: number, last: number, quorum: number) => {
        const faults = [...slow(0, first), ...slow(1, 3), ...slow(2, last)];
        return run(trace, { backend, replicas: 3, faults, quorum }).elapsedPs;
      };
      assert.equal(elapsed(1, 9, 2), elapsed(1, 30, 2), backend.name);
      assert.equal(elapsed(1, 9, 1), elapsed(1, 30, 1), backend.name);
      if (backend === ideal) continue;
      assert(elapsed(1, 9, 1) < elapsed(1, 9, 2) && elapsed(1, 9, 2) < elapsed(1, 9, 3));
    }
  });

  it('ends when so many have answered this wait, whatever came late of others', () => {
    const trace = randomLines(3, 40, 3);
    for (const backend of mirroring.filter((one) => one !== ideal)) {
      for (const queuePairs of ['per-core', 'shared'] as const) {
        const answers = Array.from({ length: 3 }, () => [0, 1, 2].map((): number[] => []));
        const resumes = [0, 1, 2].map((): number[] => []);
        run(trace, {
          backend,
          queuePairs,
          replicas: 3,
          quorum: 2,
          faults: [...slow(0, 4), ...slow(2, 9)],
          observer: {
            onReplicaAnswer: (replica, core, at) => answers[core][replica].push(at),
            onResume: (core, at) => resumes[core].push(at),
          },
        });
        for (const [core, own] of resumes.entries()) {
          assert.equal(own.length, 40);
          for (const [wait, at] of own.entries()) {
            const known = answers[core].filter((times) => times[wait] < at).length;
            assert(known >= 2, `${backend.name}: core ${core}, wait ${wait}: ${known} answers`);
          }
        }
      }
    }
  });

  it('does not end what a full send queue holds up', () => {
    const profile = withValue(ROUND_PROFILE, 'nic.sendQueueEntries', 8);
    const trace = randomLines(1, 40, 4);
    const elapsed = (slowdown: number) =>
      run(trace, { backend: smDd, profile, replicas: 2, quorum: 1, faults: slow(1, slowdown) });
    const [even, uneven] = [1, 50].map(elapsed);
    assert(uneven.timePs.sendQueueFull > even.timePs.sendQueueFull + 100_000_000);
  });

  it('is of 1 to all replicas', () => {
    for (const quorum of [0, 3, 1.5]) {
      assert.throws(() => elapsedNs({ quorum }), /quorum = .*: must be a whole number from 1 to 2/);
    }
  });

  it('takes an answer that is here earlier than one known before', () => {
    const quorum = new Quorum(2, 2, 1);
    quorum.begin(0);
    quorum.answered(0, 0, 900);
    assert.deepEqual([quorum.nextTime, quorum.nextCore], [900, 0]);
    quorum.answered(0, 1, 500);
    assert.equal(quorum.nextTime, 500);
    quorum.end(0);
    assert.equal(quorum.nextTime, Number.POSITIVE_INFINITY);
  });
});

describe('a replica that is another machine', () => {
  const elapsedNs = (profile: HardwareProfile, given: Partial<System> = {}, backend = smDd) =>
    run(oneLine, { backend, profile, replicas: 2, ...given }).elapsedPs / 1000;
  const far = withOthers({ replica: 1, values: [['link.propagationNs', '1250']] });

  it('is as far away as it is: there and back, but not for a quorum that does without it', () => {
    const even = elapsedNs(ROUND_PROFILE);
    assert.equal(elapsedNs(far), even + 2 * 1000);
    assert.equal(elapsedNs(far, { quorum: 1 }), elapsedNs(ROUND_PROFILE, { quorum: 1 }));
    const bound = elapsedNs(ROUND_PROFILE, {}, ideal);
    assert.equal(elapsedNs(far, {}, ideal), bound + 2 * 1000);
    assert.equal(elapsedNs(far, { quorum: 1 }, ideal), bound);
  });

  it('with all that differs set by hand is as slow as a slow one', () => {
    const values = [
      ['nic.pipelineNs', '350'],
      ['pcie.readRoundTripNs', '5000'],
    ] as const;
    const slower = withOthers({ replica: 1, values });
    assert.equal(elapsedNs(slower), elapsedNs(ROUND_PROFILE, { faults: slow(1, 5) }));
  });

  it('with DDIO off has no cache to flush: remote commit is a durability fence there', () => {
    const off = setValues(ROUND_PROFILE, [['ddio.enabled', 0]]);
    const commit = (profile: HardwareProfile, replicas: number) =>
      run(oneLine, { backend: smRc, profile, replicas }).elapsedPs / 1000;
    // A flush takes a line 5 ns, and 60 ns to memory.
    assert.equal(commit(ROUND_PROFILE, 1) - commit(off, 1), 65);
    assert.equal(commit(off, 1), run(oneLine, { backend: smDd, profile: off }).elapsedPs / 1000);
    const second = withOthers({ replica: 1, values: [['ddio.enabled', '0']] });
    const durable: number[][] = [[], []];
    const visible: number[][] = [[], []];
    run(oneLine, {
      backend: smRc,
      profile: second,
      replicas: 2,
      observer: {
        onReplicaVisible: (replica, _core, _line, _words, at) => visible[replica].push(at),
        onReplicaDurable: (replica, _core, _line, at) => durable[replica].push(at),
      },
    });
    assert(durable[0][0] > visible[0][0], 'in the cache first');
    assert.equal(durable[1][0], visible[1][0]);
  });

  it('may be like that of another profile', () => {
    const like = withOthers({
      replica: 1,
      like: setValues(ROUND_PROFILE, [['rtt', 1780]]),
      values: [],
    });
    const rtt = 2 * 250 + 4 * 70;
    // Two passes of four through a NIC are the primary's.
    const grown = 1780 / rtt - 1;
    const more = grown * (2 * 250 + 2 * 70);
    assert(Math.abs(elapsedNs(like) - elapsedNs(ROUND_PROFILE) - more) < 0.01);
  });

  it('has no values that are of the primary', () => {
    const refused = (path: string, message: RegExp) =>
      assert.throws(() => elapsedNs(withOthers({ replica: 1, values: [[path, '3']] })), message);
    refused('core.clockGhz', /replica 1: core\.clockGhz is not of a replica alone; accepted: pcie/);
    refused('link.rateGbps', /replica 1: link\.rateGbps is not of a replica alone/);
    refused('pm.dimms', /replica 1: pm\.dimms is not of a replica alone/);
    refused('ddio.foo', /no profile value 'ddio\.foo'/);
  });
});
