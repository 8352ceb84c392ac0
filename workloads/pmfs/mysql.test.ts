import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { type Program, runInTurn, VerifyError } from '../workload.ts';
import { mysql } from './mysql.ts';
import { specialKey } from './sysbench.ts';

const SMALL = { rows: 400, checkpointPages: 40, journalKiB: 64 };

const CONFIGURED = mysql.configure(SMALL);

/** Programs of the running test that are to be closed. */
const programs: Program[] = [];
afterEach(() => {
  for (const program of programs.splice(0)) program.close?.();
});

function recover(heap: PmHeap): Program {
  const program = CONFIGURED.recover(heap, 2, 3);
  programs.push(program);
  return program;
}

function run(transactions: number, seed = 3): { heap: PmHeap; program: Program } {
  const heap = new PmHeap(CONFIGURED.heapBytes(2, transactions));
  const program = CONFIGURED.create(heap, 2, seed);
  programs.push(program);
  runInTurn(heap, program, { threads: 2, transactions });
  return { heap, program };
}

test('the files in persistent memory are those that SQLite wrote, and damage is noticed', () => {
  const { heap, program } = run(40);
  program.verify();
  const file = Buffer.from(heap.bytes.buffer).indexOf('SQLite format 3');
  heap.bytes[file + 5000] ^= 0x10;
  assert.throws(() => program.verify(), VerifyError);
});

test('a recovered database resumes', () => {
  const { heap, program } = run(33);
  const recovered = recover(heap);
  assert.equal(recovered.digest(), program.digest());
  for (let i = 0; i < 20; i++) recovered.transaction(i % 2);
  recovered.verify();
});

/** What `code` prints in a process of its own, line by line. Heap, database and rows are as here. */
function inProcess(code: string, env: NodeJS.ProcessEnv = process.env): string[] {
  const preamble = `
    import { PmHeap } from '${new URL('../../pm/heap.ts', import.meta.url)}';
    import { mysql } from '${new URL('./mysql.ts', import.meta.url)}';
    const configured = mysql.configure(${JSON.stringify(SMALL)});
    const heap = new PmHeap(configured.heapBytes(1, 60));
    const created = configured.create(heap, 1, 3);`;
  const options = ['--input-type=module', '--eval', preamble + code];
  return execFileSync(process.execPath, options, { encoding: 'utf8', env }).trim().split('\n');
}

test('every byte in persistent memory is the same in another process', () => {
  const hashes = (): string[] =>
    inProcess(`
      import { createHash } from 'node:crypto';
      const show = () => console.log(createHash('sha256').update(heap.bytes).digest('hex'));
      show();
      for (let i = 0; i < 30; i++) created.transaction(0);
      show();
      created.close();
      const recovered = configured.recover(heap, 1, 3);
      show();
      for (let i = 0; i < 30; i++) recovered.transaction(0);
      show();
      recovered.close();`);
  const first = hashes();
  assert.equal(new Set(first).size, 4, 'what is hashed changes');
  assert.deepEqual(hashes(), first);
});

test("the first salt of the log is the seed's, and one more at each restart", () => {
  const logHeader = (transactions: number, seed: number): { first: number; sequence: number } => {
    const { heap, program } = run(transactions, seed);
    program.verify();
    const bytes = Buffer.from(heap.bytes.buffer);
    const at = bytes.indexOf('377f0682002de218', 'hex');
    const sequence = bytes.readUInt32BE(at + 12);
    return { first: bytes.readUInt32BE(at + 16) - (sequence - 1), sequence };
  };
  const early = logHeader(1, 3);
  const late = logHeader(30, 3);
  assert.equal(early.sequence, 1);
  assert(late.sequence > 1, 'the log was restarted');
  assert.equal(late.first, early.first);
  assert.notEqual(logHeader(1, 4).first, early.first);
});

test('a log that a crash cut off is recovered by SQLite up to its last commit', () => {
  const { heap, program } = run(3);
  const before = program.digest();
  const image = heap.bytes.slice();
  program.transaction(1);
  assert.notEqual(program.digest(), before);
  // A damaged page in the log: its checksum and those behind it fail, the commit before holds.
  const bytes = Buffer.from(heap.bytes.buffer);
  const changed = bytes.findIndex((byte, i) => i > 300_000 && byte !== image[i]);
  const whole = recover(new PmHeap(heap.bytes.slice())).digest();
  assert.equal(whole, program.digest());
  bytes[changed + 2000] ^= 1;
  assert.equal(recover(heap).digest(), before);
});

test('recoveries of sound and damaged images leave neither files nor descriptors behind', () => {
  const own = mkdtempSync(join(tmpdir(), 'pmirror-mysql-test-'));
  try {
    const printed = inProcess(
      `
      import { readdirSync } from 'node:fs';
      const openFiles = () => readdirSync('/dev/fd').length;
      const files = () => readdirSync('${own}', { recursive: true }).filter((f) => f.includes('.db'));
      created.transaction(0);
      const image = heap.bytes.slice();
      const file = Buffer.from(image.buffer).indexOf('SQLite format 3');
      console.log(files().length);
      created.close();
      const before = openFiles();
      let refused = 0;
      for (let i = 0; i < 100; i++) {
        heap.bytes.set(image);
        if (i % 2 === 1) heap.bytes.fill(i, file + 20, file + 6000);
        try {
          const recovered = configured.recover(heap, 1, 3);
          if (i % 10 === 0) recovered.transaction(0);
          recovered.close();
          recovered.close();
        } catch (error) {
          if (error.name !== 'VerifyError') throw error;
          refused++;
        }
      }
      console.log(files().length, refused, openFiles() - before);
      // Left open: removed when the process ends.
      configured.recover(heap.bytes.set(image) ?? heap, 1, 3).transaction(0);
      console.log(files().length);`,
      { ...process.env, TMPDIR: own },
    );
    assert.deepEqual(printed, ['2', '0 50 0', '2']);
    assert.deepEqual(readdirSync(own), []);
  } finally {
    rmSync(own, { recursive: true });
  }
});

test("keys follow sysbench's special distribution", () => {
  const rows = 10_000;
  const draws = 1_000_000;
  const random = new Random(1);
  const share = { hot: 0, hotLow: 0, outerHalf: 0, near: 0 };
  for (let i = 0; i < draws; i++) {
    const key = specialKey(random, rows);
    assert.ok(key >= 1 && key <= rows);
    const z = (key - rows / 2) / (rows / 12);
    if (key >= 4950 && key < 5050) share.hot++;
    if (key >= 4950 && key < 5000) share.hotLow++;
    if (Math.abs(z) > 3) share.outerHalf++;
    else if (Math.abs(z) > 1) share.near++;
  }
  // The mean of twelve uniform draws is all but normal, with a twelfth of the rows as deviation: 4.8 %
  // of such draws fall into the hot 1 %, 31.7 % beyond one deviation; 0.21 % beyond three, of an
  // Irwin-Hall distribution.
  const expected = { hot: 0.762, hotLow: 0.381, outerHalf: 0.25 * 0.0021, near: 0.25 * 0.317 };
  for (const name of ['hot', 'hotLow', 'outerHalf', 'near'] as const) {
    const p = expected[name];
    const deviation = 5 * Math.sqrt((p * (1 - p)) / draws) + 0.005 * p;
    assert.ok(
      Math.abs(share[name] / draws - p) < deviation + 2e-5,
      `${name}: ${share[name] / draws}`,
    );
  }
  for (const few of [1, 2, 3, 7]) {
    for (let i = 0; i < 200; i++) {
      const key = specialKey(random, few);
      assert.ok(key >= 1 && key <= few);
    }
  }
});
