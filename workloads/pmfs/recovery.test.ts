import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { Op } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { CrashSampler } from '../../pm/testing/crash-sampler.ts';
import { checkFileSystem } from './check.ts';
import { FileSystem } from './filesystem.ts';
import { JOURNAL_HEADER, JournalField, LOG_ENTRY_BYTES, LogField, ROOT_INODE } from './layout.ts';

const JOURNAL_BYTES = 16 * 1024;
const HEAD = JOURNAL_HEADER + JournalField.HEAD;
const TAIL = JOURNAL_HEADER + JournalField.TAIL;

function formatted(bytes = 2 ** 19): FileSystem {
  return FileSystem.format(new PmHeap(bytes), JOURNAL_BYTES, 'call');
}

function pattern(bytes: number, seed = 1): Uint8Array {
  const data = new Uint8Array(bytes);
  new Random(seed).fill(data);
  return data;
}

/** Names, attributes and contents. */
function stateOf(fs: FileSystem): string {
  const checked = checkFileSystem(fs.heap, null, true);
  return checked.names
    .map((n) => {
      const contents = n.isDirectory ? '' : checked.contents(n.inode);
      const digest = createHash('sha256').update(contents).digest('hex');
      return `${n.path} ${n.links} ${n.uid} ${n.permissions} ${digest}`;
    })
    .join('\n');
}

/** Crashes at each fence of `call`, several ways each; returns the recovered file systems. */
function crashesIn(fs: FileSystem, seed: number, call: () => void): FileSystem[] {
  const collected: Uint8Array[] = [];
  const sampler = new CrashSampler(fs.heap, {
    random: new Random(seed),
    // Stores to one line of the journal have to become durable in order: no random words.
    evictions: ['none', 'all', 'lines', 'versions', 'versions', 'versions'],
    check: (image) => collected.push(image.slice()),
  });
  fs.heap.attach([sampler]);
  call();
  fs.heap.detach();
  collected.push(sampler.image('none').slice());
  return collected.map((image) => {
    const recovered = FileSystem.mount(new PmHeap(image), 'call');
    checkFileSystem(recovered.heap, recovered.blocks, false);
    return recovered;
  });
}

/** Every crash leaves the state before or after; the last one, after the call, the state after. */
function assertAtomic(fs: FileSystem, seed: number, call: () => void): void {
  const before = stateOf(fs);
  const recovered = crashesIn(fs, seed, call).map(stateOf);
  const after = stateOf(fs);
  assert.notEqual(after, before);
  for (const state of recovered) assert.ok(state === before || state === after, `seed ${seed}`);
  assert.equal(recovered.at(-1), after);
}

test('a first write of several blocks is atomic', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const fs = formatted();
    const file = fs.create(ROOT_INODE, 'f');
    assertAtomic(fs, seed, () => fs.write(file, 0, pattern(4096 * 10 + 100)));
  }
});

test('an append that makes the block tree higher is atomic', () => {
  const fs = formatted(3 * 2 ** 20);
  const file = fs.create(ROOT_INODE, 'f');
  fs.write(file, 0, pattern(511 * 4096 + 4000));
  assertAtomic(fs, 1, () => fs.write(file, 511 * 4096 + 4000, pattern(8192)));
});

test('names are entered, removed and renamed atomically, where the directory grows too', () => {
  const fs = formatted(2 ** 20);
  const sub = fs.makeDirectory(ROOT_INODE, 'sub');
  // Records of 212 B: 19 fill a block.
  const name = (i: number) => `${i}`.padStart(200, 'n');
  for (let i = 0; i < 17; i++) fs.create(sub, name(i));
  for (let i = 17; i < 21; i++) assertAtomic(fs, i, () => fs.create(sub, name(i)));
  const moved = fs.lookup(sub, name(3));
  const longer = 'longer'.padStart(250, 'x');
  assertAtomic(fs, 30, () => fs.rename(moved, sub, name(3), longer));
  // The second block is full as well before a rename makes the directory grow.
  for (let i = 21; i < 39; i++) fs.create(sub, name(i));
  const other = fs.lookup(sub, name(5));
  for (let i = 0; i < 3; i++) fs.create(sub, `fill${i}`.padEnd(240, 'y'));
  assertAtomic(fs, 31, () => fs.rename(other, sub, name(5), 'z'.repeat(255)));
  assertAtomic(fs, 32, () => fs.unlink(other, sub, 'z'.repeat(255)));
});

test('a rename that makes the directory grow is rolled back entry by entry, newest first', () => {
  let grew = 0;
  for (let count = 14; count < 20; count++) {
    const fs = formatted(2 ** 20);
    const sub = fs.makeDirectory(ROOT_INODE, 'sub');
    for (let i = 0; i < count; i++) fs.create(sub, `${i}`.padStart(200, 'n'));
    const file = fs.lookup(sub, '3'.padStart(200, 'n'));
    const size = fs.size(sub);
    assertAtomic(fs, count, () => fs.rename(file, sub, '3'.padStart(200, 'n'), 'x'.repeat(255)));
    if (fs.size(sub) > size) grew++;
  }
  assert.ok(grew > 0);
});

test('links, directories and attributes change atomically', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const fs = formatted();
    const file = fs.create(ROOT_INODE, 'f');
    assertAtomic(fs, seed, () => fs.makeDirectory(ROOT_INODE, 'd'));
    assertAtomic(fs, seed, () => fs.link(file, ROOT_INODE, 'second'));
    assertAtomic(fs, seed, () => fs.setAttributes(file, 7, 0o600));
    assertAtomic(fs, seed, () => fs.unlink(file, ROOT_INODE, 'f'));
    assertAtomic(fs, seed, () => fs.unlink(file, ROOT_INODE, 'second'));
  }
});

test('the inode table grows atomically within a create', () => {
  const fs = formatted(2 ** 20);
  for (let i = 3; i < 32; i++) fs.create(ROOT_INODE, `f${i}`);
  const inodes = fs.inodes.count;
  assertAtomic(fs, 1, () => fs.create(ROOT_INODE, 'one more'));
  assert.ok(fs.inodes.count > inodes);
});

test('several orphans are freed after a crash between any two fences of a close', () => {
  const fs = formatted();
  const files = ['a', 'b', 'c'].map((name) => {
    const file = fs.create(ROOT_INODE, name);
    fs.open(file);
    fs.write(file, 0, pattern(9000));
    fs.unlink(file, ROOT_INODE, name);
    return file;
  });
  const free = formatted().blocks.freeBlocks;
  for (const file of [files[1], files[0], files[2]]) {
    for (const recovered of crashesIn(fs, file, () => fs.close(file, true))) {
      assert.equal(recovered.blocks.freeBlocks, free);
    }
  }
});

test('an overwrite in place may be new in part, word by word, and nothing else changes', () => {
  const fs = formatted();
  const file = fs.create(ROOT_INODE, 'f');
  const old = pattern(12_288, 1);
  const fresh = pattern(12_288, 2);
  fs.write(file, 0, old);
  let partly = 0;
  for (const recovered of crashesIn(fs, 3, () => fs.write(file, 0, fresh))) {
    const checked = checkFileSystem(recovered.heap, recovered.blocks, false);
    const found = checked.contents(file);
    assert.equal(found.length, old.length);
    let isNew = 0;
    for (let at = 0; at < found.length; at += 8) {
      const word = Buffer.from(found.subarray(at, at + 8));
      if (word.equals(fresh.subarray(at, at + 8))) isNew++;
      else assert.ok(word.equals(old.subarray(at, at + 8)), `word at ${at} is neither`);
    }
    if (isNew > 0 && isNew < found.length / 8) partly++;
  }
  assert.ok(partly > 0, 'no torn page was ever seen: the images are too tame');
});

test('an entry that became durable beyond the tail before a crash is never undone later', () => {
  const fs = formatted();
  const { heap } = fs;
  const file = fs.create(ROOT_INODE, 'f');
  fs.write(file, 0, pattern(64));
  // A valid entry in a slot that the next create reserves and does not use.
  const size = heap.loadWord(fs.inodes.address(file) + 16);
  const slot = 4096 + heap.loadU32(TAIL) + 6 * LOG_ENTRY_BYTES;
  heap.storeWord(slot + LogField.ADDRESS, fs.inodes.address(file) + 16);
  heap.storeWord(slot + LogField.DATA, size);
  heap.storeU8(slot + LogField.SIZE, 8);
  heap.storeU8(slot + LogField.TYPE, 1);
  const generation = JOURNAL_HEADER + JournalField.GENERATION;
  heap.storeU16(slot + LogField.GENERATION, heap.loadU16(generation));
  const mounted = FileSystem.mount(heap, 'call');
  mounted.create(ROOT_INODE, 'g');
  mounted.write(file, size, pattern(64));
  const again = FileSystem.mount(heap, 'call');
  assert.equal(again.size(file), size + 64);
});

test('on a replica, where the tail may be old, entries beyond it are undone as well', () => {
  const fs = formatted();
  const { heap } = fs;
  const file = fs.create(ROOT_INODE, 'f');
  fs.write(file, 0, pattern(4096));
  const header = heap.bytes.slice(JOURNAL_HEADER, JOURNAL_HEADER + 64);
  const before = stateOf(fs);
  // Everything of the next write arrives but its commit entry and the header.
  let image = heap.bytes;
  let fences = 0;
  heap.attach([
    {
      op(op) {
        if (op === Op.ORDERING_FENCE && ++fences === 4) image = heap.bytes.slice();
      },
    },
  ]);
  fs.write(file, 4096, pattern(4096));
  heap.detach();
  image.set(header, JOURNAL_HEADER);
  assert.equal(stateOf(FileSystem.mount(new PmHeap(image), 'call')), before);
});

test('transactions are rolled back after the generations have started over', () => {
  const { heap } = formatted();
  const generation = JOURNAL_HEADER + JournalField.GENERATION;
  heap.storeU16(generation, 0xfffe);
  const fs = FileSystem.mount(heap, 'call');
  fs.create(ROOT_INODE, 'first');
  assert.ok(heap.loadU16(generation) < 10);
  assertAtomic(fs, 1, () => fs.create(ROOT_INODE, 'second'));
});

test("the cleaner does not pass another thread's newest transaction until the ring is full", () => {
  const fs = formatted(2 ** 20);
  const { heap } = fs;
  heap.switchTo(1);
  const start = heap.loadU32(TAIL);
  fs.create(ROOT_INODE, 'other');
  heap.switchTo(0);
  // A create reserves 7 entries of 256: an eighth is in use after five, all after some 36.
  for (let i = 0; i < 30; i++) {
    fs.create(ROOT_INODE, `f${i}`);
    assert.ok(heap.loadU32(HEAD) <= start, `head passed it in create ${i}`);
  }
  for (let i = 30; i < 60; i++) fs.create(ROOT_INODE, `f${i}`);
  checkFileSystem(heap, fs.blocks, false);
});
