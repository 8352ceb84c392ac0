import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFence, isStore } from '../../pm/op.ts';
import { EXAMPLES } from './examples.ts';
import { traceBytes } from './formats/source.ts';
import { importTrace, scanTrace } from './import.ts';
import { locateOperations, type WantedOperation } from './locate.ts';

for (const { name, file, txMarkers } of EXAMPLES) {
  test(`${name}: an operation is found again where the file has it`, async () => {
    const scan = await scanTrace(file, { txMarkers });
    const counts = Array.from({ length: scan.threads }, () => ({ store: 0, fence: 0 }));
    await importTrace(file, {
      txMarkers,
      scan,
      sinkOf: (thread) => ({
        op(op) {
          if (isStore(op)) counts[thread].store++;
          if (isFence(op)) counts[thread].fence++;
        },
      }),
    });
    const wanted = counts.flatMap(({ store, fence }, thread): WantedOperation[] => [
      { thread, kind: 'store', before: store - 1 },
      { thread, kind: 'fence', before: fence - 1 },
      { thread, kind: 'store', before: store },
      { thread, kind: 'store', before: Math.floor(store / 2) },
    ]);
    const located = await locateOperations(file, wanted, scan);
    const parts: Uint8Array[] = [];
    for await (const part of traceBytes(file)) parts.push(part);
    const text = Buffer.concat(parts).toString('latin1');
    const records = text.split(scan.format === 'pmemcheck' ? '|' : '\n');
    for (const [i, { kind }] of wanted.entries()) {
      const found = located[i];
      if (i % 4 === 2) {
        assert.equal(found, undefined, 'there is no such store');
        continue;
      }
      assert(found !== undefined);
      const { number, byteOffset } = found.position;
      const record = records[number - 1];
      assert(text.startsWith(record, byteOffset));
      if (scan.format === 'pmemcheck') {
        const [word, address, , size] = record.split(';');
        assert.equal(word, kind.toUpperCase());
        if (kind === 'fence') continue;
        assert.deepEqual([found.address, found.bytes], [address, Number(size)]);
      } else if (kind === 'store') {
        assert.match(record, new RegExp(found.address.slice(2), 'i'));
      }
    }
  });
}
