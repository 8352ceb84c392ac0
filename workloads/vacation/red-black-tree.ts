/**
 * A red-black tree in PM whose every access goes through a transaction: the map of STAMP's vacation
 * (lib/rbtree.c), with parent pointers and without a sentinel, in the manner of java.util.TreeMap.
 * The balancing is that of Cormen, Leiserson and Rivest.
 *
 * On media (words of 8 bytes): the tree is root | comparison function (16 B, a constant here); a
 * node is key | value | parent | left | right | colour (48 B). Null is 0. Keys are whole numbers.
 */

import type { RedoMemory } from '../../pm/mnemosyne/redo-memory.ts';

export const TREE_BYTES = 16;
const NODE_BYTES = 48;

const KEY = 0;
const VALUE = 8;
const PARENT = 16;
const LEFT = 24;
const RIGHT = 32;
const COLOUR = 40;

const RED = 0;
const BLACK = 1;

/** Stands for the pointer to the comparison function, which is stored and never read. */
const COMPARE_KEYS = 1;

export class RedBlackTree {
  readonly #memory: RedoMemory;
  readonly #root: number;

  /** The tree at `offset`, which `initialise` has made empty at some time. */
  constructor(memory: RedoMemory, offset: number) {
    this.#memory = memory;
    this.#root = offset;
  }

  /** Makes an empty tree, inside a transaction. */
  initialise(): void {
    this.#memory.storeWord(this.#root, 0);
    this.#memory.storeWord(this.#root + 8, COMPARE_KEYS);
  }

  /** The value of `key`, or 0. Values are never 0. */
  find(key: number): number {
    const node = this.#lookUp(key);
    return node === 0 ? 0 : this.#get(node, VALUE);
  }

  /** Adds the pair; false, and nothing changes, if the key is there. */
  insert(key: number, value: number): boolean {
    let parent = 0;
    let side = LEFT;
    let node = this.#memory.loadWord(this.#root);
    while (node !== 0) {
      const other = this.#get(node, KEY);
      if (key === other) return false;
      parent = node;
      side = key < other ? LEFT : RIGHT;
      node = this.#get(node, side);
    }
    const added = this.#memory.alloc(NODE_BYTES);
    this.#set(added, LEFT, 0);
    this.#set(added, RIGHT, 0);
    this.#set(added, KEY, key);
    this.#set(added, VALUE, value);
    this.#set(added, PARENT, parent);
    if (parent === 0) {
      this.#set(added, COLOUR, BLACK);
      this.#memory.storeWord(this.#root, added);
    } else {
      this.#set(parent, side, added);
      this.#balanceAfterInsertion(added);
    }
    return true;
  }

  /** Takes the key out and frees its node; false if it is not there. */
  remove(key: number): boolean {
    let node = this.#lookUp(key);
    if (node === 0) return false;
    if (this.#get(node, LEFT) !== 0 && this.#get(node, RIGHT) !== 0) {
      const next = this.#leftmost(this.#get(node, RIGHT));
      this.#set(node, KEY, this.#get(next, KEY));
      this.#set(node, VALUE, this.#get(next, VALUE));
      node = next;
    }
    this.#unlink(node);
    this.#memory.free(node);
    return true;
  }

  /** Calls `visit` for every node, in ascending order of keys, and checks the tree's invariants. */
  walk(visit: (key: number, value: number, node: number) => void, fail: (why: string) => never) {
    const root = this.#memory.loadWord(this.#root);
    if (root !== 0 && this.#colourOf(root) !== BLACK) fail('the root is red');
    if (root !== 0 && this.#get(root, PARENT) !== 0) fail('the root has a parent');
    let last = Number.NEGATIVE_INFINITY;
    let depth = 0;
    const descend = (node: number): number => {
      if (node === 0) return 1;
      // A tree this deep has more nodes than a heap can hold, unless it runs in a circle.
      if (++depth > 64) fail(`a path through node ${node} is longer than 64`);
      const [left, right] = [this.#get(node, LEFT), this.#get(node, RIGHT)];
      const colour = this.#get(node, COLOUR);
      if (colour !== RED && colour !== BLACK) fail(`node ${node} has colour ${colour}`);
      for (const child of [left, right]) {
        if (child === 0) continue;
        if (this.#get(child, PARENT) !== node)
          fail(`node ${child} has another parent than ${node}`);
        if (colour === RED && this.#colourOf(child) === RED) fail(`red under red at node ${child}`);
      }
      const blackOnLeft = descend(left);
      const key = this.#get(node, KEY);
      if (key <= last) fail(`key ${key} follows ${last}`);
      last = key;
      visit(key, this.#get(node, VALUE), node);
      const blackOnRight = descend(right);
      if (blackOnLeft !== blackOnRight) fail(`black heights ${blackOnLeft}, ${blackOnRight}`);
      depth--;
      return blackOnLeft + (colour === BLACK ? 1 : 0);
    };
    descend(root);
  }

  #get(node: number, field: number): number {
    return this.#memory.loadWord(node + field);
  }

  #set(node: number, field: number, value: number): void {
    this.#memory.storeWord(node + field, value);
  }

  /** These four take null for a black node without relatives. */
  #parentOf(node: number): number {
    return node === 0 ? 0 : this.#get(node, PARENT);
  }

  #childOf(node: number, side: number): number {
    return node === 0 ? 0 : this.#get(node, side);
  }

  #colourOf(node: number): number {
    return node === 0 ? BLACK : this.#get(node, COLOUR);
  }

  #paint(node: number, colour: number): void {
    if (node !== 0) this.#set(node, COLOUR, colour);
  }

  #lookUp(key: number): number {
    let node = this.#memory.loadWord(this.#root);
    while (node !== 0) {
      const other = this.#get(node, KEY);
      if (key === other) return node;
      node = this.#get(node, key < other ? LEFT : RIGHT);
    }
    return 0;
  }

  #leftmost(start: number): number {
    let node = start;
    for (let left = this.#get(node, LEFT); left !== 0; left = this.#get(node, LEFT)) node = left;
    return node;
  }

  /** Puts `child` where `node` hangs. */
  #replace(node: number, child: number): void {
    const parent = this.#get(node, PARENT);
    if (child !== 0) this.#set(child, PARENT, parent);
    if (parent === 0) this.#memory.storeWord(this.#root, child);
    else this.#set(parent, this.#get(parent, LEFT) === node ? LEFT : RIGHT, child);
  }

  /** Turns `node` down to `side`; its child on the other side takes its place. */
  #rotate(node: number, side: number): void {
    const other = LEFT + RIGHT - side;
    const child = this.#get(node, other);
    const inner = this.#get(child, side);
    this.#set(node, other, inner);
    if (inner !== 0) this.#set(inner, PARENT, node);
    this.#replace(node, child);
    this.#set(child, side, node);
    this.#set(node, PARENT, child);
  }

  #balanceAfterInsertion(added: number): void {
    let node = added;
    this.#set(node, COLOUR, RED);
    while (this.#colourOf(this.#parentOf(node)) === RED) {
      const parent = this.#parentOf(node);
      const grandparent = this.#parentOf(parent);
      const side = this.#childOf(grandparent, LEFT) === parent ? LEFT : RIGHT;
      const other = LEFT + RIGHT - side;
      const uncle = this.#childOf(grandparent, other);
      if (this.#colourOf(uncle) === RED) {
        this.#paint(parent, BLACK);
        this.#paint(uncle, BLACK);
        this.#paint(grandparent, RED);
        node = grandparent;
        continue;
      }
      if (this.#childOf(parent, other) === node) {
        node = parent;
        this.#rotate(node, side);
      }
      this.#paint(this.#parentOf(node), BLACK);
      this.#paint(grandparent, RED);
      this.#rotate(grandparent, other);
    }
    const root = this.#memory.loadWord(this.#root);
    if (this.#colourOf(root) !== BLACK) this.#paint(root, BLACK);
  }

  /** Takes out `node`, which has at most one child. */
  #unlink(node: number): void {
    const left = this.#get(node, LEFT);
    const child = left !== 0 ? left : this.#get(node, RIGHT);
    const wasBlack = this.#get(node, COLOUR) === BLACK;
    if (child !== 0) {
      this.#replace(node, child);
      if (wasBlack) this.#balanceAfterRemoval(child);
      return;
    }
    // Without a child the node itself stands for the missing black one while the tree is balanced.
    if (wasBlack) this.#balanceAfterRemoval(node);
    this.#replace(node, 0);
  }

  #balanceAfterRemoval(start: number): void {
    let node = start;
    while (node !== this.#memory.loadWord(this.#root) && this.#colourOf(node) === BLACK) {
      const parent = this.#parentOf(node);
      const side = this.#childOf(parent, LEFT) === node ? LEFT : RIGHT;
      const other = LEFT + RIGHT - side;
      let sibling = this.#childOf(parent, other);
      if (this.#colourOf(sibling) === RED) {
        this.#paint(sibling, BLACK);
        this.#paint(parent, RED);
        this.#rotate(parent, side);
        sibling = this.#childOf(parent, other);
      }
      const near = this.#colourOf(this.#childOf(sibling, side));
      const far = this.#colourOf(this.#childOf(sibling, other));
      if (near === BLACK && far === BLACK) {
        this.#paint(sibling, RED);
        node = parent;
        continue;
      }
      if (far === BLACK) {
        this.#paint(this.#childOf(sibling, side), BLACK);
        this.#paint(sibling, RED);
        this.#rotate(sibling, other);
        sibling = this.#childOf(parent, other);
      }
      this.#paint(sibling, this.#colourOf(parent));
      this.#paint(parent, BLACK);
      this.#paint(this.#childOf(sibling, other), BLACK);
      this.#rotate(parent, side);
      node = this.#memory.loadWord(this.#root);
    }
    this.#paint(node, BLACK);
  }
}
