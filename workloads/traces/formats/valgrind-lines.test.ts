/** Logs that valgrind's messages and other programs break into. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ImportOptions, importTrace, type TraceSummary } from '../import.ts';
import { mendToken } from './mend-token.ts';
import { OperationLines } from './operation-lines.ts';

/** In pieces of `size` bytes, so that lines and prefixes are cut anywhere. */
async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  text: string,
  options: Partial<ImportOptions> = {},
  size = 1 << 16,
): Promise<{ lines: readonly string[]; summary: TraceSummary }> {
  const collected = new OperationLines();
  const summary = await importTrace(pieces(text, size), { sinkOf: collected.sinkOf, ...options });
  return { lines: collected.threads[0], summary };
}

const CLEAN =
  '==7== pmemcheck-1.0\n==7== Command: ./a\n==7== START|list insert.BEGIN|STORE;0x5000040;0x1;0x8|FLUSH;0x5000040;0x40|FENCE|' +
  'list insert.END|REGISTER_FILE;/mnt/pool;0x5000000;0x1000;0x0|STOP\n==7== ERROR SUMMARY: 0 errors\n';
const MARKED = { txMarkers: ['list insert'] };

/** What breaks in, its first line without a prefix, and what then stands before the log. */
const MESSAGES: readonly (readonly [what: string, text: string, lines: number])[] = [
  [
    'unhandled system call',
    'WARNING: unhandled amd64-linux syscall: 451\n--7-- You may be able to write your own handler.\n' +
      '--7-- Read the file README_MISSING_SYSCALL_OR_IOCTL.\n==7== ',
    3,
  ],
  [
    'statistics',
    'Number of stores not made persistent: 1\n==7== Stores not made persistent properly:\n' +
      '==7== [0]    at 0x401136: main (t.c:9)\n==7== \tAddress: 0x5000040\tsize: 8\tstate: DIRTY\n==7== ',
    4,
  ],
  ['a client message', 'WARNING: hello you\n**7** more | of it\n==7== ', 2],
  [
    'a time stamp',
    'Warning: set address range perms\n--00:00:00:01.234 7-- again\n==00:00:00:01.300 7== ',
    2,
  ],
  ['a message with its prefix', '--7-- once\n--7-- more\n==7== ', 2],
  ['the same with a time stamp', '**00:00:00:01.234 7** once\n==00:00:00:01.300 7== ', 1],
  ['CRLF', 'WARNING: one\r\n--7-- two\r\n==7== ', 2],
  ['a message that holds tokens', 'WARNING: x\n--7-- REDIR: 0x1 |NOT a token\n==7== ', 2],
  ['an empty line', 'WARNING: x\n\n==7== \n==7== ', 2],
];

test('a message breaks in after any token, and the log goes on behind its last line', async () => {
  const whole = await read(CLEAN, MARKED);
  assert.equal(whole.summary.transactions, 1);
  for (const [what, message, count] of MESSAGES) {
    for (const { index: at } of CLEAN.matchAll(/\|/g)) {
      const text = CLEAN.slice(0, at) + message + CLEAN.slice(at);
      for (const size of [1 << 16, 7]) {
        const { lines, summary } = await read(text, MARKED, size);
        assert.deepEqual(lines, whole.lines, `${what} at ${at}`);
        assert.deepEqual(summary.events, whole.summary.events, `${what} at ${at}`);
        assert.deepEqual(summary.files, whole.summary.files, `${what} at ${at}`);
        assert.deepEqual(summary.skippedLines, { valgrind: count, program: 0 }, `${what} at ${at}`);
      }
    }
  }
});

test('a message breaks into any token at any byte', async () => {
  const whole = await read(CLEAN, MARKED);
  const end = CLEAN.indexOf('|STOP') + 5;
  const anywhere = MESSAGES.filter(([what]) => /unhandled|prefix|the same/.test(what));
  assert.equal(anywhere.length, 3);
  for (const [what, message, count] of anywhere) {
    for (let at = CLEAN.indexOf('START') + 5; at < end; at++) {
      const { lines, summary } = await read(CLEAN.slice(0, at) + message + CLEAN.slice(at), MARKED);
      assert.deepEqual(lines, whole.lines, `${what} at ${at}`);
      assert.deepEqual(summary.events, whole.summary.events, `${what} at ${at}`);
      assert.deepEqual(summary.files, whole.summary.files, `${what} at ${at}`);
      assert.equal(summary.skippedLines.valgrind, count, `${what} at ${at}`);
      assert.equal(summary.cut, undefined);
    }
  }
});

test('a message without a prefix stands between a separator and the token behind it', async () => {
  const whole = await read(CLEAN, MARKED);
  for (const message of ['hello you\n==7== ', '42 done\n==7== ', '\n==7== bye\n==7== ']) {
    for (const { index: at } of CLEAN.matchAll(/\|/g)) {
      const { lines } = await read(CLEAN.slice(0, at + 1) + message + CLEAN.slice(at + 1), MARKED);
      assert.deepEqual(lines, whole.lines, `${message} at ${at + 1}`);
    }
  }
  for (const message of ['42 done', 'SCHED[1]: releasing lock', 'ERROR SUMMARY: 0 errors']) {
    const text = CLEAN.replace('START|', `START${message}\n==7== |`);
    assert.deepEqual((await read(text, MARKED)).lines, whole.lines, message);
  }
});

test('several messages in a row, and in several tokens', async () => {
  const message = MESSAGES[0][1];
  const whole = await read(CLEAN, MARKED);
  for (const text of [
    CLEAN.replace('FENCE|', `FENCE${message}${message}|`),
    CLEAN.replace('FENCE|', `FENCE${message}|`).replace('STORE', `ST${message}ORE`),
  ]) {
    const { lines } = await read(text.replaceAll(`==7== ${message}`, message), MARKED);
    assert.deepEqual(lines, whole.lines, text);
  }
});

test('output of the program between and inside of tokens is skipped and counted', async () => {
  const whole = await read(CLEAN, MARKED);
  const text = CLEAN.replace('FENCE|', 'FENCEhello world\n50 % | done\n|').replace(
    'START|',
    'STARThello\n|',
  );
  const { lines, summary } = await read(text, MARKED);
  assert.deepEqual(lines, whole.lines);
  assert.deepEqual(summary.skippedLines, { valgrind: 2, program: 1 });
});

test('of a broken token as much is kept as makes one', () => {
  const known = (name: string): boolean => name === 'put item';
  for (const [broken, token, messages] of [
    ['FENCE\n', 'FENCE', 0],
    ['FENCEhello\n', 'FENCE', 1],
    ['A.ENDWARNING: x\n', 'A.END', 1],
    ['A.BEhello 1\nGIN', 'A.BEGIN', 1],
    ['A.hello. 1\nEND', 'A.END', 1],
    ['put ithello\nem.BEGIN', 'put item.BEGIN', 1],
    ['put it\nem.BEGIN', 'put item.BEGIN', 0],
    ['FLUSH;0x5000040;0x40disInstr(arm): unhandled\n', 'FLUSH;0x5000040;0x40', 1],
    ['FLUSH;0x5000040;0x80\n', 'FLUSH;0x5000040;0x80', 0],
    ['STORE;0x4hello\n83c000;0x1;0x8', 'STORE;0x483c000;0x1;0x8', 1],
    ['STORE;0x1000;0x1;0x8Conditional jump\n', 'STORE;0x1000;0x1;0x8', 1],
    ['STOPPED.END\n', 'STOPPED.END', 0],
    ['FREORDERWARNING: x\n', 'FREORDER', 1],
    ['hello you\nFENCE', 'FENCE', 1],
    ['42 done\nSTORE;0x1000;0x1;0x8', 'STORE;0x1000;0x1;0x8', 1],
    ['hello you\nput item.BEGIN', 'put item.BEGIN', 1],
    ['\nFENCE', 'FENCE', 0],
    ['put \nitem.BEGIN', 'put item.BEGIN', 0],
    ['FENCE  \n', 'FENCE', 0],
    ['FLUSH;0x5000040;0x80brk segment overflow\n', 'FLUSH;0x5000040;0x80', 1],
  ] as const) {
    assert.deepEqual(mendToken(broken, known), { token, messages }, broken);
  }
  assert.equal(mendToken('STORE;0x1000;0x1;0x8\nrubbish', known), undefined);
});

const ONE = 'STORE;0x5000040;0x1;0x8|FLUSH;0x5000040;0x40|FENCE|';

test('logs of one process are read one after the other; of several, one is chosen', async () => {
  for (const both of [
    `START|${ONE}STOP\nSTART|${ONE}STOP\n`,
    `==7== START|${ONE}STOP\n==7== bye\n==7== START|${ONE}STOP\n`,
    `==7== START|${ONE}STOP\n==7== START|${ONE}STOP`,
  ]) {
    const { summary } = await read(both);
    assert.deepEqual([summary.transactions, summary.logs], [2, 2], both);
    assert.equal(summary.cut, undefined);
  }
  const two = `==7== START|${ONE}STOP\n==7== bye\n==8== hello\n==8== START|${ONE}${ONE}STOP\n`;
  await assert.rejects(read(two), /logs of 2 processes: 7 \(3 tokens\), 8 \(6 tokens\); --pid/);
  assert.equal((await read(two, { pid: 7 })).summary.transactions, 1);
  assert.equal((await read(two, { pid: 8 })).summary.transactions, 2);
  await assert.rejects(read(two, { pid: 9 }), /no log of process 9; it holds 7 \(3 tokens\), 8/);
});

test('logs of several processes that are interleaved are told apart', async () => {
  const text =
    `==7== START|${ONE}A.BEGIN\n==8== START|${ONE}\n==7== |${ONE}A.END|STOP\n==7== bye\n` +
    `==8== |${ONE}STOP\n`;
  await assert.rejects(read(text), /7 \(8 tokens\), 8 \(6 tokens\); --pid chooses one/);
  const { summary } = await read(text, { pid: 7, txMarkers: ['A'] });
  assert.deepEqual([summary.transactions, summary.events.STORE], [1, 2]);
  assert.equal((await read(text, { pid: 8 })).summary.events.STORE, 2);
});

test('a log that goes on after its STOP is refused: another process wrote into it', async () => {
  const text = `==7== START|${ONE}STOP\n==8== child done\n|${ONE}STOP\n==7== bye\n`;
  await assert.rejects(
    read(text),
    /3 tokens after STOP, without a START.*forked child; --log-file=log\.%p/,
  );
  const named = `==7== START|${ONE}STOP\n==8== |${ONE}STOP\n`;
  await assert.rejects(read(named), /7 \(3 tokens\), 8 \(3 tokens\); --pid/);
  assert.equal((await read(named, { pid: 8 })).summary.transactions, 1);
});

test('a log that was cut off is read up to its last whole token', async () => {
  for (const [text, token] of [
    [`START|${ONE}STORE;0x50`, 5],
    [`START|${ONE}FLUSH;0x5000040;0x4`, 5],
    [`START|${ONE}`, 5],
    [`START|${ONE}FENCE`, 5],
  ] as const) {
    const { summary } = await read(text);
    assert.deepEqual([summary.transactions, summary.events.FENCE], [1, 1], text);
    assert.deepEqual([summary.cut?.unit, summary.cut?.number], ['token', token], text);
  }
  const appended = await read(`START|${ONE}STORE;0x50\nSTART|${ONE}STOP`);
  assert.deepEqual([appended.summary.logs, appended.summary.cut?.number], [2, 5]);
  assert.equal((await read(`START|${ONE}STOP`)).summary.cut, undefined);
});

test('messages of valgrind without a store log are called that', async () => {
  const text = '==7== Memcheck, a memory error detector\n==7== Command: ./a\n';
  await assert.rejects(read(text), /messages of valgrind, but no store log \(no START\); valgrind/);
});
