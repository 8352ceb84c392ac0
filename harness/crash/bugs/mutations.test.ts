import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../../pm/heap.ts';
import { RedoLog } from '../../../pm/nvml/redo-log.ts';
import { fanOut, OP_NAMES, Op, type PersistSink } from '../../../pm/op.ts';
import type { RecordedOp } from '../history/recording.ts';
import { namesIn } from './call-path.ts';
import { early, instead, without, withoutInto } from './mutations.ts';

const KINDS = { s: Op.STORE, w: Op.WRITE_BACK, '|': Op.ORDERING_FENCE, '!': Op.DURABILITY_FENCE };

/** `s1 w1 |`: a store and a write-back by `part1<commit`, a fence. */
function opsOf(text: string): RecordedOp[] {
  return text.split(' ').map((word) => {
    const op = KINDS[word[0] as keyof typeof KINDS];
    return { op, a: 0, b: 8, bytes: null, path: `part${word.slice(1)}:12<commit:3` };
  });
}

function textOf(ops: readonly RecordedOp[]): string {
  const letters = new Map<number, string>(
    Object.entries(KINDS).map(([letter, op]) => [op, letter]),
  );
  return ops
    .map(({ op, path }) => (letters.get(op) ?? '?') + (/part(\d*)/.exec(path ?? '')?.[1] ?? ''))
    .join(' ');
}

test('operations are left out by kind, by what issues them, and by their number', () => {
  const ops = opsOf('s1 w1 | s2 w2 w2 !');
  const at = (which?: number) => ({
    op: Op.WRITE_BACK,
    path: /^part2<commit$/,
    ...(which === undefined ? {} : { which }),
  });
  assert.equal(textOf(without(at())(ops)), 's1 w1 | s2 !');
  assert.equal(textOf(without(at(0))(ops)), 's1 w1 | s2 w2 !');
  assert.equal(textOf(without({ ...at(), path: /^commit/ })(ops)), textOf(ops));
  assert.equal(textOf(without(at(7))(ops)), textOf(ops));
});

test('operations are made of another kind, and keep their places', () => {
  const ops = opsOf('s1 w1 ! s2 w2 !');
  const durability = { op: Op.DURABILITY_FENCE, path: /./ };
  assert.equal(textOf(instead(durability, Op.ORDERING_FENCE)(ops)), 's1 w1 | s2 w2 |');
  const last = { ...durability, which: -1 };
  assert.equal(textOf(instead(last, Op.ORDERING_FENCE)(ops)), 's1 w1 ! s2 w2 |');
});

test('what is done early moves the rest on by a fence, and fences keep their order', () => {
  const move = early({ op: Op.STORE, path: /^part9/ }, { op: Op.STORE, path: /^part2/ });
  assert.equal(textOf(move(opsOf('s1 s2 w2 | s9 w9 ! s4'))), 's1 s9 w9 | s2 w2 ! s4');
  assert.equal(
    textOf(move(opsOf('s1 s2 w2 | s3 w3 | s4 s9 w9 ! s5'))),
    's1 s9 w9 | s2 w2 | s3 w3 s4 ! s5',
  );
  assert.equal(textOf(move(opsOf('s1 s2 w2 s9 w9 | s4'))), 's1 s9 w9 s2 w2 | s4');
  for (const as of ['s9 w9 | s2 !', 's1 w1 !', 's2 | s9 w9']) {
    assert.equal(textOf(move(opsOf(as))), as, 'no place for it');
  }
});

test('operations on their way are left out by what issues them, the heap itself left out', () => {
  const seen: string[] = [];
  const sink: PersistSink = { op: (op) => seen.push(OP_NAMES[op]) };
  const heap = new PmHeap(4096);
  const log = new RedoLog(heap, 64);
  const run = (path: RegExp): string => {
    seen.length = 0;
    heap.attach([fanOut([withoutInto(sink, { op: Op.WRITE_BACK, path })])]);
    log.set(1024, 5);
    log.process();
    return seen.join(' ');
  };
  assert.equal(run(/^persist/), 'store writeBack orderingFence');
  assert.equal(run(/^process$/), 'store orderingFence');
});

test('names are what is left of a path without lines', () => {
  assert.equal(namesIn('#writeChunk:128<seal:87<commit:127'), '#writeChunk<seal<commit');
});
