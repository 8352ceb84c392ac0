import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { executionOfProgram, PROGRAMS_WORD } from './programs.ts';

const root = mkdtempSync(join(tmpdir(), 'programs-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** The kinds and names of what `texts` name. */
const named = (...texts: string[]): string[] =>
  PROGRAMS_WORD.parse(texts).map(({ kind, name }) => `${kind} ${name}`);

test('all stands for the suite, which the microbenchmark is no part of', () => {
  const names = named('all');
  assert.ok(names.includes('workload ctree') && !names.includes('workload transact'));
  assert.deepEqual(named('ctree,ctree', 'all').length, names.length);
});

test('a program is a workload, an example or a file', () => {
  const file = join(root, 'a,b');
  writeFileSync(file, '');
  assert.deepEqual(named('ctree,trace:ctree', file, './ctree', 'x.log'), [
    'workload ctree',
    'trace trace:ctree',
    `trace ${file}`,
    'trace ./ctree',
    'trace x.log',
  ]);
  const pipe = join(root, 'c,d');
  execFileSync('mkfifo', [pipe]);
  assert.deepEqual(named(pipe), [`trace ${pipe}`]);
  for (const nothing of ['', 'harness', 'ctree,']) {
    assert.throws(() => named(nothing), /unknown workload '.*'; accepted: .* a trace file/);
  }
});

test('a trace has the markers and the work that are given, an example its own without them', () => {
  const of = (text: string, values = {}) => {
    const execution = executionOfProgram(PROGRAMS_WORD.parse([text])[0], { seed: 3, ...values });
    assert(execution.kind === 'trace' && execution.seed === 3);
    const { name, txMarkers, instructionsPerTx, computeModel, orderNeeded } = execution;
    return [name, txMarkers, instructionsPerTx, computeModel, orderNeeded];
  };
  const given = { 'tx-marker': ['T'], 'instructions-per-tx': [5] };
  assert.deepEqual(of('dir/x.log.gz'), ['x.log', [], [0], 'given', 'any']);
  assert.deepEqual(of('x.log', given), ['x.log', ['T'], [5], 'given', 'any']);
  const insert = ['GT_INSERT', 'GT_REMOVE'];
  assert.deepEqual(of('trace:nvml-ctree'), ['nvml-ctree', insert, [7243, 7243], 'o2', 'none']);
  assert.deepEqual(of('trace:nvml-ctree', { compute: 'whisper' })[2], [85_970, 85_970]);
  assert.deepEqual(of('trace:nvml-ctree', given), ['nvml-ctree', ['T'], [5], 'given', 'none']);
});
