import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveWorkload } from '../../../workloads/index.ts';
import { type CellResult, executionOf } from '../../bench/index.ts';
import { parseCondition } from './condition.ts';
import { evaluate } from './evaluate.ts';

const transact = resolveWorkload('transact');
assert.ok(transact !== undefined);
const execution = executionOf(transact, {});

/** A result of 10 transactions of one core that take `ns` each, with p99 three times that. */
function resultOf(ns: number): CellResult {
  const report = { elapsedPs: ns * 10_000, cores: 1, counts: { transactions: 10 } };
  const latency = { meanPs: ns * 1000, percentilesPs: { 99: ns * 3000 } };
  return { execution, report, latency } as unknown as CellResult;
}

const RESULTS = new Map(
  Object.entries({ 'no-sm': 1000, 'sm-rc': 6000, 'sm-ob': 3000, 'sm-dd': 2000 }).map(
    ([name, ns]) => [name, resultOf(ns)] as const,
  ),
);

function sides(text: string): [number, number, boolean] {
  const { left, right, holds } = evaluate(parseCondition(text), RESULTS);
  return [left, right, holds];
}

test('measures, units and arithmetic', () => {
  assert.deepEqual(sides('slowdown(sm-rc) <= 1.1'), [6, 1.1, false]);
  assert.deepEqual(sides('speedup(sm-dd,sm-rc) >= 2'), [3, 2, true]);
  assert.deepEqual(sides('speedup(design-b) > 300%'), [3, 3, false]);
  assert.deepEqual(sides('p99(sm-ob)<=10us'), [9000, 10_000, true]);
  assert.deepEqual(sides('p99(sm-ob) - p99(no-sm) < 2 * 3 µs + 1ns'), [6000, 6001, true]);
  assert.deepEqual(sides('elapsed(sm-dd) ≤ 0.02ms'), [20_000, 20_000, true]);
  assert.deepEqual(sides('throughput(sm-dd) >= 0.5M/s'), [5e5, 5e5, true]);
  assert.deepEqual(sides('throughput(sm-dd) > 600k'), [5e5, 6e5, false]);
  assert.deepEqual(sides('1.5x >= (time(sm-ob) + mean(sm-ob)) / time(sm-rc)'), [1.5, 1, true]);
  assert.deepEqual(sides('2 * 3 + 4 / 2 <= slowdown(sm-rc)'), [8, 6, false]);
});

test('a condition knows the designs that it takes, each once', () => {
  const designs = (text: string) => parseCondition(text).designs;
  assert.deepEqual(designs('slowdown(sm-ob) < slowdown(sm-dd)'), ['sm-ob', 'no-sm', 'sm-dd']);
  assert.deepEqual(designs('speedup(sm-dd) > 2'), ['sm-dd', 'sm-rc']);
  assert.deepEqual(designs('p99(none) < 1us'), ['no-sm']);
});

test('what is wrong is said with its place and what is accepted', () => {
  const refused = (text: string, at: number, message: RegExp) =>
    assert.throws(
      () => parseCondition(text),
      (error: Error) => {
        assert.equal(error.name, 'UsageError');
        assert.match(error.message, new RegExp(`^the condition, at character ${at}: `));
        assert.match(error.message, message);
        assert.match(error.message, /accepted: /);
        return true;
      },
    );
  refused('', 1, /ends here/);
  refused('slowdwn(sm-rc) <= 1', 1, /no measure 'slowdwn': did you mean slowdown\?/);
  refused('slowdown(toString) <= 1', 10, /no design 'toString'/);
  refused('constructor(sm-rc) <= 1', 1, /no measure 'constructor'/);
  refused('slowdown(sm-rq) <= 1', 10, /no design 'sm-rq': did you mean sm-rc\?/);
  refused('slowdown(sm-rc,sm-ob) <= 1', 15, /found ','; accepted: \)/);
  refused('speedup(sm-rc,sm-ob,sm-dd) <= 1', 20, /found ','; accepted: \)/);
  refused('slowdown sm-rc <= 1', 10, /found 'sm-rc'; accepted: \(/);
  refused('slowdown(sm-rc) = 1', 17, /found '='; accepted: .* <= < >= >/);
  refused('slowdown(sm-rc)', 16, /ends here/);
  refused('slowdown(sm-rc) <= 1 2', 22, /found '2'/);
  refused('slowdown(sm-rc) <= 1lb', 21, /no unit 'lb'; accepted: ns, us/);
  refused('slowdown(sm-rc) <= 1us', 17, /a number is compared with a time/);
  refused('p99(sm-rc) <= 10', 12, /a time is compared with a number.* times have a unit/);
  refused('p99(sm-rc) * 1us <= 10us', 12, /a time \* a time/);
  refused('p99(sm-rc) + 1 <= 10us', 12, /a time \+ a number/);
  refused('1 <= 2', 3, /no design/);
  refused('slowdown(sm-rc) <= $1', 20, /'\$' stands for nothing/);
});
