import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { Op, type OpCode } from '../../../pm/op.ts';
import { coveringSites } from './redundancy.ts';
import { isForTests, SourceScan } from './scan.ts';
import type { Stream, StreamOp } from './streams.ts';
import { DEFAULT_SURVEY_EXTENT, SurveyedProgram, surveySite } from './survey.ts';

const scan = new SourceScan();

test('every write-back and fence of the source is in results/crash-sites.csv, and none is missed', () => {
  const file = join(import.meta.dirname, '../../../results/crash-sites.csv');
  const rows: { site: string; verdict: string; coveredBy: string }[] = parse(readFileSync(file), {
    columns: true,
  });
  const known = new Set(rows.map(({ site }) => site));
  const programs = scan.sites.filter((site) => !isForTests(site));
  assert.deepEqual([...known].sort(), programs.map(({ name }) => name).sort());
  const wrong = rows.filter(({ verdict, coveredBy }) =>
    verdict === 'unvisited' ? coveredBy === '' : ['missed', 'broken'].includes(verdict),
  );
  assert.deepEqual(wrong, []);
});

test('the scan finds calls of helpers, and what they do', () => {
  const named = (name: string): string[] =>
    scan.sites
      .filter((site) => site.name.startsWith(name))
      .map((site) => site.name.slice(name.length));
  assert.deepEqual(named('workloads/echo/store.ts takeSnapshot '), [
    'orderingFence',
    'writeBack',
    'orderingFence 2',
  ]);
  assert.deepEqual(named('pm/nvml/transaction.ts commit '), [
    'orderingFence',
    'writeBack',
    'orderingFence 2',
    'writeBack 2',
    'durabilityFence',
  ]);
  // The helper itself is no site.
  assert.deepEqual(named('workloads/echo/layout.ts '), []);
});

/** Of a small program: which verdict each of these sites has. */
function verdicts(workload: string, parts: Readonly<Record<string, string>>): void {
  const extent = { ...DEFAULT_SURVEY_EXTENT, recoveredImages: 40, recoveries: 3, seed: 1 };
  const program = new SurveyedProgram({ workload, transactions: 8 }, scan, extent);
  const visits = program.visits();
  for (const [site, expected] of Object.entries(parts)) {
    const own = visits.get(site);
    assert(own !== undefined, `${site} is not visited`);
    const found = surveySite({ site, part: 'all', visits: own }, [program], extent);
    assert.equal(found.verdict, expected, `${site}: ${found.problem ?? found.coveredBy.join()}`);
  }
}

test('what a program cannot do without is caught: in set-up, in a transaction, in recovery', () => {
  verdicts('nfs', {
    'workloads/pmfs/format.ts formatRoot writeBack': 'caught',
    'workloads/pmfs/format.ts formatSuperblocks orderingFence': 'caught',
    'workloads/pmfs/journal.ts commit writeBack': 'caught',
    'workloads/pmfs/journal.ts log orderingFence': 'caught',
  });
  verdicts('vacation', {
    'pm/mnemosyne/redo-memory.ts commit durabilityFence': 'caught',
    'pm/mnemosyne/redo-memory.ts #redo writeBack': 'caught',
    // The magic number, on the same line, is written back later.
    'pm/mnemosyne/redo-memory.ts format writeBack': 'redundant',
  });
});

/** A stream of these operations on lines; a site is the number of the operation. */
function streamOf(...words: readonly string[]): Stream {
  const codes: Readonly<Record<string, OpCode>> = {
    store: Op.STORE,
    back: Op.WRITE_BACK,
    fence: Op.ORDERING_FENCE,
    durable: Op.DURABILITY_FENCE,
  };
  const ops = words.map((word, i): StreamOp => {
    const [name, line = '0'] = word.split(' ');
    const isStore = name === 'store';
    return {
      op: codes[name],
      a: Number(line) * 64,
      b: name === 'store' || name === 'back' ? 8 : 0,
      bytes: isStore ? new Uint8Array(8) : null,
      site: isStore ? undefined : String(i),
    };
  });
  const milestones = [
    { from: 0, allowed: null, isPromise: false },
    { from: ops.length, allowed: null, isPromise: true },
  ];
  return { initial: () => new Uint8Array(1024), ops, milestones, phaseAt: () => 'run', begins: [] };
}

/** Who does what the operation with that number does. */
function covering(stream: Stream, number: number): string[] | null {
  const site = String(number);
  const found = coveringSites(stream, (op) => (op.site === site ? undefined : op));
  return found === null ? null : [...found];
}

test('a write-back is redundant if another one of its lines comes before anything relies on it', () => {
  const twice = streamOf('store 1', 'back 1', 'back 1', 'fence', 'durable');
  assert.deepEqual(covering(twice, 1), ['2']);
  assert.deepEqual(covering(twice, 2), ['nothing to do']);
  // A later fence orders a store to the same line, but none to another.
  assert.deepEqual(
    covering(streamOf('store 1', 'back 1', 'fence', 'store 1', 'back 1', 'fence'), 1),
    ['4'],
  );
  assert.equal(
    covering(streamOf('store 1', 'back 1', 'fence', 'store 2', 'back 1', 'fence'), 1),
    null,
  );
  assert.equal(covering(streamOf('store 1', 'back 1', 'fence'), 1), null);
});

test('a fence is redundant if nothing was sent, or another comes before the next store', () => {
  const two = streamOf('store 1', 'back 1', 'fence', 'fence', 'store 2', 'back 2', 'durable');
  assert.deepEqual(covering(two, 2), ['3']);
  assert.deepEqual(covering(two, 3), ['nothing to do']);
  assert.equal(
    covering(streamOf('store 1', 'back 1', 'fence', 'store 2', 'back 2', 'fence'), 2),
    null,
  );
  // Of the last durability fence nobody does the work.
  assert.equal(covering(two, 6), null);
});
