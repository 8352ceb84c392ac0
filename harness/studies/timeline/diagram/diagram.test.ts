import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROFILES } from '../../../../rdma/index.ts';
import { resolveWorkload } from '../../../../workloads/index.ts';
import { executionOf, expandSystems, groupsOf, type SystemChoice } from '../../../bench/index.ts';
import { TEXT_PT, textWidthPt, WIDTHS_PT } from '../../../draw/index.ts';
import { chosenParts } from '../account.ts';
import { type RecordedRow, recordedRows } from '../rows.ts';
import { timelineSvg } from './diagram.ts';
import { PART_LOOKS, stretchesOf } from './parts.ts';

const directory = mkdtempSync(join(tmpdir(), 'diagram-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const DESIGNS = ['sm-rc', 'sm-ob', 'sm-dd'];

async function rowsOf(
  program: string,
  transactions: number | undefined,
  [first, last]: readonly [number, number],
  change: Partial<SystemChoice> = {},
): Promise<RecordedRow[]> {
  const workload = resolveWorkload(program);
  assert.ok(workload !== undefined);
  const plain = { backends: DESIGNS, profiles: [PROFILES[0]], replicas: [1] };
  const systems = expandSystems({ ...plain, ...change });
  const [group] = groupsOf([executionOf(workload, { transactions })], systems);
  return recordedRows(group, { thread: 0, first, last }, { directory });
}

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly y: number;
  readonly size: number;
}

/** The texts of a picture and where they stand. */
function textsOf(svg: string): Box[] {
  const pattern =
    /<text x="([-\d.]+)" y="([-\d.]+)" font-size="([\d.]+)px" text-anchor="(\w+)"( font-weight="bold")?[^>]*>([^<]*)</g;
  return [...svg.matchAll(pattern)].map(([, at, y, size, anchor, bold, text]) => {
    const plain = text.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
    const width = textWidthPt(plain, Number(size), bold === undefined ? 'normal' : 'bold');
    const left = Number(at) - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
    return { text: plain, left, right: left + width, y: Number(y), size: Number(size) };
  });
}

/** What a reader of the printed picture would stumble over. */
function faultsOf(svg: string): string[] {
  const [, height] = /viewBox="0 0 \d+ (\d+)"/.exec(svg) ?? [];
  const texts = textsOf(svg);
  return texts.flatMap((one, i) => {
    const isOut = one.left < 0 || one.right > WIDTHS_PT.page || one.y > Number(height) - 1;
    const over = texts
      .slice(i + 1)
      .filter(
        (two) =>
          one.left < two.right && two.left < one.right && Math.abs(one.y - two.y) < 0.7 * one.size,
      );
    return [
      ...(one.size < TEXT_PT ? [`${one.text}: ${one.size} pt`] : []),
      ...(isOut ? [`${one.text}: beyond the edge`] : []),
      ...over.map((two) => `${one.text} over ${two.text}`),
    ];
  });
}

const PICTURES = [
  ['ctree', 10, [1, 1], {}],
  ['transact', 20, [3, 7], { replicas: [2], faults: [{ replica: 1, slowdown: 2 }] }],
  ['vacation', 16, [2, 2], { backends: ['no-sm', ...DESIGNS, 'ideal'] }],
  ['mysql', 8, [1, 1], {}],
  ['nfs', 16, [1, 2], { queuePairs: ['any'] }],
] as const satisfies readonly (readonly [string, number, readonly [number, number], object])[];

for (const [program, transactions, range, change] of PICTURES) {
  test(`${program}: text can be read in print, inside the picture and apart`, async () => {
    const rows = await rowsOf(program, transactions, range, change);
    const svg = timelineSvg(rows, { title: `${program}, a test`, dark: false });
    assert.ok(textsOf(svg).length > 20);
    assert.deepEqual(faultsOf(svg), []);
    for (const { timeline, result } of rows) {
      assert.ok(svg.includes(`>${result.system.backend}<`));
      const whole = (chosenParts(timeline).wholePs / 1000).toFixed(1);
      assert.ok(svg.includes(`>${whole}<`), `${result.system.backend}: ${whole} ns`);
    }
    // A picture does not grow with its transaction.
    assert.ok(svg.length < 400_000, `${svg.length} characters`);
  });
}

test('text that is small, out of the picture or over other text is found', () => {
  const text = (x: number, y: number, size: number) =>
    `<text x="${x}" y="${y}" font-size="${size}px" text-anchor="start" fill="#000000">word</text>`;
  const svg = `<svg viewBox="0 0 496 50">${text(1, 9, 7)}${text(5, 10, 6)}${text(490, 30, 7)}</svg>`;
  assert.deepEqual(faultsOf(svg), ['word over word', 'word: 6 pt', 'word: beyond the edge']);
});

test('results/timeline.svg is what the command writes', async () => {
  const rows = await rowsOf('ctree', undefined, [1, 1]);
  const title = 'ctree, transaction 1 of thread 0, profile paper-2018, 1 replica, queue pairs auto';
  for (const [name, dark] of [['timeline', false] as const, ['timeline-dark', true] as const]) {
    const file = join(import.meta.dirname, `../../../../results/${name}.svg`);
    const isSame = readFileSync(file, 'utf8') === timelineSvg(rows, { title, dark });
    assert.ok(isSame, `${name}.svg is behind`);
  }
});

test('stretches keep all time; waits that alternate with work are shown by their shares', () => {
  const slices = Array.from({ length: 40 }, (_, i) => ({
    part: i % 2 === 0 ? ('compute' as const) : ('lockWait' as const),
    fromPs: i * 100,
    toPs: (i + 1) * 100,
  }));
  const [mixed, ...others] = stretchesOf(slices, { fromPs: 0, stepPs: 10, narrowPs: 200 });
  assert.deepEqual(others, []);
  assert.deepEqual(mixed, {
    fromPs: 0,
    toPs: 4000,
    partPs: [
      ['compute', 2000],
      ['lockWait', 2000],
    ],
  });
  const wide = stretchesOf(slices, { fromPs: 0, stepPs: 10, narrowPs: 50 });
  assert.deepEqual(
    wide.map(({ partPs }) => partPs),
    slices.map(({ part }) => [[part, 100]]),
  );
});

test('parts are told apart without colour', () => {
  const looks = Object.values(PART_LOOKS).map(({ colour, pattern, lines }) =>
    [colour, pattern, lines].join(),
  );
  assert.equal(new Set(looks).size, looks.length);
  for (const { colour } of Object.values(PART_LOOKS)) assert.match(colour, /^#(..)\1\1$/);
});
