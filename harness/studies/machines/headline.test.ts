import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../bench/index.ts';
import { rounded } from '../../report/index.ts';
import { headlines } from './headline.ts';

function result(
  profile: string,
  backend: string,
  elapsedNs: number,
  queuePairs = 'auto',
): CellResult {
  const report = { elapsedPs: elapsedNs * 1000, cores: 1, counts: { transactions: 1 } };
  const system = { profile: { name: profile }, backend, queuePairs };
  return { system, report } as unknown as CellResult;
}

test('means are over programs, each compared with the baseline on its own machine', () => {
  const program = (commit: number) => [
    result('p', 'sm-ob', 100),
    result('p', 'sm-rc', commit),
    result('p', 'sm-dd', 50),
    result('q', 'sm-rc', 10 * commit),
    result('q', 'sm-ob', 100),
    result('q', 'sm-dd', 100),
  ];
  const found = headlines([program(200), program(800)], 'auto');
  assert.deepEqual([...found.keys()], ['p', 'q']);
  const means = [found.get('p')?.['sm-ob'], found.get('p')?.['sm-dd'], found.get('q')?.['sm-ob']];
  assert.deepEqual(
    means.map((mean) => [rounded(mean?.geometric ?? 0), mean?.arithmetic]),
    [
      [4, 5],
      [8, 10],
      [40, 50],
    ],
  );
});

test('a policy is compared with its own baseline only', () => {
  const program = (['auto', 'shared'] as const).flatMap((policy, i) => [
    result('p', 'sm-rc', 400 * (i + 1), policy),
    result('p', 'sm-ob', 100, policy),
    result('p', 'sm-dd', 50, policy),
  ]);
  const ratio = (policy: 'auto' | 'shared') =>
    headlines([program], policy).get('p')?.['sm-ob'].arithmetic;
  assert.deepEqual([ratio('auto'), ratio('shared')], [4, 8]);
  // The baseline under another policy, where a guarantee says so.
  const over = headlines([program], 'shared', 'auto').get('p');
  assert.deepEqual([over?.['sm-ob'].arithmetic, over?.['sm-dd'].arithmetic], [4, 8]);
  assert.equal(headlines([program], 'per-core').size, 0);
});

test('without the baseline there is no headline', () => {
  assert.equal(headlines([[result('p', 'sm-ob', 1)]], 'auto').size, 0);
});
