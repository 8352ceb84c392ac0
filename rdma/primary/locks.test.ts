/** Who gets a lock when: as recorded, who asks first, or as an earlier run granted it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Op, type OpCode } from '../../pm/op.ts';
import { MemoryTrace, recordersInto } from '../../pm/trace.ts';
import type { Backend } from '../backend.ts';
import { BACKENDS } from '../backends/index.ts';
import { noSm } from '../backends/no-sm.ts';
import { runnable } from '../backends/refusal.ts';
import { createMirror } from '../engine.ts';
import { type MirrorRun, ONE_REPLICA } from '../mirror.ts';
import { withValue } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';

const HEAP_BYTES = 1 << 16;
const PROFILE = withValue(
  withValue(ROUND_PROFILE, 'llc.llcBytes', '1048576'),
  'replicaLlc.llcBytes',
  '1048576',
);

type Operation = readonly [op: OpCode, a: number, b: number];

const compute = (ns: number): Operation => [Op.COMPUTE, ns, 0];
const unlock = (id: number): Operation => [Op.UNLOCK, id, 0];

/** A transaction that holds lock `id`, taken as number `ticket` in the trace, for `ns`. */
const held = (id: number, ticket: number, ns: number): Operation[] => [
  [Op.LOCK, id, ticket],
  [Op.TX_BEGIN, 0, 0],
  compute(ns),
  [Op.TX_END, 0, 0],
  unlock(id),
];

function run(
  programs: readonly (readonly Operation[])[],
  { backend = noSm, lockOrder }: Pick<MirrorRun, 'lockOrder'> & { backend?: Backend },
) {
  const trace = new MemoryTrace(programs.length, HEAP_BYTES);
  recordersInto(trace).forEach((recorder, core) => {
    for (const operation of programs[core]) recorder.op(...operation);
    recorder.flush();
  });
  const began: [core: number, ns: number][] = [];
  const mirror = createMirror(
    { backend, profile: PROFILE, ...ONE_REPLICA },
    {
      cores: programs.length,
      heapBytes: HEAP_BYTES,
      lockOrder,
      observer: { onTransaction: (core, _type, begin) => began.push([core, begin / 1000]) },
    },
  );
  mirror.replay(trace);
  return { began, report: mirror.finish(), order: mirror.grantOrder };
}

describe('first come', () => {
  it('who asks 1 ns earlier is first, whatever the trace says; then the other way', () => {
    const programs = (second: number) => [
      [compute(100), ...held(7, 0, 50)],
      [compute(second), ...held(7, 1, 50)],
    ];
    const early = run(programs(99), { lockOrder: 'first-come' });
    assert.deepEqual(early.began, [
      [1, 99],
      [0, 149],
    ]);
    assert.equal(early.report.timePs.lockWait, 49_000);
    const late = run(programs(101), { lockOrder: 'first-come' });
    assert.deepEqual(late.began, [
      [0, 100],
      [1, 150],
    ]);
  });

  it('of those who wait the one that asked first is next, ties by core', () => {
    const programs = [
      [...held(1, 0, 1000)],
      [compute(30), ...held(1, 1, 10)],
      [compute(20), ...held(1, 2, 10)],
      [compute(20), ...held(1, 3, 10)],
    ];
    assert.deepEqual(run(programs, { lockOrder: 'first-come' }).began, [
      [0, 0],
      [2, 1000],
      [3, 1010],
      [1, 1020],
    ]);
  });

  it('a lock that was handed on is not taken by who asks at that moment', () => {
    const programs = [
      [compute(100), ...held(1, 1, 10)],
      [...held(1, 0, 100), compute(5), ...held(1, 3, 10)],
      [compute(50), ...held(1, 2, 10)],
    ];
    assert.deepEqual(
      run(programs, { lockOrder: 'first-come' }).began.map(([core]) => core),
      [1, 2, 0, 1],
    );
  });

  it('counts the grants, and those whose holder before was another than in the trace', () => {
    const programs = [
      [...held(1, 0, 10), ...held(1, 1, 10)],
      [compute(5), ...held(1, 2, 10), ...held(1, 3, 10)],
    ];
    const recorded = run(programs, {}).report.counts;
    assert.deepEqual([recorded.lockGrants, recorded.lockGrantsReordered], [4, 0]);
    // Granted as 0, 2, 1, 3: none but the first has the holder before it of the trace.
    const { lockGrants, lockGrantsReordered } = run(programs, { lockOrder: 'first-come' }).report
      .counts;
    assert.deepEqual([lockGrants, lockGrantsReordered], [4, 3]);
  });
});

describe('the order of an earlier run', () => {
  it('is repeated where another core would come first now', () => {
    const programs = (ns: number) => [
      [compute(ns), ...held(7, 0, 50)],
      [compute(100), ...held(7, 1, 50)],
    ];
    const { order } = run(programs(200), { lockOrder: 'first-come' });
    const repeated = run(programs(10), { lockOrder: order });
    assert.deepEqual(repeated.began, [
      [1, 100],
      [0, 150],
    ]);
  });

  it('of another trace is refused', () => {
    const { order } = run([held(1, 0, 1), held(1, 1, 1)], { lockOrder: 'first-come' });
    const longer = [[...held(1, 0, 1), ...held(1, 2, 1)], held(1, 1, 1)];
    assert.throws(() => run(longer, { lockOrder: order }), /order of grants is of another trace/);
  });

  it('gives the same run again, and under every design one that ends (random programs)', () => {
    const section = fc.record({
      outer: fc.nat(2),
      inner: fc.option(fc.nat(2)),
      ns: fc.nat(300),
      line: fc.nat(60),
    });
    const client = fc.array(section, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(client, { minLength: 2, maxLength: 4 }), (clients) => {
        const programs = programsOf(clients);
        const first = run(programs, { lockOrder: 'first-come' });
        const again = run(programs, { lockOrder: first.order });
        assert.deepEqual(again.report, first.report);
        assert.deepEqual(again.began, first.began);
        for (const backend of runnable(BACKENDS, PROFILE)) {
          const { report } = run(programs, { backend, lockOrder: first.order });
          assert.equal(report.counts.lockGrants, first.report.counts.lockGrants);
        }
      }),
      { numRuns: 60 },
    );
  });
});

interface Section {
  readonly outer: number;
  readonly inner: number | null;
  readonly ns: number;
  readonly line: number;
}

/** Clients that take turns in the recorded run, locks nested in ascending order. */
function programsOf(clients: readonly (readonly Section[])[]): Operation[][] {
  const tickets = new Map<number, number>();
  const take = (id: number): Operation => {
    const ticket = tickets.get(id) ?? 0;
    tickets.set(id, ticket + 1);
    return [Op.LOCK, id, ticket];
  };
  const programs: Operation[][] = clients.map(() => []);
  const rounds = Math.max(...clients.map(({ length }) => length));
  for (let round = 0; round < rounds; round++) {
    for (const [core, sections] of clients.entries()) {
      const section = sections[round];
      if (section === undefined) continue;
      const { outer, inner, ns, line } = section;
      const ids = inner === null ? [outer] : [outer, outer + 1 + inner];
      programs[core].push(
        compute(ns),
        [Op.TX_BEGIN, 0, 0],
        ...ids.map(take),
        [Op.STORE, line * 64, 8],
        [Op.WRITE_BACK, line * 64, 8],
        [Op.DURABILITY_FENCE, 0, 0],
        ...ids.map(unlock).reverse(),
        [Op.TX_END, 0, 0],
      );
    }
  }
  return programs;
}
