/**
 * What the Workload contract promises, for every workload of the table.
 */

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CrashState } from '../pm/crash/crash-state.ts';
import { PmHeap } from '../pm/heap.ts';
import { LINE_BYTES } from '../pm/line.ts';
import { fanOut, isFence, isStore, OP_NAMES, Op, type OpCode, type PersistSink } from '../pm/op.ts';
import { COMPUTE_MODELS } from './compute-model.ts';
import { WORKLOADS } from './index.ts';
import { type GivenParameters, ParameterError } from './parameters.ts';
import { OperationHasher } from './testing/operation-hasher.ts';
import { type ConfiguredWorkload, type Program, runInTurn, VerifyError } from './workload.ts';

const SEED = 11;

/** Transactions in a run: enough to meet every type of most workloads, few enough to be fast. */
const TRANSACTIONS = 60;

/**
 * Parameters of the runs where a program's own would only make its initial load longer, which these
 * tests pay for three times: fewer rows, keys and bytes, the same transactions.
 */
const SMALLER: Readonly<Record<string, GivenParameters>> = {
  echo: { preloadedKeys: 200 },
  ycsb: { keys: 400 },
  tpcc: { customers: 20, items: 30 },
  vacation: { relations: 300 },
  memcached: { keys: 600 },
  nfs: { files: 24 },
  mysql: { rows: 300 },
  lmdb: { keys: 500 },
};

/** Programs to be closed when the tests of their workload are over. */
const programs: Program[] = [];

function closing(program: Program): Program {
  programs.push(program);
  return program;
}

interface Run {
  readonly heap: PmHeap;
  readonly program: Program;
  /** Hash of each client's operations. */
  readonly streams: readonly string[];
  /** What would survive a power failure after the last transaction. */
  readonly state: CrashState;
  /** Lines stored to, and how well each client's operations were formed. */
  readonly written: ReadonlySet<number>;
  readonly shapes: readonly Shape[];
}

/** Sets a program up and runs it, observed by everything that the tests ask for. */
function run(configured: ConfiguredWorkload, threads: number, seed: number): Run {
  const heap = new PmHeap(configured.heapBytes(threads, TRANSACTIONS));
  const program = closing(configured.create(heap, threads, seed));
  program.verify();
  const state = new CrashState(heap.bytes);
  const written = new Set<number>();
  const note: PersistSink = {
    op(op, a) {
      if (isStore(op)) written.add(Math.floor(a / LINE_BYTES));
    },
  };
  const hashers = Array.from({ length: threads }, () => new OperationHasher());
  const shapes = hashers.map(() => new Shape(configured.workload.txTypes.length));
  heap.attach(hashers.map((hasher, t) => fanOut([state, note, hasher, shapes[t]])));
  runInTurn(heap, program, { threads, transactions: TRANSACTIONS });
  heap.detach();
  const streams = hashers.map((hasher) => hasher.digest());
  return { heap, program, streams, state, written, shapes };
}

for (const workload of WORKLOADS) {
  describe(workload.name, () => {
    const configured = workload.configure(SMALLER[workload.name] ?? {});
    const threads = Math.min(2, workload.threadsMax);
    let done: Run | undefined;
    /** One run for all tests: setting some of the programs up takes half a second. */
    const first = (): Run => {
      done ??= run(configured, threads, SEED);
      return done;
    };

    after(() => {
      for (const program of programs.splice(0)) program.close?.();
    });

    test('same seed, same operations', () => {
      assert.deepEqual(run(configured, threads, SEED).streams, first().streams);
    });

    test('another seed, other operations; clients differ', () => {
      assert.notDeepEqual(run(configured, threads, SEED + 1).streams, first().streams);
      assert.equal(new Set(first().streams).size, threads);
    });

    test('transactions are well-formed: begun, of a known type, durable at their last fence', () => {
      for (const { depth, transactions, faults } of first().shapes) {
        assert.deepEqual([...faults], []);
        assert.equal(depth, 0);
        assert.ok(transactions >= TRANSACTIONS / threads);
      }
    });

    test('verify holds after a run', () => {
      first().program.verify();
    });

    test('what is durable between transactions recovers to the same contents', () => {
      const digest = first().program.digest();
      const heap = new PmHeap(first().state.durable.slice());
      const recovered = closing(configured.recover(heap, threads, SEED));
      recovered.verify();
      assert.equal(recovered.digest(), digest);
      const again = closing(configured.recover(heap, threads, SEED));
      assert.equal(again.digest(), digest, 'a second time');
    });

    test('closing a program leaves the heap as it is, and may be repeated', () => {
      const heap = new PmHeap(first().state.durable.slice());
      const recovered = closing(configured.recover(heap, threads, SEED));
      heap.switchTo(0);
      recovered.transaction(0);
      const before = heap.bytes.slice();
      recovered.close?.();
      recovered.close?.();
      assert.equal(Buffer.compare(heap.bytes, before), 0);
      closing(configured.recover(heap, threads, SEED)).verify();
    });

    test('verify detects damage', () => {
      const { written, program } = first();
      const detected = [...written].some((line) => damageDetected(first(), line * LINE_BYTES));
      assert.ok(detected, `none of ${written.size} damaged lines was detected`);
      program.verify();
    });

    test('bad parameters are refused with the accepted range', () => {
      assert.throws(() => workload.configure({ noSuchParameter: 1 }), {
        name: 'ParameterError',
        message: /noSuchParameter.*has:/,
      });
      for (const [name, parameter] of Object.entries(workload.parameters)) {
        const bad = parameter.kind === 'choice' ? 'no-such-word' : parameter.max + 1;
        const accepted = parameter.kind === 'choice' ? parameter.choices[0] : `${parameter.max}`;
        assert.throws(
          () => workload.configure({ [name]: bad }),
          (error) => error instanceof ParameterError && error.message.includes(accepted),
        );
      }
    });

    test('declared figures are usable: heap size, instruction counts, thread numbers', () => {
      const usual = workload.configure({});
      const bytes = usual.heapBytes(workload.threadsDefault, workload.transactionsDefault);
      assert.ok(bytes >= 64 && bytes % 64 === 0 && bytes <= 2 ** 32, `heap of ${bytes} B`);
      for (const model of COMPUTE_MODELS) {
        const counts = usual.instructionsPerTx(model);
        assert.equal(counts.length, workload.txTypes.length);
        for (const count of counts) assert.ok(Number.isInteger(count) && count >= 0);
      }
      const { nativeInstructionsPerNs: speeds = [] } = workload;
      for (const speed of [speeds].flat()) assert.ok(speed > 1 && speed < 13, `${speed}`);
      if (typeof speeds === 'object' && speeds.length > 0) {
        assert.equal(speeds.length, workload.txTypes.length);
      }
      assert.ok(workload.threadsDefault >= 1 && workload.threadsDefault <= workload.threadsMax);
    });
  });
}

/** Inverts the line at `offset`, asks verify, and restores it. */
function damageDetected({ heap, program }: Run, offset: number): boolean {
  const intact = heap.bytes.slice(offset, offset + LINE_BYTES);
  for (let i = 0; i < LINE_BYTES; i++) heap.bytes[offset + i] ^= 0xff;
  try {
    program.verify();
    return false;
  } catch (error) {
    if (error instanceof VerifyError) return true;
    throw error;
  } finally {
    heap.bytes.set(intact, offset);
  }
}

/** Checks the shape of one client's stream of transactions; `faults` says what is wrong. */
class Shape implements PersistSink {
  depth = 0;
  transactions = 0;
  readonly faults = new Set<string>();
  readonly #types: number;
  #lastFence = 0;

  constructor(types: number) {
    this.#types = types;
  }

  op(op: OpCode, a: number): void {
    if (op === Op.TX_BEGIN) {
      if (a >= this.#types) this.faults.add(`transaction type ${a}`);
      if (this.depth++ === 0) this.#lastFence = 0;
    } else if (op === Op.TX_END) {
      if (--this.depth > 0) return;
      this.transactions++;
      if (this.#lastFence === Op.ORDERING_FENCE) this.faults.add('its last fence only orders');
    } else if (this.depth <= 0) {
      if (op !== Op.LOCK && op !== Op.UNLOCK) this.faults.add(`${OP_NAMES[op]} outside of any`);
    } else if (isFence(op)) {
      this.#lastFence = op;
    }
  }
}
