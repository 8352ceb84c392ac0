import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommandLine } from '../command-line.ts';
import { commandsHere } from '../testing/in-process.ts';

const run = commandsHere();

/** Runs `pmirror failover`. */
const failover = (words: string) => run(['failover', ...words.split(' ')]);

test('one failover is reported as a story, of the replica that was chosen', async () => {
  const { code, out, err } = await failover('ctree --transactions 12 --replicas 3 --replica 2');
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^ctree, clients: 2, transactions: 12; sm-ob on paper-2018, replicas: 3/);
  assert.match(out, /^2\. Replica 2 resumes [^3]*; \d+ (is|are) not certain to be durable\.$/m);
  assert.match(out, /^ {3}It writes back and fences them, recovers /m);
  assert.match(
    out,
    /Replica 0 differed [\s\S]*\n {3}Replica 1 differed [\s\S]*\n {3}A new replica/,
  );
  assert.match(out, /^5\. Power fails again, everywhere\./m);
});

test('several are a table, a line each', async () => {
  const words = 'ctree --transactions 12 --crashes 5 --seed 3 --slow-replica 1:30';
  const { code, out } = await failover(words);
  assert.equal(code, 0);
  assert.match(out, /replica 1 differs\n[\s\S]*copied[\s\S]*\n\nIn all 5 replica 0 took over/);
  assert.equal(out.match(/^dead at /gm)?.length, 2, 'a table in two blocks');
  for (const line of out.split('\n')) assert.ok(line.length <= 80, line);
  assert.equal((await failover(words)).out, out);
});

test('an order between cores that is not kept fails, and the message says what keeps it', async () => {
  const words = 'echo --threads 4 --transactions 8 --at 0.05';
  const lost = await failover(`${words} --queue-pairs per-core`);
  assert.deepEqual([lost.code, lost.out], [1, '']);
  assert.match(
    lost.err,
    /^pmirror: primary dead at .* --queue-pairs auto, the default, or shared/s,
  );
  const kept = await failover(words);
  assert.deepEqual([kept.code, kept.err], [0, '']);
  assert.match(
    kept.out.replaceAll(/\n +/g, ' '),
    /queue pairs auto: shared and release are both right for sm-ob\. .* shared was taken, which may not/,
  );
});

test('a seeded bug is found out: exit code 1, where and what', async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['ctree --backend canary-nic-ack', /replica-0, after a second failure: /],
    ['ctree --backend canary-first-replica --replica 1 --crashes 30', /replica 1 recovers .* no /],
    [
      'vacation --skip-write-back --crashes 200 --queue-pairs shared',
      /as soon as it has recovered: |second failure: /,
    ],
  ];
  for (const [words, message] of wrong) {
    const { code, out, err } = await failover(`${words} --transactions 24`);
    assert.deepEqual([code, out], [1, ''], words);
    assert.match(err, message);
    assert.doesNotMatch(err, /queue pair/);
  }
});

test('wrong input: exit code 2 and what is accepted', async () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['nothing', /unknown workload 'nothing'; accepted: echo/],
    ['ctree,vacation', /give one program/],
    ['--backend no-sm', /keeps no replica/],
    ['--backend sm-ob,sm-dd', /one backend/],
    ['--backend sm-ob,canary-nic-ack', /one backend/],
    ['--backend canary-none', /unknown backend 'canary-none'/],
    ['--replicas 2 --replica 2', /numbered from 0, and there are 2/],
    ['--at 1.5', /--at '1\.5' is not a number from 0 to 1/],
    ['--at 0.5,x', /--at 'x' is not a number/],
    ['--at 0.5 --crashes 3', /give one of them/],
    ['--crashes 0', /whole number from 1/],
    ['vacation --threads 13', /whole number from 1 to \d+/],
    ['--transactions 2001', /from 1 to 2000/],
    ['--seeded-bugs', /failover \[program\] accepts/],
  ];
  for (const [words, message] of refused) {
    const line = ['failover', ...words.split(' ')];
    const ending = await runCommandLine(line, { alwaysTrace: false });
    assert.match(ending.message, message);
    assert.equal(ending.exitCode, 2, words);
  }
});
