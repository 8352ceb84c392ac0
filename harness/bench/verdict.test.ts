import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIME_PARTS, type TimePart } from '../../rdma/mirror.ts';
import type { Execution } from './cells.ts';
import { type CellRow, cellRows } from './columns.ts';
import { designTable } from './design-table.ts';
import type { CellResult } from './run.ts';
import { verdictText } from './verdict.ts';

/** What differs between the results of a test. */
interface Given {
  readonly threads?: number;
  readonly compute?: number;
  readonly wrong?: readonly string[];
  readonly limit?: TimePart;
  readonly profile?: string;
}

/** Rows of one program, of which one transaction takes so many ns under each design. */
function rowsOf(
  name: string,
  times: Readonly<Record<string, number>>,
  { threads = 1, compute = 1, wrong = [], limit = 'remoteDurability', profile = 'p' }: Given = {},
): CellRow[] {
  const execution = { kind: 'workload', workload: name, parameters: {}, seed: 1 };
  const results = Object.entries(times).map(([backend, ns]) => {
    const timePs: Record<string, number> = Object.fromEntries(TIME_PARTS.map((part) => [part, 0]));
    timePs.compute = compute;
    timePs[limit] = ns * 600;
    const report = { elapsedPs: ns * 1000, cores: 1, counts: { transactions: 1 }, timePs };
    const system = {
      backend,
      profile: { name: profile },
      replicas: 1,
      queuePairs: 'auto',
      faults: [],
    };
    const latency = { percentilesPs: { 50: ns * 1000, 99: ns * 2000 } };
    const keepsOrder = !wrong.includes(backend);
    const used = { queuePairsUsed: 'per-core', keepsOrder, threads, latency };
    return { execution, system, report, ...used } as unknown as CellResult;
  });
  return cellRows(results.map((one) => ({ ...one, execution: execution as unknown as Execution })));
}

const TIMES = { 'no-sm': 100, 'sm-rc': 800, 'sm-ob': 300, 'sm-dd': 200 };

test('the best design, what it costs and what limits it, a line each', () => {
  assert.equal(
    verdictText(rowsOf('ctree', TIMES)),
    [
      'Best design: sm-dd.',
      'Its cost: 2.00 times the time without mirroring; 4.00 times as fast as sm-rc.',
      "What limits it: waiting for replicas at durability points, 60.0 % of its cores'",
      '  time.',
    ].join('\n'),
  );
  assert.match(
    verdictText(rowsOf('a', TIMES, { limit: 'lockWait' })),
    /limits it: waiting for locks/,
  );
});

test('designs closer than the model can tell are as good: of several cores 5 %, of one 1 %', () => {
  const close = { ...TIMES, 'sm-ob': 208 };
  const text = verdictText(rowsOf('ctree', close, { threads: 4 }));
  assert.match(text, /sm-dd; as good: sm-ob \(within 5 %, which is what the model can\n +tell\)/);
  assert.doesNotMatch(verdictText(rowsOf('ctree', close)), /as good/);
  assert.match(verdictText(rowsOf('ctree', { ...TIMES, 'sm-ob': 201 })), /sm-ob \(within 1 %\)/);
  assert.doesNotMatch(
    verdictText(rowsOf('a', { ...TIMES, 'sm-ob': 211 }, { threads: 4 })),
    /as good/,
  );
});

test('of several programs the mean, the ends of the range, and on how many it is the fastest', () => {
  const rows = [
    ...rowsOf('ctree', TIMES),
    ...rowsOf('echo', { 'no-sm': 100, 'sm-rc': 900, 'sm-ob': 400, 'sm-dd': 800 }),
    ...rowsOf('ycsb', { 'no-sm': 100, 'sm-rc': 900, 'sm-ob': 100, 'sm-dd': 100 }),
  ];
  const text = verdictText(rows).replaceAll(/\n +/g, ' ');
  assert.match(
    text,
    /^Best design: sm-ob, the fastest on 1 of 3 programs, as good as another \(within 1 %\) on 1\./,
  );
  assert.match(
    text,
    /Its cost: 2\.29 times .* mirroring, from 1\.00 \(ycsb\) to 4\.00 \(echo\); 3\.78 times/,
  );
});

test('without volatile work costs are upper bounds, and are kept apart from the others', () => {
  const free = rowsOf('a.log', TIMES, { compute: 0 });
  const text = verdictText(free).replaceAll(/\n +/g, ' ');
  assert.match(
    text,
    /at most 2\.00 times .*; at most 4\.00 times .* \(no volatile work is charged: upper bounds\)\./,
  );
  const both = verdictText([...free, ...rowsOf('ctree', TIMES)]);
  assert.equal(both.match(/^Best design/gm)?.length, 2);
  assert.match(both, /volatile work none:\n/);
});

test('a mirror that loses order is not the best while another keeps it', () => {
  const one = verdictText(rowsOf('echo', TIMES, { threads: 4, wrong: ['sm-dd'] }));
  assert.match(one, /^Best design: sm-ob; not counted: sm-dd, losing order between clients/);
  const all = verdictText(rowsOf('echo', TIMES, { wrong: ['sm-rc', 'sm-ob', 'sm-dd'] }));
  assert.match(all, /^Best design: sm-dd; it loses order/);
});

test('what was not run is not compared with', () => {
  const [, text] = verdictText(rowsOf('ctree', { 'sm-dd': 200 })).split('\n');
  assert.equal(text, 'Its cost: 200 ns a transaction; no-sm was not run beside it.');
  assert.match(
    verdictText(rowsOf('ctree', { 'no-sm': 200, ideal: 300 })),
    /no mirroring design was run/,
  );
});

test('points of a sweep are judged together, other conditions apart', () => {
  const rows = [...rowsOf('a', TIMES), ...rowsOf('a', TIMES, { profile: 'q' })];
  assert.match(
    verdictText(rows, { pooled: true }),
    /^Best design: sm-dd, the fastest on 2 of 2 points\./,
  );
  assert.match(
    verdictText(rows),
    /^In all, profile p, .*:\nBest design[\s\S]*\n\nIn all, profile q/,
  );
});

test('a line a design: percentiles, throughput and, of one program, speedups as bars', () => {
  assert.equal(
    designTable(rowsOf('ctree', TIMES), [50, 99], false),
    [
      '                   latency of a transaction                             vs sm-rc',
      'workload  backend              p50      p99    tx/s                      speedup',
      'ctree     no-sm             100 ns   200 ns  10.0 M  #################      8.00',
      'ctree     sm-rc             800 ns  1.60 us  1.25 M  ##                     1.00',
      'ctree     sm-ob             300 ns   600 ns  3.33 M  ######                 2.67',
      'ctree     sm-dd             200 ns   400 ns  5.00 M  #########              4.00',
    ].join('\n'),
  );
  const two = designTable([...rowsOf('a', TIMES), ...rowsOf('b', TIMES)], [50], false);
  assert.doesNotMatch(two, /speedup|#/);
  assert.match(
    designTable(rowsOf('a', TIMES, { compute: 0 }), [50], false),
    /no volatile work: upper bound/,
  );
});
