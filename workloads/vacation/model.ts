/**
 * What vacation's tables must hold, kept in ordinary memory by the rules of the program and none of
 * its data structures: the oracle of `verify`, and the canonical text of the contents.
 */

import { OFFER_TYPES, type Offer, type TableContents } from './manager.ts';

type Contents = Pick<TableContents, 'offers' | 'customers'>;

export class VacationModel {
  readonly #offers: readonly Map<number, Offer>[];
  /** Per customer, prices by type and id (as one number). */
  readonly #customers = new Map<number, Map<number, number>>();

  /** Starts from what the tables hold: nothing, or what was found after a recovery. */
  constructor(start: Contents | null) {
    this.#offers = OFFER_TYPES.map((_, type) => new Map(start?.offers[type]));
    for (const [id, infos] of start?.customers ?? []) {
      this.#customers.set(
        id,
        new Map(infos.map(([type, offer, price]) => [key(type, offer), price])),
      );
    }
  }

  addToOffer(type: number, id: number, count: number, price: number): void {
    const offer = this.#offers[type].get(id);
    if (offer === undefined) {
      if (count < 1 || price < 0) return;
      this.#offers[type].set(id, { used: 0, free: count, total: count, price });
      return;
    }
    if (offer.free + count < 0) return;
    if (offer.total + count === 0) {
      this.#offers[type].delete(id);
      return;
    }
    this.#offers[type].set(id, {
      used: offer.used,
      free: offer.free + count,
      total: offer.total + count,
      price: price < 0 ? offer.price : price,
    });
  }

  removeOffer(type: number, id: number): void {
    if (this.#offers[type].get(id)?.used === 0) this.#offers[type].delete(id);
  }

  addCustomer(id: number): void {
    if (!this.#customers.has(id)) this.#customers.set(id, new Map());
  }

  /** Removes the customer if there is anything to pay. */
  removeCustomer(id: number): void {
    const reservations = this.#customers.get(id);
    if (reservations === undefined || reservations.size === 0) return;
    for (const [reserved] of reservations) this.#use(reserved, -1);
    this.#customers.delete(id);
  }

  reserve(customerId: number, type: number, id: number): void {
    const reservations = this.#customers.get(customerId);
    const offer = this.#offers[type].get(id);
    if (reservations === undefined || offer === undefined || offer.free < 1) return;
    if (reservations.has(key(type, id))) return;
    reservations.set(key(type, id), offer.price);
    this.#use(key(type, id), 1);
  }

  text(): string {
    const customers = new Map(
      [...this.#customers].map(([id, reservations]) => [
        id,
        [...reservations].map(([k, price]) => [k % 4, Math.floor(k / 4), price] as const),
      ]),
    );
    return contentsText({ offers: this.#offers, customers });
  }

  #use(reserved: number, count: number): void {
    const [type, id] = [reserved % 4, Math.floor(reserved / 4)];
    const offer = this.#offers[type].get(id);
    if (offer === undefined) throw new Error(`model: no ${OFFER_TYPES[type]} ${id}`);
    const { used, free, total, price } = offer;
    this.#offers[type].set(id, { used: used + count, free: free - count, total, price });
  }
}

function key(type: number, id: number): number {
  return id * 4 + type;
}

/** The contents, one line an offer or customer, sorted. */
export function contentsText(contents: Contents): string {
  const lines: string[] = [];
  contents.offers.forEach((table, type) => {
    for (const [id, offer] of [...table].sort((x, y) => x[0] - y[0])) {
      const { used, free, total, price } = offer;
      lines.push(`${OFFER_TYPES[type]} ${id}: ${used} + ${free} = ${total} at ${price}`);
    }
  });
  for (const [id, infos] of [...contents.customers].sort((x, y) => x[0] - y[0])) {
    const sorted = [...infos].sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    const reserved = sorted.map(([type, offer, price]) => `${OFFER_TYPES[type]} ${offer} ${price}`);
    lines.push(`customer ${id}: ${reserved.join(', ')}`);
  }
  return lines.join('\n');
}
