/**
 * What tpcc's transactions do to the rows, one by one, beside the arithmetic of the TPC-C
 * specification (5.11, clauses 2.4 to 2.8, and 4.3.3 for the load): every change is looked at, and
 * none may be left over. Where N-store strays from it (`tpcc/transactions.ts`), N-store is followed.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import {
  type Change,
  type Changes,
  keyOf,
  type Rows,
  SCALE,
  TpccBench,
  withColumns,
} from '../testing/tpcc-bench.ts';
import { Draws, watchedRun } from '../testing/watched.ts';
import type { Row } from './schema.ts';
import { checkConsistency } from './tpcc/consistency.ts';
import { tpcc } from './tpcc.ts';

const n = (row: Row, column: number): number => Number(row[column]);

/** What the transactions of a run were seen to draw. */
const drawn = {
  amounts: [] as number[],
  isRemotePayment: [] as number[],
  lines: [] as number[],
  quantities: [] as number[],
  items: [] as number[],
  customers: [] as number[],
  homes: [] as number[],
  carriers: [] as number[],
};

/** Clause 2.5: warehouse, district and customer change by one and the same amount. */
function checkPayment(changes: Changes): void {
  const [warehouse] = only(changes, 'warehouse', 1);
  const [district] = only(changes, 'district', 1);
  const [customer] = only(changes, 'customer', 1);
  const history = only(changes, 'history', -1);
  nothingElse(changes, ['warehouse', 'district', 'customer', 'history']);
  const amount = n(warehouse.after, 8) - n(warehouse.before, 8);
  assert.ok(amount >= 1_00 && amount <= 5000_00, `${amount}`);
  assert.deepEqual(
    warehouse.after,
    withColumns(warehouse.before, { 8: n(warehouse.before, 8) + amount }),
  );
  assert.deepEqual(
    district.after,
    withColumns(district.before, { 9: n(district.before, 9) + amount }),
  );
  const [w, d] = [n(district.after, 1), n(district.after, 0)];
  assert.equal(n(warehouse.after, 0), w);
  const was = customer.before;
  const note = `${was[0]} ${was[1]} ${was[2]} ${d} ${w} ${amount} ${was[20]}`;
  const paid = {
    16: n(was, 16) - amount,
    17: n(was, 17) + amount,
    18: n(was, 18) + 1,
    20: was[13] === 'BC' ? note.slice(0, 500) : was[20],
  };
  assert.deepEqual(customer.after, withColumns(was, paid));
  // A second payment of this customer in this district leaves none, as N-store has it.
  const [first] = history;
  if (first !== undefined) {
    assert.equal(first.before, null);
    const row = first.after ?? assert.fail();
    assert.deepEqual([...row.slice(0, 5), row[6]], [was[0], was[1], was[2], d, w, amount]);
  }
  drawn.amounts.push(Math.min(9, Math.floor((amount - 1_00) / 499_90)));
  drawn.isRemotePayment.push(Number(n(was, 2) !== w));
  assert.equal(n(was, 1), d);
}

/** Clause 2.4: the next number, an order, its lines, and the stock that they take. */
function checkNewOrder(bench: TpccBench, changes: Changes): void {
  const [district] = only(changes, 'district', 1);
  const next = n(district.before, 10);
  assert.deepEqual(district.after, withColumns(district.before, { 10: next + 1 }));
  const [d, w] = [n(district.before, 0), n(district.before, 1)];
  const [{ after: order }] = only(changes, 'orders', 1);
  const [{ after: pending }] = only(changes, 'new_order', 1);
  assert.deepEqual(pending, [next, d, w]);
  const lines = only(changes, 'order_line', -1).map(({ after }) => after ?? assert.fail());
  lines.sort((x, y) => n(x, 3) - n(y, 3));
  const isLocal = lines.every((line) => n(line, 5) === w);
  const [, customer, , , time] = order;
  assert.deepEqual(order, [next, customer, d, w, time, 0, lines.length, Number(isLocal)]);
  const stocks = new Map(only(changes, 'stock', -1).map((s) => [s.key, s]));
  const taken = new Map<string, Row>();
  for (const [i, line] of lines.entries()) {
    const [item, supply, quantity] = [n(line, 4), n(line, 5), n(line, 7)];
    const key = `${supply}/${item}`;
    const row = taken.get(key) ?? stocks.get(key)?.before ?? assert.fail(`no stock ${key}`);
    const held = n(row, 2);
    const left = held >= quantity + 10 ? held - quantity : held - quantity + 91;
    const counts = { 13: n(row, 13) + quantity, 14: n(row, 14) + 1 };
    const remote = n(row, 15) + Number(supply !== w);
    taken.set(key, withColumns(row, { 2: left, ...counts, 15: remote }));
    const amount = quantity * n(bench.row('item', item), 3);
    assert.deepEqual(line, [next, d, w, i, item, supply, 0, quantity, amount, row[3 + d]]);
    drawn.items.push(item);
    drawn.quantities.push(quantity - 1);
  }
  for (const [key, { after }] of stocks) assert.deepEqual(after, taken.get(key), `stock ${key}`);
  assert.equal(stocks.size, taken.size);
  nothingElse(changes, ['district', 'orders', 'new_order', 'order_line', 'stock']);
  drawn.lines.push(lines.length - 5);
  drawn.customers.push(n(order, 1));
  drawn.homes.push(w * SCALE.districts + d);
}

/** Clause 2.7: the oldest order of each district; N-store delivers its first line. */
function checkDelivery(before: Rows, changes: Changes): void {
  const removed = only(changes, 'new_order', -1);
  const [w] = removed.map((change) => n(change.before ?? assert.fail(), 2));
  for (const { key, after } of removed) {
    assert.equal(after, null);
    const older = [...before.values()].filter((row) => {
      const [kw, kd, ko] = key.split('/').map(Number);
      return n(row, 2) === kw && n(row, 1) === kd && n(row, 0) < ko;
    });
    assert.deepEqual(older, [], 'the oldest first');
  }
  const customers = new Map(only(changes, 'customer', -1).map((change) => [change.key, change]));
  const orders = only(changes, 'orders', removed.length);
  const lines = only(changes, 'order_line', removed.length);
  const carriers = new Set(orders.map(({ after }) => n(after, 5)));
  assert.ok(carriers.size <= 1);
  for (const carrier of carriers) drawn.carriers.push(carrier - 1);
  for (const [i, order] of orders.entries()) {
    assert.deepEqual(order.after, withColumns(order.before, { 5: n(order.after, 5) }));
    const line = lines[i];
    assert.equal(line.key, `${order.key}/0`);
    assert.ok(n(line.before, 6) === 0 && n(line.after, 6) > 0);
    assert.deepEqual(line.after, withColumns(line.before, { 6: n(line.after, 6) }));
    const key = `${w}/${order.after[2]}/${order.after[1]}`;
    const { before: was, after } = customers.get(key) ?? assert.fail(`customer ${key}`);
    const paid = { 16: n(was ?? [], 16) + n(line.after, 8), 19: n(was ?? [], 19) + 1 };
    assert.deepEqual(after, withColumns(was ?? [], paid));
  }
  assert.equal(customers.size, orders.length);
  nothingElse(changes, ['new_order', 'orders', 'order_line', 'customer']);
}

/** Clause 2.6: a customer, the customer's last order and all of its lines. */
function checkOrderStatus(bench: TpccBench, read: ReadonlyMap<string, string[]>): void {
  const customers = read.get('customer') ?? [];
  assert.equal(customers.length, 1);
  const [w, d, c] = customers[0].split('/').map(Number);
  const own = [...bench.rows('orders').values()].filter(
    (row) => n(row, 3) === w && n(row, 2) === d && n(row, 1) === c,
  );
  const last = own.sort((x, y) => n(y, 0) - n(x, 0))[0];
  assert.deepEqual(read.get('orders'), [`${w}/${d}/${last[0]}`]);
  const lines = Array.from({ length: n(last, 6) }, (_, i) => `${w}/${d}/${last[0]}/${i}`);
  assert.deepEqual(sorted(read.get('order_line')), sorted(lines));
}

/** Clause 2.8: the lines of the district's last 20 orders, and the stock of their items. */
function checkStockLevel(bench: TpccBench, read: ReadonlyMap<string, string[]>): void {
  const districts = read.get('district') ?? [];
  assert.equal(districts.length, 1);
  const [w, d] = districts[0].split('/').map(Number);
  const next = n(bench.row('district', w, d), 10);
  const recent = [...bench.rows('order_line').values()].filter(
    (row) => n(row, 2) === w && n(row, 1) === d && n(row, 0) >= next - 20,
  );
  assert.deepEqual(
    sorted(read.get('order_line')),
    sorted(recent.map((row) => keyOf('order_line', row))),
  );
  const stock = new Set(recent.map((row) => `${w}/${row[4]}`));
  assert.deepEqual(sorted(read.get('stock')), sorted([...stock]));
}

interface WholeChange extends Change {
  readonly before: Row;
  readonly after: Row;
}

/** The changes to a table: so many, or any number if negative. */
function only(changes: Changes, table: string, count: 1): [WholeChange];
function only(changes: Changes, table: string, count: number): WholeChange[];
function only(changes: Changes, table: string, count: number): WholeChange[] {
  const found = changes.get(table) ?? [];
  if (count >= 0) assert.equal(found.length, count, `changes to ${table}`);
  return found as WholeChange[];
}

function nothingElse(changes: Changes, tables: readonly string[]): void {
  assert.deepEqual(
    [...changes.keys()].filter((table) => !tables.includes(table)),
    [],
  );
}

const sorted = (keys: readonly string[] = []): string[] => [...keys].sort();

/** Runs a transaction, checks what it did, and returns its type. */
function checkNext(bench: TpccBench): string {
  const pending = bench.rows('new_order');
  const { type, changes, read } = bench.transaction();
  if (type === 'payment') checkPayment(changes);
  else if (type === 'newOrder') checkNewOrder(bench, changes);
  else if (type === 'delivery') checkDelivery(pending, changes);
  else {
    assert.equal(changes.size, 0);
    if (type === 'orderStatus') checkOrderStatus(bench, read);
    else checkStockLevel(bench, read);
  }
  return type;
}

test('each transaction changes and reads the rows that the specification says, and no others', () => {
  const counts: Record<string, number> = {};
  // From the start again and again, so that there are few rows to look at.
  for (let seed = 0; seed < 4; seed++) {
    const bench = new TpccBench(seed);
    for (let i = 0; i < 90; i++) {
      const type = checkNext(bench);
      counts[type] = (counts[type] ?? 0) + 1;
    }
    checkConsistency(bench.all);
  }
  for (const type of tpcc.txTypes) assert.ok(counts[type] > 5, `${type}: ${counts[type]}`);

  const uniform = (what: string, values: readonly number[], cells: number): void => {
    const found = counted(values, cells);
    assertDrawnFrom(what, found, evenly(cells));
    assertRefused(`${what}: not the last`, found, [...evenly(cells - 1), 0]);
  };
  uniform('payments', drawn.amounts, 10);
  uniform('lines of an order', drawn.lines, 10);
  uniform('quantities', drawn.quantities, 10);
  uniform('items', drawn.items, SCALE.items);
  uniform('customers', drawn.customers, SCALE.customers);
  uniform('homes', drawn.homes, 4);
  const remote = counted(drawn.isRemotePayment, 2);
  assertDrawnFrom('remote payments', remote, [0.85, 0.15]);
  assertRefused('half of them', remote, [0.5, 0.5]);
  assert.ok(drawn.carriers.every((carrier) => carrier >= 0 && carrier < 10));
});

test('Stock-Level looks at 20 orders where there are more, also of an only warehouse', () => {
  const scale = { warehouses: 1, districts: 1, customers: 25, items: 12 };
  const bench = new TpccBench(3, scale);
  const types = Array.from({ length: 80 }, () => checkNext(bench));
  assert.ok(types.filter((type) => type === 'stockLevel').length > 1);
});

test('what the load puts in has the sums and ranges of the specification', () => {
  const bench = new TpccBench(9);
  checkConsistency(bench.all);
  const columns = (table: string, column: number): number[] =>
    [...bench.rows(table).values()].map((row) => n(row, column));
  const { warehouses, districts, customers, items } = SCALE;
  const homes = warehouses * districts;
  assert.equal(bench.rows('customer').size, homes * customers);
  assert.equal(bench.rows('orders').size, homes * customers);
  assert.equal(bench.rows('new_order').size, homes * Math.floor(0.3 * customers));
  assert.equal(bench.rows('stock').size, warehouses * items);
  // 10.00 paid by each customer, all of it on account.
  assert.deepEqual(new Set(columns('warehouse', 8)), new Set([districts * customers * 1000]));
  assert.deepEqual(new Set(columns('district', 9)), new Set([customers * 1000]));
  const money = [16, 17, 18, 19].map((column) => [...new Set(columns('customer', column))]);
  assert.deepEqual(money, [[-1000], [1000], [1], [0]]);
  assert.deepEqual(new Set(columns('district', 10)), new Set([customers]));
  assert.deepEqual(
    [13, 14, 15].map((column) => Math.max(...columns('stock', column))),
    [0, 0, 0],
  );
  // Each customer has one order, delivered at once or among the last, which are not yet.
  for (const home of ['0/0', '0/1', '1/0', '1/1']) {
    const own = [...bench.rows('orders')].filter(([key]) => key.startsWith(`${home}/`));
    assert.equal(new Set(own.map(([, row]) => row[1])).size, customers);
    for (const [key, row] of own) {
      const isPending = n(row, 0) >= customers - Math.floor(0.3 * customers);
      assert.equal(bench.rows('new_order').has(key), isPending, key);
      assert.ok(isPending ? n(row, 5) === 0 : n(row, 5) >= 1 && n(row, 5) <= 10);
      assert.ok(n(row, 6) >= 5 && n(row, 6) <= 14);
      for (let line = 0; line < n(row, 6); line++) {
        const found = bench.row('order_line', n(row, 3), n(row, 2), n(row, 0), line);
        const [delivered, quantity, amount] = [n(found, 6), n(found, 7), n(found, 8)];
        assert.equal(quantity, 5);
        assert.ok(isPending ? delivered === 0 && amount > 0 : delivered > 0 && amount === 0);
      }
    }
  }
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => new TpccBench(seed));
  const many = (table: string, column: number): number[] =>
    seeds.flatMap((one) => [...one.rows(table).values()].map((row) => n(row, column)));
  const quantities = many('stock', 2).map((held) => Math.floor((held - 10) / 13));
  assertDrawnFrom('stock from 10 to 100', counted(quantities, 7), evenly(7));
  const prices = many('item', 3).map((price) => Math.min(3, Math.floor((price - 100) / 2475)));
  assertDrawnFrom('prices from 1.00 to 100.00', counted(prices, 4), evenly(4));
  const credit = seeds.flatMap((one) => [...one.rows('customer').values()].map((row) => row[13]));
  const bad = credit.filter((word) => word === 'BC').length;
  assertDrawnFrom('bad credit', [credit.length - bad, bad], [0.9, 0.1]);
  assertRefused('none', [credit.length - bad, bad], [1, 0]);
});

/** What a transaction of each type draws behind its type, with two warehouses. */
const DRAWS: Readonly<Record<string, (draws: Draws) => void>> = {
  stockLevel(draws) {
    for (const range of [2, SCALE.districts, 10]) draws.take(range);
  },
  delivery(draws) {
    for (const range of [2, 10]) draws.take(range);
  },
  orderStatus(draws) {
    for (const range of [2, SCALE.districts]) draws.take(range);
    // A fifth by name; whose number is drawn all the same.
    const byName = draws.take('fraction') >= 0.8;
    draws.take(SCALE.customers);
    if (byName) draws.take(62);
  },
  payment(draws) {
    for (const range of [2, SCALE.districts]) draws.take(range);
    // 85 % at home: of two warehouses the other is the only one left.
    if (draws.take('fraction') >= 0.85) draws.take(1);
    // 1.00 to 5000.00.
    draws.take(499_901);
    const byName = draws.take('fraction') < 0.1;
    draws.take(SCALE.customers);
    if (byName) draws.take(62);
  },
  newOrder(draws) {
    for (const range of [2, SCALE.districts, SCALE.customers]) draws.take(range);
    for (let left = 5 + draws.take(10); left > 0; left--) {
      draws.take(SCALE.items);
      if (draws.take('fraction') < 0.01) draws.take(1);
      draws.take(10);
    }
  },
};

test('the five types follow from what is drawn, with the shares of N-store, and draw as it does', () => {
  const configured = tpcc.configure(SCALE);
  const { transactions } = watchedRun(configured, { transactions: 700 });
  const bounds = [0.04, 0.08, 0.12, 0.55, 1];
  const counts = [0, 0, 0, 0, 0];
  for (const { draws: drawn, type } of transactions) {
    const draws = new Draws(drawn);
    const u = draws.take('fraction');
    assert.equal(
      type,
      bounds.findIndex((bound) => u < bound),
    );
    counts[type]++;
    DRAWS[tpcc.txTypes[type]](draws);
    draws.end();
  }
  const shares = [0.04, 0.04, 0.04, 0.43, 0.45];
  assertDrawnFrom('types', counts, shares);
  assertRefused('others', counts, [0.04, 0.04, 0.04, 0.28, 0.6]);
});
