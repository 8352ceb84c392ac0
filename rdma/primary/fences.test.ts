/**
 * What a fence of either kind waits for on the primary itself, in pairs at the edge: with 1 ns less of
 * work before it, it waits 1 ns longer. Without mirroring, on ROUND_PROFILE: a store takes 1 ns of the core, a
 * clwb 2 and a fence at least 10; a line is accepted 100 ns after it left a cache, 110 after it left a
 * write-combining buffer. A line that is fetched is here after 300 ns.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op } from '../../pm/op.ts';
import { backendNamed } from '../backends/index.ts';
import type { MirrorObserver } from '../mirror.ts';
import { setValues } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { listed, type Operation, run } from '../testing/runs.ts';

const FENCES = { ordering: Op.ORDERING_FENCE, durability: Op.DURABILITY_FENCE } as const;
const FETCH = 300;
const FENCE = 10;

const adr = setValues(ROUND_PROFILE, [
  ['path.loadRandomNs', FETCH],
  ['path.loadSequentialNs', FETCH],
]);
const MACHINES = {
  adr,
  eadr: { ...adr, memory: { ...adr.memory, persistenceDomain: 'eadr' } },
} as const;
type Machine = keyof typeof MACHINES;

const compute = (ns: number): Operation => [Op.COMPUTE, ns, 0];
const store: Operation = [Op.STORE, 64, 8];
const writeBack: Operation = [Op.WRITE_BACK, 64, 8];
/** Eight bytes of a line, which stay in a write-combining buffer; a whole line, which leaves. */
const ntWord: Operation = [Op.NT_STORE, 64, 8];
const ntLine: Operation = [Op.NT_STORE, 64, 64];

/** From the beginning of the run to the end of the fence, which `before` come before. */
function doneNs(
  machine: Machine,
  before: readonly Operation[],
  fence: keyof typeof FENCES,
): number {
  const trace = listed([[...before, [FENCES[fence], 0, 0]]]);
  const report = run(trace, { backend: backendNamed('no-sm'), profile: MACHINES[machine] });
  return report.elapsedPs / 1000;
}

/** Operations, and when what they stored is safe, the fence's own part apart. */
const CASES: readonly {
  readonly name: string;
  readonly machine: Machine;
  readonly before: readonly Operation[];
  /** When the core is through with `before`. */
  readonly issuedNs: number;
  readonly safeNs: number;
}[] = [
  // Stored at 0 ns, here at 300, accepted 100 later.
  {
    name: 'a line written back',
    machine: 'adr',
    before: [store, writeBack],
    issuedNs: 3,
    safeNs: FETCH + 100,
  },
  {
    name: 'a whole line past the caches',
    machine: 'adr',
    before: [ntLine],
    issuedNs: 8,
    safeNs: 110,
  },
  {
    name: 'a whole line past persistent caches',
    machine: 'eadr',
    before: [ntLine],
    issuedNs: 8,
    safeNs: 110,
  },
  // Persistent caches: as soon as the line is here, written back or not.
  {
    name: 'a store into persistent caches',
    machine: 'eadr',
    before: [store],
    issuedNs: 1,
    safeNs: FETCH,
  },
  {
    name: 'the same, written back',
    machine: 'eadr',
    before: [store, writeBack],
    issuedNs: 3,
    safeNs: FETCH,
  },
  // Nothing to wait for: a line that is here already, and what nobody wrote back.
  {
    name: 'a store to a line in persistent caches',
    machine: 'eadr',
    before: [[Op.LOAD, 64, 8], store],
    issuedNs: FETCH + 1,
    safeNs: 0,
  },
  {
    name: 'a store that nobody wrote back',
    machine: 'adr',
    before: [store],
    issuedNs: 1,
    safeNs: 0,
  },
];

describe('a fence', () => {
  for (const fence of ['ordering', 'durability'] as const) {
    for (const { name, machine, before, issuedNs, safeNs } of CASES) {
      it(`of ${fence} behind ${name}`, () => {
        const edge = Math.max(0, safeNs - issuedNs - FENCE);
        for (const work of [0, edge - 1, edge, edge + 1, edge + 100].filter((ns) => ns >= 0)) {
          const expected = Math.max(issuedNs + work + FENCE, safeNs);
          assert.equal(doneNs(machine, [...before, compute(work)], fence), expected, `${work} ns`);
        }
      });
    }

    for (const machine of ['adr', 'eadr'] as const) {
      it(`of ${fence} empties write-combining buffers, and waits for it, with ${machine}`, () => {
        // They leave at the fence only, so work before it hides nothing; then 15 ns apart.
        for (const work of [0, 200]) {
          assert.equal(doneNs(machine, [ntWord, compute(work)], fence), 1 + work + 110);
          const two: Operation[] = [ntWord, [Op.NT_STORE, 192, 8], compute(work)];
          assert.equal(doneNs(machine, two, fence), 2 + work + 15 + 110);
        }
        // What has left is gone: a second fence has nothing to do.
        const again: Operation[] = [ntWord, [Op.ORDERING_FENCE, 0, 0]];
        assert.equal(doneNs(machine, again, fence), 1 + 110 + FENCE);
      });
    }

    it(`of ${fence} under each design: the lines of write-combining buffers are sent with it`, () => {
      for (const design of ['sm-rc', 'sm-ob', 'sm-dd']) {
        const sent: number[] = [];
        const durable: number[] = [];
        const observer: MirrorObserver = {
          onSend: (_core, line) => sent.push(line),
          onReplicaDurable: (_replica, _core, line) => durable.push(line),
          onFenceDone: () => assert.deepEqual(sent, [1, 3]),
        };
        const half: Operation[] = [ntWord, [Op.NT_STORE, 192, 32], [FENCES[fence], 0, 0]];
        run(listed([half]), { backend: backendNamed(design), profile: adr, observer });
        // Under remote commit by the fence; else on their own.
        assert.deepEqual(durable, [1, 3], design);
      }
    });
  }
});
