/**
 * What one core of the primary may have in flight, and what a write-back leaves in its caches: times at
 * the edge on ROUND_PROFILE. A store takes 1 ns of the core and a clwb 2; lines leave at least 20 ns apart,
 * non-temporal ones 15.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Op, type PersistSink } from '../../pm/op.ts';
import { backendNamed } from '../backends/index.ts';
import { createMirror } from '../engine.ts';
import { ONE_REPLICA } from '../mirror.ts';
import { setValues } from '../profiles/schema.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { listed, type Operation, run } from '../testing/runs.ts';

describe('ten line-fill buffers', () => {
  /** One core without mirroring, lines in order; a fetch from memory takes `fetchNs`, a path 1000 ns. */
  function elapsedNs(fetchNs: number, program: (sink: PersistSink) => void): number {
    const profile = setValues(ROUND_PROFILE, [
      ['path.clwbPathNs', 1000],
      ['path.ntStorePathNs', 1000],
      ['path.loadRandomNs', fetchNs],
      ['path.loadSequentialNs', fetchNs],
    ]);
    const system = { backend: backendNamed('no-sm'), profile, ...ONE_REPLICA };
    const mirror = createMirror(system, { cores: 1, heapBytes: 1 << 20 });
    program(mirror.sink());
    return mirror.finish().elapsedPs / 1000;
  }
  const store = (sink: PersistSink, line: number) => sink.op(Op.STORE, line * 64, 8);
  const writeBack = (sink: PersistSink, line: number) => sink.op(Op.WRITE_BACK, line * 64, 8);
  const times = (count: number, each: (line: number) => void) => {
    for (let line = 1; line <= count; line++) each(line);
  };

  it('ten lines that were written back are in flight, the eleventh waits for the first', () => {
    const written = (lines: number, fence: boolean) =>
      elapsedNs(0, (sink) => {
        sink.op(Op.LOAD, 0, 100 * 64);
        times(lines, (line) => {
          store(sink, line);
          writeBack(sink, line);
        });
        if (fence) sink.op(Op.DURABILITY_FENCE, 0, 0);
      });
    assert.equal(written(10, false), 30);
    assert.equal(written(10, true), 3 + 9 * 20 + 1000);
    assert.equal(written(11, false), 3 + 1000);
    assert.equal(written(11, true), 3 + 1000 + 1000);
    assert.equal(written(12, true), 3 + 1000 + 20 + 1000);
  });

  it('ten stores wait for their lines, the eleventh for the first of these', () => {
    const stored = (lines: number) => elapsedNs(300, (sink) => times(lines, (i) => store(sink, i)));
    assert.equal(stored(10), 10);
    assert.equal(stored(11), 300 + 1);
    assert.equal(stored(12), 300 + 2);
    assert.equal(stored(20), 300 + 10);
    assert.equal(stored(21), 600 + 1);
  });

  it('a line that is written back while it is fetched needs no second one', () => {
    const written = (lines: number) =>
      elapsedNs(300, (sink) =>
        times(lines, (line) => {
          store(sink, line);
          writeBack(sink, line);
        }),
      );
    assert.equal(written(10), 30);
    assert.equal(written(11), 300 + 1000 + 3);
  });

  it('non-temporal lines hold one from when they leave until they are accepted', () => {
    const stored = (lines: number) =>
      elapsedNs(0, (sink) => times(lines, (line) => sink.op(Op.NT_STORE, line * 64, 64)));
    assert.equal(stored(10), 80);
    // The eleventh is complete at 80 ns, the time of the store itself not counted; it leaves at 1000.
    assert.equal(stored(11), 1000 + 8);
  });
});

describe('a write-back that evicts', () => {
  /** What loading, or storing to and writing back, a line costs that was written back before. */
  function againNs(flushEvicts: 0 | 1, dirty: boolean, again: (sink: PersistSink) => void): number {
    const profile = setValues(ROUND_PROFILE, [
      ['core.flushEvicts', flushEvicts],
      ['path.loadRandomNs', 300],
    ]);
    const elapsed = (program: readonly ((sink: PersistSink) => void)[]): number => {
      const system = { backend: backendNamed('no-sm'), profile, ...ONE_REPLICA };
      const mirror = createMirror(system, { cores: 1, heapBytes: 4096 });
      for (const step of program) step(mirror.sink());
      return mirror.finish().elapsedPs / 1000;
    };
    const before = [
      (sink: PersistSink) => sink.op(dirty ? Op.STORE : Op.LOAD, 640, 8),
      (sink: PersistSink) => sink.op(Op.WRITE_BACK, 640, 8),
      (sink: PersistSink) => sink.op(Op.ORDERING_FENCE, 0, 0),
    ];
    return elapsed([...before, again]) - elapsed(before);
  }
  const load = (sink: PersistSink) => sink.op(Op.LOAD, 640, 8);
  const persist = (sink: PersistSink) => {
    sink.op(Op.STORE, 640, 8);
    sink.op(Op.WRITE_BACK, 640, 8);
    sink.op(Op.ORDERING_FENCE, 0, 0);
  };

  for (const dirty of [true, false]) {
    it(`has a ${dirty ? 'dirty' : 'clean'} line fetched anew, and clwb has it kept`, () => {
      assert.deepEqual([againNs(0, dirty, load), againNs(1, dirty, load)], [0, 300]);
    });
  }

  it('lets a store go on, but not the write-back behind it', () => {
    assert.equal(againNs(0, true, persist), 1 + 2 + 100);
    assert.equal(againNs(1, true, persist), 300 + 100);
  });
});

describe('two levels of caches', () => {
  /** An L2 of 16 lines, and an LLC for all. */
  const profile = setValues(ROUND_PROFILE, [
    ['core.l2Bytes', 1024],
    ['path.loadRandomNs', 300],
    ['path.loadSequentialNs', 170],
  ]);
  const loads = (first: number, lines: number): Operation => [Op.LOAD, first * 64, lines * 64];
  const cost = (...programs: readonly (readonly Operation[])[]) => {
    const { timePs, counts } = run(listed(programs), { backend: backendNamed('no-sm'), profile });
    return [timePs.pmLoad / 1000, counts.pmLoadMisses];
  };
  const fetched = 300 + 15 * 170;

  it('a line that had to leave the L2 is a hit in the LLC, which costs 20 ns and is no miss', () => {
    assert.deepEqual(cost([loads(0, 16), loads(0, 1)]), [fetched, 16]);
    assert.deepEqual(cost([loads(0, 17), loads(0, 1)]), [fetched + 170 + 20, 17]);
  });

  it('so is a line that another core fetched', () => {
    const later: Operation = [Op.COMPUTE, 10_000, 0];
    assert.deepEqual(cost([loads(0, 16)], [later, loads(0, 4)]), [fetched + 4 * 20, 16]);
  });

  it('only the line after the last that missed is sequential: not it again, nor one further', () => {
    const after = (line: number): number => cost([loads(20, 1), loads(line, 1)])[0] - 300;
    assert.deepEqual([18, 19, 20, 21, 22, 23].map(after), [300, 300, 0, 170, 300, 300]);
  });

  it('a store to a line in the LLC waits for no memory, and its write-back 20 ns', () => {
    const stored: Operation[] = [
      [Op.STORE, 0, 8],
      [Op.WRITE_BACK, 0, 8],
      [Op.ORDERING_FENCE, 0, 0],
    ];
    const after = (before: Operation): number => {
      const trace = listed([[before, ...stored]]);
      const { elapsedPs, timePs } = run(trace, { backend: backendNamed('no-sm'), profile });
      return (elapsedPs - timePs.pmLoad) / 1000;
    };
    assert.deepEqual([loads(0, 16), loads(0, 17), loads(1, 1)].map(after), [103, 120, 400]);
  });
});
