import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsHere } from '../testing/in-process.ts';
import { ranges } from './scripts.ts';

const directory = mkdtempSync(join(tmpdir(), 'slurm-scripts-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const pmirror = commandsHere(directory);
writeFileSync(
  join(directory, "it's.yaml"),
  'programs: transact\nbackends: [no-sm, sm-dd]\nvary:\n  seed: 1:4\n',
);

const sweep = (...words: readonly string[]) =>
  pmirror(['sweep', "it's.yaml", '--executor', 'slurm', ...words]);

test('a dry run shows the scripts and how they are submitted, and does nothing', async () => {
  const { code, out, err } = await sweep(
    ...['--tasks', '3', '--partition', 'long one', '--time', '30', '--mem', '2G', '--account', 'x'],
    ...['--container', '/oci', '--slurm', "--comment='a  b' -x n1", '--slurm', '--exclusive'],
    ...['--jobs', '2', '--percentiles', '50', '--output', 'out.csv', '--wide', '--dry-run'],
  );
  assert.equal(code, 0, err);
  const [submitted] = out.split('==> submitted so <==\n').slice(1);
  const own = "--parsable --output=/dev/null '--job-name=it'\\''s";
  const options =
    "'--partition=long one' --time=30 --mem=2G --account=x --container=/oci '--comment=a  b' -x n1 --exclusive";
  const lines = submitted.split('\n');
  assert.equal(lines.length, 5);
  assert.ok(
    lines[0].startsWith(
      `array=$(sbatch --hold --array=1-3 --cpus-per-task=2 --requeue ${own}' ${options} `,
    ),
    lines[0],
  );
  assert.ok(lines[1].includes(` --dependency=afterok:$array --kill-on-invalid-dep=yes `));
  assert.ok(lines[2].includes(` --dependency=afternotok:$array --kill-on-invalid-dep=yes `));
  assert.equal(lines[3], 'scontrol release $array');
  // Of what is computed, a shard has all options, and of what becomes of it none.
  const [shard, finish, retry] = out.split(/==> .*\.sh <==\n/).slice(1);
  assert.match(
    shard,
    / sweep 'it'\\''s\.yaml' --percentiles=50 \\\n {2}--shard "\$SLURM_ARRAY_TASK_ID"\/3 --db .* --jobs 2\n/,
  );
  assert.match(finish, / results merge .*\/shard-\*\.db --db .*merged\.db/);
  assert.match(finish, / sweep .* --percentiles=50 --wide --output=out\.csv \\\n/);
  assert.match(
    retry,
    / --executor=slurm --tasks=3 .* '--slurm=--comment='\\''a {2}b'\\'' -x n1' --slurm=--exclusive --retries=1 --detach\n/,
  );
  assert.equal(existsSync(join(directory, "it's.slurm")), false);
});

test('a shell runs the scripts as they are, whatever paths are called', async () => {
  const { out } = await sweep('--shared', "a b'$x\\`y`\n-", '--dry-run');
  for (const script of out.split('==> ').slice(1)) {
    const text = script.slice(script.indexOf('<==\n') + 4);
    const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }
});

test('no more tasks than cells, and no job that submits again where that is not wanted', async () => {
  const { out } = await sweep('--retries', '0', '--dry-run');
  // Two designs and the bound under four seeds.
  assert.match(out, /--array=1-12 /);
  assert.doesNotMatch(out, /retry/);
});

test('numbers of an array are given in ranges', () => {
  assert.equal(ranges([3, 1, 2, 7, 9, 8, 12]), '1-3,7-9,12');
});

test('what makes no sense is refused with what does', async () => {
  for (const [words, expected] of [
    [
      ['--slurm', '--array=1-2'],
      /--slurm: --array=1-2 cannot be given: --tasks says how many tasks/,
    ],
    [['--slurm', '-c 4'], /--slurm: -c cannot be given: --jobs says how many processors/],
    [['--slurm', '--hold'], /--slurm: --hold cannot be given: --dry-run submits nothing/],
    [
      ['--slurm', 'job.sh'],
      /--slurm: 'job\.sh' is no option of sbatch; write --name=value, or -n value/,
    ],
    [['--slurm', '--qos long'], /--slurm: 'long' is no option of sbatch/],
    [['--slurm', "--comment='a"], /a quote is not closed/],
    [['--slurm', ' '], /--slurm is empty/],
    [['--partition', ''], /--partition is empty/],
    [['--shared', ''], /--shared is empty/],
    [['--tasks', '0'], /--tasks .*0/],
    [['--shard', '1/2'], /--shard is what --executor slurm gives its tasks/],
    [['--fresh'], /--fresh: with --executor slurm, give another directory --shared instead/],
  ] as const) {
    const { code, err } = await sweep(...words, '--dry-run');
    assert.match(err, expected, words.join(' '));
    assert.equal(code, 2);
  }
  const local = await pmirror(['sweep', 'ctree', '--vary', 'seed=1,2', '--tasks', '3']);
  assert.match(local.err, /--tasks needs --executor slurm/);
  const other = await pmirror(['sweep', 'ctree', '--vary', 'seed=1,2', '--executor', 'pbs']);
  assert.match(other.err, /unknown --executor 'pbs'; accepted: local, slurm/);
});
