/** What must hold of the committed results, whatever they are: read from the files as users read them. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { csvText } from '../harness/report/index.ts';
import {
  HEADLINE_COLUMNS,
  headlineRows,
  headlineRowsOf,
  jointRowsOf,
} from '../harness/studies/machines/index.ts';
import { TIME_PARTS } from '../rdma/mirror.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');

type Row = Readonly<Record<string, string>>;

function rows(file: string): Row[] {
  return parse(readFileSync(join(RESULTS, file)), { columns: true });
}

/** Rows of the same program and policy of queue pairs. */
function byProgram(all: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(
    all,
    (row) => `${row.workload} ${row.parameters} ${row.threads} ${row.queuePairs}`,
  );
}

for (const file of ['whisper.csv', 'transact.csv']) {
  test(`${file}: no-sm <= sm-ob, sm-dd, these <= sm-rc under auto, and all above the bound`, () => {
    const programs = byProgram(rows(file));
    assert(programs.size >= 15);
    for (const [program, own] of programs) {
      const time = (backend: string) =>
        Number(own.find((row) => row.backend === backend)?.execTimeNsPerTx);
      for (const design of ['sm-ob', 'sm-dd']) {
        assert(time('no-sm') <= time(design), `${program}: ${design} below no-sm`);
        // Under any, all cores share a queue pair and sm-rc does not: nfs is slower then.
        if (program.endsWith(' auto'))
          assert(time(design) <= time('sm-rc'), `${program}: ${design} above sm-rc`);
      }
    }
    for (const row of rows(file)) {
      if (row.aboveBound !== '')
        assert(Number(row.aboveBound) >= 1, `${row.workload} ${row.backend}`);
    }
  });

  test(`${file}: the parts of time sum to the execution time`, () => {
    for (const row of rows(file)) {
      const parts = TIME_PARTS.map((part) => Number(row[`${part}NsPerTx`]));
      const sum = parts.reduce((total, ns) => total + ns, 0);
      const whole = Number(row.execTimeNsPerTx);
      // Each figure is rounded to six digits by itself.
      assert(Math.abs(sum / whole - 1) < 1e-4, `${row.workload} ${row.backend}: ${sum}, ${whole}`);
    }
  });
}

for (const file of readdirSync(RESULTS).filter((name) => name.endsWith('.csv'))) {
  test(`${file}: a cell that says nothing is empty, and parameters have columns`, () => {
    const all = rows(file);
    assert.ok(all.length > 0);
    for (const row of all) {
      for (const [name, cell] of Object.entries(row)) {
        assert.doesNotMatch(cell, /^\s*(-+|n\/a|nan|undefined|null)\s*$/i, name);
      }
      if (row.parameters === undefined) continue;
      const inColumns = Object.entries(row)
        .filter(([name, cell]) => name.startsWith('param.') && cell !== '')
        .flatMap(([name, cell]) => cell.split(';').map((one) => `${name.slice(6)}=${one}`));
      const inOne = row.parameters === '' ? [] : row.parameters.split(' ');
      assert.deepEqual(inColumns.sort(), inOne.sort());
    }
  });
}

test('headline.csv: its intervals are those of joint.csv', () => {
  const stated = headlineRowsOf(rows('headline.csv'));
  const models = Map.groupBy(stated, ({ instructionCounts }) => instructionCounts);
  const whole = [...models].map(([computeModel, own]) => {
    const guarantees = Map.groupBy(own, ({ guarantee }) => guarantee);
    const headlines = [...guarantees.values()].map((lines) =>
      Object.fromEntries(
        lines.map(({ design, geometric, arithmetic }) => [
          design,
          { geometric: geometric.value, arithmetic: arithmetic.value },
        ]),
      ),
    );
    return { computeModel, headlines };
  });
  const again = headlineRows(jointRowsOf(rows('joint.csv')), whole);
  assert.equal(csvText(HEADLINE_COLUMNS, again), csvText(HEADLINE_COLUMNS, stated));
});

test('headline.csv: short runs are within 2 % of the whole suite', () => {
  for (const { geometric, arithmetic } of headlineRowsOf(rows('headline.csv'))) {
    for (const { short, value } of [geometric, arithmetic]) {
      assert.ok(Math.abs(short / value - 1) <= 0.02, `${short}, ${value}`);
    }
  }
});

test('emulator-growth.csv: memory stays below 700 MB, and time grows no faster than what is done', () => {
  const all = rows('emulator-growth.csv');
  for (const { peakMb } of all) assert.ok(Number(peakMb) < 700, peakMb);
  for (const [growing, size] of [
    ['operations', 'operations'],
    ['log', 'logBytes'],
  ]) {
    const [first, last] = all.filter((row) => row.growing === growing).slice(-2);
    const factor = (name: string) => Number(last[name]) / Number(first[name]);
    assert.ok(Math.abs(factor(size) - 10) < 0.1, `${growing}: sizes`);
    // Each command starts for about a second, which the shorter run has more of.
    assert.ok(factor('processorS') < 11, `${growing}: ${factor('processorS')} times as long`);
  }
});
