import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Op, type OpCode } from '../../pm/op.ts';
import { replayThread } from '../../pm/trace.ts';
import { PROFILES, profileNamed } from '../../rdma/index.ts';
import type { TraceExecution } from './cells.ts';
import { CELL_COLUMNS, cellRows } from './columns.ts';
import { exampleExecutions } from './examples.ts';
import { REGISTRY } from './registry.ts';
import { runGroup } from './run.ts';
import { expandSystems } from './systems.ts';
import { resultTables } from './tables.ts';
import { SpillingTrace } from './trace-store.ts';
import { MeasuredSpan, storeTrace } from './traced-run.ts';
import { uncharged } from './volatile-work.ts';

const directory = mkdtempSync(join(tmpdir(), 'import-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Set-up | insert with two fences | between | remove | tear-down. */
const LOG = [
  'START',
  'STORE;0x1000;0x1;0x8|FLUSH;0x1000;0x40|FENCE',
  'INS.BEGIN|STORE;0x1040;0x1;0x8|FLUSH;0x1040;0x40|FENCE|STORE;0x1080;0x1;0x8|FENCE|INS.END',
  'STORE;0x10c0;0x1;0x8|FENCE',
  'DEL.BEGIN|STORE;0x1100;0x1;0x8|FENCE|DEL.END',
  'STORE;0x1140;0x1;0x8|FENCE',
  'STOP',
].join('|');

function execution(change: Partial<TraceExecution> = {}): TraceExecution {
  const file = join(directory, 'small.log');
  writeFileSync(file, LOG);
  return {
    kind: 'trace',
    name: 'small',
    file,
    txMarkers: ['INS', 'DEL'],
    instructionsPerTx: [100, 70],
    computeModel: 'given',
    orderNeeded: 'any',
    seed: 1,
    ...change,
  };
}

/** Codes of the imported operations of thread 0, the instructions charged, and the notes. */
async function imported(given: TraceExecution) {
  const store = new SpillingTrace({ threads: 0, heapBytes: 64, directory });
  const notes = await storeTrace(given, store);
  const codes: OpCode[] = [];
  const charged: number[] = [];
  replayThread(store, 0, {
    op(op, a) {
      codes.push(op);
      if (op === Op.COMPUTE) charged.push(a);
    },
  });
  return { store, notes, codes, charged };
}

test('measured is from the first transaction to the end of the last, work charged by type', async () => {
  const { store, codes, charged } = await imported(execution());
  const at = codes.indexOf(Op.MEASURE);
  assert.deepEqual(codes.slice(0, at), [Op.STORE, Op.WRITE_BACK, Op.ORDERING_FENCE]);
  assert.equal(codes[at + 1], Op.TX_BEGIN);
  assert.equal(codes.at(-1), Op.TX_END);
  assert.equal(codes.filter((op) => op === Op.STORE).length, 5, 'the tear-down is left out');
  assert.equal(
    charged.reduce((a, b) => a + b, 0),
    170,
  );
  assert.ok(store.heapBytes >= 4096 && store.threads === 1);
});

test('without markers each fence ends a transaction, and the user is told which markers are there', async () => {
  const { notes, codes } = await imported(execution({ txMarkers: [], instructionsPerTx: [0] }));
  assert.equal(codes.filter((op) => op === Op.DURABILITY_FENCE).length, 6);
  assert.match(notes.join('\n'), /each fence is a durability point.*takes: DEL, INS/);
  assert.match(notes.join('\n'), /no volatile work: upper bound; --instructions-per-tx charges it/);
});

test('markers that are not given are named although others were', async () => {
  const { notes } = await imported(execution({ txMarkers: ['INS'] }));
  assert.match(notes.join('\n'), /delimit nothing here, though --tx-marker takes them: DEL$/m);
  assert.doesNotMatch((await imported(execution())).notes.join(), /delimit nothing/);
});

test('the instructions offered are those of the program that the name says, or all', () => {
  assert.match(uncharged('whisper-TPCC.pmtrace'), /flags: tpcc: full mix 435700$/);
  assert.match(uncharged('nvml-btree'), /flags: btree: insert 8397 \/ -$/);
  assert.match(uncharged('store.log'), /echo: commit of 8 puts 117900 \/ 183500; ycsb: /);
});

test('without volatile work the table and the CSV call speedups upper bounds', async () => {
  const systems = expandSystems({
    backends: ['sm-rc', 'sm-dd'],
    profiles: PROFILES.slice(0, 1),
    replicas: [1],
  });
  const rowsOf = async (instructionsPerTx: number[]) =>
    cellRows(
      await runGroup({ execution: execution({ instructionsPerTx }), systems }, REGISTRY, {
        directory,
      }),
    );
  const [free, charged] = [await rowsOf([0]), await rowsOf([0, 5])];
  assert.match(resultTables(free, true), /sm-dd speedup \(no volatile work: upper bound\)/);
  assert.match(resultTables(free, false), / no volatile work: upper bound\n.* sm-dd speedup\n/);
  for (const wide of [true, false]) assert.doesNotMatch(resultTables(charged, wide), /upper bound/);
  const column = CELL_COLUMNS.find(({ name }) => name === 'volatileWork');
  assert.deepEqual(
    [free[1], charged[1]].map((row) => column?.value(row)),
    ['none', 'charged'],
  );
});

test('what is between transactions is passed on before the next, in order', () => {
  const seen: number[] = [];
  const span = new MeasuredSpan({ op: (op, a) => seen.push(op, a) });
  const send = (...ops: [OpCode, number][]): void => {
    for (const [op, a] of ops) span.op(op, a, 0);
  };
  send([Op.TX_BEGIN, 0], [Op.TX_BEGIN, 1], [Op.TX_END, 0], [Op.LOAD, 1], [Op.TX_END, 0]);
  for (let i = 0; i < 3000; i++) send([Op.LOAD, i]);
  const held = seen.length;
  assert.equal(held, 2 * 6, 'nested transactions do not end the outermost');
  send([Op.TX_BEGIN, 0]);
  assert.equal(seen.length, held + 2 * 3001);
  assert.deepEqual(seen.slice(held, held + 4), [Op.LOAD, 0, Op.LOAD, 1]);
  assert.equal(seen.filter((_, i) => i % 2 === 0 && seen[i] === Op.MEASURE).length, 1);
});

test('a thread without transactions takes part in the barrier at its end', () => {
  const seen: OpCode[] = [];
  const span = new MeasuredSpan({ op: (op) => void seen.push(op) });
  span.op(Op.LOAD, 64, 8);
  span.finish();
  assert.deepEqual(seen, [Op.LOAD, Op.MEASURE]);
});

test('a trace without a whole transaction is refused', async () => {
  const file = join(directory, 'empty.log');
  writeFileSync(file, 'START|STORE;0x1000;0x1;0x8|STOP');
  await assert.rejects(imported(execution({ file, txMarkers: [] })), {
    name: 'FailureError',
    message: /no complete transaction/,
  });
});

test('vacation runs on the cores of three threads, all of them busy to the end, under every design', async () => {
  const vacation = exampleExecutions('o2', 1).find(({ name }) => name === 'vacation');
  assert.ok(vacation !== undefined);
  const backends = ['sm-dd', 'no-sm', 'sm-rc'];
  const systems = expandSystems({
    backends,
    profiles: [profileNamed('paper-2018')],
    replicas: [1],
  });
  const results = await runGroup({ execution: vacation, systems }, REGISTRY, { directory });
  for (const { threads, report, operations, notes } of results) {
    assert.deepEqual([threads, report.cores, report.counts.transactions], [3, 3, 144]);
    assert.equal(operations, results[0].operations);
    assert.ok(report.timePs.idle < 0.01 * report.elapsedPs * 3);
    assert.match(notes.join(), /without a whole transaction are left out: 1 of 4,.*144 of 298/);
  }
  // 40 980 instructions at 3.6 a ns are 11.38 us.
  const { report } = results[1];
  const perTx = (report.elapsedPs * 3) / 144 / 1e6;
  assert.ok(perTx > 11.38 && perTx < 12, `${perTx} us`);
});

test('the example traces run under every backend, no-sm fastest and sm-rc slowest', async () => {
  const [example] = exampleExecutions('o2', 1);
  const backends = ['no-sm', 'sm-rc', 'sm-ob', 'sm-dd'];
  const systems = expandSystems({ backends, profiles: PROFILES.slice(0, 1), replicas: [1] });
  const results = await runGroup({ execution: example, systems }, REGISTRY, { directory });
  const [base, commit, ...designs] = results.map(({ report }) => report.elapsedPs);
  for (const elapsed of designs) assert.ok(base <= elapsed && elapsed <= commit);
  assert.ok(results[0].report.counts.transactions > 0);
});
