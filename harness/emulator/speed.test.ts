import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS, profileNamed } from '../../rdma/index.ts';
import { partsOf, STEPS, workloadsOf } from './part.ts';
import { REFERENCE_LINES, ReferenceLoop } from './reference-loop.ts';
import { speedOf } from './speed.ts';

test('each round is prepared, done and cleared, and compared with lines of the reference loop', async () => {
  const calls: string[] = [];
  const reference = new ReferenceLoop();
  const work = {
    unit: 'operations',
    units: () => 3 * REFERENCE_LINES,
    prepare: () => void calls.push('prepare'),
    // As much as three times the loop.
    run() {
      calls.push('run');
      for (let i = 0; i < 3; i++) reference.run();
    },
    clear: () => void calls.push('clear'),
  } as const;
  const speed = await speedOf(work, { seconds: 0, rounds: 4 });
  assert.equal(speed.rounds, 4);
  assert.deepEqual(calls.slice(0, 3), ['prepare', 'run', 'clear']);
  for (const [i, call] of calls.entries()) assert.equal(call, calls[i % 3]);
  const { low, median, high } = speed.perLine;
  assert(low <= median && median <= high);
  // The same loop against itself: a line in the time of a line, with much room for a busy machine.
  assert(median > 0.2 && median < 5, String(median));
  assert(speed.perS.median > 0 && speed.peakBytes > 0);
});

const CHOICE = {
  steps: STEPS,
  programs: ['suite', 'hashmap'],
  threads: [1, 4],
  queuePairs: ['per-core', 'shared'],
  backends: BACKENDS.map(({ name }) => name),
  profile: profileNamed('paper-2018'),
} as const;

test('every step of every program, design and number of threads is a part, once', () => {
  const parts = partsOf(CHOICE);
  const keys = parts.map(({ profile: _, ...part }) => JSON.stringify(part));
  assert.equal(new Set(keys).size, keys.length);
  for (const program of CHOICE.programs) {
    const of = (backend: string) =>
      parts
        .filter((part) => part.program === program && part.backend === backend)
        .map(({ threads, queuePairs }) => `${threads} ${queuePairs}`);
    assert.deepEqual(of('sm-ob'), ['1 per-core', '4 per-core', '4 shared']);
    // It posts nothing, so nothing is shared.
    assert.deepEqual(of('no-sm'), ['1 per-core', '4 per-core']);
    // It cannot run on these machines.
    assert.deepEqual(of('cxl-direct'), []);
  }
  assert.deepEqual([...new Set(parts.map(({ step }) => step))], [...STEPS]);
  const imports = partsOf({ ...CHOICE, steps: ['import'] });
  assert.deepEqual(
    imports.map(({ step }) => step),
    ['import', 'import'],
  );
});

test('the suite with several threads has those of its programs that take as many', () => {
  const names = (threads: number) => workloadsOf('suite', threads).map(({ name }) => name);
  assert(names(1).includes('redis') && names(1).includes('tpcc'));
  assert(!names(4).includes('redis') && names(4).includes('tpcc'));
});

test('the reference loop does the same each time: its waits are those of its latencies', () => {
  const first = new ReferenceLoop().run();
  assert.equal(new ReferenceLoop().run(), first);
  // A fourth line waits for the replica: 2 x 700 ns of way, and what lies on it.
  const each = first / REFERENCE_LINES;
  assert(each > (4 * 110 + 2 * 700) / 4 && each < 1000, String(each));
});
