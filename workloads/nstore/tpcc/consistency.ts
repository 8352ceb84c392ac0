/**
 * The consistency conditions of TPC-C (specification 5.11, clause 3.3.2) on one executor's
 * database. Conditions 1 to 6 are the specification's. Where N-store writes less than it (see
 * `transactions.ts`), what must hold instead is checked. That is condition 7 and 12 with the first
 * line of each order alone; for 8 and 9, which count on HISTORY, that all warehouses have received
 * what all customers have paid. HISTORY itself: no row names a district or customer that is not
 * there.
 */

import { VerifyError } from '../../workload.ts';
import type { Row, TableRows } from '../schema.ts';
import {
  C,
  CUSTOMER,
  D,
  DISTRICT,
  districtNumber,
  H,
  HISTORY,
  NEW_ORDER,
  NO,
  O,
  OL,
  ORDER_LINE,
  ORDERS,
  W,
  WAREHOUSE,
} from './tables.ts';

/** Throws VerifyError that names the condition and the place where it does not hold. */
export function checkConsistency(tables: TableRows): void {
  checkMoney(tables);
  checkOrders(tables);
  checkCustomers(tables);
}

/** Condition 1: W_YTD = sum of D_YTD; and all W_YTD = all C_YTD_PAYMENT. */
function checkMoney(tables: TableRows): void {
  const districts = new Map<number, number>();
  for (const row of tables[DISTRICT]) add(districts, n(row, D.W_ID), n(row, D.YTD));
  let received = 0;
  for (const row of tables[WAREHOUSE]) {
    const id = n(row, W.ID);
    same(`condition 1, warehouse ${id}`, n(row, W.YTD), districts.get(id));
    received += n(row, W.YTD);
  }
  let paid = 0;
  for (const row of tables[CUSTOMER]) paid += n(row, C.YTD_PAYMENT);
  same('payments received and made', received, paid);
}

/** Conditions 2 to 7: order numbers, order lines and pending orders agree. */
function checkOrders(tables: TableRows): void {
  const lines = new Map<string, { count: number; delivered: number }>();
  for (const row of tables[ORDER_LINE]) {
    const key = `${n(row, OL.W_ID)}/${n(row, OL.D_ID)}/${n(row, OL.O_ID)}`;
    const seen = lines.get(key) ?? { count: 0, delivered: 0 };
    seen.count++;
    if (n(row, OL.NUMBER) === 0) seen.delivered = Number(n(row, OL.DELIVERY_D) !== 0);
    lines.set(key, seen);
  }
  const pending = new Map<string, true>();
  const pendingIn = new Map<number, { min: number; max: number; count: number }>();
  for (const row of tables[NEW_ORDER]) {
    const o = n(row, NO.O_ID);
    const number = districtNumber(n(row, NO.W_ID), n(row, NO.D_ID));
    pending.set(`${n(row, NO.W_ID)}/${n(row, NO.D_ID)}/${o}`, true);
    const seen = pendingIn.get(number) ?? { min: o, max: o, count: 0 };
    const [min, max] = [Math.min(seen.min, o), Math.max(seen.max, o)];
    pendingIn.set(number, { min, max, count: seen.count + 1 });
  }
  const lastOrder = new Map<number, number>();
  let orderLines = 0;
  for (const row of tables[ORDERS]) {
    const key = `${n(row, O.W_ID)}/${n(row, O.D_ID)}/${n(row, O.ID)}`;
    const number = districtNumber(n(row, O.W_ID), n(row, O.D_ID));
    lastOrder.set(number, Math.max(lastOrder.get(number) ?? -1, n(row, O.ID)));
    const seen = lines.get(key) ?? { count: 0, delivered: 0 };
    orderLines += n(row, O.OL_CNT);
    same(`condition 6, order ${key}`, n(row, O.OL_CNT), seen.count);
    const isPending = n(row, O.CARRIER_ID) === 0;
    same(`condition 5, order ${key}`, Number(isPending), Number(pending.has(key)));
    same(`condition 7, order ${key}`, Number(!isPending), seen.delivered);
  }
  same('condition 4', orderLines, tables[ORDER_LINE].length);
  for (const row of tables[DISTRICT]) {
    const number = districtNumber(n(row, D.W_ID), n(row, D.ID));
    same(`condition 2, district ${number}`, n(row, D.NEXT_O_ID) - 1, lastOrder.get(number));
    const range = pendingIn.get(number);
    if (range === undefined) continue;
    same(`condition 2, district ${number}`, n(row, D.NEXT_O_ID) - 1, range.max);
    same(`condition 3, district ${number}`, range.max - range.min + 1, range.count);
  }
}

/** Condition 12: balance + payments = what was delivered; and who has paid exists. */
function checkCustomers(tables: TableRows): void {
  const customerOf = new Map<string, string>();
  for (const row of tables[ORDERS]) {
    if (n(row, O.CARRIER_ID) === 0) continue;
    const home = `${n(row, O.W_ID)}/${n(row, O.D_ID)}`;
    customerOf.set(`${home}/${n(row, O.ID)}`, `${home}/${n(row, O.C_ID)}`);
  }
  const delivered = new Map<string, number>();
  for (const row of tables[ORDER_LINE]) {
    if (n(row, OL.NUMBER) !== 0) continue;
    const order = `${n(row, OL.W_ID)}/${n(row, OL.D_ID)}/${n(row, OL.O_ID)}`;
    const customer = customerOf.get(order);
    if (customer !== undefined) add(delivered, customer, n(row, OL.AMOUNT));
  }
  const known = new Set<string>();
  for (const row of tables[CUSTOMER]) {
    const customer = `${n(row, C.W_ID)}/${n(row, C.D_ID)}/${n(row, C.ID)}`;
    known.add(customer);
    const owed = delivered.get(customer) ?? 0;
    same(`condition 12, customer ${customer}`, n(row, C.BALANCE) + n(row, C.YTD_PAYMENT), owed);
  }
  for (const row of tables[HISTORY]) {
    const customer = `${n(row, H.C_W_ID)}/${n(row, H.C_D_ID)}/${n(row, H.C_ID)}`;
    same(`history of customer ${customer}`, Number(known.has(customer)), 1);
  }
}

function n(row: Row, column: number): number {
  return Number(row[column]);
}

function add<K>(sums: Map<K, number>, key: K, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function same(what: string, found: number, expected: number | undefined): void {
  if (found !== expected) {
    throw new VerifyError(`TPC-C consistency, ${what}: ${found} and should be ${expected}`);
  }
}
