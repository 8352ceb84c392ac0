import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommandLine } from '../command-line.ts';
import { shellEnvironment } from '../testing/shell-environment.ts';

const CLI = join(import.meta.dirname, '..', 'main.ts');
const root = mkdtempSync(join(tmpdir(), 'analyze-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('wrong input is refused with what is accepted', async () => {
  for (const [line, expected] of [
    ['analyze', /pmirror analyze <program> accepts/],
    ['analyze ctree,btree', /give one program; these are 2: ctree, btree/],
    ['analyze nothing', /unknown workload 'nothing'; accepted: .*ctree/],
    ['analyze ctree --threads 65', /--threads '65' is not a whole number from 1 to 64/],
    ['analyze ctree --param size=large', /ctree has no parameter 'size'; it has: keys/],
    ['analyze ctree --tx-marker A', /--tx-marker says how to read a trace/],
    ['analyze x.log --transactions 5', /--transactions says how to run a workload/],
    ['analyze trace:none', /unknown example 'trace:none'; accepted: trace:ctree/],
  ] as const) {
    const { exitCode, message } = await runCommandLine(line.split(' '), { alwaysTrace: false });
    assert.equal(exitCode, 2, line);
    assert.match(message, expected);
  }
});

test('a trace that cannot be read is a failure, not a usage error', async () => {
  const bad = join(root, 'bad.log');
  writeFileSync(bad, 'START|STORE;zzz|STOP');
  for (const [file, expected] of [
    [bad, /bad\.log: token 2 .*expected/],
    [join(root, 'missing'), /missing: no such file/],
  ] as const) {
    const words = ['analyze', file];
    const { exitCode, message } = await runCommandLine(words, { alwaysTrace: false });
    assert.equal(exitCode, 1);
    assert.match(message, expected);
  }
});

/** What the command prints. */
function printed(...words: string[]): string {
  const options = { cwd: root, encoding: 'utf8' } as const;
  const env = shellEnvironment();
  const done = spawnSync(process.execPath, [CLI, 'analyze', ...words], { ...options, env });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

test('a workload gives a table on stdout and rows in a CSV file', () => {
  const table = printed('ctree', '--transactions', '50', '--output', 'ctree.csv');
  assert.match(table, /^program +ctree, 1 thread$/m);
  assert.match(table, /^epochs per transaction +12 +12 /m);
  const lines = readFileSync(join(root, 'ctree.csv'), 'utf8').split('\n');
  assert.equal(lines[0], 'subject,threads,metric,statistic,lower,upper,unit,value');
  assert(lines.includes('ctree,1,epochsPerTx,p50,,,count,12'));
});

test('an example trace gives JSON and nothing else', () => {
  const { rows } = JSON.parse(printed('trace:nvml-ctree', '--json'));
  const values = (metric: string) =>
    rows
      .filter((row: { metric: string; statistic: string }) => row.metric === metric)
      .filter((row: { statistic: string }) => row.statistic === 'total')
      .map((row: { subject: string; value: number }) => [row.subject, row.value]);
  assert.deepEqual(values('transactions'), [['trace:nvml-ctree', 150]]);
});
