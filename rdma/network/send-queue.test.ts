import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { BACKENDS } from '../backends/index.ts';
import { runnable } from '../backends/refusal.ts';
import { smDd } from '../backends/sm-dd.ts';
import { smOb } from '../backends/sm-ob.ts';
import type { MirrorObserver, MirrorRun, System } from '../mirror.ts';
import { optaneCx5 } from '../profiles/optane-cx5.ts';
import { withValue } from '../profiles/schema.ts';
import { compileTiming } from '../profiles/timing.ts';
import { ROUND_PROFILE } from '../testing/round-profile.ts';
import { listed, type Operation, run, traceOf, writeLine } from '../testing/runs.ts';
import { Nic } from './nic.ts';
import { Verb } from './verb.ts';

const TRANSACTIONS = 20;
const LINES_MAX = 300;

/** Transactions that end in an ordering fence with a durability fence right behind it. */
function fencesBehindFences(sink: PersistSink): void {
  const random = new Random(1, 0);
  let line = 0;
  for (let t = 0; t < TRANSACTIONS; t++) {
    // Each line once, so that no cache at a replica makes one of two copies.
    for (let i = random.between(1, LINES_MAX); i > 0; i--) writeLine(sink, ++line);
    sink.op(Op.ORDERING_FENCE, 0, 0);
    sink.op(Op.DURABILITY_FENCE, 0, 0);
  }
}

test('a full send queue loses nothing: at a durability point every line sent is durable', () => {
  // Losses fill the queue: what is behind a lost message waits for the timeout.
  const profile = withValue(optaneCx5, 'link.lossProbability', 0.1);
  for (const backend of runnable(BACKENDS, profile).filter((one) => one.durability !== null)) {
    let sent = 0;
    const durable = [0, 0];
    const observer: MirrorObserver = {
      onSend: () => sent++,
      onReplicaDurable: (replica) => durable[replica]++,
      onFenceDone(_core, durability) {
        if (durability) assert.deepEqual(durable, [sent, sent], backend.name);
      },
    };
    const trace = traceOf([fencesBehindFences], 1 << 20);
    const { counts } = run(trace, { backend, profile, replicas: 2, observer });
    assert(counts.retransmissions > 0 && sent > TRANSACTIONS, backend.name);
  }
});

/** Runs a program of operations a core on the machine with round numbers. */
function runRound(
  programs: readonly (readonly Operation[])[],
  sendQueueEntries: number,
  options: Partial<System & MirrorRun>,
) {
  const profile = withValue(ROUND_PROFILE, 'nic.sendQueueEntries', sendQueueEntries);
  return run(listed(programs), { backend: smOb, profile, ...options });
}

const write = (line: number) =>
  [
    [Op.STORE, line * 64, 8],
    [Op.WRITE_BACK, line * 64, 8],
  ] as const;
const ORDERING = [Op.ORDERING_FENCE, 0, 0] as const;
const DURABILITY = [Op.DURABILITY_FENCE, 0, 0] as const;

test('room that a core saw in a shared queue is not its own: others may take it meanwhile', () => {
  // A store of 8 bytes looks for room and sends nothing yet. Until its line leaves others take places.
  const seesRoom = (line: number) =>
    [[Op.NT_STORE, line * 64, 8], [Op.COMPUTE, 20_000, 0], DURABILITY] as const;
  const takesIt = [[Op.COMPUTE, 18_000, 0] as const, ...write(500), ORDERING, DURABILITY];
  for (const [entries, cores] of [
    [3, 2],
    [8, 7],
  ]) {
    const programs = Array.from({ length: cores }, (_, core) =>
      core === 1 ? takesIt : seesRoom(core),
    );
    const stall = [{ replica: 0, stallFromNs: 15_000, stallForNs: 50_000 }];
    for (const faults of [[], stall]) {
      const { counts } = runRound(programs, entries, { queuePairs: 'shared', faults });
      assert.equal(counts.writes, cores);
    }
  }
});

test('a fence that posts nothing needs no room', () => {
  // A line and its ROFENCE fill the queue; a second ordering fence is 10 ns of the core.
  const doneNs: number[] = [];
  const onFenceDone = (_core: number, _durability: boolean, atPs: number) => {
    doneNs.push(atPs / 1000);
  };
  const program = [...write(0), ORDERING, ORDERING, DURABILITY];
  const { timePs } = runRound([program], 2, { observer: { onFenceDone } });
  assert.equal(doneNs[1] - doneNs[0], 10);
  assert(timePs.sendQueueFull > 0);
});

test('a queue too short for the cores that share it is refused, with what would do', () => {
  const programs = Array.from({ length: 8 }, () => [DURABILITY]);
  const shared = { queuePairs: 'shared' } as const;
  assert.throws(() => runRound(programs, 8, shared), {
    name: 'RangeError',
    message: 'send queue of 8: too short for 8 cores to share, must be at least 9',
  });
  runRound(programs, 9, shared);
  runRound(programs, 2, {});
});

test('a batch of eight is rung for when a ninth line comes, and not before', () => {
  const batches = (lines: number, batchEntries: number) => {
    const profile = withValue(ROUND_PROFILE, 'nic.batchEntries', batchEntries);
    const program = [...Array.from({ length: lines }, (_, line) => write(line)).flat(), DURABILITY];
    let doneNs = 0;
    const onFenceDone = (_core: number, _durability: boolean, atPs: number) => {
      doneNs = atPs / 1000;
    };
    const { counts } = run(listed([program]), {
      backend: smDd,
      profile,
      observer: { onFenceDone },
    });
    return { doorbells: counts.doorbells, doneNs };
  };
  assert.equal(batches(8, 8).doorbells, 1);
  assert.equal(batches(9, 8).doorbells, 2);
  assert.equal(batches(16, 8).doorbells, 2);
  assert.equal(batches(17, 8).doorbells, 3);
  assert.deepEqual(batches(8, 8), batches(8, 4096));
  // A line takes the core 3 ns and its request 30, the fence's another 30, a doorbell 50. So the queue pair,
  // which takes 100 ns a message, begins at 317 instead of 377 ns, and the fence is its tenth either way.
  assert.equal(batches(9, 4096).doneNs - batches(9, 8).doneNs, 377 - 317);
});

test('a queue pair keeps its rate, also for what comes when it has just run empty', () => {
  const profile = withValue(ROUND_PROFILE, 'pcie.postedNs', 10);
  const nic = new Nic({
    timing: compileTiming(profile),
    queuePairs: 1,
    propagationPs: [0],
    seed: 1,
    receivers: [{ arrive() {} }],
  });
  const sentAt = (ringPs: number) => {
    nic.post(0, 0, Verb.WRITE, 0, 0xff);
    nic.ringDoorbell(0, ringPs);
    const at = nic.nextTime;
    nic.sendNext();
    return at;
  };
  // It takes 100 ns a message: the second is known to it at 60 ns, the third long after.
  assert.deepEqual([0, 50_000, 900_000].map(sentAt), [10_000, 110_000, 910_000]);
});
