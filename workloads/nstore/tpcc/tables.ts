/**
 * The nine tables of TPC-C as N-store declares them, their keys, and the sizes that the load uses.
 * Money is in cents and rates are in 1/10000, as whole numbers (see `schema.ts`); times are a
 * logical clock that ticks once a transaction. Identifiers count from 0, as in N-store, and an
 * O_CARRIER_ID or OL_DELIVERY_D of 0 stands for null.
 */

import { type Row, schemaOf } from '../schema.ts';
import type { TableSpec } from '../table.ts';

/** Table numbers. */
export const [ITEM, WAREHOUSE, DISTRICT, CUSTOMER, ORDERS, ORDER_LINE, NEW_ORDER, HISTORY, STOCK] =
  [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** Column numbers, table by table, of the columns that programs and checks name. */
export const W = { ID: 0, TAX: 7, YTD: 8 } as const;
export const D = { ID: 0, W_ID: 1, TAX: 8, YTD: 9, NEXT_O_ID: 10 } as const;
// biome-ignore format: columns in their order
export const C = {
  ID: 0, D_ID: 1, W_ID: 2, NAME: 3, CREDIT: 13, DISCOUNT: 15, BALANCE: 16, YTD_PAYMENT: 17,
  PAYMENT_CNT: 18, DELIVERY_CNT: 19, DATA: 20,
} as const;
export const I = { ID: 0, PRICE: 3 } as const;
// biome-ignore format: columns in their order
export const S = { I_ID: 0, W_ID: 1, QUANTITY: 2, DIST_01: 3, YTD: 13, ORDER_CNT: 14, REMOTE_CNT: 15 } as const;
// biome-ignore format: columns in their order
export const O = { ID: 0, C_ID: 1, D_ID: 2, W_ID: 3, ENTRY_D: 4, CARRIER_ID: 5, OL_CNT: 6 } as const;
// biome-ignore format: columns in their order
export const OL = {
  O_ID: 0, D_ID: 1, W_ID: 2, NUMBER: 3, I_ID: 4, DELIVERY_D: 6, QUANTITY: 7, AMOUNT: 8,
} as const;
export const NO = { O_ID: 0, D_ID: 1, W_ID: 2 } as const;
export const H = { C_ID: 0, C_D_ID: 1, C_W_ID: 2, D_ID: 3, W_ID: 4, DATE: 5, AMOUNT: 6 } as const;

/** Letters that a name may be made of: each name of the load is one of them, repeated. */
export const NAME_LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** How much the load puts in. */
export interface TpccScale {
  readonly warehouses: number;
  readonly districts: number;
  /** Per district; so are the orders of the load. */
  readonly customers: number;
  readonly items: number;
}

/** A district's number over all warehouses; at most 255 warehouses of 255 districts. */
export function districtNumber(warehouse: number, district: number): number {
  return warehouse * 256 + district;
}

function num(row: Row, column: number): number {
  return Number(row[column]);
}

/** Key of an order or a customer in its district: 24 bits of its number under 16 of district. */
function keyInDistrict(row: Row, number: number, d: number, w: number): number {
  return districtNumber(num(row, w), num(row, d)) * 2 ** 24 + num(row, number);
}

function nameKey(row: Row): number {
  const letter = NAME_LETTERS.indexOf(String(row[C.NAME]).charAt(0));
  return districtNumber(num(row, C.W_ID), num(row, C.D_ID)) * 2 ** 8 + letter;
}

/** The customer (home and number, 14 and 16 bits) and where the payment was made (16 bits). */
function historyKey(row: Row): number {
  const customerHome = districtNumber(num(row, H.C_W_ID), num(row, H.C_D_ID));
  const paidIn = districtNumber(num(row, H.W_ID), num(row, H.D_ID));
  return (customerHome * 2 ** 16 + paidIn) * 2 ** 16 + num(row, H.C_ID);
}

/** An index in which the first row of a key stays. */
function first(key: (row: Row) => number): TableSpec['indexes'][number] {
  return { key, duplicates: 'first' };
}

/** A table of so declared columns; `texts` declares names of text columns. */
function table(name: string, columns: string, ...indexes: TableSpec['indexes']): TableSpec {
  return { name, schema: schemaOf(columns), indexes };
}

const texts = (names: string): string => names.replaceAll(/\w+/g, '$&:text');

/**
 * The tables in N-store's order. HISTORY has no key in TPC-C; N-store gives it customer and
 * district, under which only a customer's first payment in a district is kept, and that is kept
 * here, for it decides what nearly every second transaction writes. N-store's key for NEW_ORDER
 * leaves the order out, so that a district has one pending order at most; here it is TPC-C's.
 */
// biome-ignore format: columns, then an index a line
export const TPCC_TABLES: readonly TableSpec[] = [
  table('item', 'I_ID:int I_IM_ID:int I_NAME:text I_PRICE:double I_DATA:text',
    first((row) => num(row, I.ID))),
  table('warehouse',
    `W_ID:int ${texts('W_NAME W_STREET_1 W_STREET_2 W_CITY W_STATE W_ZIP')} ` +
    'W_TAX:double W_YTD:double',
    first((row) => num(row, W.ID))),
  table('district',
    `D_ID:int D_W_ID:int ${texts('D_NAME D_STREET_1 D_STREET_2 D_CITY D_STATE D_ZIP')} ` +
    'D_TAX:double D_YTD:double D_NEXT_O_ID:int',
    first((row) => districtNumber(num(row, D.W_ID), num(row, D.ID)))),
  table('customer',
    'C_ID:int C_D_ID:int C_W_ID:int ' +
    `${texts('C_FIRST C_MIDDLE C_LAST C_STREET_1 C_STREET_2 C_CITY C_STATE C_ZIP C_PHONE')} ` +
    'C_SINCE:double C_CREDIT:text C_CREDIT_LIM:double C_DISCOUNT:double C_BALANCE:double ' +
    'C_YTD_PAYMENT:double C_PAYMENT_CNT:int C_DELIVERY_CNT:int C_DATA:text',
    first((row) => keyInDistrict(row, C.ID, C.D_ID, C.W_ID)),
    first(nameKey)),
  table('orders',
    'O_ID:int O_C_ID:int O_D_ID:int O_W_ID:int O_ENTRY_D:double ' +
    'O_CARRIER_ID:int O_OL_CNT:int O_ALL_LOCAL:int',
    first((row) => keyInDistrict(row, O.ID, O.D_ID, O.W_ID)),
    // N-store keeps a customer's first order; Order-Status asks for the last.
    { key: (row) => keyInDistrict(row, O.C_ID, O.D_ID, O.W_ID), duplicates: 'newest' }),
  table('order_line',
    'OL_O_ID:int OL_D_ID:int OL_W_ID:int OL_NUMBER:int OL_I_ID:int OL_SUPPLY_W_ID:int ' +
    'OL_DELIVERY_D:double OL_QUANTITY:int OL_AMOUNT:double OL_DIST_INFO:text',
    first((row) => keyInDistrict(row, OL.O_ID, OL.D_ID, OL.W_ID) * 16 + num(row, OL.NUMBER)),
    first((row) => keyInDistrict(row, OL.O_ID, OL.D_ID, OL.W_ID))),
  table('new_order', 'NO_O_ID:int NO_D_ID:int NO_W_ID:int',
    first((row) => keyInDistrict(row, NO.O_ID, NO.D_ID, NO.W_ID))),
  table('history',
    'H_C_ID:int H_C_D_ID:int H_C_W_ID:int H_D_ID:int H_W_ID:int ' +
    'H_DATE:double H_AMOUNT:double H_DATA:text',
    first(historyKey)),
  table('stock',
    'S_I_ID:int S_W_ID:int S_QUANTITY:int ' +
    `${texts('S_DIST_01 S_DIST_02 S_DIST_03 S_DIST_04 S_DIST_05')} ` +
    `${texts('S_DIST_06 S_DIST_07 S_DIST_08 S_DIST_09 S_DIST_10')} ` +
    'S_YTD:int S_ORDER_CNT:int S_REMOTE_CNT:int S_DATA:text',
    first((row) => num(row, S.W_ID) * 2 ** 24 + num(row, S.I_ID))),
];
