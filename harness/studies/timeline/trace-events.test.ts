import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROFILES, TIME_PARTS } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import {
  type Execution,
  type ExecutionChoice,
  exampleExecutions,
  executionOf,
  expandSystems,
  groupsOf,
  type QueuePairPolicy,
  type SystemChoice,
} from '../../bench/index.ts';
import { chosenParts } from './account.ts';
import { type RecordedRow, recordedRows } from './rows.ts';
import { type ParsedEvent, parseTrace, violations } from './testing/trace-event-rules.ts';
import type { Choice } from './timeline.ts';
import { traceEventPieces } from './trace-events.ts';

const directory = mkdtempSync(join(tmpdir(), 'timeline-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const ALL: Choice = { thread: 0, first: 1, last: Number.POSITIVE_INFINITY };
const DESIGNS = ['no-sm', 'sm-rc', 'sm-ob', 'sm-dd', 'ideal'];

function executionNamed(name: string, choice: ExecutionChoice): Execution {
  const workload = resolveWorkload(name);
  assert.ok(workload !== undefined);
  return executionOf(workload, choice);
}

async function rowsOf(
  execution: Execution,
  choice: Choice,
  change: Partial<SystemChoice> = {},
): Promise<RecordedRow[]> {
  const one = { backends: DESIGNS, profiles: [PROFILES[0]], replicas: [1] };
  const systems = expandSystems({ ...one, ...change });
  const [group] = groupsOf([execution], systems);
  return recordedRows(group, choice, { directory });
}

const eventsOf = (rows: readonly RecordedRow[]): readonly ParsedEvent[] =>
  parseTrace([...traceEventPieces(rows, 'a test')].join(''));

/** The picoseconds of the slices of time of each design, by part. */
function sliceSums(events: readonly ParsedEvent[]): Map<string, Record<string, number>> {
  const names = new Map(
    events.flatMap((one) =>
      one.ph === 'M' && 'name' in one.args && one.name === 'process_name'
        ? [[one.pid, one.args.name.replace(/:.*/, '')] as const]
        : [],
    ),
  );
  const sums = new Map<string, Record<string, number>>();
  for (const one of events) {
    if (one.ph !== 'X' || one.cat !== 'time') continue;
    const design = names.get(one.pid) ?? '';
    const parts = sums.get(design) ?? {};
    parts[one.name] = (parts[one.name] ?? 0) + Math.round(one.dur * 1e6);
    sums.set(design, parts);
  }
  return sums;
}

interface Run extends ExecutionChoice {
  readonly name: string;
  readonly policies: readonly QueuePairPolicy[];
  readonly designs?: readonly string[];
}

const RUNS: readonly Run[] = [
  { name: 'ctree', transactions: 6, policies: ['auto'] },
  {
    name: 'transact',
    transactions: 10,
    policies: ['per-core', 'words', 'release', 'shared'],
    threads: 3,
  },
  { name: 'echo', transactions: 4, policies: ['auto'], designs: ['sm-ob'] },
  { name: 'vacation', transactions: 12, policies: ['auto', 'any'] },
  { name: 'nfs', transactions: 6, policies: ['auto'] },
];

for (const { name, policies, designs = DESIGNS, ...choice } of RUNS) {
  for (const policy of policies) {
    test(`${name}, queue pairs ${policy}: slices sum up to the breakdown, and the file keeps the rules`, async () => {
      const execution = executionNamed(name, { ...choice, warmupTransactions: 4 });
      const rows = await rowsOf(execution, ALL, { backends: designs, queuePairs: [policy] });
      const events = eventsOf(rows);
      assert.deepEqual(violations(events).slice(0, 5), []);
      const sums = sliceSums(events);
      for (const { result } of rows) {
        const { timePs } = result.report;
        const found = sums.get(result.system.backend) ?? {};
        const ofSlices = TIME_PARTS.map((part) => found[part] ?? 0);
        assert.deepEqual(
          ofSlices,
          TIME_PARTS.map((part) => timePs[part]),
          result.system.backend,
        );
      }
      const flows = events.filter(({ ph, name: verb }) => ph === 'f' && verb === 'WRITE').length;
      const writes = rows.reduce((sum, { result }) => sum + result.report.counts.writes, 0);
      assert.ok(flows > 0 && flows <= writes, `${flows} flows of ${writes} WRITEs`);
    });
  }
}

test('a trace of several threads: slices of all cores sum up to the breakdown', async () => {
  const execution = exampleExecutions('o2', 1).find(({ name }) => name === 'vacation');
  assert.ok(execution !== undefined);
  const [, commit] = await rowsOf(execution, ALL);
  const sums = sliceSums(eventsOf([commit]));
  const { timePs } = commit.result.report;
  for (const part of TIME_PARTS) assert.equal(sums.get('sm-rc')?.[part] ?? 0, timePs[part], part);
});

test('a window holds its transactions whole, all cores, and nothing else', async () => {
  const execution = executionNamed('vacation', { transactions: 32, warmupTransactions: 4 });
  const rows = await rowsOf(execution, { thread: 2, first: 3, last: 5 }, { replicas: [2] });
  assert.deepEqual(violations(eventsOf(rows)), []);
  for (const { timeline } of rows) {
    const { fromPs, toPs, chosen, cores } = timeline;
    assert.deepEqual(
      chosen.map(({ core, number }) => [core, number]),
      [3, 4, 5].map((number) => [2, number]),
    );
    assert.deepEqual([fromPs, toPs], [chosen[0].beginPs, chosen[2].endPs]);
    const { wholePs, partPs } = chosenParts(timeline);
    assert.equal(
      Object.values(partPs).reduce((sum, ps) => sum + ps, 0),
      wholePs,
    );
    for (const { slices } of cores) {
      assert.deepEqual([slices[0].fromPs, slices.at(-1)?.toPs], [fromPs, toPs]);
      const gaps = slices.slice(1).filter(({ fromPs }, i) => fromPs !== slices[i].toPs);
      assert.deepEqual(gaps, []);
    }
  }
});

test('the windows of all transactions of one thread add up to its run', async () => {
  const transactions = 6;
  const execution = executionNamed('hashmap', { transactions, warmupTransactions: 2 });
  const whole = await rowsOf(execution, ALL);
  const sums = whole.map(() => 0);
  for (let number = 1; number <= transactions; number++) {
    const rows = await rowsOf(execution, { thread: 0, first: number, last: number });
    rows.forEach(({ timeline }, i) => {
      sums[i] += chosenParts(timeline).wholePs;
    });
  }
  assert.deepEqual(
    sums,
    whole.map(({ timeline }) => chosenParts(timeline).wholePs),
  );
});

test('what the rules forbid is found', async () => {
  const execution = executionNamed('transact', { transactions: 3, warmupTransactions: 0 });
  const events = eventsOf(await rowsOf(execution, { thread: 0, first: 2, last: 2 }));
  assert.deepEqual(violations(events), []);
  const broken = (change: (event: ParsedEvent, i: number) => ParsedEvent[]): string[] =>
    violations(events.flatMap(change));
  const [first] = events.filter(({ ph }) => ph === 'f');
  assert.match(broken((one) => (one === first ? [] : [one])).join(), /flow \d+ is not bound/);
  const early = (one: ParsedEvent) => (one === first ? [{ ...one, ts: 0 }] : [one]);
  assert.match(broken(early).join(), /out of order.*flow/);
  const longer = (one: ParsedEvent) => [one.ph === 'X' ? { ...one, dur: one.dur + 0.01 } : one];
  assert.match(broken(longer).join(), /overlaps/);
  const nameless = (one: ParsedEvent) => (one.ph === 'M' ? [] : [one]);
  assert.match(broken(nameless).join(), /without a name/);
  const text = [...traceEventPieces(await rowsOf(execution, ALL), 'a test')].join('');
  assert.throws(() => parseTrace(text.replace('"dur":', '"duration":')), /dur/);
});
