/** The process in which what a replay costs is counted; see `counts.ts` for what and why. */

import { writeSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { loadPlugins } from '../bench/index.ts';
import { serveOnce } from '../host/index.ts';
import { quantile } from '../report/index.ts';
import { BEGIN, type Counts, type CountTask, END } from './counts.ts';
import { workOf } from './steps.ts';
import type { Work } from './work.ts';

/** So many replays until all that will be optimised is, of some ten thousand operations each. */
const WARM_UP_ROUNDS = 40;
const ROUNDS = 10;

/** The functions, by file, each call of which is an event. */
const EVENT_HANDLERS: Readonly<Record<string, readonly string[]>> = {
  'rdma/network/nic.ts': ['sendNext'],
  'rdma/replica/replica.ts': ['processNext'],
};

function countsOf(work: Work): Counts {
  const bytes: number[] = [];
  for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i++) {
    if (i === WARM_UP_ROUNDS) writeSync(1, BEGIN);
    const allocated = allocatedBy(work);
    if (i >= WARM_UP_ROUNDS && allocated !== undefined) bytes.push(allocated);
  }
  writeSync(1, END);
  const called = callsOf(work);
  return {
    operations: work.units(),
    calls: sumOf(called, () => true),
    events: sumOf(called, ({ file, name }) => EVENT_HANDLERS[file]?.includes(name) ?? false),
    bytes: quantile(bytes, 0.5),
  };
}

/** Bytes that doing `work` once allocates; undefined if garbage was collected meanwhile. */
function allocatedBy(work: Work): number | undefined {
  work.prepare?.();
  const collections = new GCProfiler();
  collections.start();
  const before = getHeapStatistics().used_heap_size;
  void work.run();
  const after = getHeapStatistics().used_heap_size;
  const wasMoved = (collections.stop()?.statistics.length ?? 0) > 0;
  work.clear?.();
  return wasMoved ? undefined : after - before;
}

/** Calls of one function of ours. */
interface Called {
  /** From the root of the project on. */
  readonly file: string;
  readonly name: string;
  readonly count: number;
}

const ROOT = new URL('../../', import.meta.url).href;

/** What is called while `work` is done once, in `pm/` and `rdma/`. */
function callsOf(work: Work): Called[] {
  const session = new Session();
  session.connect();
  let found: Profiler.ScriptCoverage[] = [];
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  work.prepare?.();
  // What was called before is forgotten.
  session.post('Profiler.takePreciseCoverage');
  void work.run();
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error !== null) throw error;
    found = result;
  });
  session.disconnect();
  work.clear?.();
  return found
    .filter(({ url }) => url.startsWith(ROOT))
    .flatMap(({ url, functions }) => {
      const file = url.slice(ROOT.length);
      if (!/^(pm|rdma)\//.test(file)) return [];
      return functions.map(({ functionName: name, ranges: [{ count }] }) => ({
        file,
        name,
        count,
      }));
    });
}

const sumOf = (called: readonly Called[], isMeant: (one: Called) => boolean): number =>
  called.filter(isMeant).reduce((sum, { count }) => sum + count, 0);

serveOnce<CountTask, Counts>(({ item: { part, plugins } }) => {
  loadPlugins(plugins);
  return countsOf(workOf(part, tmpdir()));
});
