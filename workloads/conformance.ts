/**
 * What the Workload contract promises, as rules: for the tests of every workload of the table and for
 * `pmirror conform`. A rule throws where its promise is not kept.
 */

import assert from 'node:assert/strict';
import { CrashState } from '../pm/crash/crash-state.ts';
import { PmHeap } from '../pm/heap.ts';
import { LINE_BYTES } from '../pm/line.ts';
import { fanOut, isFence, isStore, OP_NAMES, Op, type OpCode, type PersistSink } from '../pm/op.ts';
import { raceText } from '../pm/races.ts';
import { COMPUTE_MODELS } from './compute-model.ts';
import { type GivenParameters, type Parameter, ParameterError } from './parameters.ts';
import { detectRaces } from './races.ts';
import { OperationHasher } from './testing/operation-hasher.ts';
import {
  type AnyWorkload,
  type ConfiguredWorkload,
  type Program,
  runInTurn,
  VerifyError,
} from './workload.ts';

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

/** A workload whose rules are looked at, set up and run once for all of them. */
export class WorkloadSubject {
  readonly workload: AnyWorkload;
  readonly configured: ConfiguredWorkload;
  readonly threads: number;
  readonly #programs: Program[] = [];
  #first: Run | undefined;

  /** With `parameters`, or those of the tests for it. */
  constructor(
    workload: AnyWorkload,
    parameters: GivenParameters = SMALLER[workload.name] ?? workload.smallParameters ?? {},
  ) {
    this.workload = workload;
    this.configured = workload.configure(parameters);
    this.threads = Math.min(2, workload.threadsMax);
  }

  /** The run that rules share: setting some of the programs up takes half a second. */
  get first(): Run {
    this.#first ??= this.run(SEED);
    return this.#first;
  }

  /** The program that is on a heap, recovered. */
  recover(heap: PmHeap): Program {
    return this.#closing(this.configured.recover(heap, this.threads, SEED));
  }

  /** Sets a program up and runs it, observed by everything that the rules ask for. */
  run(seed: number): Run {
    const { configured, threads } = this;
    const heap = new PmHeap(configured.heapBytes(threads, TRANSACTIONS));
    const program = this.#closing(configured.create(heap, threads, seed));
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

  /** Closes every program that was made. */
  close(): void {
    for (const program of this.#programs.splice(0)) program.close?.();
  }

  #closing(program: Program): Program {
    this.#programs.push(program);
    return program;
  }
}

/** Something that the contract promises. */
export interface WorkloadRule {
  readonly name: string;
  readonly about: string;
  /** Throws if it does not hold. */
  check(subject: WorkloadSubject): void;
}

/** The rules, in the order in which they are looked at. */
export const WORKLOAD_RULES: readonly WorkloadRule[] = [
  {
    name: 'determinism',
    about: 'same seed, same operations',
    check(subject) {
      assert.deepEqual(subject.run(SEED).streams, subject.first.streams);
    },
  },
  {
    name: 'seeds',
    about: 'another seed, other operations; clients differ',
    check(subject) {
      assert.notDeepEqual(subject.run(SEED + 1).streams, subject.first.streams);
      assert.equal(new Set(subject.first.streams).size, subject.threads);
    },
  },
  {
    name: 'transactions',
    about: 'transactions are well-formed: begun, of a known type, durable at their last fence',
    check(subject) {
      for (const { depth, transactions, faults } of subject.first.shapes) {
        assert.deepEqual([...faults], []);
        assert.equal(depth, 0);
        assert.ok(transactions >= TRANSACTIONS / subject.threads);
      }
    },
  },
  {
    name: 'verify',
    about: 'verify holds after a run',
    check(subject) {
      subject.first.program.verify();
    },
  },
  {
    name: 'recovery',
    about: 'what is durable between transactions recovers to the same contents',
    check(subject) {
      const digest = subject.first.program.digest();
      const heap = new PmHeap(subject.first.state.durable.slice());
      const recovered = subject.recover(heap);
      recovered.verify();
      assert.equal(recovered.digest(), digest);
      const again = subject.recover(heap);
      assert.equal(again.digest(), digest, 'a second time');
    },
  },
  {
    name: 'races',
    about: 'what clients share is used under one lock, or declared to be ordered otherwise',
    check({ workload }) {
      const [{ races }] = detectRaces(workload);
      const told = races.slice(0, 3).map((race) => raceText(race, workload.txTypes));
      assert.ok(
        races.length === 0,
        `${workload.name}: ${races.length} words without an order, such as: ${told.join('; ')}. Hold one ` +
          'lock at both, or declare what orders them (PmHeap.atomic and the methods below it)',
      );
    },
  },
  {
    name: 'closing',
    about: 'closing a program leaves the heap as it is, and may be repeated',
    check(subject) {
      const heap = new PmHeap(subject.first.state.durable.slice());
      const recovered = subject.recover(heap);
      heap.switchTo(0);
      recovered.transaction(0);
      const before = heap.bytes.slice();
      recovered.close?.();
      recovered.close?.();
      assert.equal(Buffer.compare(heap.bytes, before), 0);
      subject.recover(heap).verify();
    },
  },
  {
    name: 'damage',
    about: 'verify detects damage',
    check(subject) {
      const { written, program } = subject.first;
      const detected = [...written].some((line) =>
        damageDetected(subject.first, line * LINE_BYTES),
      );
      assert.ok(detected, `none of ${written.size} damaged lines was detected`);
      program.verify();
    },
  },
  {
    name: 'parameters',
    about: 'bad parameters are refused with the accepted range',
    check(subject) {
      assert.throws(() => subject.workload.configure({ noSuchParameter: 1 }), {
        name: 'ParameterError',
        message: /noSuchParameter.*has:/,
      });
      for (const [name, parameter] of Object.entries(subject.workload.parameters)) {
        const bad = parameter.kind === 'choice' ? 'no-such-word' : parameter.max + 1;
        const accepted = parameter.kind === 'choice' ? parameter.choices[0] : `${parameter.max}`;
        assert.throws(
          () => subject.workload.configure({ [name]: bad }),
          (error) => error instanceof ParameterError && error.message.includes(accepted),
        );
      }
    },
  },
  {
    name: 'effects',
    about: 'every parameter changes the heap, the charge or the operations',
    check(subject) {
      const slow = SLOW_EFFECTS[subject.workload.name] ?? {};
      for (const [name, parameter] of Object.entries(subject.workload.parameters)) {
        if (Object.hasOwn(slow, name)) continue;
        assert.ok(hasEffect(subject, name, parameter), `parameter '${name}' changes nothing`);
      }
    },
  },
  {
    name: 'figures',
    about: 'declared figures are usable: heap size, instruction counts, thread numbers',
    check(subject) {
      const usual = subject.workload.configure({});
      const bytes = usual.heapBytes(
        subject.workload.threadsDefault,
        subject.workload.transactionsDefault,
      );
      assert.ok(bytes >= 64 && bytes % 64 === 0 && bytes <= 2 ** 32, `heap of ${bytes} B`);
      for (const model of COMPUTE_MODELS) {
        const counts = usual.instructionsPerTx(model);
        assert.equal(counts.length, subject.workload.txTypes.length);
        for (const count of counts) assert.ok(Number.isInteger(count) && count >= 0);
      }
      const { nativeInstructionsPerNs: speeds = [] } = subject.workload;
      for (const speed of [speeds].flat()) assert.ok(speed > 1 && speed < 13, `${speed}`);
      if (typeof speeds === 'object' && speeds.length > 0) {
        assert.equal(speeds.length, subject.workload.txTypes.length);
      }
      assert.ok(
        subject.workload.threadsDefault >= 1 &&
          subject.workload.threadsDefault <= subject.workload.threadsMax,
      );
    },
  },
];

/** Parameters whose effect takes longer than a rule's run to show, and why. */
const SLOW_EFFECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  memcached: {
    requestsPerSecond: 'an item moves up in its list a minute after it was stored',
    attemptsPerConflict: 'there are no conflicts unless asked for',
  },
};

/** Other values of a parameter: words, fractions within its bounds, whole numbers not far away. */
function otherValues(parameter: Parameter): readonly (string | number)[] {
  if (parameter.kind === 'choice') return parameter.choices.filter((w) => w !== parameter.default);
  const { kind, default: usual, min, max } = parameter;
  const values =
    kind === 'fraction'
      ? [(usual + max) / 2, (usual + min) / 2, max, min]
      : [2 * usual, Math.ceil(usual / 2), usual + 1, min];
  return values.filter((value) => value !== usual && value >= min && value <= max);
}

/** Whether another value of the parameter changes the heap's size, the charge or the operations. */
function hasEffect(subject: WorkloadSubject, name: string, parameter: Parameter): boolean {
  const { workload, threads } = subject;
  const figures = (given: GivenParameters): string => {
    const configured = workload.configure(given);
    const charged = COMPUTE_MODELS.map((model) => configured.instructionsPerTx(model));
    return JSON.stringify([configured.heapBytes(threads, TRANSACTIONS), charged]);
  };
  const streams = (given: GivenParameters): readonly string[] => {
    const changed = new WorkloadSubject(workload, given);
    try {
      return changed.first.streams;
    } finally {
      changed.close();
    }
  };
  const differs = (value: string | number): boolean => {
    try {
      if (figures({ [name]: value }) !== figures({})) return true;
      const given = { ...subject.configured.parameters, [name]: value };
      return streams(given).join() !== subject.first.streams.join();
    } catch (error) {
      // Values that do not go together, or need more than the largest heap.
      if (error instanceof ParameterError) return false;
      throw error;
    }
  };
  return otherValues(parameter).some(differs);
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
