import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIME_PARTS, type TimePart } from '../../../rdma/mirror.ts';
import type { CellResult } from '../../bench/index.ts';
import type { Account } from './account.ts';
import { LineObserver } from './line-observer.ts';
import { accountTables, choiceSentences, explanation } from './table.ts';

function account(backend: string, parts: Partial<Record<TimePart, number>>, change = {}): Account {
  const partNsPerTx = Object.fromEntries(
    TIME_PARTS.map((part) => [part, parts[part] ?? 0]),
  ) as Record<TimePart, number>;
  return {
    backend,
    queuePairs: 'per-core',
    cores: 1,
    timeNsPerTx: Object.values(parts).reduce((sum, ns) => sum + ns, 0),
    partNsPerTx,
    epochsPerTx: 4,
    linesPerTx: 8,
    roundTripsPerTx: 0,
    waitNsPerRoundTrip: 0,
    replicas: 1,
    quorum: 1,
    waitEndedShare: [],
    bareTripNs: 1500,
    messagesPerTx: 0,
    verbsPerTx: { WRITE: 0, RCOMMIT: 0, ROFENCE: 0, RDFENCE: 0 },
    doorbellsPerTx: 0,
    linkBytesPerTx: 0,
    busiestReplica: 'the replica',
    releaseChainNsPerTx: 0,
    releaseHeldShare: 0,
    lineToDurableNs: undefined,
    linesInFlight: 0,
    sendQueue: undefined,
    ratioToBound: undefined,
    utilisations: [
      { resource: 'link', share: 0.2 },
      { resource: 'queue pair', share: 0.3 },
    ],
    ...change,
  };
}

const FAST = account('fast', { compute: 1000, remoteDurability: 2000 });
const SLOW = account(
  'slow',
  { compute: 1000, remoteOrdering: 7000, remoteDurability: 1000 },
  {
    roundTripsPerTx: 4,
    waitNsPerRoundTrip: 2000,
    messagesPerTx: 12,
    verbsPerTx: { WRITE: 8, RCOMMIT: 4, ROFENCE: 0, RDFENCE: 0 },
  },
);

test('which is faster, by how much, and on what the time goes', () => {
  for (const pair of [explanation(FAST, SLOW), explanation(SLOW, FAST)]) {
    assert.equal(
      pair[0],
      'fast takes 3.00 us per transaction and slow 9.00 us: fast is 3.00 times as fast.',
    );
    assert.equal(
      pair[1],
      'slow spends 6.00 us more per transaction: more on waiting for replicas at ordering points ' +
        '(7.00 us); less on waiting for replicas at durability points (1.00 us).',
    );
  }
});

test('waits are counted, and compared with a bare trip only when they are longer', () => {
  const text = explanation(FAST, SLOW).join('\n');
  assert.match(text, /fast never waits for a replica\./);
  assert.match(
    text,
    /slow waits for the replica 4\.00 times per transaction of 4\.00 epochs, 2\.00 us/,
  );
  assert.match(
    text,
    /which is 500 ns more than a bare round trip \(1\.50 us\): 88\.9 % of its cores' time/,
  );
  const short = { ...SLOW, waitNsPerRoundTrip: 1000 };
  assert.doesNotMatch(explanation(FAST, short).join('\n'), /bare trip/);
});

test('nothing is said that the numbers do not bear', () => {
  const same = explanation(FAST, { ...FAST, backend: 'other' }).join('\n');
  assert.match(same, /take the same time to a hundredth/);
  assert.doesNotMatch(same, /messages|busiest|ROFENCE|bound|send queue|limit/);
  const text = explanation(FAST, SLOW).join('\n');
  assert.match(
    text,
    /slow sends 12\.0 messages per transaction, fast 0 \(8\.00 more WRITEs, 4\.00 more RCOMMITs\)/,
  );
  assert.match(
    text,
    /slow: the busiest resource is the queue pair, at work for 30\.0 % of the time\./,
  );
  const full = {
    ...SLOW,
    utilisations: [{ resource: 'link', share: 0.97 }],
    partNsPerTx: { ...SLOW.partNsPerTx, sendQueueFull: 900 },
    busiestReplica: 'replica 1',
    releaseChainNsPerTx: 2400,
    releaseHeldShare: 0.32,
    ratioToBound: 3,
    sendQueue: { entries: 128, mean: 90.5, max: 127, fullShare: 0.12 },
  };
  const loaded = explanation(FAST, full).join('\n');
  assert.match(loaded, /the link, at work for 97\.0 % of the time: it is the limit\./);
  assert.match(loaded, /a full send queue stops its cores for 10\.0 % of their time/);
  assert.match(
    loaded,
    /hold queue pairs at replica 1 for at least 2\.40 us per .*: a queue pair is held for 32\.0 % of/,
  );
  assert.match(loaded, /of the 128 entries of a send queue 90\.5 .* and 127 at most; for 12\.0 %/);
  assert.match(loaded, /slow takes 3\.00 times what the bound/);
  assert.match(accountTables([full], true), /a send queue is full +12\.0 %/);
});

test('the tables have a column for each design, per transaction and per epoch', () => {
  const tables = accountTables([FAST, SLOW], true);
  assert.match(tables, /volatile work +1000\.0 +1000\.0 +250\.0 +250\.0/);
  assert.match(tables, /RCOMMITs +0 +4\.00/);
  assert.match(tables, /queue pairs +per-core +per-core/);
  assert.match(tables, /busy: link +20\.0 % +20\.0 %/);
});

test('lines are in flight from their sending to durability, also when sent twice', () => {
  const lines = new LineObserver(2);
  lines.onSend(0, 7, 500);
  lines.onMeasure();
  lines.onSend(0, 7, 1000);
  lines.onSend(0, 7, 2000);
  lines.onReplicaDurable(0, 0, 7, 4000);
  lines.onReplicaDurable(0, 0, 7, 5000);
  lines.onReplicaDurable(1, 0, 7, 1500);
  lines.onReplicaDurable(1, 0, 7, 6000);
  lines.onReplicaDurable(0, 0, 9, 6000);
  const latencies = [3000, 2000, 500, 4000];
  const sumPs = latencies.reduce((sum, ps) => sum + ps, 0);
  assert.deepEqual(lines.summary(), { meanNs: sumPs / 4 / 1000, sumPs });
  assert.equal(new LineObserver(1).summary().meanNs, undefined);
});

test('where several cores meet, the figure of one cell is called as firm as it is', () => {
  const of = (change: object, parts = {}) =>
    explanation(account('one', { compute: 1000, ...parts }, change), SLOW).filter((sentence) =>
      /good to about 5 %/.test(sentence),
    );
  assert.deepEqual(of({ cores: 1, messagesPerTx: 9 }), [], 'one core meets nobody');
  assert.deepEqual(of({ cores: 4 }), [], 'nothing is sent, and no lock is waited for');
  const [sent] = of({ cores: 4, messagesPerTx: 9, queuePairs: 'shared' }, { lockWait: 111 });
  assert.match(
    sent,
    /^one: its 4 cores meet at locks \(9\.99 % of their time\), on the queue pair that they share, at the link \(20\.0 %\)\./,
  );
  const rare = { cores: 4, messagesPerTx: 9, utilisations: [{ resource: 'link', share: 0.09 }] };
  assert.deepEqual(of(rare, { lockWait: 9 }), []);
  assert.equal(of(rare, { lockWait: 11 }).length, 1);
});

test('where a policy had a choice, what it came to is said, and what the other would have taken', () => {
  const result = (backend: string, slowerChoices: readonly object[]) =>
    ({
      system: { backend, queuePairs: 'auto' },
      queuePairsUsed: 'shared',
      report: { elapsedPs: 1000 },
      slowerChoices,
    }) as unknown as CellResult;
  assert.deepEqual(
    choiceSentences([
      result('a', []),
      result('b', [{ queuePairs: 'release', elapsedPs: 1250 }]),
      result('c', [{ queuePairs: 'release', elapsedPs: 1000 }]),
    ]),
    [
      'b: queue pairs auto came to shared; release, as right for the program, takes 25.0 % longer.',
      'c: queue pairs auto came to shared; release, as right for the program, takes as long.',
    ],
  );
});

test('of several replicas it is said how many a wait is for, and whose answers end it', () => {
  const told = (change: Partial<Account>) =>
    explanation(FAST, { ...SLOW, ...change })
      .join('\n')
      .match(/waits for (.*?) [\d.]+ times|its waits end with (.*)\./g);
  assert.deepEqual(told({ replicas: 2, quorum: 2 }), ['waits for both replicas 4.00 times']);
  assert.deepEqual(told({ replicas: 3, quorum: 2, waitEndedShare: [0.25, 0, 0.75] }), [
    'waits for 2 of 3 replicas 4.00 times',
    'its waits end with the answer of replica 2 (75.0 % of them), or of replica 0 (25.0 % of them).',
  ]);
});
