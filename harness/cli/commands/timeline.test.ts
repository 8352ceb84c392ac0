import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommandLine } from '../command-line.ts';

const directory = mkdtempSync(join(tmpdir(), 'timeline-command-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const path = (name: string): string => join(directory, name);

/** Runs `pmirror timeline` with the words of `line`. */
const timeline = (line: string, ...more: string[]) =>
  runCommandLine(['timeline', ...line.split(' '), ...more], { alwaysTrace: false });

const SHORT = 'ctree --run-transactions 5 --warmup 0';

test('it writes a picture and a trace, the same bytes each time', async () => {
  const texts: string[] = [];
  for (const name of ['a', 'b']) {
    const files = [path(`${name}.svg`), path(`${name}.json`)];
    const words = files.flatMap((file) => ['--output', file]);
    const ending = await timeline(`${SHORT} --transactions 2..3 --backend sm-rc,sm-dd`, ...words);
    assert.deepEqual(ending, { exitCode: 0, message: '' });
    texts.push(files.map((file) => readFileSync(file, 'utf8')).join());
  }
  assert.equal(texts[0] === texts[1], true);
  const { otherData } = JSON.parse(readFileSync(path('a.json'), 'utf8'));
  assert.match(otherData.title, /transactions 2 to 3 of thread 0/);
  const { windowPs, cores, queuePairs, ...parts } = otherData['sm-rc'];
  assert.deepEqual([cores, queuePairs], [1, 'per-core']);
  assert.equal(
    Object.values<number>(parts).reduce((sum, ps) => sum + ps, 0),
    windowPs,
  );
});

test('an imported trace, and one replica of several, can be shown too', async () => {
  const options = '--transactions 2 --thread 1 --replicas 2 --queue-pairs any';
  const ending = await timeline(`trace:ycsb ${options}`, '--output', path('trace.json'));
  assert.deepEqual(ending, { exitCode: 0, message: '' });
});

const REFUSALS: readonly (readonly [line: string, message: RegExp])[] = [
  [`${SHORT} --transactions 6`, /--transactions 6: ctree runs 5 on thread 0.*; accepted: 1 to 5/],
  [`${SHORT} --transactions 4..9`, /--transactions 4\.\.9: ctree runs 5 .*; accepted: 1 to 5/],
  [`${SHORT} --transactions 3..2`, /--transactions '3\.\.2': the first of them comes after/],
  [`${SHORT} --transactions 0`, /--transactions '0' is not N \(from 1\), FIRST\.\.LAST, or all/],
  [`${SHORT} --transactions 1,2`, /--transactions '1,2' is not N/],
  [`${SHORT} --thread 1`, /--thread 1: ctree is measured on one thread, 0/],
  [
    'transact --threads 4 --run-transactions 3 --warmup 0 --thread 3',
    /--thread 3: transact runs no transaction on thread 3/,
  ],
  [`${SHORT} --backend sm-xx`, /unknown backend 'sm-xx'.*accepted: no-sm/],
  [`${SHORT} --replicas 1,2`, /timeline looks at one machine: give one --replicas, instead of 2/],
  [`${SHORT} --inflight 1,4`, /timeline looks at one machine: give one --inflight, instead of 2/],
  ['trace:ctree --run-transactions 3', /--run-transactions says how to run a workload/],
];

for (const [line, message] of REFUSALS) {
  test(`'${line}' is refused, and nothing is written`, async () => {
    const file = path('refused.svg');
    const ending = await timeline(line, '--output', file);
    assert.equal(ending.exitCode, 2);
    assert.match(ending.message, message);
    assert.equal(existsSync(file), false);
  });
}

test('a file of another kind, and two of one kind, are refused', async () => {
  const other = await timeline(SHORT, '--output', path('a.png'));
  assert.match(other.message, /a\.png' does not end in one of \.svg, \.json/);
  const twice = await timeline(SHORT, '--output', path('c.svg'), '--output', path('d.svg'));
  assert.match(twice.message, /two files end in \.svg/);
  assert.deepEqual([other.exitCode, twice.exitCode], [2, 2]);
});
