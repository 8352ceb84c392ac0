/**
 * The seed of an execution reaches every program and every loss: seeds 1 and 2 have no generator in common
 * and give other data. Crashes and machines that are drawn are in the tests of those.
 */

import assert from 'node:assert/strict';
import { createHash, type Hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { isStore, type PersistSink } from '../../pm/op.ts';
import { assertSeeded } from '../../pm/testing/draws.ts';
import { profileNamed, setValues } from '../../rdma/index.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { type AnyWorkload, runInTurn } from '../../workloads/workload.ts';
import type { Execution } from './cells.ts';
import { exampleExecutions } from './examples.ts';
import { REGISTRY } from './registry.ts';
import { runGroup } from './run.ts';
import { expandSystems } from './systems.ts';

const CLIENTS = 3;
const TRANSACTIONS = 60;

/** What is on the heap before the first transaction, and each client's operations, with what they store. */
function ran(workload: AnyWorkload, seed: number) {
  const clients = Math.min(CLIENTS, workload.threadsMax);
  const configured = workload.configure(workload.smallParameters);
  const heap = new PmHeap(configured.heapBytes(clients, TRANSACTIONS));
  const program = configured.create(heap, clients, seed);
  try {
    const loaded = Buffer.from(heap.bytes);
    const hashers = Array.from({ length: clients }, () => createHash('sha256'));
    const sinkOf = (hash: Hash): PersistSink => ({
      op(op, a, b) {
        hash.update(`${op} ${a} ${b}`);
        if (isStore(op)) hash.update(heap.bytes.subarray(a, a + b));
      },
    });
    heap.attach(hashers.map(sinkOf));
    runInTurn(heap, program, { threads: clients, transactions: TRANSACTIONS });
    return { loaded, streams: hashers.map((hash) => hash.digest('hex')) };
  } finally {
    program.close?.();
  }
}

/** Programs whose first data is drawn. Others begin empty, or with values that follow from their keys. */
const DRAWN_DATA = ['tpcc', 'hashmap', 'vacation', 'memcached', 'exim', 'nfs', 'mysql', 'transact'];

describe('programs', () => {
  for (const workload of WORKLOADS) {
    test(`${workload.name}: every generator, each client's operations, and data where it is drawn`, async () => {
      await assertSeeded((seed) => ran(workload, seed));
      const [one, two] = [ran(workload, 1), ran(workload, 2)];
      for (const [client, stream] of one.streams.entries()) {
        assert.notEqual(stream, two.streams[client], `client ${client}`);
      }
      assert.equal(!one.loaded.equals(two.loaded), DRAWN_DATA.includes(workload.name));
    });
  }
});

describe('losses on the link', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seeded-test-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const profile = setValues(profileNamed('optane-cx5'), [['link.lossProbability', 0.05]]);
  const systems = expandSystems({ backends: ['sm-dd'], profiles: [profile], replicas: [1] });
  const computeModel = 'o2';
  const ofWorkload =
    (threads: number) =>
    (seed: number): Execution => ({
      kind: 'workload',
      workload: 'transact',
      parameters: { epochs: 3, linesPerEpoch: 2, regionLines: 512, readShare: 0 },
      threads,
      seed,
      transactions: 60,
      warmupTransactions: 0,
      computeModel,
    });
  const executions: readonly (readonly [string, (seed: number) => Execution])[] = [
    ['one thread, as it runs', ofWorkload(1)],
    ['several threads, recorded', ofWorkload(2)],
    ['a trace, whose operations are always the same', (seed) => exampleExecutions('o2', seed)[0]],
  ];
  for (const [name, executionOf] of executions) {
    test(name, async () => {
      const lost: number[] = [];
      await assertSeeded(async (seed) => {
        const group = { execution: executionOf(seed), systems };
        const [{ report }] = await runGroup(group, REGISTRY, { directory });
        lost.push(report.counts.retransmissions);
      });
      assert.notEqual(lost[0], lost[1]);
    });
  }
});
