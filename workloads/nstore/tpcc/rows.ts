/**
 * Rows as the programs build them: from names for the load, and with only the key columns filled
 * for look-ups. Texts that the original fills with a filler of 120 characters have the same one.
 */

import type { Row } from '../schema.ts';

/** What N-store puts into the text columns of a row that carries new values to an update. */
export const FILLER = '\x03'.repeat(120);

/** Fields of a customer that are not names. */
export interface CustomerFields {
  readonly since: number;
  readonly credit: string;
  readonly discount: number;
  readonly balance: number;
  readonly ytdPayment: number;
  readonly paymentCnt: number;
  readonly deliveryCnt: number;
  readonly data: string;
}

/** A warehouse; `ytd` in cents, `tax` in 1/10000. */
export function warehouseRow(id: number, name: string, tax: number, ytd: number): Row {
  const half = name.slice(0, name.length / 2);
  return [id, name, name, name, name, half, half, tax, ytd];
}

/** A district; `ytd` in cents, `tax` in 1/10000. */
export function districtRow(
  key: { readonly district: number; readonly warehouse: number },
  name: string,
  {
    tax,
    ytd,
    nextOrder,
  }: { readonly tax: number; readonly ytd: number; readonly nextOrder: number },
): Row {
  const half = name.slice(0, name.length / 2);
  return [key.district, key.warehouse, name, name, name, name, half, half, tax, ytd, nextOrder];
}

/** A customer, every name column holding `name`. */
export function customerRow(
  key: { readonly customer: number; readonly district: number; readonly warehouse: number },
  name: string,
  fields: CustomerFields,
): Row {
  const { since, credit, discount, balance, ytdPayment, paymentCnt, deliveryCnt, data } = fields;
  const half = name === FILLER ? name : name.slice(0, name.length / 2);
  const names = [name, name, name, name, name, name, half, half, name];
  const numbers = [CREDIT_LIMIT_CENTS, discount, balance, ytdPayment, paymentCnt, deliveryCnt];
  return [key.customer, key.district, key.warehouse, ...names, since, credit, ...numbers, data];
}

const CREDIT_LIMIT_CENTS = 50_000_00;

/** A row of which only the first columns matter: for look-ups. */
export function keyRow(...values: (number | string)[]): Row {
  return values;
}

/** For a look-up of a customer by name. */
export function customerNameKey(name: string, district: number, warehouse: number): Row {
  return [0, district, warehouse, name];
}
