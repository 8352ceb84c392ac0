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
