import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NULL_SINK } from '../../pm/op.ts';
import { resolveExample } from '../../workloads/traces/examples.ts';
import { importTrace } from '../../workloads/traces/import.ts';
import { writeLongTrace } from './long-trace.ts';

const directory = mkdtempSync(join(tmpdir(), 'long-trace-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const read = (file: string, txMarkers: readonly string[]) =>
  importTrace(file, { txMarkers, sinkOf: () => NULL_SINK });

for (const name of ['nvml-ctree', 'vacation']) {
  test(`${name}, made longer, is the same events again and again`, async () => {
    const example = resolveExample(name);
    assert(example !== undefined);
    const once = await read(example.file, example.txMarkers);
    const file = join(directory, name);
    // More than one piece and a part of one.
    const bytes = writeLongTrace(name, file, 2_500_000);
    assert.equal(statSync(file).size, bytes);
    assert(bytes >= 2_500_000 && bytes < 2_800_000, String(bytes));
    const long = await read(file, example.txMarkers);
    const times = long.pmStores / once.pmStores;
    assert(Number.isInteger(times) && times > 1, String(times));
    // What is cut off at the ends of a trace of several threads is whole where it is joined.
    const joined = long.transactions - times * once.transactions;
    assert(joined >= 0 && joined <= times * once.threads, String(joined));
    assert.equal(long.threads, once.threads);
    assert.equal(long.logs, 1);
    assert.equal(long.cut, undefined);
  });
}
