/**
 * The initial load of TPC-C, table by table in N-store's order, in batches of 100 rows. One
 * letter, repeated, makes a name, as in N-store; so customers share names, and look-ups by name
 * find one. Initial balances are those of the specification, so that its consistency conditions
 * hold from the start: H_AMOUNT 10.00 a customer, D_YTD their sum, W_YTD the districts' sum.
 */

import type { Random } from '../../../pm/random.ts';
import type { Engine } from '../engine.ts';
import type { Row } from '../schema.ts';
import { customerRow, districtRow, warehouseRow } from './rows.ts';
import {
  CUSTOMER,
  DISTRICT,
  HISTORY,
  ITEM,
  NAME_LETTERS,
  NEW_ORDER,
  ORDER_LINE,
  ORDERS,
  STOCK,
  type TpccScale,
  WAREHOUSE,
} from './tables.ts';

const BATCH_ROWS = 100;
const NAME_BYTES = 32;
const INITIAL_PAYMENT_CENTS = 10_00;
const ITEM_PRICE_MIN_CENTS = 1_00;
const ITEM_PRICE_MAX_CENTS = 100_00;
const RATE_MAX = 2000;
const DISCOUNT_MAX = 5000;
/** Of the orders of the load, this share (of 10) is not delivered yet. */
const UNDELIVERED_TENTHS = 3;

/** Lines of an order: 5 to 14, as N-store draws them (its upper bound is exclusive). */
export const LINES_MIN = 5;
export const LINES_MAX = 14;

/** A name: one letter, 32 times. */
export function drawName(random: Random): string {
  return NAME_LETTERS.charAt(random.below(NAME_LETTERS.length)).repeat(NAME_BYTES);
}

/** Loads everything; returns the logical time after it. */
export function loadTpcc(engine: Engine, scale: TpccScale, random: Random): number {
  const loader = new Loader(engine, scale, random);
  loader.items();
  for (let w = 0; w < scale.warehouses; w++) loader.warehouse(w);
  loader.finish();
  return loader.clock;
}

class Loader {
  readonly #engine: Engine;
  readonly #scale: TpccScale;
  readonly #random: Random;
  #rows = 0;
  clock = 1;

  constructor(engine: Engine, scale: TpccScale, random: Random) {
    this.#engine = engine;
    this.#scale = scale;
    this.#random = random;
    engine.begin();
  }

  finish(): void {
    this.#engine.commit();
    this.#engine.pool.rewind();
  }

  items(): void {
    for (let i = 0; i < this.#scale.items; i++) {
      const name = drawName(this.#random);
      const price = this.#random.between(ITEM_PRICE_MIN_CENTS, ITEM_PRICE_MAX_CENTS);
      this.#put(ITEM, [i, i * 10, name, price, name]);
    }
  }

  warehouse(w: number): void {
    const { districts, customers, items } = this.#scale;
    const ytd = districts * customers * INITIAL_PAYMENT_CENTS;
    const tax = this.#random.below(RATE_MAX);
    this.#put(WAREHOUSE, warehouseRow(w, drawName(this.#random), tax, ytd));
    for (let d = 0; d < districts; d++) {
      const district = {
        tax: this.#random.below(RATE_MAX),
        ytd: customers * INITIAL_PAYMENT_CENTS,
        nextOrder: customers,
      };
      const key = { district: d, warehouse: w };
      this.#put(DISTRICT, districtRow(key, drawName(this.#random), district));
      this.#customers(w, d);
      this.#orders(w, d);
    }
    for (let i = 0; i < items; i++) this.#stock(w, i);
  }

  #customers(w: number, d: number): void {
    for (let c = 0; c < this.#scale.customers; c++) {
      const name = drawName(this.#random);
      const customer = customerRow({ customer: c, district: d, warehouse: w }, name, {
        since: this.clock++,
        credit: this.#random.below(10) === 0 ? 'BC' : 'GC',
        discount: this.#random.below(DISCOUNT_MAX),
        balance: -INITIAL_PAYMENT_CENTS,
        ytdPayment: INITIAL_PAYMENT_CENTS,
        paymentCnt: 1,
        deliveryCnt: 0,
        data: name,
      });
      this.#put(CUSTOMER, customer);
      this.#put(HISTORY, [c, d, w, d, w, this.clock++, INITIAL_PAYMENT_CENTS, name]);
    }
  }

  /** As many orders as customers, one each in random order; the last of them are undelivered. */
  #orders(w: number, d: number): void {
    const { customers, items } = this.#scale;
    const of = Uint32Array.from({ length: customers }, (_, c) => c);
    this.#random.shuffle(of);
    const delivered = customers - Math.floor((customers * UNDELIVERED_TENTHS) / 10);
    for (let o = 0; o < customers; o++) {
      const isNew = o >= delivered;
      const lines = this.#random.between(LINES_MIN, LINES_MAX);
      const carrier = isNew ? 0 : this.#random.between(1, 10);
      const time = this.clock++;
      this.#put(ORDERS, [o, of[o], d, w, time, carrier, lines, 1]);
      if (isNew) this.#put(NEW_ORDER, [o, d, w]);
      for (let line = 0; line < lines; line++) {
        const item = this.#random.below(items);
        const amount = isNew ? this.#random.between(1, 10 * ITEM_PRICE_MAX_CENTS) : 0;
        const text = drawName(this.#random);
        this.#put(ORDER_LINE, [o, d, w, line, item, w, isNew ? 0 : time, 5, amount, text]);
      }
    }
  }

  #stock(w: number, i: number): void {
    const data = drawName(this.#random);
    const perDistrict = Array.from({ length: 10 }, (_, d) => `${d}${data}`);
    this.#put(STOCK, [i, w, this.#random.between(10, 100), ...perDistrict, 0, 0, 0, data]);
  }

  #put(table: number, row: Row): void {
    if (this.#rows > 0 && this.#rows % BATCH_ROWS === 0) {
      this.#engine.commit();
      this.#engine.begin();
    }
    this.#rows++;
    this.#engine.load(this.#engine.tables[table], row);
  }
}
