import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PmHeap } from '../../pm/heap.ts';
import { LINE_SHIFT, lastLineOf } from '../../pm/line.ts';
import { isFence, isStore, Op, type OpCode, type PersistSink } from '../../pm/op.ts';
import { Random } from '../../pm/random.ts';
import { VerifyError } from '../workload.ts';
import { checkFileSystem } from './check.ts';
import { type Durability, FileSystem } from './filesystem.ts';
import { INODE_BYTES, Inode, JOURNAL_HEADER, JournalField, ROOT_INODE } from './layout.ts';

const JOURNAL_BYTES = 16 * 1024;

/** Lines stored to before each fence: 0 for an empty fence. A final D marks a durability fence. */
class Epochs implements PersistSink {
  readonly sizes: string[] = [];
  readonly #lines = new Set<number>();

  op(op: OpCode, a: number, b: number): void {
    if (isStore(op)) {
      for (let line = a >>> LINE_SHIFT; line <= lastLineOf(a, b); line++) this.#lines.add(line);
    } else if (isFence(op)) {
      this.sizes.push(`${this.#lines.size}${op === Op.DURABILITY_FENCE ? 'D' : ''}`);
      this.#lines.clear();
    }
  }
}

function formatted(durability: Durability = 'call', bytes = 2 ** 20): FileSystem {
  return FileSystem.format(new PmHeap(bytes), JOURNAL_BYTES, durability);
}

function epochsOf(fs: FileSystem, call: () => void): string {
  const epochs = new Epochs();
  fs.heap.attach([epochs]);
  call();
  fs.heap.detach();
  return epochs.sizes.join(' ');
}

function contentsOf(fs: FileSystem, path: string): Uint8Array {
  const checked = checkFileSystem(fs.heap, fs.blocks, true);
  const name = checked.names.find((n) => n.path === path);
  assert.ok(name !== undefined, `no ${path}`);
  return checked.contents(name.inode);
}

function pattern(bytes: number, seed = 1): Uint8Array {
  const data = new Uint8Array(bytes);
  new Random(seed).fill(data);
  return data;
}

test('create: three log calls, metadata, commit: five epochs', () => {
  const fs = formatted();
  fs.create(ROOT_INODE, 'first');
  // Inode log (2) and tail; inode (2) and directory log; entry log; entry, directory, commit entry.
  assert.match(
    epochsOf(fs, () => fs.create(ROOT_INODE, 'second')),
    /^3 3 1 [34] 1D$/,
  );
});

test("WHISPER's build has one more barrier before the commit entry", () => {
  const fs = FileSystem.format(new PmHeap(2 ** 20), JOURNAL_BYTES, 'call', 'whisper');
  fs.create(ROOT_INODE, 'first');
  assert.match(
    epochsOf(fs, () => fs.create(ROOT_INODE, 'second')),
    /^3 3 1 [23] 1 1D$/,
  );
});

test('a write that needs a block logs inode and tree node, and is one page an epoch', () => {
  const fs = formatted();
  const file = fs.create(ROOT_INODE, 'f');
  const page = pattern(4096);
  assert.equal(
    epochsOf(fs, () => fs.write(file, 0, page)),
    '2 65 2 1D',
  );
  // The second block needs a tree node: 64 lines of it cleared, then the node's slot is logged.
  assert.equal(
    epochsOf(fs, () => fs.write(file, 4096, page)),
    '2 66 65 2 1D',
  );
  assert.equal(
    epochsOf(fs, () => fs.write(file, 8192, page)),
    '2 2 65 2 1D',
  );
});

test('writes into an existing block need no transaction', () => {
  const fs = formatted();
  const file = fs.create(ROOT_INODE, 'f');
  fs.write(file, 0, pattern(1000));
  const data = pattern(512);
  assert.equal(
    epochsOf(fs, () => fs.write(file, 1000, data)),
    '9 0 1D',
    'extends the file',
  );
  assert.equal(
    epochsOf(fs, () => fs.write(file, 64, data)),
    '8 1D',
    'within the file',
  );
});

test('a 16 KiB page over existing blocks is seven epochs', () => {
  const fs = formatted('fsync');
  const file = fs.create(ROOT_INODE, 'f');
  const page = pattern(16_384);
  fs.write(file, 0, page);
  assert.equal(
    epochsOf(fs, () => fs.write(file, 0, page)),
    '2 65 64 64 64 1 1',
  );
});

test('unlink frees the inode in a second transaction, one of its fences being empty', () => {
  const fs = formatted();
  fs.create(ROOT_INODE, 'before');
  const file = fs.create(ROOT_INODE, 'f');
  fs.write(file, 0, pattern(100));
  assert.match(
    epochsOf(fs, () => fs.unlink(file, ROOT_INODE, 'f')),
    /^2 1 2 2 [34] 1D 2 [23] 1D 0 1D$/,
  );
  checkFileSystem(fs.heap, fs.blocks, false);
});

test('with durability by fsync, only fsync is a durability point', () => {
  const fs = formatted('fsync');
  const sizes = epochsOf(fs, () => {
    const file = fs.create(ROOT_INODE, 'f');
    fs.write(file, 0, pattern(100));
    fs.write(file, 100, pattern(100));
    fs.fsync();
  });
  assert.equal(sizes.match(/D/g)?.length, 1);
  assert.match(sizes, /1D$/, 'the fsync completes what the last write left unfenced');
});

test('a file that is unlinked while open keeps its blocks until it is closed', () => {
  const fs = formatted();
  const file = fs.create(ROOT_INODE, 'f');
  fs.open(file);
  fs.write(file, 0, pattern(10_000));
  const free = fs.blocks.freeBlocks;
  fs.unlink(file, ROOT_INODE, 'f');
  assert.equal(fs.blocks.freeBlocks, free);
  assert.throws(() => checkFileSystem(fs.heap, fs.blocks, false), VerifyError);
  checkFileSystem(fs.heap, fs.blocks, true);
  fs.close(file, true);
  assert.equal(fs.blocks.freeBlocks, free + 4, 'three data blocks and a tree node');
  checkFileSystem(fs.heap, fs.blocks, false);
});

test('a mount frees what was unlinked while open', () => {
  const fs = formatted();
  const free = fs.blocks.freeBlocks;
  for (const name of ['a', 'b', 'c']) {
    const file = fs.create(ROOT_INODE, name);
    fs.open(file);
    fs.write(file, 0, pattern(5000));
    fs.unlink(file, ROOT_INODE, name);
  }
  const mounted = FileSystem.mount(new PmHeap(fs.heap.bytes.slice()), 'call');
  assert.equal(mounted.blocks.freeBlocks, free);
  checkFileSystem(mounted.heap, mounted.blocks, false);
});

test('many names grow the inode table and the directory; all are found again after a mount', () => {
  const fs = formatted('call', 4 * 2 ** 20);
  const sub = fs.makeDirectory(ROOT_INODE, 'sub');
  const inodes = Array.from({ length: 300 }, (_, i) => fs.create(sub, `name-${i}`));
  const mounted = FileSystem.mount(fs.heap, 'call');
  checkFileSystem(mounted.heap, mounted.blocks, false);
  inodes.forEach((inode, i) => {
    assert.equal(mounted.lookup(sub, `name-${i}`), inode);
  });
});

test('the ring wraps and its generations start over without a false roll-back', () => {
  const fs = formatted();
  const nearLast = new PmHeap(fs.heap.bytes);
  nearLast.storeU16(JOURNAL_HEADER + JournalField.GENERATION, 0xfff0);
  const mounted = FileSystem.mount(nearLast, 'call');
  for (let i = 0; i < 1000; i++) {
    const file = mounted.create(ROOT_INODE, `n${i}`);
    mounted.write(file, 0, pattern(64, i));
    if (i % 50 !== 49) mounted.unlink(file, ROOT_INODE, `n${i}`);
  }
  assert.ok(mounted.heap.loadU16(JOURNAL_HEADER + JournalField.GENERATION) < 1000, 'started over');
  const again = FileSystem.mount(mounted.heap, 'call');
  for (let i = 49; i < 1000; i += 50) assert.deepEqual(contentsOf(again, `n${i}`), pattern(64, i));
});

test('contents follow a model under random calls', () => {
  const call = fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 9000 }), fc.nat(9000), fc.nat(4));
  fc.assert(
    fc.property(fc.array(call, { minLength: 5, maxLength: 40 }), (calls) => {
      const fs = formatted('call', 4 * 2 ** 20);
      const model = new Map<string, Uint8Array>();
      for (const [n, bytes, position, kind] of calls)
        applyCall(fs, model, n, bytes, position, kind);
      const mounted = FileSystem.mount(fs.heap, 'call');
      const names = checkFileSystem(mounted.heap, mounted.blocks, false).names;
      assert.deepEqual(names.map((n) => n.path).sort(), [...model.keys()].sort());
      for (const [name, bytes] of model) assert.deepEqual(contentsOf(mounted, name), bytes);
    }),
    { numRuns: 30, seed: 7 },
  );
});

function applyCall(
  fs: FileSystem,
  model: Map<string, Uint8Array>,
  n: number,
  bytes: number,
  position: number,
  kind: number,
): void {
  const name = `file${n}`;
  const old = model.get(name);
  const other = `renamed${n}`;
  if (old === undefined) {
    fs.create(ROOT_INODE, name);
    model.set(name, new Uint8Array(0));
    return;
  }
  const file = fs.lookup(ROOT_INODE, name);
  if (kind <= 2) {
    const at = Math.min(position, old.length);
    const data = pattern(bytes, bytes);
    fs.write(file, at, data);
    const grown = new Uint8Array(Math.max(old.length, at + bytes));
    grown.set(old);
    grown.set(data, at);
    model.set(name, grown);
    const read = new Uint8Array(bytes);
    fs.read(file, at, bytes, read);
    assert.deepEqual(read, data);
  } else if (kind === 3 || model.has(other)) {
    fs.unlink(file, ROOT_INODE, name);
    model.delete(name);
  } else {
    fs.rename(file, ROOT_INODE, name, other);
    model.set(other, old);
    model.delete(name);
  }
}

test('the check finds damage to every kind of structure', () => {
  const fs = formatted();
  const sub = fs.makeDirectory(ROOT_INODE, 'sub');
  const file = fs.create(sub, 'f');
  fs.write(file, 0, pattern(9000));
  const inode = fs.inodes.address(file);
  const word = (at: number) => Number(new DataView(fs.heap.bytes.buffer).getBigUint64(at, true));
  const damages: [string, (heap: PmHeap) => void][] = [
    ['magic', (heap) => heap.storeU32(0, 1)],
    ['static field', (heap) => heap.storeU32(8, 1)],
    ['journal head', (heap) => heap.storeU32(JOURNAL_HEADER + JournalField.HEAD, 3)],
    ['links', (heap) => heap.storeU16(inode + Inode.LINKS, 2)],
    ['size', (heap) => heap.storeWord(inode + Inode.SIZE, 100)],
    ['blocks', (heap) => heap.storeWord(inode + Inode.BLOCKS, 9)],
    ['type', (heap) => heap.storeU16(inode + Inode.MODE, 0o600)],
    ['height', (heap) => heap.storeU8(inode + Inode.HEIGHT, 9)],
    ['root', (heap) => heap.storeWord(inode + Inode.ROOT, 4097)],
    ['shared block', (heap) => heap.storeWord(inode + Inode.ROOT, word(inode - INODE_BYTES + 8))],
    ['dangling name', (heap) => heap.storeU16(inode + Inode.LINKS, 0)],
    ['orphan list', (heap) => heap.storeWord(256 + Inode.TRUNCATE_NEXT, 1 << 20)],
    ['record length', (heap) => heap.storeU16(word(fs.inodes.address(sub) + 8) + 8, 2)],
    ['parent', (heap) => heap.storeWord(word(fs.inodes.address(sub) + 8) + 16, 7)],
  ];
  checkFileSystem(fs.heap, fs.blocks, false);
  for (const [what, damage] of damages) {
    const heap = new PmHeap(fs.heap.bytes.slice());
    damage(heap);
    assert.throws(() => checkFileSystem(heap, fs.blocks, false), VerifyError, what);
  }
});

test('a full file system says so', () => {
  const fs = formatted('call', 64 * 1024);
  const file = fs.create(ROOT_INODE, 'f');
  assert.throws(() => fs.write(file, 0, pattern(65_536)), /file system of 16 blocks is full/);
});
