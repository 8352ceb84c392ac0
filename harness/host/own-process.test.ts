import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inOwnProcess } from './own-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'own-process-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A process that does what `body` says with its `item`. */
const processOf = (body: string) => {
  const file = join(directory, `${readdirSync(directory).length}.ts`);
  const modules = ['own-process.ts', 'errors.ts'].map(
    (name) => pathToFileURL(join(import.meta.dirname, name)).href,
  );
  writeFileSync(
    file,
    `import { serveOnce } from '${modules[0]}';
    import { FailureError, UsageError } from '${modules[1]}';
    import { writeFileSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    serveOnce(({ item }) => { ${body} });`,
  );
  return { script: pathToFileURL(file) };
};

test('work is done on what was sent, with its output, and its temporary directory is gone', async () => {
  const body = `writeFileSync(tmpdir() + '/x', ''); console.log('said');
    return { twice: item.n * 2, where: tmpdir() };`;
  const { result, output } = await inOwnProcess<{ n: number }, { twice: number; where: string }>(
    processOf(body),
    { n: 21 },
  );
  assert.equal(result.twice, 42);
  assert.equal(output, 'said\n');
  assert.notEqual(result.where, tmpdir());
  assert.throws(() => readdirSync(result.where), /ENOENT/);
});

test('what the work throws is thrown, as an error of the same kind; an early end is a failure', async () => {
  for (const [body, name, message] of [
    [`throw new UsageError('give another');`, 'UsageError', /^give another$/],
    [`throw new FailureError('no room');`, 'FailureError', /^no room$/],
    [`throw new TypeError('a defect');`, 'Error', /^a defect$/],
    [`process.exit(7);`, 'FailureError', /ended by itself \(code 7\)/],
    [`process.kill(process.pid, 'SIGKILL');`, 'FailureError', /ended by itself \(SIGKILL\)/],
  ] as const) {
    await assert.rejects(inOwnProcess(processOf(body), {}), { name, message });
  }
});
