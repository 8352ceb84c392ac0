/**
 * What a replay costs in what can be counted, under every design: more than the bounds here, and it became
 * slower, on any machine. `npm run bench:emulator -- hashmap --counts` shows the figures of other programs.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IS_LONG } from '../../pm/testing/extent.ts';
import { BACKENDS, profileNamed, runnable } from '../../rdma/index.ts';
import { countPart } from './counts.ts';

const PROFILE = profileNamed('paper-2018');
const PROGRAM = { program: 'hashmap', threads: 2, transactions: 100 } as const;

/** At most, for each operation of the program. */
interface Bound {
  readonly events: number;
  readonly calls: number;
  readonly bytes: number;
}

/** Events and calls: a tenth above what was found. Bytes: half as much again, and two for what varies. */
const BOUNDS: Readonly<Record<string, Bound>> = {
  'no-sm': { events: 0.0, calls: 14.1, bytes: 5 },
  'sm-rc': { events: 0.58, calls: 29.7, bytes: 49 },
  'sm-ob': { events: 0.68, calls: 31.8, bytes: 6 },
  'sm-dd': { events: 0.37, calls: 23.6, bytes: 5 },
  'sm-ad': { events: 0.37, calls: 24.7, bytes: 11 },
  apm: { events: 0.58, calls: 28.9, bytes: 19 },
  gpspm: { events: 0.69, calls: 31.1, bytes: 90 },
  'ibta-flush': { events: 0.63, calls: 32.7, bytes: 73 },
  'sm-sb': { events: 0.3, calls: 27.3, bytes: 185 },
  ideal: { events: 0.0, calls: 14.5, bytes: 5 },
};

/** Replays of one kind settle: what is left of optimised code afterwards is a change of types in a hot path. */
const BAILOUTS_MAX = 2;

/** Those that the suite compares; all others are looked at in `npm run test:long`. */
const USUAL = ['no-sm', 'sm-rc', 'sm-ob', 'sm-dd'];
const looksAt = (name: string): boolean => IS_LONG || USUAL.includes(name);

for (const { name: backend } of runnable(BACKENDS, PROFILE).filter(({ name }) => looksAt(name))) {
  test(`${backend}: events, calls and memory of an operation, and code that stays optimised`, async () => {
    const part = { step: 'replay', queuePairs: 'per-core', profile: PROFILE, backend } as const;
    const { operations, bailouts, ...found } = await countPart({ ...part, ...PROGRAM });
    const bound = BOUNDS[backend];
    assert(bound !== undefined, `${backend} has no bounds`);
    assert(operations > 10_000);
    for (const what of ['events', 'calls', 'bytes'] as const) {
      const each = found[what] / operations;
      assert(each <= bound[what], `${what} an operation: ${each}, at most ${bound[what]}`);
    }
    assert(found.calls > operations, 'the calls of the model are not counted');
    // What a design posts are events.
    const posts = BACKENDS.some(({ name, ddio }) => name === backend && ddio !== 'none');
    assert.equal(found.events > 0, posts);
    assert(bailouts.length <= BAILOUTS_MAX, bailouts.join('\n'));
  });
}
