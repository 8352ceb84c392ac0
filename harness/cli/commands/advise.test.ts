import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS } from '../../../rdma/index.ts';
import { commandsHere } from '../testing/in-process.ts';

const run = commandsHere();

const advise = (...words: string[]) =>
  run(['advise', 'ctree', '--transactions', '20', '--jobs', '1', ...words]);

interface Told {
  readonly rows: readonly Readonly<Record<string, string | number | null>>[];
  readonly further: readonly { readonly name: string; readonly rows: readonly object[] }[];
}

test('every design is ranked or refused with a reason; the ranked by time, and checked by crashes', async () => {
  const { code, out, err } = await advise('--profile', 'cxl-attached', '--machines', '2', '--json');
  assert.equal(code, 0, err);
  const { rows, further }: Told = JSON.parse(out);
  const mirroring = BACKENDS.filter(({ durability }) => durability !== null);
  assert.deepEqual(
    rows.map(({ backend }) => backend).sort(),
    mirroring.map(({ name }) => name).sort(),
  );
  const ranked = rows.filter(({ rank }) => rank !== null);
  const times = ranked.map((row) => Number(row.execTimeNsPerTx));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  for (const row of ranked) {
    assert.equal(row.survivesCrashes, 'yes', String(row.backend));
    assert(Number(row.aboveBound) >= 1 && Number(row.slowdownOverNoSm) >= 1);
    assert(Number(row.slowdownLow) <= Number(row.slowdownHigh));
  }
  for (const row of rows) assert.equal(row.rank === null, row.refused !== null);
  const [{ name, rows: evens }] = further;
  assert.deepEqual([name, evens.length], ['breakEvens', 4]);
});

test('only what the machine has is used, and what must be met comes first', async () => {
  const words = ['--profile', 'cxl-attached', '--has', 'ddio-off,cxl', '--machines', '0'];
  const { code, out, err } = await advise(...words, '--slo', 'p99=10us');
  assert.equal(code, 0, err);
  assert.match(out, /^ctree on cxl-attached: cxl-direct\./);
  assert.match(out, /\ngpspm: |\n {2}gpspm: it needs replica-cpu/);
  assert.match(out, /\napm .* no\n/);
  assert.match(out, /cxl\.hopNs: above /);
});

test('what cannot be is refused in words', async () => {
  for (const [words, message] of [
    [['--slo', 'p99'], /--slo 'p99' is not of the form NAME=VALUE/],
    [['--slo', 'speed=1'], /--slo 'speed' is not one of time, elapsed, throughput, mean, p50/],
    [['--has', 'wings'], /--has 'wings' is not one of rcommit, fences, flush, ddio-off/],
    [['--profile', 'paper-2018,eadr'], /advise looks at one machine/],
  ] as const) {
    const { code, err } = await advise(...words);
    assert.equal(code, 2);
    assert.match(err, message);
  }
});
