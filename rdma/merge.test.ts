/**
 * Cores merged by virtual time: none runs ahead of one that waits, so that each uses what they share
 * (queue pair, NIC, link, DIMM) at its turn. On round numbers, see closed-form.test.ts.
 */

import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { Op } from '../pm/op.ts';
import { BACKENDS, backendNamed } from './backends/index.ts';
import type { MirrorObserver, MirrorRun, System } from './mirror.ts';
import type { HardwareProfile } from './profiles/profile.ts';
import { setValues } from './profiles/schema.ts';
import { ROUND_PROFILE } from './testing/round-profile.ts';
import { listed, type Operation, run as runTrace } from './testing/runs.ts';

const CORES_MAX = 5;
const SMALL = { 'llc.llcBytes': 2 ** 20, 'replicaLlc.llcBytes': 2 ** 20 };

/** A store to `line` and its write-back: 3 ns of the core. */
const write = (line: number): Operation[] => [
  [Op.STORE, line * 64, 8],
  [Op.WRITE_BACK, line * 64, 8],
];
const compute = (ns: number): Operation => [Op.COMPUTE, ns, 0];
const ORDERING: Operation = [Op.ORDERING_FENCE, 0, 0];
const DURABILITY: Operation = [Op.DURABILITY_FENCE, 0, 0];
const times = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i));

/** Runs a program a core; each is recorded whole. */
const run = (programs: readonly (readonly Operation[])[], options: Partial<System & MirrorRun>) =>
  runTrace(listed(programs), {
    backend: backendNamed('sm-dd'),
    profile: ROUND_PROFILE,
    ...options,
  });

/** When each fence of each core is done. */
function fencesNs(
  programs: readonly (readonly Operation[])[],
  options: Partial<System & MirrorRun>,
) {
  const doneNs: number[][] = programs.map(() => []);
  const observer: MirrorObserver = {
    onFenceDone: (core, _durability, atPs) => doneNs[core].push(atPs / 1000),
  };
  run(programs, { observer, ...options });
  return doneNs;
}

/** Round numbers with small caches, which are quick to set up, and other values changed. */
function profileWith(values: Readonly<Record<string, number>>): HardwareProfile {
  return setValues(ROUND_PROFILE, Object.entries({ ...SMALL, ...values }));
}

// The replica's processor is no fast server: what shares it waits for it. Over CXL lines queue at a DIMM in
// the order in which they are posted (far-memory.ts). Where all cores have one order they wait for each other.
const MIRRORING = BACKENDS.filter(
  ({ ddio, name, over, numbered }) =>
    ddio !== 'none' && name !== 'gpspm' && over === undefined && numbered === undefined,
);

describe('a core in a long epoch beside one with short transactions', () => {
  // One line and its fence: store, clwb and the post of both, doorbell; the wire; half of the replica's
  // PCIe round trip on either side; the way back (closed-form.test.ts).
  const ALONE = 2405;

  it('takes the queue pair that they share only for what it posts meanwhile', () => {
    const long = [...times(300, (i) => [compute(1000), ...write(i)]).flat(), DURABILITY];
    const short = times(5, (i) => [...write(1000 + i), DURABILITY]).flat();
    for (const programs of [
      [long, short],
      [short, long],
    ]) {
      const done = fencesNs(programs, { queuePairs: 'shared' })[programs.indexOf(short)];
      // The long epoch posts a line every 1033 ns. Those posted since the doorbell before go out ahead
      // of a short transaction's own and take the queue pair 100 ns each: two, two, three and three.
      // The last transaction comes to the lock while one is being posted, until 10330, at 10323.
      const longer = [0, 200, 200, 300, 300 + 7];
      let at = 0;
      assert.deepEqual(
        done,
        longer.map((ns) => {
          at += ALONE + ns;
          return at;
        }),
      );
    }
  });

  it('does not take the DIMM that they share before its time', () => {
    // A line keeps this DIMM for 10 ns. The long epoch's come every 1033 ns, and never while a line of
    // the short transactions is on its way to either DIMM.
    const profile = profileWith({
      'memory.dimmCount': 1,
      'memory.wpqLines': 1,
      'memory.wpqDrainNs': 10,
      'replicaMemory.dimmCount': 1,
      'replicaMemory.wpqLines': 1,
      'replicaMemory.wpqDrainNs': 10,
    });
    const long = [...times(300, (i) => [compute(1000), ...write(i)]).flat(), DURABILITY];
    const short = times(5, (i) => [...write(1000 + i), DURABILITY]).flat();
    const alone = times(5, (i) => (i + 1) * ALONE);
    for (const name of ['sm-ob', 'sm-dd']) {
      const options = { profile, backend: backendNamed(name) };
      assert.deepEqual(fencesNs([long, short], options)[1], alone);
      assert.deepEqual(fencesNs([short, long], options)[0], alone);
    }
  });

  it('stops for one that wakes while it writes many lines back and looks for room', () => {
    const lines = 6;
    const profile = profileWith({
      'nic.sendQueueEntries': 16,
      'memory.dimmCount': 1,
      'memory.wpqLines': 1,
    });
    const many = (i: number): Operation[] => [
      [Op.STORE, i * lines * 64, lines * 64],
      [Op.WRITE_BACK, i * lines * 64, lines * 64],
    ];
    const long = [...times(400, (i) => [compute(1000), ...many(i), ORDERING]).flat(), DURABILITY];
    const short = times(100, (i) => [...write(10_000 + i), DURABILITY]).flat();
    const [, done] = fencesNs([long, short], { profile });
    // The grain: on its way a transaction can meet one such write-back, with the doorbell of a full
    // queue, at its DIMM.
    const grain = lines * (2 + 30) + 50;
    done.forEach((at, i) => {
      assert(at <= (i + 1) * (ALONE + grain), `${i}: ${at}`);
    });
  });
});

/** A random program of one core, on lines of its own. */
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ lines: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ computeNs: fc.nat(20_000) }) },
    { weight: 2, arbitrary: fc.constant({ fence: ORDERING }) },
    { weight: 1, arbitrary: fc.constant({ fence: DURABILITY }) },
  ),
  { minLength: 1, maxLength: 40 },
);
type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function programOf(core: number, ofCore: Steps): Operation[] {
  let next = 0;
  const line = () => next++ * CORES_MAX + core;
  const operations = ofCore.flatMap((step): Operation[] => {
    if ('lines' in step) return times(step.lines, () => write(line())).flat();
    return 'fence' in step ? [step.fence] : [compute(step.computeNs)];
  });
  return [...operations, DURABILITY];
}

const backends = fc.constantFrom(...MIRRORING);
const programs = fc
  .array(steps, { minLength: 2, maxLength: CORES_MAX })
  .map((cores) => cores.map((ofCore, core) => programOf(core, ofCore)));

describe('any programs', () => {
  it('that share nothing but fast servers take as long as each alone', () => {
    // A line keeps each of these for 1 ps: NIC, link, the replica's NIC and its PCIe, its cache's way
    // out, the DIMM it is read from, and at either machine the WPQ with its one place, and the media.
    const profile = profileWith({
      'nic.nicRateMps': 1e6,
      'link.rateGbps': 1e6,
      'pcie.rateGbps': 1e6,
      'ddio.llcFlushLineNs': 0.001,
      'ddio.ways': 16,
      'memory.dimmCount': 1,
      'memory.wpqLines': 1,
      'memory.wpqDrainNs': 0.001,
      'memory.mediaBlockWriteNs': 0.001,
      'memory.lineReadNs': 0.001,
      'replicaMemory.dimmCount': 1,
      'replicaMemory.wpqLines': 1,
      'replicaMemory.wpqDrainNs': 0.001,
      'replicaMemory.mediaBlockWriteNs': 0.001,
    });
    const servers = 10;
    fc.assert(
      fc.property(programs, backends, (all, each) => {
        const together = fencesNs(all, { profile, backend: each });
        const messages = all.flat().length;
        all.forEach((_program, core) => {
          const only = all.map((other, i) => (i === core ? other : []));
          const alone = fencesNs(only, { profile, backend: each })[core];
          assert.equal(together[core].length, alone.length);
          together[core].forEach((at, i) => {
            assert(
              Math.abs(at - alone[i]) <= (servers * messages) / 1000,
              `${at}, alone ${alone[i]}`,
            );
          });
        });
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('get no acknowledgement before a round trip of their message is over', () => {
    // Doorbell, PCIe, NIC, wire, and back; a message without a line is 6 ns on the wire.
    const tripNs = 50 + 200 + 70 + 6 + 250 + 70 + 70 + 6 + 250 + 70 + 200;
    fc.assert(
      fc.property(
        programs,
        backends,
        fc.constantFrom('per-core' as const, 'shared' as const),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 6 }),
        (all, each, queuePairs, replicas, spare) => {
          const entries = all.length + spare + (each.fencesBeforeLines ? 1 : 0);
          const postedPs = new Map<number, number>();
          let acknowledged = 0;
          const observer: MirrorObserver = {
            onPost(_queuePair, entry, atPs) {
              postedPs.set(entry, atPs);
            },
            onAcknowledge(_queuePair, entry, atPs) {
              const since = atPs - (postedPs.get(entry) ?? Number.NaN);
              assert(since >= tripNs * 1000, `after ${since / 1000} ns`);
              acknowledged++;
            },
          };
          const profile = profileWith({ 'nic.sendQueueEntries': entries });
          const { counts } = run(all, { profile, backend: each, queuePairs, replicas, observer });
          const { writes, rcommits, rofences, rdfences } = counts;
          assert.equal(acknowledged, writes + rcommits + rofences + rdfences);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});

test('a core that loads many lines does not hold up what another reads before its later ones', () => {
  // Lines of one DIMM, which reads one in 50 ns: the first core's at 0, 300 and 600 ns.
  const profile = profileWith({
    'path.loadRandomNs': 300,
    'path.loadSequentialNs': 300,
    'memory.lineReadNs': 50,
  });
  const loadedNs = (atNs: number): number => {
    const load = (line: number, lines: number): Operation => [Op.LOAD, line * 64, lines * 64];
    const programs = [[load(0, 3)], [compute(atNs), load(8, 1)]];
    return run(programs, { backend: backendNamed('no-sm'), profile }).timePs.pmLoad / 1000 - 900;
  };
  assert.deepEqual(
    [10, 49, 50, 100, 320, 349, 350].map(loadedNs),
    [340, 301, 300, 300, 330, 301, 300],
  );
});
