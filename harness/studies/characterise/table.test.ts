import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EpochStats } from '../../../pm/epoch-stats.ts';
import { Op } from '../../../pm/op.ts';
import { csvText } from '../../report/index.ts';
import { type Analysis, analysisOf } from './analysis.ts';
import { ANALYSIS_COLUMNS, toCsvRows } from './columns.ts';
import { renderTable } from './table.ts';

function sample(): Analysis {
  const stats = new EpochStats(1);
  const sink = stats.sink(0);
  for (let tx = 1; tx <= 3; tx++) {
    sink.op(Op.TX_BEGIN, 0, 0);
    for (let epoch = 0; epoch < 3 * tx; epoch++) {
      sink.op(Op.STORE, 64 * (epoch + 1), epoch === 0 ? 128 : 64);
      sink.op(Op.ORDERING_FENCE, 0, 0);
    }
    sink.op(Op.TX_END, 0, 0);
  }
  return analysisOf(stats.summary(), {
    subject: 'trace:sample',
    threads: 1,
    transactionTypes: [{ type: 'insert', transactions: 3 }],
    linesWrittenBack: 21,
    loads: 0,
    loadBytes: 0,
    pmShareOfWrites: { share: null, basis: 'not measured' },
    notes: ['A note.'],
  });
}

test('the table shows figures, distributions, dependencies, histograms and notes', () => {
  const text = renderTable(sample());
  const lines = text.split('\n').map((line) => line.replace(/ +/g, ' ').trim());
  for (const expected of [
    'program trace:sample, 1 thread',
    'transactions 3, 3 write',
    'epochs 18, 83.3 % of one line',
    'fences 18, 0 of them empty (0 %)',
    'bytes stored 1344, 0 % non-temporal',
    'write amplification 1 (lines x 64 B / bytes stored)',
    'PM share of writes n/a (not measured)',
    'mean min p10 p25 p50 p75 p90 p99 max',
    'epochs per transaction 6 3 3 3 6 9 9 9 9',
    'depends on one of the last 1 epoch 5 epochs 10 epochs 50 epochs',
    'of its own thread 16.7 % 33.3 % 55.6 % 55.6 %',
    'of another thread 0 % 0 % 0 % 0 %',
    `9-12 1 33.3 % ${'#'.repeat(40)}`,
    `2 3 16.7 % ${'#'.repeat(8)}`,
    'A note.',
  ]) {
    assert.ok(lines.includes(expected), `no line '${expected}' in\n${text}`);
  }
});

test('the CSV has a tidy row for each figure, and empty values where nothing is known', () => {
  const rows = csvText(ANALYSIS_COLUMNS, toCsvRows(sample())).trim().split('\n');
  assert.equal(rows[0], 'subject,threads,metric,statistic,lower,upper,unit,value');
  for (const expected of [
    'trace:sample,1,transactions,total,,,count,3',
    'trace:sample,1,transactions:insert,total,,,count,3',
    'trace:sample,1,oneLineEpochShare,share,,,fraction,0.833333',
    'trace:sample,1,pmShareOfWrites,share,,,fraction,',
    'trace:sample,1,writeAmplification,ratio,,,bytes per byte,1',
    'trace:sample,1,epochsPerTx,p50,,,count,6',
    'trace:sample,1,epochsPerTx,bin,9,12,occurrences,1',
    'trace:sample,1,linesPerEpoch,bin,1,1,occurrences,15',
    'trace:sample,1,selfDependencies,share,1,5,fraction,0.333333',
    'trace:sample,1,crossDependencies,share,1,50,fraction,0',
  ]) {
    assert.ok(rows.includes(expected), `no row '${expected}' in\n${rows.join('\n')}`);
  }
  assert.equal(new Set(rows).size, rows.length, 'no row twice');
});
