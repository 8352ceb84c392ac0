/** A profile from perftest's output: what came from it is said, and a file of another kind is refused. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commandsHere } from '../testing/in-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'profile-from-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const pmirror = commandsHere(directory);

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return name;
}

const LATENCY = file(
  'write_lat.txt',
  `                    RDMA_Write Latency Test
 Number of qps   : 1\t\tTransport type : IB
 #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]
 64      1000          1.00           2.31         1.10     \t       1.12
`,
);
const BANDWIDTH = file(
  'write_bw.json',
  `{ test_info: { test: RDMA_Write_BW, Number_of_qps: 1, Mtu: 4096[B] },
results: { MsgSize: 64, n_iterations: 5000, BW_average: 5.0, MsgRate: 9.8 } }
`,
);
const CSV = file('mine.csv', 'quantity,value,unit\nib_read_lat,1.9,us\n');

test('the profile is all that standard output has, and names what came from the files', async () => {
  const words = ['--perftest', LATENCY, '--perftest-bw', BANDWIDTH, '--base', 'optane-cx6'];
  const { code, out, err } = await pmirror(['profile', 'from', ...words]);
  assert.equal(code, 0, err);
  const profile = JSON.parse(out);
  assert.equal(profile.extends, 'optane-cx6');
  assert.equal(profile.nic.qpRateMps.value, 9.8);
  assert.match(profile.nic.qpRateMps.source, /^fitted from write_lat\.txt, write_bw\.json/);
  assert.match(profile.summary, /from there [^;]*nic\.qpRateMps[^;]*; all else as in optane-cx6$/);
  assert.match(err, /2 figures of write_lat\.txt, write_bw\.json: 2 values fitted/);
  assert.match(err, /no figure depends on \d+ values, which stay as in optane-cx6/);
  file('own.json', out);
  const run = ['run', 'transact', '--profile', 'own.json', '--transactions', '10'];
  const ran = await pmirror([...run, '--param', 'regionLines=64', '--backend', 'sm-dd']);
  assert.equal(ran.code, 0, ran.err);
});

test('a file of another kind is refused with what would take it', async () => {
  const refused = async (words: readonly string[], message: RegExp): Promise<void> => {
    const { code, out, err } = await pmirror(['profile', 'from', ...words]);
    assert.deepEqual([code, out], [2, ''], err);
    assert.match(err, message);
  };
  await refused([], /which measurements\? Give --perftest FILE/);
  await refused(['--perftest-bw', LATENCY], /line 4, is of ib_write_lat 64 B: .* as --perftest$/m);
  await refused(['--perftest', BANDWIDTH], /give that file as --perftest-bw$/m);
  await refused(
    ['--perftest', CSV],
    /mine\.csv is no output of perftest, but CSV; .* fit takes it/,
  );
  await refused(['--json', '--perftest', LATENCY], /has no use for --json/);
});
