/**
 * Mirroring designs and transaction protocols that are wrong on purpose. A crash check that does not
 * find each of them proves nothing of the others. The designs are those that look right in a test
 * without power failures; the protocol errors are made in the recorded stream of a correct program,
 * so that the libraries themselves stay as they are.
 */

import { Op } from '../../pm/op.ts';
import { LANE_BYTES, LANES_OFFSET, TX_OFFSET, TxState } from '../../pm/undo/layout.ts';
import { type Backend, type ReplicaFault, resolveBackend, Verb } from '../../rdma/index.ts';
import type { Granule } from './isolation.ts';
import type { RecordedOp, RecordedTransaction } from './recording.ts';

/** A wrong mirroring design. */
export interface CanaryBackend {
  readonly backend: Backend;
  /** What is wrong, in a few words. */
  readonly about: string;
  /** Replicas that it takes for the error to show. */
  readonly replicas: number;
  readonly faults?: readonly ReplicaFault[];
  readonly firstReplicaAcknowledges?: boolean;
}

/** An error of a transaction library, or of what a program expects of a mirror. */
export interface CanaryProtocol {
  readonly name: string;
  readonly workload: string;
  readonly about: string;
  /** Clients that it takes (1 unless said otherwise), and what they keep off each other's. */
  readonly threads?: number;
  readonly isolation?: Granule;
  /** The primary is as it should be: only machines that hold a mirror need be looked at. */
  readonly mirrorsOnly?: boolean;
  /** The operations of one transaction with the error in them, or as they are if it has no place. */
  apply(ops: readonly RecordedOp[]): readonly RecordedOp[];
}

function design(nameOrAlias: string): Backend {
  const backend = resolveBackend(nameOrAlias);
  if (backend === undefined) throw new Error(`no backend ${nameOrAlias}`);
  return backend;
}

const smRc = design('sm-rc');
const smOb = design('sm-ob');
const smDd = design('sm-dd');

/** Every so many lines one is not posted. */
const SKIPPED_LINE_ONE_IN = 7;

export const CANARY_BACKENDS: readonly CanaryBackend[] = [
  {
    about: 'acknowledges when the NIC has the lines, which are in the cache (DDIO on)',
    replicas: 1,
    backend: named('canary-nic-ack', smRc, {
      onOrderingPoint: (posting, core) => nicAcknowledge(posting, core),
      onDurabilityPoint: (posting, core) => nicAcknowledge(posting, core),
    }),
  },
  {
    about: 'posts no ROFENCE; shows where a replica is slow to make lines durable',
    replicas: 1,
    faults: [{ replica: 0, slowdown: 8 }],
    backend: named('canary-no-rofence', smOb, { onOrderingPoint: () => {} }),
  },
  {
    about: `skips one line in ${SKIPPED_LINE_ONE_IN}`,
    replicas: 1,
    backend: named('canary-skips-line', smOb, {
      onLine: (posting, core, line) => {
        if (line % SKIPPED_LINE_ONE_IN !== 0) posting.post(core, Verb.WRITE_THROUGH, line);
      },
    }),
  },
  {
    about: 'returns before the slower replica',
    replicas: 2,
    faults: [{ replica: 1, slowdown: 8 }],
    firstReplicaAcknowledges: true,
    backend: named('canary-first-replica', smDd, {}),
  },
];

function named(name: string, from: Backend, wrong: Partial<Backend>): Backend {
  return Object.freeze({ ...from, aliases: [], ...wrong, name });
}

/** Waits for an answer that says nothing of the cache. */
const nicAcknowledge: Backend['onDurabilityPoint'] = (posting, core) => {
  if (posting.linesSinceAnswer(core) === 0) return;
  posting.post(core, Verb.RDFENCE, 0);
  posting.awaitAnswer(core);
};

export const CANARY_PROTOCOLS: readonly CanaryProtocol[] = [
  {
    name: 'vacation-shared-lines',
    workload: 'vacation',
    about:
      'clients change words of one line at the same time, and each has a queue pair of its own',
    threads: 4,
    isolation: 'words',
    mirrorsOnly: true,
    apply: (ops: readonly RecordedOp[]) => ops,
  },
  ...(['ctree', 'vacation'] as const).flatMap((workload) => [
    {
      name: `${workload}-missing-flush`,
      workload,
      about: 'a changed line is not written back before the commit is over',
      apply: (ops: readonly RecordedOp[]) => withShape(workload, ops, withoutFlush),
    },
    {
      name: `${workload}-missing-fence`,
      workload,
      about: 'no fence between what the commit mark vouches for and the mark',
      apply: (ops: readonly RecordedOp[]) => withShape(workload, ops, withoutFence),
    },
    {
      name: `${workload}-mark-before-data`,
      workload,
      about: 'the commit mark is made durable before what it vouches for',
      apply: (ops: readonly RecordedOp[]) =>
        withShape(workload, ops, (epochs, { mark, vouchedFor }) => moved(epochs, mark, vouchedFor)),
    },
    {
      name: `${workload}-truncated-early`,
      workload,
      about: 'the log is emptied before the data that it protects is durable',
      apply: (ops: readonly RecordedOp[]) =>
        withShape(workload, ops, (epochs, { truncation, data }) => moved(epochs, truncation, data)),
    },
  ]),
];

/** `transactions` with the error in each. */
export function withError(
  canary: CanaryProtocol,
  transactions: readonly RecordedTransaction[],
): RecordedTransaction[] {
  return transactions.map((one) => ({ ...one, ops: canary.apply(one.ops) }));
}

/** Operations up to and without a fence, and the fence, if there is one. */
interface Epoch {
  readonly body: readonly RecordedOp[];
  readonly fence: RecordedOp | null;
}

/** Which epoch of a transaction does what. */
interface Shape {
  /** Makes durable that the transaction is committed. */
  readonly mark: number;
  /** The epoch before which the mark must not be durable. */
  readonly vouchedFor: number;
  /** Makes the changed data durable in its place. */
  readonly data: number;
  /** Empties the log. */
  readonly truncation: number;
}

function epochsOf(ops: readonly RecordedOp[]): Epoch[] {
  const epochs: Epoch[] = [];
  let body: RecordedOp[] = [];
  for (const one of ops) {
    if (one.op === Op.ORDERING_FENCE || one.op === Op.DURABILITY_FENCE) {
      epochs.push({ body, fence: one });
      body = [];
    } else {
      body.push(one);
    }
  }
  epochs.push({ body, fence: null });
  return epochs;
}

function opsOf(epochs: readonly Epoch[]): RecordedOp[] {
  return epochs.flatMap(({ body, fence }) => (fence === null ? body : [...body, fence]));
}

/** Undo log: data, mark (the state word says COMMITTED), truncation follow each other. */
function undoShape(epochs: readonly Epoch[]): Shape | null {
  const mark = epochs.findIndex(({ body }) => body.some(marksUndoCommit));
  return mark < 1 ? null : { mark, vouchedFor: mark - 1, data: mark - 1, truncation: mark + 1 };
}

function marksUndoCommit({ op, a, b, bytes }: RecordedOp): boolean {
  if (op !== Op.STORE || b !== 8 || bytes === null || bytes[0] !== TxState.COMMITTED) return false;
  const inLanes = a - LANES_OFFSET - TX_OFFSET;
  return inLanes >= 0 && inLanes % LANE_BYTES === 0;
}

/** Redo log: log, tail (the mark), data in place, head (the truncation): four fences. */
function redoShape(epochs: readonly Epoch[]): Shape | null {
  return epochs.length === 5 ? { vouchedFor: 0, mark: 1, data: 2, truncation: 3 } : null;
}

function withShape(
  workload: 'ctree' | 'vacation',
  ops: readonly RecordedOp[],
  change: (epochs: readonly Epoch[], shape: Shape) => readonly Epoch[],
): readonly RecordedOp[] {
  const epochs = epochsOf(ops);
  const shape = workload === 'ctree' ? undoShape(epochs) : redoShape(epochs);
  return shape === null ? ops : opsOf(change(epochs, shape));
}

/** Leaves the last write-back of the data out. */
function withoutFlush(epochs: readonly Epoch[], { data }: Shape): readonly Epoch[] {
  const { body, fence } = epochs[data];
  const last = body.findLastIndex(({ op }) => op === Op.WRITE_BACK);
  return epochs.with(data, { body: body.filter((_, i) => i !== last), fence });
}

function withoutFence(epochs: readonly Epoch[], { vouchedFor }: Shape): readonly Epoch[] {
  return epochs.with(vouchedFor, { body: epochs[vouchedFor].body, fence: null });
}

/** What epoch `from` does is done before what epoch `to` does; the fences stay where they are. */
function moved(epochs: readonly Epoch[], from: number, to: number): readonly Epoch[] {
  const bodies = epochs.map(({ body }) => body);
  const [body] = bodies.splice(from, 1);
  // What opens the transaction stays in front.
  const opening =
    to === 0 ? bodies[0].filter(({ op }) => op >= Op.COMPUTE && op !== Op.TX_END) : [];
  const rest = bodies[to].filter((one) => !opening.includes(one));
  bodies.splice(to, 1, [...opening, ...body], rest);
  return epochs.map(({ fence }, i) => ({ body: bodies[i], fence }));
}
