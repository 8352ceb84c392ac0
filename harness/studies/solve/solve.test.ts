import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { profileNamed, setValues } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { executionOf, REGISTRY, runGroup } from '../../bench/index.ts';
import { answerLines } from './answer.ts';
import { SOLVE_COLUMNS, solveRows } from './columns.ts';
import { parseCondition } from './condition.ts';
import { crossingValue } from './search.ts';
import { type Solution, solve } from './solve.ts';
import { parseOver, subjectOf } from './subject.ts';

const directory = mkdtempSync(join(tmpdir(), 'solve-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const transact = resolveWorkload('transact');
assert.ok(transact !== undefined);
const execution = executionOf(transact, {
  parameters: { regionLines: 64, epochs: 4 },
  transactions: 20,
});
const profile = profileNamed('paper-2018');

function solved(condition: string, over: string, machines = 0): Promise<Solution> {
  const asked = parseOver(over);
  const profileAt = (base: typeof profile, value: number) => ({
    ...setValues(base, [[asked.name, value]]),
    name: `${base.name}+${asked.name}=${value}`,
  });
  const isValid = (value: number): boolean => {
    try {
      return profileAt(profile, value) !== undefined;
    } catch {
      return false;
    }
  };
  return solve({
    execution,
    condition: parseCondition(condition),
    subject: subjectOf(asked, profile, isValid),
    conditions: { profile, replicas: 1, queuePairs: 'auto', faults: [] },
    machines,
    seed: 3,
    profileAt,
    run: (groups) => Promise.all(groups.map((group) => runGroup(group, REGISTRY, { directory }))),
    atOnce: 2,
  });
}

test('a round trip more a transaction costs a round trip more: the break-even is a closed form', async () => {
  // With one wait a transaction, sm-dd takes longer by as much as the round trip does.
  const near = await solved('time(sm-dd) <= 6us', 'link.propagationNs');
  const far = await solved('time(sm-dd) <= 9us', 'link.propagationNs');
  const [a, b] = [near, far].map(({ own: { search } }) => {
    assert.equal(search.crossings.length, 1);
    return crossingValue(search.scale, search.crossings[0]);
  });
  assert.ok(Math.abs((b - a) / 1500 - 1) < 2e-3, `${a} and ${b}: 3 us are 1500 ns each way`);
  const [verdict] = answerLines(near);
  assert.match(
    verdict,
    /^transact on paper-2018: time\(sm-dd\) <= 6us holds for .* up to [\d.]+ (ns|us)\.$/,
  );
});

test('nowhere and everywhere are said, and the file has a row a machine', async () => {
  const never = await solved('slowdown(sm-rc) <= 0.5', 'rtt=500:1000', 2);
  const lines = answerLines(never);
  assert.match(lines[0], /holds nowhere for rtt from 500 ns to 1\.00 us/);
  assert.match(lines[2], /Over 2 machines .* there is no break-even: on 2 nowhere/);
  const rows = solveRows(never);
  assert.equal(rows.length, 3);
  const holds = SOLVE_COLUMNS.find(({ name }) => name === 'holds');
  assert.deepEqual(
    rows.map((row) => holds?.value(row)),
    ['nowhere', 'nowhere', 'nowhere'],
  );
  const always = await solved('slowdown(sm-rc) > 0.5', 'rtt=500:1000');
  assert.match(answerLines(always)[0], /holds everywhere/);
});

test('what cannot be searched over is refused', () => {
  const refused = (text: string, message: RegExp) =>
    assert.throws(() => subjectOf(parseOver(text), profile, () => true), message);
  refused('rrt', /paper-2018 has no such value: did you mean rtt\?; accepted: groups rtt/);
  refused('rtt=5', /not of the form NAME or NAME=LOW:HIGH/);
  refused('rtt=9:5', /LOW below HIGH/);
  refused('rtt=-5:5', /-5 is not a number of ns/);
  refused('link.lossProbability', /it is 0 here.* give --over link\.lossProbability=LOW:HIGH/);
});
