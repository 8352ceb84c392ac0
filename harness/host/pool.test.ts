import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { FailureError } from './errors.ts';
import { withWorkers, workersFor } from './pool.ts';

const directory = mkdtempSync(join(tmpdir(), 'pool-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A worker that tells which thread it is, and fails on what is below zero. */
const script = pathToFileURL(join(directory, 'worker.mjs'));
writeFileSync(
  script,
  `import { threadId } from 'node:worker_threads';
   import { serve } from ${JSON.stringify(new URL('worker-port.ts', import.meta.url).href)};
   serve(({ item }) => {
     if (item < 0) throw new Error('below zero');
     return { threadId, twice: 2 * item };
   });`,
);
const kind = { script, plugins: [], labelOf: String, nameInErrors: () => 'number' };
type Result = { readonly threadId: number; readonly twice: number };

test('threads that were started do the work of every round, whose results are in order', async () => {
  const rounds = await withWorkers<number, Result, (readonly Result[])[]>(kind, 2, async (run) => {
    const done: number[] = [];
    const first = await run([1, 2, 3, 4, 5], {
      onProgress: (count) => done.push(count),
    });
    assert.equal(done.at(-1), 5);
    return [first, await run([]), await run([6]), await run([7, 8, 9])];
  });
  assert.deepEqual(
    rounds.map((round) => round.map(({ twice }) => twice)),
    [[2, 4, 6, 8, 10], [], [12], [14, 16, 18]],
  );
  const threads = new Set(rounds.flat().map(({ threadId }) => threadId));
  assert.ok(threads.size <= 2, `${threads.size} threads for rounds of two workers`);
});

test('what fails in a later round fails with its name, and the workers end', async () => {
  const failing = withWorkers<number, Result, unknown>(kind, 1, async (run) => {
    await run([1]);
    return run([2, -1]);
  });
  await assert.rejects(failing, (error: Error) => {
    assert.ok(!(error instanceof FailureError), 'a defect is no failure of the work');
    return error.message === 'number: below zero';
  });
});

test('there are no more worker threads than cores, nor than half of the free memory has room for', (t) => {
  const free = (bytes: number) => t.mock.method(process, 'availableMemory', () => bytes);
  const cores = availableParallelism();
  free(2 ** 50);
  assert.equal(workersFor(), cores);
  assert.equal(workersFor(64 * cores), cores);
  assert.equal(workersFor(1), 1);
  free(2 * 256 * 2 ** 20);
  assert.equal(workersFor(), 1);
  free(0);
  assert.equal(workersFor(), 1);
});

test('what is too large is refused before anything runs, and what is large runs alone', async () => {
  const sized = { ...kind, bytesOf: (item: number) => item * 2 ** 20 };
  const run = (items: number[]) =>
    withWorkers<number, Result, readonly Result[]>(sized, 2, (all) => all(items));
  await assert.rejects(run([-1, 5000]), { name: 'FailureError', message: /^5000 needs about/ });
  const threads = new Set((await run([400, 300, 200])).map(({ threadId }) => threadId));
  assert.equal(threads.size, 1);
});

const alone = availableParallelism() < 2 && 'one core has one worker';

test('a thread that cannot be ended does not hold up the end', { skip: alone }, () => {
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const worker = join(directory, 'stuck.mjs');
  // Nobody writes into the pipe: the thread is inside of the system, as it may be inside of a database.
  writeFileSync(
    worker,
    `import { openSync } from 'node:fs';
     import { serve } from ${module('worker-port.ts')};
     serve(({ item }) => {
       if (item === 1) throw Object.assign(new Error('no'), { name: 'FailureError' });
       openSync(${JSON.stringify(pipe)}, 'r');
     });`,
  );
  const main = join(directory, 'main.mjs');
  writeFileSync(
    main,
    `import { endWith, withWorkers } from ${module('pool.ts')};
     const script = new URL(${JSON.stringify(pathToFileURL(worker).href)});
     const kind = { script, plugins: [], labelOf: String, nameInErrors: () => undefined };
     await withWorkers(kind, 2, (run) => run([0, 1])).catch(({ message }) => console.log(message));
     endWith(3);`,
  );
  const ended = spawnSync(process.execPath, [main], { encoding: 'utf8', timeout: 60_000 });
  const { status, signal, stdout } = ended;
  assert.deepEqual({ status, signal, stdout }, { status: 3, signal: null, stdout: 'no\n' });
});
