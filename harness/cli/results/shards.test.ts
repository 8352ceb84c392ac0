import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsHere } from '../testing/in-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'shards-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const pmirror = commandsHere(directory);

writeFileSync(
  join(directory, 'plan.yaml'),
  `transactions: 20
backends: [no-sm, sm-rc, sm-dd]
experiments:
  - name: seeds
    programs: transact
    vary: { seed: 1:3, threads: [1, 2] }
    percentiles: 99.5
  - name: machines
    programs: [transact, ctree]
    vary: { nic.qpRateMps: [1, 4] }
    queue-pairs: [auto, any]
`,
);

async function succeeds(...words: readonly string[]) {
  const ran = await pmirror(words);
  assert.equal(ran.code, 0, ran.err);
  return ran;
}

test('shards in databases of their own, merged in any order, are a run on one machine', async () => {
  const one = await succeeds('sweep', 'plan.yaml', '--db', 'one.db', '--output', 'one.csv');
  for (const shard of [1, 2, 3]) {
    await succeeds('sweep', 'plan.yaml', '--shard', `${shard}/3`, '--db', `${shard}.db`);
  }
  for (const order of [
    ['1.db', '2.db', '3.db'],
    ['3.db', '1.db', '2.db'],
  ]) {
    const name = order.join('');
    await succeeds('results', 'merge', ...order, '--db', name);
    const merged = await succeeds('sweep', 'plan.yaml', '--db', name, '--output', 'merged.csv');
    assert.match(merged.err, /(\d+) of \1 cells were known/);
    assert.equal(merged.out, one.out);
    const bytes = (file: string) => readFileSync(join(directory, file), 'utf8');
    assert.equal(bytes('merged.csv'), bytes('one.csv'));
  }
});
