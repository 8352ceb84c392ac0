/**
 * The output of perftest (github.com/linux-rdma/perftest): ib_write_lat, ib_read_lat, ib_write_bw and
 * others, as text, several runs in a file too, or as `--out_json` writes it. Releases before 2023 wrote
 * that without quotes, which is no JSON; so it is read line by line.
 *
 * Of a table of sizes the model has the largest message up to a line, and, of bandwidth, the largest of
 * all. Latencies are medians (`t_typical`), else means.
 */

import { UsageError } from '../../host/index.ts';
import { quantityNamed } from '../calibration/index.ts';
import type { MeasuredFile, MeasuredRow } from './rows.ts';

const LINE_BYTES = 64;
/** From so many bytes on a message's own overhead does not count beside its packets'. */
const LARGE_BYTES = 16384;
const NS_PER_US = 1000;

/** One table of a file: a test, how it was run, and its rows by their columns. */
interface Run {
  /** `RDMA_Write Latency`, as the head of the output has it; empty where there is none. */
  test: string;
  queuePairs: number;
  mtuBytes: number;
  readonly rows: { readonly line: number; readonly cells: ReadonlyMap<string, number> }[];
}

const DEFAULT_MTU_BYTES = 4096;

const newRun = (test: string): Run => ({
  test,
  queuePairs: 1,
  mtuBytes: DEFAULT_MTU_BYTES,
  rows: [],
});

/** Whether `text` is perftest's, as text. */
export const isPerftestText = (text: string): boolean => /^\s*#bytes\s+#/m.test(text);

/** Whether `text` is what `--out_json` writes. */
export const isPerftestJson = (text: string): boolean =>
  /^\s*\{\s*"?(test_info|results)"?\s*:/.test(text) && /MsgSize/.test(text);

const TITLE = /^\s*(Send|RDMA[_ ]Write|RDMA[_ ]Read|Atomic)\b(.*\b)?(Latency|BW)\b.*Test\s*$/;
/** The columns of a table, whose names have blanks in them. */
const COLUMN =
  /#\w+|t_\w+\[\w+\]|[\d.]+% percentile\[\w+\]|tps average|BW \w+\[[^\]]+\]|MsgRate\[\w+\]|CPU_Util\[%*\]/g;

/** The figures in perftest's output `text`, of the file `name`. Throws UsageError. */
export function readPerftestText(text: string, name: string): MeasuredFile {
  const runs: Run[] = [];
  let current = newRun('');
  let columns: string[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    const title = TITLE.exec(line);
    if (title !== null) {
      current = newRun(title[0].trim());
      columns = [];
    }
    current.queuePairs = Number(/Number of qps\s*:\s*(\d+)/.exec(line)?.[1] ?? current.queuePairs);
    current.mtuBytes = Number(/\bMtu\s*:\s*(\d+)\[B\]/.exec(line)?.[1] ?? current.mtuBytes);
    if (/^\s*#bytes\s/.test(line)) {
      columns = line.match(COLUMN) ?? [];
      if (!runs.includes(current)) runs.push(current);
      return;
    }
    if (columns.length === 0 || !/^\s*\d+\s+\d+\s/.test(line)) return;
    const numbers = line.trim().split(/\s+/).map(Number);
    current.rows.push({
      line: i + 1,
      cells: new Map(columns.map((column, at) => [column, numbers[at]])),
    });
  });
  return fileOf('perftest', runs, name);
}

/** The same of what `--out_json` wrote, one run or several one after the other. */
export function readPerftestJson(text: string, name: string): MeasuredFile {
  const runs: Run[] = [];
  let fields = new Map<string, number>();
  let test = '';
  let started = 1;
  let info = newRun('');
  const end = (): void => {
    if (fields.has('MsgSize')) {
      info.test = test;
      info.rows.push({ line: started, cells: fields });
      runs.push(info);
    }
    fields = new Map();
  };
  text.split(/\r?\n/).forEach((line, i) => {
    for (const [, key, word] of line.matchAll(/"?([\w.%]+)"?\s*:\s*"?([^",{}\s]*)"?/g)) {
      if (key === 'test_info') {
        end();
        info = newRun('');
      } else if (key === 'results') {
        end();
        started = i + 1;
        if (info.rows.length > 0) info = { ...info, rows: [] };
      } else if (key === 'test') test = word.replaceAll('_', ' ');
      else if (key === 'Number_of_qps') info.queuePairs = Number(word);
      else if (key === 'Mtu') info.mtuBytes = Number(word.replace(/\[B\]/, ''));
      else if (word !== '' && Number.isFinite(Number(word))) fields.set(key, Number(word));
    }
  });
  end();
  return fileOf('perftest JSON', runs.map(asText), name);
}

const JSON_COLUMNS: Readonly<Record<string, string>> = {
  MsgSize: '#bytes',
  t_typical: 't_typical[usec]',
  t_avg: 't_avg[usec]',
  MsgRate: 'MsgRate[Mpps]',
};

/** A run of JSON with the columns of a text. */
const asText = (run: Run): Run => ({
  ...run,
  rows: run.rows.map(({ line, cells }) => ({
    line,
    cells: new Map([...cells].map(([key, value]) => [JSON_COLUMNS[key] ?? key, value])),
  })),
});

function fileOf(format: string, runs: readonly Run[], name: string): MeasuredFile {
  const found = runs.map((run) => figuresOf(run, name));
  const rows = found.flatMap((one) => one.rows);
  const skipped = found.flatMap((one) => one.skipped);
  if (rows.length === 0 && skipped.length === 0) {
    throw new UsageError(`${name}: output of perftest without a row of results`);
  }
  return { format, rows, skipped };
}

interface Found {
  readonly rows: readonly MeasuredRow[];
  readonly skipped: readonly string[];
}

/** What the model has of a run. */
function figuresOf(run: Run, name: string): Found {
  const test = run.test === '' ? testOfName(name) : run.test;
  const skip = (why: string): Found => ({
    rows: [],
    skipped: [`${name}: ${run.test || 'a table'}: ${why}`],
  });
  if (test === undefined) {
    return skip('no head that names the test; keep it, or call the file after its program');
  }
  if (run.rows.length === 0) return skip('no row of results');
  if (/bidirectional/i.test(test)) return skip('the model sends one way only');
  const [, verb = '', kind = ''] = /(Send|Write|Read|Atomic)\b.*\b(Latency|BW)\b/i.exec(test) ?? [];
  const known = KNOWN[`${verb} ${kind}`.toLowerCase()];
  if (known === undefined) return skip(`the model has no ${verb || test} ${kind}`);
  const rows = known(run).flatMap((figure) => {
    const quantity = quantityNamed(figure.quantity);
    if (quantity === undefined || !(figure.value > 0)) return [];
    const { value, line, note } = figure;
    const source = `${name}, line ${line}`;
    return [{ quantity, value, source, ...(note === undefined ? {} : { note }) }];
  });
  return rows.length > 0 ? { rows, skipped: [] } : skip(NOTHING[kind.toLowerCase()] ?? 'no figure');
}

const NOTHING: Readonly<Record<string, string>> = {
  latency: 'no time in usec of a message of up to 64 B (run it with -s 64)',
  bw: 'no rate of messages of up to 64 B, nor of 16 KiB and more (run it with -s 64, or -s 65536)',
};

/** What a file without a head is said to be by its name, as in `ib_write_lat.txt`. */
function testOfName(name: string): string | undefined {
  const [, verb, kind] =
    /(send|write|read|atomic)_(lat|bw)/i.exec(name.replace(/^.*[/\\]/, '')) ?? [];
  if (verb === undefined) return undefined;
  return `${verb} ${kind.toLowerCase() === 'lat' ? 'Latency' : 'BW'}`;
}

interface Figure {
  readonly quantity: string;
  readonly value: number;
  readonly line: number;
  readonly note?: string;
}

/** By verb and kind of test, in lower case. */
const KNOWN: Readonly<Record<string, (run: Run) => readonly Figure[]>> = {
  'write latency': (run) =>
    latencyOf(run).map(({ bytes, ...figure }) => ({
      ...figure,
      quantity: `ib_write_lat ${wholeWords(bytes)} B`,
    })),
  'read latency': (run) => latencyOf(run).map((figure) => ({ ...figure, quantity: 'ib_read_lat' })),
  'write bw': bandwidthOf,
};

const wholeWords = (bytes: number): number => Math.max(8, Math.ceil(bytes / 8) * 8);

function latencyOf({
  rows,
}: Run): readonly (Omit<Figure, 'quantity'> & { readonly bytes: number })[] {
  const times = rows.flatMap(({ line, cells }) => {
    const bytes = cells.get('#bytes') ?? 0;
    const us = cells.get('t_typical[usec]') ?? cells.get('t_avg[usec]');
    return us === undefined || bytes > LINE_BYTES ? [] : [{ line, bytes, value: us * NS_PER_US }];
  });
  return largest(times);
}

/** The figure of the largest message. */
function largest<T extends { readonly bytes: number }>(figures: readonly T[]): readonly T[] {
  const most = Math.max(...figures.map(({ bytes }) => bytes));
  return figures.filter(({ bytes }) => bytes === most).slice(-1);
}

function bandwidthOf({ rows, queuePairs, mtuBytes }: Run): readonly Figure[] {
  const rates = rows.flatMap(({ line, cells }) => {
    const bytes = cells.get('#bytes') ?? 0;
    const mps = cells.get('MsgRate[Mpps]') ?? 0;
    return mps > 0 ? [{ line, bytes, value: mps }] : [];
  });
  const small = largest(rates.filter(({ bytes }) => bytes <= LINE_BYTES)).map(
    ({ bytes, ...figure }) => ({
      ...figure,
      quantity: `ib_write_bw ${wholeWords(bytes)} B, ${queuePairs} queue pairs`,
    }),
  );
  const large = largest(rates.filter(({ bytes }) => bytes >= LARGE_BYTES)).map(
    ({ bytes, value, line }) => ({
      line,
      // Millions of messages a second by bytes are MB/s.
      value: (value * bytes) / 1000,
      quantity: `ib_write_bw ${bytes} B, MTU ${mtuBytes} B`,
    }),
  );
  return [...small, ...large];
}
