import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../../../pm/heap.ts';
import { RedoLog } from '../../../pm/nvml/redo-log.ts';
import { fanOut, OP_NAMES, Op, type PersistSink } from '../../../pm/op.ts';
import { stepsOf } from '../../../pm/step.ts';
import { early, instead, type Operation, omitting, type Place, without } from './mutations.ts';

const KINDS = { s: Op.STORE, w: Op.WRITE_BACK, '|': Op.ORDERING_FENCE, '!': Op.DURABILITY_FENCE };

const STEPS = stepsOf('test', ['1', '2', '3', '4', '5', '9']);

/** `s1 w1 |`: a store and a write-back that are step 1, and a fence that is none. */
function opsOf(text: string): Operation[] {
  return text.split(' ').map(([kind, step]) => ({
    op: KINDS[kind as keyof typeof KINDS],
    step: STEPS[step as keyof typeof STEPS],
  }));
}

function textOf(ops: readonly Operation[]): string {
  const letters = new Map<number, string>(
    Object.entries(KINDS).map(([letter, op]) => [op, letter]),
  );
  return ops
    .map(({ op, step }) => (letters.get(op) ?? '?') + (step?.replace('test.', '') ?? ''))
    .join(' ');
}

test('operations are left out by kind, by step, and by their number', () => {
  const ops = opsOf('s1 w1 | s2 w2 w2 !');
  const at = (which?: number) => ({
    op: Op.WRITE_BACK,
    step: STEPS[2],
    ...(which === undefined ? {} : { which }),
  });
  assert.equal(textOf(without(at())(ops)), 's1 w1 | s2 !');
  assert.equal(textOf(without(at(0))(ops)), 's1 w1 | s2 w2 !');
  assert.equal(textOf(without({ op: Op.WRITE_BACK })(ops)), 's1 | s2 !');
  assert.equal(textOf(without({ ...at(), step: STEPS[3] })(ops)), textOf(ops));
  assert.equal(textOf(without(at(7))(ops)), textOf(ops));
});

test('operations are made of another kind, and keep their places', () => {
  const ops = opsOf('s1 w1 ! s2 w2 !');
  const durability = { op: Op.DURABILITY_FENCE };
  assert.equal(textOf(instead(durability, Op.ORDERING_FENCE)(ops)), 's1 w1 | s2 w2 |');
  const last = { ...durability, which: -1 };
  assert.equal(textOf(instead(last, Op.ORDERING_FENCE)(ops)), 's1 w1 ! s2 w2 |');
});

test('what is done early moves the rest on by a fence, and fences keep their order', () => {
  const move = early({ op: Op.STORE, step: STEPS[9] }, { op: Op.STORE, step: STEPS[2] });
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

test('operations on their way are left out by kind and by step', () => {
  const seen: string[] = [];
  const sink: PersistSink = { op: (op) => seen.push(OP_NAMES[op]) };
  const heap = new PmHeap(4096);
  const redo = new RedoLog(heap, 64);
  const run = (place: Place): string => {
    seen.length = 0;
    heap.attach([fanOut([omitting(place, heap, sink)])]);
    redo.set(1024, 5);
    redo.set(1032, 6);
    redo.process(STEPS[1]);
    return seen.join(' ').replaceAll('orderingFence', '|').replaceAll('writeBack', 'back');
  };
  const log = 'store store store store back | store back |';
  assert.equal(
    run({ op: Op.STORE, step: STEPS[2] }),
    `${log} store back store back | store back |`,
  );
  assert.equal(run({ op: Op.STORE, step: STEPS[1] }), `${log} back back | store back |`);
  assert.equal(run({ op: Op.WRITE_BACK, step: STEPS[1] }), `${log} store store | store |`);
  assert.equal(run({ op: Op.WRITE_BACK }), `${log.replaceAll('back ', '')} store store | store |`);
});
