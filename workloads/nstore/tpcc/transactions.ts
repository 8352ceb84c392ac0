/**
 * The five transactions of TPC-C on one executor's database, statement for statement as N-store
 * codes them, and which temporary rows each update makes in PM. A row read back for an update has
 * its record and data block there and its texts in DRAM; a row built anew has everything there.
 *
 * What N-store simplifies about writing stays, because it decides the transactions' persist
 * behaviour: Delivery delivers (and counts) the first line of an order only, a customer's second
 * payment in a district leaves no HISTORY row, no New-Order is rolled back. So do its draws: 10 % of
 * payments and 20 % of Order-Status find the customer by name, items are uniform. Where it
 * plainly strays, the specification is followed: Delivery takes the oldest order, skips a district
 * that has none, and counts the delivery. A customer's credit decides about C_DATA; remote payments
 * charge the remote customer; Stock-Level and Order-Status look at every line.
 */

import { Random } from '../../../pm/random.ts';
import { VerifyError } from '../../workload.ts';
import type { Engine } from '../engine.ts';
import type { Row } from '../schema.ts';
import type { Table } from '../table.ts';
import { drawName, LINES_MAX, LINES_MIN } from './load.ts';
import { customerNameKey, customerRow, FILLER, keyRow } from './rows.ts';
import {
  C,
  CUSTOMER,
  D,
  DISTRICT,
  districtNumber,
  HISTORY,
  I,
  ITEM,
  NEW_ORDER,
  O,
  OL,
  ORDER_LINE,
  ORDERS,
  S,
  STOCK,
  type TpccScale,
  W,
  WAREHOUSE,
} from './tables.ts';

const CUSTOMER_DATA_BYTES_MAX = 500;
const PAYMENT_MAX_CENTS = 5000_00;
const STOCK_LEVEL_ORDERS = 20;

/** A transaction's home. */
interface Home {
  readonly w: number;
  readonly d: number;
}

export class TpccExecutor {
  readonly engine: Engine;
  readonly #scale: TpccScale;
  readonly #random: Random;
  /** Oldest undelivered order of each district, by district number: found once, then followed. */
  readonly #oldestNewOrder: Map<number, number>;
  #clock: number;

  constructor(
    engine: Engine,
    scale: TpccScale,
    state: { seed: number; client: number; clock: number; oldestNewOrder: Map<number, number> },
  ) {
    this.engine = engine;
    this.#scale = scale;
    this.#random = new Random(state.seed, 100 + state.client);
    this.#clock = state.clock;
    this.#oldestNewOrder = state.oldestNewOrder;
  }

  /** Draws one of the five by N-store's shares, runs it, and returns nothing. */
  transaction(): void {
    const u = this.#random.fraction();
    const type = u < 0.04 ? 0 : u < 0.08 ? 1 : u < 0.12 ? 2 : u < 0.55 ? 3 : 4;
    const { heap } = this.engine.pool.writer;
    heap.txBegin(type);
    this.engine.begin();
    this.#clock++;
    if (type === 0) this.#stockLevel();
    else if (type === 1) this.#delivery();
    else if (type === 2) this.#orderStatus();
    else if (type === 3) this.#payment();
    else this.#newOrder();
    this.engine.commit();
    heap.txEnd();
  }

  #stockLevel(): void {
    const { w, d } = this.#home();
    const threshold = this.#random.between(10, 19);
    const next = Number(this.#get(DISTRICT, keyRow(d, w))[D.NEXT_O_ID]);
    const items = new Set<number>();
    for (let o = Math.max(0, next - STOCK_LEVEL_ORDERS); o < next; o++) {
      const lines = Number(this.#column(ORDERS, keyRow(o, 0, d, w), O.OL_CNT));
      for (let line = 0; line < lines; line++) {
        const item = Number(this.#column(ORDER_LINE, keyRow(o, d, w, line), OL.I_ID));
        const quantity = Number(this.#column(STOCK, keyRow(item, w), S.QUANTITY));
        if (quantity < threshold) items.add(item);
      }
    }
  }

  #delivery(): void {
    const w = this.#random.below(this.#scale.warehouses);
    const carrier = this.#random.between(1, 10);
    for (let d = 0; d < this.#scale.districts; d++) this.#deliverOldest({ w, d }, carrier);
  }

  #deliverOldest({ w, d }: Home, carrier: number): void {
    const { engine } = this;
    const number = districtNumber(w, d);
    const o = this.#oldestNewOrder.get(number) ?? 0;
    const key = keyRow(o, d, w);
    if (engine.select(this.#table(NEW_ORDER), key) === null) return;
    engine.remove(this.#table(NEW_ORDER), key);
    this.#oldestNewOrder.set(number, o + 1);

    const order = this.#get(ORDERS, keyRow(o, 0, d, w));
    order[O.CARRIER_ID] = carrier;
    const orders = this.#table(ORDERS);
    engine.update(orders, order, [O.CARRIER_ID], engine.temporaryVolatile(orders, order));

    const lines = this.#table(ORDER_LINE);
    const values = [o, d, w, 0, 0, 0, this.#clock, 0, 0, FILLER];
    engine.update(lines, values, [OL.DELIVERY_D], engine.temporaryRow(lines, values));
    const amount = Number(this.#get(ORDER_LINE, values)[OL.AMOUNT]);

    const customer = this.#get(CUSTOMER, keyRow(order[O.C_ID], d, w));
    customer[C.BALANCE] = Number(customer[C.BALANCE]) + amount;
    customer[C.DELIVERY_CNT] = Number(customer[C.DELIVERY_CNT]) + 1;
    this.#updateCopy(CUSTOMER, customer, [C.BALANCE, C.DELIVERY_CNT]);
  }

  #orderStatus(): void {
    const home = this.#home();
    const byName = !this.#random.chance(0.8);
    const customer = this.#customer(home, byName);
    const key = keyRow(0, customer[C.ID], home.d, home.w);
    const order = this.engine.select(this.#table(ORDERS), key, 1);
    if (order === null) return;
    for (let line = 0; line < Number(order[O.OL_CNT]); line++) {
      this.#get(ORDER_LINE, keyRow(order[O.ID], home.d, home.w, line));
    }
  }

  #payment(): void {
    const { w, d } = this.#home();
    const isLocal = this.#scale.warehouses === 1 || this.#random.chance(0.85);
    const home = { w: isLocal ? w : this.#otherWarehouse(w), d };
    const amount = this.#random.between(1_00, PAYMENT_MAX_CENTS);
    const customer = this.#customer(home, this.#random.chance(0.1));

    const warehouse = this.#get(WAREHOUSE, keyRow(w));
    warehouse[W.YTD] = Number(warehouse[W.YTD]) + amount;
    this.#updateCopy(WAREHOUSE, warehouse, [W.YTD]);

    const district = this.#get(DISTRICT, keyRow(d, w));
    district[D.YTD] = Number(district[D.YTD]) + amount;
    this.#updateCopy(DISTRICT, district, [D.YTD]);

    this.#chargeCustomer(customer, amount, { w, d });
    const data = `${w}    ${d}`;
    const ids = [customer[C.ID], customer[C.D_ID], customer[C.W_ID], d, w];
    this.engine.insert(this.#table(HISTORY), [...ids, this.#clock, amount, data]);
  }

  /** The customer's part of a payment: a whole row is built in PM to carry three or four values. */
  #chargeCustomer(customer: Row, amount: number, paidIn: Home): void {
    const isBad = customer[C.CREDIT] === 'BC';
    const ids = `${customer[C.ID]} ${customer[C.D_ID]} ${customer[C.W_ID]}`;
    const note = `${ids} ${paidIn.d} ${paidIn.w} ${amount} ${customer[C.DATA]}`;
    const key = {
      customer: Number(customer[C.ID]),
      district: Number(customer[C.D_ID]),
      warehouse: Number(customer[C.W_ID]),
    };
    const changed = customerRow(key, FILLER, {
      since: 0,
      credit: FILLER,
      discount: 0,
      balance: Number(customer[C.BALANCE]) - amount,
      ytdPayment: Number(customer[C.YTD_PAYMENT]) + amount,
      paymentCnt: Number(customer[C.PAYMENT_CNT]) + 1,
      deliveryCnt: 0,
      data: isBad ? note.slice(0, CUSTOMER_DATA_BYTES_MAX) : FILLER,
    });
    const columns: number[] = [C.BALANCE, C.YTD_PAYMENT, C.PAYMENT_CNT];
    if (isBad) columns.push(C.DATA);
    const table = this.#table(CUSTOMER);
    this.engine.update(table, changed, columns, this.engine.temporaryRow(table, changed));
  }

  #newOrder(): void {
    const { w, d } = this.#home();
    const customer = this.#random.below(this.#scale.customers);
    const lines = this.#random.between(LINES_MIN, LINES_MAX);
    const items: { item: number; supply: number; quantity: number }[] = [];
    for (let line = 0; line < lines; line++) {
      const item = this.#random.below(this.#scale.items);
      const isRemote = this.#random.chance(0.01) && this.#scale.warehouses > 1;
      const supply = isRemote ? this.#otherWarehouse(w) : w;
      items.push({ item, supply, quantity: this.#random.between(1, 10) });
    }
    const allLocal = items.every(({ supply }) => supply === w) ? 1 : 0;

    this.#get(WAREHOUSE, keyRow(w));
    const district = this.#get(DISTRICT, keyRow(d, w));
    const o = Number(district[D.NEXT_O_ID]);
    district[D.NEXT_O_ID] = o + 1;
    this.#updateCopy(DISTRICT, district, [D.NEXT_O_ID]);
    this.#get(CUSTOMER, keyRow(customer, d, w));

    const order = [o, customer, d, w, this.#clock, 0, lines, allLocal];
    this.engine.insert(this.#table(ORDERS), order);
    this.engine.insert(this.#table(NEW_ORDER), keyRow(o, d, w));
    for (let line = 0; line < lines; line++) this.#orderLine({ w, d }, o, line, items[line]);
  }

  #orderLine(
    { w, d }: Home,
    o: number,
    line: number,
    { item, supply, quantity }: { item: number; supply: number; quantity: number },
  ): void {
    const price = Number(this.#get(ITEM, keyRow(item))[I.PRICE]);
    const stock = this.#get(STOCK, keyRow(item, supply));
    const held = Number(stock[S.QUANTITY]);
    stock[S.QUANTITY] = held >= quantity + 10 ? held - quantity : held + 91 - quantity;
    stock[S.YTD] = Number(stock[S.YTD]) + quantity;
    stock[S.ORDER_CNT] = Number(stock[S.ORDER_CNT]) + 1;
    if (supply !== w) stock[S.REMOTE_CNT] = Number(stock[S.REMOTE_CNT]) + 1;
    this.#updateCopy(STOCK, stock, [S.QUANTITY, S.YTD, S.ORDER_CNT, S.REMOTE_CNT]);
    const info = stock[S.DIST_01 + (d % 10)];
    const values = [o, d, w, line, item, supply, 0, quantity, quantity * price, info];
    this.engine.insert(this.#table(ORDER_LINE), values);
  }

  /** Updates through a row that was read back: its record and data block are in PM. */
  #updateCopy(number: number, row: Row, columns: readonly number[]): void {
    const table = this.#table(number);
    this.engine.update(table, row, columns, this.engine.temporaryCopy(table, row));
  }

  /** A customer of a district, by number or by name; whoever is not found by name is by number. */
  #customer({ w, d }: Home, byName: boolean): Row {
    const number = this.#random.below(this.#scale.customers);
    if (byName) {
      const key = customerNameKey(drawName(this.#random), d, w);
      const found = this.engine.select(this.#table(CUSTOMER), key, 1);
      if (found !== null) return found;
    }
    return this.#get(CUSTOMER, keyRow(number, d, w));
  }

  #home(): Home {
    const w = this.#random.below(this.#scale.warehouses);
    return { w, d: this.#random.below(this.#scale.districts) };
  }

  #otherWarehouse(w: number): number {
    return (w + 1 + this.#random.below(this.#scale.warehouses - 1)) % this.#scale.warehouses;
  }

  #table(number: number): Table {
    return this.engine.tables[number];
  }

  /** The row with this primary key. Throws VerifyError if the load or a transaction lost it. */
  #get(number: number, key: Row): Row {
    const row = this.engine.select(this.#table(number), key);
    if (row === null) throw new VerifyError(`${this.#table(number).spec.name}: no row [${key}]`);
    return row;
  }

  /** One column of the row with this primary key. */
  #column(number: number, key: Row, column: number): number | string {
    const table = this.#table(number);
    const record = table.find(0, key);
    if (record === 0) throw new VerifyError(`${table.spec.name}: no row [${key}]`);
    return table.column(record, column);
  }
}
