/** Figures of a user's own files: what is refused, what is ignored, what becomes a gap. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { UsageError } from '../../harness/host/index.ts';
import type { Drawing } from './draw/figure.ts';
import { pdfOf, pngOf } from './draw/formats.ts';
import { render } from './draw/render.ts';
import { choose, RESULTS } from './draw/source.ts';
import { FIGURES } from './index.ts';

type Row = Record<string, string>;

const folder = mkdtempSync(join(tmpdir(), 'pmirror-figures-test-'));
after(() => rmSync(folder, { recursive: true }));

const whisper: Row[] = parse(readFileSync(join(RESULTS, 'whisper.csv')), { columns: true });

let files = 0;

/** A file with `rows`, of a name that no figure knows. */
function fileOf(rows: readonly Row[]): string {
  const path = join(folder, `mine-${files++}.csv`);
  writeFileSync(path, stringify([...rows], { header: true }));
  return path;
}

/** The drawing of `id` from a file with `rows`. */
function drawingOf(id: string, rows: readonly Row[], command?: string): Drawing {
  const [one] = choose(FIGURES, { from: fileOf(rows), only: [id], command });
  assert('drawing' in one);
  return one.drawing;
}

const without = (column: string) => whisper.map(({ [column]: _, ...row }) => row);

test('a file without a column that a figure needs is refused by the name of the column', () => {
  assert.throws(
    () => drawingOf('whisper-time', without('slowdownOverNoSm')),
    (error) =>
      error instanceof UsageError &&
      /mine-\d+\.csv: the column slowdownOverNoSm is missing; it needs workload/.test(
        error.message,
      ),
  );
});

test('a cell that is no number is refused by row and column', () => {
  const rows = whisper.map((row, index) =>
    index === 2 ? { ...row, slowdownOverNoSm: 'many' } : row,
  );
  assert.throws(() => drawingOf('whisper-time', rows), /row 4: slowdownOverNoSm is 'many'/);
});

test('new columns and the order of columns change nothing', () => {
  const rows = whisper.map((row) => ({ 'param.keys': '7', ...row, extra: 'x' }));
  const reversed = rows.map((row) => Object.fromEntries(Object.entries(row).reverse()));
  const plain = drawingOf('whisper-time', whisper);
  assert.deepEqual(drawingOf('whisper-time', reversed).view, plain.view);
});

test('a missing cell is a gap with a note, whether its row or its value is missing', () => {
  const isIt = (row: Row) =>
    row.workload === 'echo' && row.backend === 'sm-dd' && row.queuePairs === 'auto';
  const less = whisper.filter((row) => !isIt(row));
  const empty = whisper.map((row) => (isIt(row) ? { ...row, slowdownOverNoSm: '' } : row));
  for (const rows of [less, empty]) {
    const { notes, view } = drawingOf('whisper-time', rows);
    assert.match(notes?.[0] ?? '', /^No value of echo under sm-dd \(auto\): left as a gap\.$/);
    const { values } = view.data as {
      readonly values: readonly Readonly<Record<string, unknown>>[];
    };
    assert.ok(values.every(({ slowdownOverNoSm }) => slowdownOverNoSm !== 0));
  }
});

test('waits for some and for all of the replicas are not drawn as one', () => {
  const some = whisper.map((row) => ({ ...row, quorum: '1', slowdownOverNoSm: '2' }));
  const both = drawingOf('whisper-time', [...some, ...whisper]);
  assert.match(both.notes?.[0] ?? '', /^Only quorum 1 is shown; the file also has all\.$/);
  assert.deepEqual(both.view, drawingOf('whisper-time', some).view);
  assert.match(both.caption, /waits for 1 of them/);
  const { view } = drawingOf('whisper-time', whisper);
  assert.deepEqual(drawingOf('whisper-time', without('quorum')).view, view);
});

test('a title says what the rows say', () => {
  const halved = whisper.map((row) => ({
    ...row,
    slowdownOverNoSm: row.backend === 'sm-rc' ? '4' : '2',
  }));
  assert.match(drawingOf('whisper-time', halved).title, /4\.00× under sm-rc, 2\.00× under sm-ob/);
});

test("a user's figure carries its file, its command and its profile", async () => {
  const rows = whisper.map((row) => ({ ...row, profile: 'mine+pcie.postedNs=300' }));
  const given = drawingOf('whisper-time', rows, 'pmirror run all');
  assert.match(given.notes?.at(-1) ?? '', /mine-\d+\.csv, made by: pmirror run all$/);
  const { svg } = await render(given, 'page');
  assert.match(svg, /mine\+pcie\.postedNs=300/);
  const path = fileOf(rows);
  writeFileSync(`${path}.manifest.json`, JSON.stringify({ command: ['pmirror', 'run', 'ctree'] }));
  const [one] = choose(FIGURES, { from: path, only: ['whisper-time'] });
  assert.match(
    'drawing' in one ? (one.drawing.notes?.at(-1) ?? '') : '',
    /made by: pmirror run ctree/,
  );
  assert.match(drawingOf('whisper-time', rows).notes?.at(-1) ?? '', /command not recorded/);
  const command = 'pmirror run all';
  const noteWith = (sha256: string) => {
    writeFileSync(path.replace(/\.csv$/, '.manifest.json'), JSON.stringify({ command, sha256 }));
    const [again] = choose(FIGURES, { from: path, only: ['whisper-time'] });
    return 'drawing' in again ? again.drawing.notes?.at(-1) : '';
  };
  rmSync(`${path}.manifest.json`);
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
  assert.match(noteWith(hash) ?? '', /made by: pmirror run all/);
  // The file was replaced by another program.
  assert.match(noteWith(hash.replace(/./g, '0')) ?? '', /command not recorded/);
});

test('rows of two profiles are not mixed', () => {
  const other = whisper.map((row) => ({ ...row, profile: 'other', slowdownOverNoSm: '99' }));
  const { title, notes } = drawingOf('whisper-time', [...whisper, ...other]);
  assert.equal(title, drawingOf('whisper-time', whisper).title);
  assert.match(notes?.[0] ?? '', /Only profile paper-2018 is shown; the file also has other/);
});

test('a design that no table knows is drawn, with a look of its own', async () => {
  const rows = whisper.map((row) => ({ ...row, backend: row.backend.replace('sm-ob', 'sm-new') }));
  const { svg } = await render(drawingOf('whisper-time', rows), 'page');
  assert.match(svg, />sm-new</);
  assert.match(svg, /url\(#falling-ee8866/);
});

test('unknown figures, files without any figure and figures of two files are refused', () => {
  const from = fileOf([{ a: '1' }]);
  assert.throws(() => choose(FIGURES, { from, only: ['nothing'] }), /no figure 'nothing'; figures/);
  assert.throws(() => choose(FIGURES, { from }), /no figure can be drawn from it/);
  assert.throws(() => choose(FIGURES, { from, only: ['joint'] }), /name their directory/);
  assert.throws(() => choose(FIGURES, { from: `${from}x` }), /no such file/);
});

test('from a directory every figure is drawn that its files allow; the others say why', () => {
  writeFileSync(join(folder, 'whisper.csv'), stringify(whisper, { header: true }));
  const chosen = choose(FIGURES, { from: folder });
  const ids = chosen.flatMap((one) => ('drawing' in one ? [one.figure.id] : []));
  assert.deepEqual(ids, ['whisper-time', 'time-parts']);
  assert.ok(chosen.every((one) => 'drawing' in one || one.skipped.includes('.csv')));
});

test('PNG is at 300 dots an inch; PDF has its fonts in it and is the same each time', async () => {
  const rendered = await render(drawingOf('whisper-time', whisper), 'page');
  const png = pngOf(rendered);
  assert.equal(png.readUInt32BE(16), Math.round((496 / 72) * 300));
  const pdf = await pdfOf(rendered);
  assert.match(pdf.toString('latin1'), /\/FontFile2/);
  assert.match(pdf.toString('latin1'), /\/MediaBox \[0 0 496 \d+\]/);
  assert.deepEqual(await pdfOf(rendered), pdf);
});
