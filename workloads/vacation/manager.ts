/**
 * The travel agency of STAMP's vacation (manager.c, reservation.c, customer.c): tables of cars,
 * flights, rooms and customers, red-black trees in PM, and what one may do with them. Every method
 * runs inside a transaction of its caller.
 *
 * On media (words of 8 bytes): an offer (car, flight or room) is id | used | free | total | price
 * (40 B); a customer is id | list of reservations (16 B). The four trees lie in the static area.
 */

import type { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';
import { RedBlackTree, TREE_BYTES } from './red-black-tree.ts';
import { billOf, drainList, insertInfo, newList, readList } from './reservation-list.ts';

/** Types of offer, in the order of STAMP's enumeration. */
export const OFFER_TYPES = ['car', 'flight', 'room'] as const;

/** Static bytes that the tables need. */
export const MANAGER_STATIC_BYTES = 64;

const CUSTOMERS = OFFER_TYPES.length;
const OFFER_BYTES = 40;
const CUSTOMER_BYTES = 16;

const ID = 0;
const USED = 8;
const FREE = 16;
const TOTAL = 24;
const PRICE = 32;
const LIST = 8;

/** What a table says of one offer. */
export interface Offer {
  readonly used: number;
  readonly free: number;
  readonly total: number;
  readonly price: number;
}

/** A customer's reservations, sorted by type and id: [type, id, price]. */
export type CustomerReservations = readonly (readonly [number, number, number])[];

/** Everything that the tables hold. */
export interface TableContents {
  /** Per type, offers by id in ascending order. */
  readonly offers: readonly ReadonlyMap<number, Offer>[];
  readonly customers: ReadonlyMap<number, CustomerReservations>;
  /** Every block in use, each once. */
  readonly blocks: readonly number[];
}

export class Manager {
  readonly #memory: RedoMemory;
  readonly #tables: readonly RedBlackTree[];
  readonly #customers: RedBlackTree;

  constructor(memory: RedoMemory) {
    this.#memory = memory;
    const tree = (index: number): RedBlackTree =>
      new RedBlackTree(memory, memory.staticOffset + index * TREE_BYTES);
    this.#tables = OFFER_TYPES.map((_, type) => tree(type));
    this.#customers = tree(CUSTOMERS);
  }

  /** Makes all tables empty. */
  initialise(): void {
    for (const table of [...this.#tables, this.#customers]) table.initialise();
  }

  /**
   * Adds `count` to an offer, or takes -`count` away, creating or removing it as needed, and sets
   * the price unless that is negative. False if nothing was changed.
   */
  addToOffer(type: number, id: number, count: number, price: number): boolean {
    const memory = this.#memory;
    const table = this.#tables[type];
    const offer = table.find(id);
    if (offer === 0) {
      if (count < 1 || price < 0) return false;
      table.insert(id, this.#newOffer(id, count, price));
      return true;
    }
    const free = memory.loadWord(offer + FREE) + count;
    if (free < 0) return false;
    memory.storeWord(offer + FREE, free);
    const total = memory.loadWord(offer + TOTAL) + count;
    memory.storeWord(offer + TOTAL, total);
    if (total === 0) {
      table.remove(id);
      memory.free(offer);
    } else if (price >= 0) {
      memory.storeWord(offer + PRICE, price);
    }
    return true;
  }

  /** Removes an offer altogether unless somebody has reserved it: how flights are cancelled. */
  removeOffer(type: number, id: number): boolean {
    const offer = this.#tables[type].find(id);
    if (offer === 0 || this.#memory.loadWord(offer + USED) > 0) return false;
    return this.addToOffer(type, id, -this.#memory.loadWord(offer + TOTAL), -1);
  }

  /** How many are free, or -1 if there is no such offer. */
  queryFree(type: number, id: number): number {
    const offer = this.#tables[type].find(id);
    return offer === 0 ? -1 : this.#memory.loadWord(offer + FREE);
  }

  /** The price, or -1 if there is no such offer. */
  queryPrice(type: number, id: number): number {
    const offer = this.#tables[type].find(id);
    return offer === 0 ? -1 : this.#memory.loadWord(offer + PRICE);
  }

  /** Adds a customer without reservations; false if there is one with that id. */
  addCustomer(id: number): boolean {
    if (this.#customers.find(id) !== 0) return false;
    const customer = this.#memory.alloc(CUSTOMER_BYTES);
    this.#memory.storeWord(customer + ID, id);
    this.#memory.storeWord(customer + LIST, newList(this.#memory));
    this.#customers.insert(id, customer);
    return true;
  }

  /** The sum of what the customer has reserved, or -1 if there is none with that id. */
  queryBill(id: number): number {
    const customer = this.#customers.find(id);
    return customer === 0 ? -1 : billOf(this.#memory, this.#memory.loadWord(customer + LIST));
  }

  /** Cancels all that the customer has reserved and removes the customer. */
  removeCustomer(id: number): boolean {
    const memory = this.#memory;
    const customer = this.#customers.find(id);
    if (customer === 0) return false;
    drainList(memory, memory.loadWord(customer + LIST), (type, offerId) => {
      const offer = this.#tables[type].find(offerId);
      this.#moveUsed(offer, -1);
    });
    this.#customers.remove(id);
    memory.free(customer);
    return true;
  }

  /** Reserves one for a customer; false if there is none free or the customer has it already. */
  reserve(customerId: number, type: number, id: number): boolean {
    const memory = this.#memory;
    const customer = this.#customers.find(customerId);
    if (customer === 0) return false;
    const offer = this.#tables[type].find(id);
    if (offer === 0 || memory.loadWord(offer + FREE) < 1) return false;
    this.#moveUsed(offer, 1);
    const price = memory.loadWord(offer + PRICE);
    if (insertInfo(memory, memory.loadWord(customer + LIST), { type, id, price })) return true;
    this.#moveUsed(offer, -1);
    return false;
  }

  /** Reads everything and checks what must hold whatever was done; `fail` must throw. */
  read(fail: (why: string) => never): TableContents {
    const memory = this.#memory;
    const blocks: number[] = [];
    const occupy = (block: number): number => blocks.push(block);
    const offers = this.#tables.map((table, type) => {
      const found = new Map<number, Offer>();
      const failHere = (why: string): never => fail(`${OFFER_TYPES[type]} table: ${why}`);
      table.walk((id, offer, node) => {
        occupy(node);
        occupy(offer);
        found.set(id, this.#readOffer(id, offer, failHere));
      }, failHere);
      return found;
    });
    const customers = new Map<number, CustomerReservations>();
    const failHere = (why: string): never => fail(`customer table: ${why}`);
    this.#customers.walk((id, customer, node) => {
      occupy(node);
      occupy(customer);
      if (memory.loadWord(customer + ID) !== id) failHere(`customer ${id} has another id`);
      const infos = readList(memory, memory.loadWord(customer + LIST), occupy, failHere);
      customers.set(
        id,
        infos.map((info) => [info.type, info.id, info.price]),
      );
    }, failHere);
    checkUse(offers, customers, fail);
    return { offers, customers, blocks };
  }

  #newOffer(id: number, total: number, price: number): number {
    const offer = this.#memory.alloc(OFFER_BYTES);
    this.#memory.storeWord(offer + ID, id);
    this.#memory.storeWord(offer + USED, 0);
    this.#memory.storeWord(offer + FREE, total);
    this.#memory.storeWord(offer + TOTAL, total);
    this.#memory.storeWord(offer + PRICE, price);
    return offer;
  }

  #moveUsed(offer: number, count: number): void {
    const memory = this.#memory;
    memory.storeWord(offer + USED, memory.loadWord(offer + USED) + count);
    memory.storeWord(offer + FREE, memory.loadWord(offer + FREE) - count);
  }

  #readOffer(id: number, offer: number, fail: (why: string) => never): Offer {
    const memory = this.#memory;
    const used = memory.loadWord(offer + USED);
    const free = memory.loadWord(offer + FREE);
    const total = memory.loadWord(offer + TOTAL);
    if (memory.loadWord(offer + ID) !== id) fail(`offer ${id} has another id`);
    if (used + free !== total || total < 1) fail(`offer ${id}: ${used} + ${free} of ${total}`);
    return { used, free, total, price: memory.loadWord(offer + PRICE) };
  }
}

/** What is used of each offer must be what customers have reserved. */
function checkUse(
  offers: TableContents['offers'],
  customers: TableContents['customers'],
  fail: (why: string) => never,
): void {
  const reserved = offers.map(() => new Map<number, number>());
  for (const [customer, infos] of customers) {
    for (const [type, id] of infos) {
      if (offers[type]?.has(id) !== true) fail(`customer ${customer} has no such offer: ${id}`);
      reserved[type].set(id, (reserved[type].get(id) ?? 0) + 1);
    }
  }
  offers.forEach((table, type) => {
    for (const [id, offer] of table) {
      const count = reserved[type].get(id) ?? 0;
      const name = `${OFFER_TYPES[type]} ${id}`;
      if (offer.used !== count) fail(`${name}: ${offer.used} used, ${count} reserved`);
    }
  });
}
