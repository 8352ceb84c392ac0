import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../pm/random.ts';
import { Cache } from './cache.ts';

test('holds per set what an array in order of use holds, also after lines were taken out', () => {
  const [sets, ways] = [3, 4];
  const cache = new Cache(sets, ways);
  const model = Array.from({ length: sets }, (): number[] => []);
  const random = new Random(1);
  for (let i = 0; i < 5000; i++) {
    const line = random.below(24);
    const lines = model[line % sets];
    const at = lines.indexOf(line);
    if (at >= 0) lines.splice(at, 1);
    if (random.chance(0.2)) {
      cache.remove(line);
      continue;
    }
    lines.unshift(line);
    const pushedOut = lines.length > ways ? lines.pop() : -1;
    assert.equal(cache.access(line), at >= 0, `access ${i}`);
    if (at < 0) assert.equal(cache.evicted, pushedOut, `access ${i}`);
  }
});
