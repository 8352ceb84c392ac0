import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { exampleExecutions } from '../../bench/index.ts';
import { checkTrace, traceFailures } from '../../crash/index.ts';
import { runCommandLine } from '../command-line.ts';
import { executionOfTrace } from '../programs.ts';
import { commandsHere } from '../testing/in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'crash-check-trace-'));
after(() => rmSync(root, { recursive: true, force: true }));

const run = commandsHere(root);

/** Runs pmirror in a directory of its own. */
const pmirror = (words: string) => run(words.split(' '));

/** A log of our own ctree, in tokens. */
const LOG = 'ctree.storelog';
const exported = await pmirror(`export ctree --output ${LOG} --transactions 12`);
const tokens = readFileSync(join(root, LOG), 'utf8').split('|');

/** Options with which the log is checked. */
const MARKERS = `${/--tx-marker .*/.exec(exported.out)?.[0]}`;
const CHECK = `${MARKERS} --backend sm-ob,sm-dd`;

/** The log without token `gone`, in a file of its own. */
function damaged(gone: number): string {
  const name = `without-${gone}.storelog`;
  writeFileSync(join(root, name), tokens.filter((_, i) => i !== gone).join('|'));
  return name;
}

/** The last token `word` of the second transaction, and the last STORE before it. */
function lastOf(word: string): { at: number; store: number } {
  const begins = tokens.flatMap((token, i) => (token.endsWith('.BEGIN') ? [i] : []));
  const at = tokens.findLastIndex((token, i) => i < begins[2] && token.startsWith(word));
  assert(at > begins[1]);
  const store = tokens.findLastIndex((token, i) => i < at && token.startsWith('STORE'));
  return { at, store };
}

test('the log of a sound program passes', async () => {
  const { code, out, err } = await pmirror(`crash-check ${LOG} ${CHECK}`);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /in 12 transactions[\s\S]*durability point: 0\n.*transaction: 0\n/);
  assert.match(out, /overtaking +not durable\nsm-ob .* 0 +0\nsm-dd .* 0 +0\n$/);
});

test('an export reports lines that its program leaves without write-back', async () => {
  assert.doesNotMatch(exported.out, /allow-uncovered/);
  const { out } = await pmirror('export redis --output redis.storelog --transactions 6');
  const report = /\n(\d+) times a line .*: redis leaves .* needs --allow-uncovered\n$/.exec(out);
  assert(report !== null, out);
  const [howToRead] = out.split('\n');
  const markers = [...howToRead.matchAll(/--tx-marker (\S+)/g)].map(([, marker]) => marker);
  const check = await checked('redis.storelog', markers);
  assert.equal(Number(report[1]), check.coverage.unflushed);
  assert.match(traceFailures(check, false).join(), /not durable/);
  assert.deepEqual(traceFailures(check, true), []);
});

test('designs with a seeded bug are found on the log of a sound program', async () => {
  const designs = 'canary-skips-line,canary-first-replica';
  const { code, out, err } = await pmirror(`crash-check ${LOG} ${MARKERS} --backend ${designs}`);
  assert.equal(code, 1);
  assert.match(
    err,
    /canary-skips-line: lines overtake .*canary-skips-line, canary-first-replica: /,
  );
  const text = out.replaceAll(/\s+/g, ' ');
  assert.match(text, /canary-skips-line: line \d+ .* earlier epochs is never/);
  assert.match(text, /canary-first-replica: line \d+ .* returns at .* only from [\d.]+ ns on/);
});

test('a FLUSH taken out of a log is found: store, address, place, exit code 1', async () => {
  const { at, store } = lastOf('FLUSH');
  const name = damaged(at);
  const { code, out, err } = await pmirror(`crash-check ${name} ${CHECK}`);
  const [, address, , size] = tokens[store].split(';');
  const byte = tokens.slice(0, store).join('|').length + 1;
  const place = `store of ${Number(size)} B to ${address} at token ${store + 1} (byte ${byte})`;
  assert(
    out
      .replaceAll(/\s+/g, ' ')
      .includes(`thread 0, transaction 2 (insert): ${place}: no write-back before the fence`),
  );
  assert.equal(code, 1);
  assert.match(err, /^pmirror: .*: \d lines? .* not durable when .*--allow-uncovered.*\n$/);
});

/** What is found in a log in `root`, in this process. */
function checked(name: string, txMarkers: string[]): ReturnType<typeof checkTrace> {
  const trace = { kind: 'trace', name, file: join(root, name), example: undefined } as const;
  return checkTrace(executionOfTrace(trace, { 'tx-marker': txMarkers, seed: 1 }), []);
}

test('the last FENCE of a transaction taken out is found, and may be allowed', async () => {
  const { at, store } = lastOf('FENCE');
  const check = await checked(damaged(at), ['insert']);
  const found = new RegExp(`token ${store + 1} .*: no fence before the end of its transaction`);
  assert.match(check.uncovered.join(), found);
  assert.match(traceFailures(check, false).join(), /not durable .*--allow-uncovered accepts that/);
  assert.deepEqual(traceFailures(check, true), []);
});

test('without markers each fence is a durability point, and the message says what sharpens that', async () => {
  const check = await checked(LOG, []);
  assert.match(check.notes.join(), /--tx-marker takes: insert/);
  const failures = traceFailures(check, false).join();
  assert.match(failures, /if each fence is a durability point .*--tx-marker/);
});

test('a known error of a real program is found in its trace', async () => {
  const execution = exampleExecutions('o2', 1).find(({ name }) => name === 'nvml-btree');
  assert(execution !== undefined);
  const check = await checkTrace(execution, []);
  // The node that is split is changed before it is added to the undo log, and so is never flushed.
  assert.equal(check.coverage.unflushed, 50);
  assert.match(check.uncovered[0], /^thread 0, transaction 7 \(GT_INSERT\): store of 8 B to 0x4f8/);
  assert.match(traceFailures(check, false).join(), /^50 lines are not durable/);
  assert.deepEqual(traceFailures(check, true), []);
});

test('what does not go with a trace is refused, and what needs one', async () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['trace:ctree ctree', /trace:ctree is a trace: give it alone/],
    ['trace:ctree --exhaustive', /--exhaustive says how to run a workload; trace:ctree is a trace/],
    ['trace:ctree --seeded-bugs', /--seeded-bugs says how to run a workload/],
    ['trace:ctree --output a.csv', /--output says how to run a workload/],
    ['trace:nothing', /accepted: trace:ctree/],
    ['--tx-marker insert', /--tx-marker says how to read a trace/],
    ['--allow-uncovered ctree', /--allow-uncovered says how to read a trace; ctree is a workload/],
  ];
  for (const [words, message] of refused) {
    const line = ['crash-check', ...words.split(' ')];
    const ending = await runCommandLine(line, { alwaysTrace: false });
    assert.match(ending.message, message);
    assert.equal(ending.exitCode, 2, words);
  }
});
