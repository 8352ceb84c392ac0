/**
 * A customer's reservations: STAMP's singly linked list (lib/list.c) of reservation infos, sorted
 * by type and then id, each pair at most once.
 *
 * On media (words of 8 bytes unless said): a list is head data (unused) | first | comparison
 * function | size (32 B). A list node is info | next (16 B). An info is type (4 B, then 4 unused) |
 * id | price (24 B). So head and size are two fields apart from the node, as in the original.
 */

import type { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';

export const LIST_BYTES = 32;
const NODE_BYTES = 16;
const INFO_BYTES = 24;

/** A list's head looks like a node: its `next` is at the same place. */
const NEXT = 8;
const COMPARE = 16;
const SIZE = 24;

const TYPE = 0;
const ID = 8;
const PRICE = 16;

/** Stands for the pointer to the comparison function, which is stored and never read. */
const COMPARE_INFOS = 2;

/** One reservation of a customer. */
export interface ReservationInfo {
  readonly type: number;
  readonly id: number;
  readonly price: number;
}

/** Allocates an empty list. */
export function newList(memory: RedoMemory): number {
  const list = memory.alloc(LIST_BYTES);
  memory.storeWord(list, 0);
  memory.storeWord(list + NEXT, 0);
  memory.storeWord(list + COMPARE, COMPARE_INFOS);
  memory.storeWord(list + SIZE, 0);
  return list;
}

/**
 * Adds a reservation. False if the customer has that one already; the info has been written all the
 * same, as in the original, but is freed (the original loses it).
 */
export function insertInfo(memory: RedoMemory, list: number, info: ReservationInfo): boolean {
  const block = memory.alloc(INFO_BYTES);
  memory.storeU32(block + TYPE, info.type);
  memory.storeWord(block + ID, info.id);
  memory.storeWord(block + PRICE, info.price);
  let previous = list;
  let node = memory.loadWord(list + NEXT);
  for (; node !== 0; node = memory.loadWord(node + NEXT)) {
    const order = compareInfo(memory, memory.loadWord(node), info);
    if (order === 0) {
      memory.free(block);
      return false;
    }
    if (order > 0) break;
    previous = node;
  }
  const added = memory.alloc(NODE_BYTES);
  memory.storeWord(added, block);
  memory.storeWord(added + NEXT, node);
  memory.storeWord(previous + NEXT, added);
  memory.storeWord(list + SIZE, memory.loadWord(list + SIZE) + 1);
  return true;
}

/** The sum of all prices. */
export function billOf(memory: RedoMemory, list: number): number {
  let bill = 0;
  for (let node = memory.loadWord(list + NEXT); node !== 0; node = memory.loadWord(node + NEXT)) {
    bill += memory.loadWord(memory.loadWord(node) + PRICE);
  }
  return bill;
}

/** Calls `visit` for every reservation, then frees the list with all that it holds. */
export function drainList(
  memory: RedoMemory,
  list: number,
  visit: (type: number, id: number) => void,
): void {
  let node = memory.loadWord(list + NEXT);
  while (node !== 0) {
    const info = memory.loadWord(node);
    visit(memory.loadU32(info + TYPE), memory.loadWord(info + ID));
    const next = memory.loadWord(node + NEXT);
    memory.free(info);
    memory.free(node);
    node = next;
  }
  memory.free(list);
}

/**
 * Reads the whole list and checks order and size; `block` is told every block that it occupies.
 */
export function readList(
  memory: RedoMemory,
  list: number,
  block: (offset: number) => void,
  fail: (why: string) => never,
): ReservationInfo[] {
  block(list);
  const infos: ReservationInfo[] = [];
  const size = memory.loadWord(list + SIZE);
  for (let node = memory.loadWord(list + NEXT); node !== 0; node = memory.loadWord(node + NEXT)) {
    if (infos.length === size) fail(`list ${list} is longer than its size ${size}`);
    const offset = memory.loadWord(node);
    const last = infos.at(-1);
    if (last !== undefined && compareInfo(memory, offset, last) <= 0) {
      fail(`list ${list}: reservation ${infos.length} is out of order`);
    }
    infos.push({
      type: memory.loadU32(offset + TYPE),
      id: memory.loadWord(offset + ID),
      price: memory.loadWord(offset + PRICE),
    });
    block(node);
    block(offset);
  }
  if (infos.length !== size) fail(`list ${list} has ${infos.length} nodes, its size is ${size}`);
  return infos;
}

/** Negative, zero or positive as the info at `offset` sorts before, with or after `other`. */
function compareInfo(memory: RedoMemory, offset: number, other: ReservationInfo): number {
  const byType = memory.loadU32(offset + TYPE) - other.type;
  return byType !== 0 ? byType : memory.loadWord(offset + ID) - other.id;
}
