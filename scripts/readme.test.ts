import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';

const ROOT = join(import.meta.dirname, '..');

test('the means that README shows are those of results/whisper-summary.csv', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const summary: Record<string, string>[] = parse(
    readFileSync(join(ROOT, 'results', 'whisper-summary.csv')),
    { columns: true },
  );
  for (const backend of ['sm-ob', 'sm-dd']) {
    const shown = new RegExp(`^WHISPER workloads +(\\d+) +${backend} +(\\S+) +(\\S+)`, 'm').exec(
      readme,
    );
    const row = summary.find((one) => one.set === 'whisper' && one.backend === backend);
    assert.ok(shown !== null && row !== undefined, backend);
    const means = [row.geometricMeanSpeedupOverSmRc, row.arithmeticMeanSpeedupOverSmRc];
    const expected = [row.members, ...means.map((mean) => Number(mean).toFixed(2))];
    assert.deepEqual(shown.slice(1), expected, `README is behind: ${backend}`);
  }
});

const csv = (file: string): Record<string, string>[] =>
  parse(readFileSync(join(ROOT, 'results', file)), { columns: true });

test('the bands that README shows are those of results/sensitivity.csv', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  for (const backend of ['sm-ob', 'sm-dd']) {
    const ends = csv('sensitivity.csv')
      .filter((row) => row.backend === backend)
      .flatMap((row) => [row.geometricMeanAtLow, row.geometricMeanAtHigh])
      .filter((text) => text !== '')
      .map(Number);
    const band = `${Math.min(...ends).toFixed(2)} to ${Math.max(...ends).toFixed(2)}`;
    assert.match(readme, new RegExp(`^\\| \`${backend}\` \\| \\S+ \\| ${band} \\|`, 'm'), band);
  }
});

test('the table of round trips in results/README.md is that of results/whisper.csv', () => {
  const page = readFileSync(join(ROOT, 'results', 'README.md'), 'utf8');
  const rows = csv('whisper.csv');
  const lines = page.matchAll(
    /^\| ([a-z]+) \| ([\d.]+) \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$/gm,
  );
  let checked = 0;
  for (const [, program, ...shown] of lines) {
    const of = (backend: string) => {
      const row = rows.find((each) => each.workload === program && each.backend === backend);
      assert(row !== undefined, program);
      return row;
    };
    const commit = of('sm-rc');
    const trips = Number(commit.blockingRoundTripsPerTx);
    const waits = Number(commit.remoteOrderingNsPerTx) + Number(commit.remoteDurabilityNsPerTx);
    assert.deepEqual(shown, [
      trips.toFixed(1),
      (waits / trips).toFixed(0),
      (Number(of('no-sm').execTimeNsPerTx) / trips).toFixed(0),
      Number(of('sm-ob').speedupOverSmRc).toFixed(2),
      Number(of('sm-dd').speedupOverSmRc).toFixed(2),
    ]);
    checked++;
  }
  assert.equal(checked, 11);
});
