/**
 * Vacation beside a naive travel agency that was written from STAMP's client.c and manager.c and shares
 * no code with the port: Maps of offers and customers, fed with what the port drew.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { type Draw, Draws, watchedRun } from '../testing/watched.ts';
import { vacation } from './vacation.ts';

const TYPES = ['car', 'flight', 'room'];

interface Offer {
  used: number;
  total: number;
  price: number;
}

interface Given {
  readonly relations: number;
  readonly number: number;
  readonly queriesPercent: number;
  readonly userPercent: number;
}

class NaiveAgency {
  readonly #given: Given;
  readonly #range: number;
  readonly #offers = TYPES.map(() => new Map<number, Offer>());
  /** What customers have: 'type id' and the price. */
  readonly #customers = new Map<number, Map<string, number>>();
  /** Ids that requests named. */
  readonly asked: number[] = [];

  constructor(given: Given) {
    this.#given = given;
    this.#range = Math.round((given.queriesPercent * given.relations) / 100);
  }

  /** Ids in shuffled order, for each table in turn; 1 to 5 hundred of each offer. */
  load(draws: Draws): void {
    const { relations } = this.#given;
    const ids = Array.from({ length: relations }, (_, i) => i + 1);
    for (let table = 0; table < 4; table++) {
      for (let i = relations - 1; i > 0; i--) {
        const j = draws.take(i + 1);
        [ids[i], ids[j]] = [ids[j], ids[i]];
      }
      for (const id of ids) {
        const total = 100 * (draws.take(5) + 1);
        const price = 50 + 10 * draws.take(5);
        if (table < 3) this.#offers[table].set(id, { used: 0, total, price });
        else this.#customers.set(id, new Map());
      }
    }
  }

  /** Returns which of the three actions it was. */
  act(draws: Draws): number {
    const r = draws.take(100);
    if (r < this.#given.userPercent) {
      this.#reserve(draws);
      return 0;
    }
    if (r % 2 === 1) {
      this.#cancel(this.#id(draws));
      return 1;
    }
    this.#update(draws);
    return 2;
  }

  #id(draws: Draws): number {
    const id = draws.take(this.#range) + 1;
    this.asked.push(id);
    return id;
  }

  #reserve(draws: Draws): void {
    const queries = draws.take(this.#given.number) + 1;
    const customer = this.#id(draws);
    const best: ({ id: number; offer: Offer } | undefined)[] = [undefined, undefined, undefined];
    for (let query = 0; query < queries; query++) {
      const type = draws.take(3);
      const id = this.#id(draws);
      const offer = this.#offers[type].get(id);
      if (offer !== undefined && offer.price > (best[type]?.offer.price ?? -1)) {
        best[type] = { id, offer };
      }
    }
    if (best.some((one) => one !== undefined) && !this.#customers.has(customer)) {
      this.#customers.set(customer, new Map());
    }
    for (const [type, one] of best.entries()) {
      if (one === undefined || one.offer.used === one.offer.total) continue;
      const bookings = this.#customers.get(customer);
      if (bookings === undefined || bookings.has(`${type} ${one.id}`)) continue;
      one.offer.used++;
      bookings.set(`${type} ${one.id}`, one.offer.price);
    }
  }

  /** Only customers who owe something, as WHISPER has it. */
  #cancel(customer: number): void {
    const bookings = this.#customers.get(customer);
    if (bookings === undefined || bookings.size === 0) return;
    for (const booking of bookings.keys()) {
      const [type, id] = booking.split(' ').map(Number);
      const offer = this.#offers[type].get(id);
      if (offer !== undefined) offer.used--;
    }
    this.#customers.delete(customer);
  }

  #update(draws: Draws): void {
    const updates = draws.take(this.#given.number) + 1;
    const drawn = Array.from({ length: updates }, () => {
      const [type, id] = [draws.take(3), this.#id(draws)];
      const adds = draws.take(2) === 1;
      return { type, id, price: adds ? 50 + 10 * draws.take(5) : null };
    });
    for (const { type, id, price } of drawn) {
      const offer = this.#offers[type].get(id);
      if (price !== null) {
        if (offer === undefined) this.#offers[type].set(id, { used: 0, total: 100, price });
        else Object.assign(offer, { total: offer.total + 100, price });
      } else if (offer !== undefined && type === 1) {
        if (offer.used === 0) this.#offers[type].delete(id);
      } else if (offer !== undefined && offer.total - offer.used >= 100) {
        offer.total -= 100;
        if (offer.total === 0) this.#offers[type].delete(id);
      }
    }
  }

  text(): string {
    const lines = this.#offers.flatMap((offers, type) =>
      sorted(offers).map(([id, { used, total, price }]) => {
        return `${TYPES[type]} ${id}: ${used} + ${total - used} = ${total} at ${price}`;
      }),
    );
    const customers = sorted(this.#customers).map(([id, bookings]) => {
      const list = [...bookings].map(([booking, price]) => [
        ...booking.split(' ').map(Number),
        price,
      ]);
      list.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
      return `customer ${id}: ${list.map(([t, i, price]) => `${TYPES[t]} ${i} ${price}`).join(', ')}`;
    });
    return [...lines, ...customers].join('\n');
  }
}

function sorted<T>(map: ReadonlyMap<number, T>): [number, T][] {
  return [...map].sort((x, y) => x[0] - y[0]);
}

/** Runs port and agency side by side; returns the agency and the actions. */
function sideBySide(given: Given, threads: number, transactions: number) {
  const agency = new NaiveAgency(given);
  const configured = vacation.configure({ ...given, logKiB: 64 });
  const {
    loadDraws,
    transactions: seen,
    program,
  } = watchedRun(configured, { threads, transactions });
  const all = (draws: readonly Draw[], use: (draws: Draws) => void): void => {
    const taken = new Draws(draws);
    use(taken);
    taken.end();
  };
  all(loadDraws, (draws) => agency.load(draws));
  const actions = seen.map(({ draws, type }) => {
    all(draws, (taken) => assert.equal(agency.act(taken), type, vacation.txTypes[type]));
    return type;
  });
  assert.equal(program.digest(), agency.text());
  return { agency, actions };
}

test('the tables hold what a naive agency holds after the same requests', () => {
  const base = { relations: 12, number: 3, queriesPercent: 100, userPercent: 50 };
  for (const given of [
    base,
    { ...base, userPercent: 99, number: 1 },
    { ...base, relations: 40, queriesPercent: 25, number: 6 },
    // So few that offers sell out, and flights stay because they are reserved.
    { ...base, relations: 3, number: 2, userPercent: 90 },
    // 2.75 ids, which are three.
    { ...base, relations: 11, number: 2, queriesPercent: 25 },
  ]) {
    sideBySide(given, 2, 700);
  }
});

test('actions have the shares that userPercent says, and ids stay in queriesPercent', () => {
  const given = { relations: 50, number: 1, queriesPercent: 40, userPercent: 80 };
  const { agency, actions } = sideBySide(given, 1, 4000);
  // Of the numbers from 80 to 99 half are odd.
  assertDrawnFrom('actions', counted(actions, 3), [0.8, 0.1, 0.1]);
  const ids = counted(
    agency.asked.map((id) => id - 1),
    50,
  );
  const shares = (asked: number): number[] => [...evenly(asked), ...new Array(50 - asked).fill(0)];
  assertDrawnFrom('ids', ids, shares(20));
  assertRefused('all of them', ids, shares(50));
});
