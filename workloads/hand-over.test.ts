/**
 * Words that a client hands on before its fence: another client stores to the same word meanwhile. With
 * a queue pair for each core a replica may keep the older value, under every design (pm/order.ts). So a
 * program that does so needs more order between clients than `words`, or a recovery that knows.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PmHeap } from '../pm/heap.ts';
import { isStore, Op, type PersistSink } from '../pm/op.ts';
import { isEnough, type OrderBetween } from '../pm/order.ts';
import { WORKLOADS } from './index.ts';
import { type AnyWorkload, runInTurn } from './workload.ts';

const CLIENTS = 4;
const TRANSACTIONS = 600;

/** Programs that hand words on under a lock and need no order between clients all the same. */
const KNOWN = new Map([
  ['nfs', "the tail of PMFS's journal, beyond which recovery looks"],
  ['exim', 'the same'],
  ['mysql', 'the same'],
]);

/** Who stored to a word last, whether it has fenced since, and whether it released a lock before that. */
interface LastStore {
  client: number;
  fences: number;
  isReleased: boolean;
}

/** The order that the words handed on in one run need. Clients run a whole transaction at a time. */
function orderShown(workload: AnyWorkload): OrderBetween {
  const clients = Math.min(CLIENTS, workload.threadsMax);
  const configured = workload.configure(workload.smallParameters);
  const heap = new PmHeap(configured.heapBytes(clients, TRANSACTIONS));
  const program = configured.create(heap, clients, 1);
  const last = new Map<number, LastStore>();
  const fences = Array.from({ length: clients }, () => 0);
  let unfenced: LastStore[] = [];
  let underLock = 0;
  let between = 0;
  const store = (client: number, word: number): void => {
    const before = last.get(word);
    if (before !== undefined && before.client !== client) {
      if (before.isReleased) underLock++;
      // No fence since, though its transaction is over.
      else if (before.fences === fences[before.client]) between++;
    }
    const now = { client, fences: fences[client], isReleased: false };
    last.set(word, now);
    unfenced.push(now);
  };
  const sinkOf = (client: number): PersistSink => ({
    op(op, a, b) {
      if (op === Op.ORDERING_FENCE || op === Op.DURABILITY_FENCE) {
        fences[client]++;
        unfenced = unfenced.filter((one) => one.client !== client);
      } else if (op === Op.UNLOCK) {
        for (const one of unfenced) if (one.client === client) one.isReleased = true;
      } else if (isStore(op)) {
        for (let word = a >>> 3; word <= (a + b - 1) >>> 3; word++) store(client, word);
      }
    },
  });
  heap.attach(Array.from({ length: clients }, (_, client) => sinkOf(client)));
  runInTurn(heap, program, { threads: clients, transactions: TRANSACTIONS });
  heap.detach();
  program.close?.();
  return between > 0 ? 'any' : underLock > 0 ? 'locks' : 'words';
}

for (const workload of WORKLOADS.filter(({ threadsMax }) => threadsMax > 1)) {
  const { name, orderNeeded } = workload;
  test(`${name} needs the order of the words that it hands on before a fence`, () => {
    const shown = orderShown(workload);
    const isStated = shown === 'words' || isEnough(orderNeeded, shown);
    assert.equal(!isStated, KNOWN.has(name), `needs ${orderNeeded}, shows ${shown}`);
  });
}
