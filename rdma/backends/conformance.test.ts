/**
 * What every mirroring backend must guarantee, by the rules that `pmirror conform` has too. Backends with
 * a seeded bug must be caught by them.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertSeeded } from '../../pm/testing/draws.ts';
import { extent } from '../../pm/testing/extent.ts';
import type { Backend } from '../backend.ts';
import { brokenOn, machinesFor } from '../conformance/guarantees.ts';
import { BACKEND_RULES } from '../conformance/index.ts';
import { Verb } from '../network/verb.ts';
import { OVERTAKING } from '../testing/round-profile.ts';
import { cxlDirect } from './cxl-direct.ts';
import { BACKENDS, resolveBackend } from './index.ts';
import { smDd } from './sm-dd.ts';
import { smOb } from './sm-ob.ts';
import { smRc } from './sm-rc.ts';

const EXTENT = { seed: 1, programs: extent({ short: 12, long: 40 }) };
const MIRRORING = BACKENDS.filter(({ durability }) => durability !== null);

describe('every mirroring backend', () => {
  for (const backend of MIRRORING) {
    for (const profile of machinesFor(backend)) {
      it(`${backend.name} keeps order and durability on ${profile.name}`, () => {
        assert.equal(brokenOn(backend, profile, EXTENT), undefined);
      });
    }
  }
  for (const { name, about, broken } of BACKEND_RULES.filter((rule) =>
    ['name', 'time', 'determinism'].includes(rule.name),
  )) {
    for (const backend of BACKENDS) {
      it(`${backend.name}: ${name}: ${about}`, () => {
        assert.equal(broken(backend, EXTENT), undefined);
      });
    }
  }

  it('is held to other random programs with another seed', async () => {
    for (const { name, broken } of BACKEND_RULES.filter(({ name }) =>
      ['order', 'time', 'determinism', 'semantics'].includes(name),
    )) {
      await assertSeeded((seed) =>
        assert.equal(broken(smOb, { seed, programs: 1 }), undefined, name),
      );
    }
  });

  it('is found by its name and aliases', () => {
    for (const { name, aliases } of BACKENDS) {
      for (const one of [name, ...aliases]) assert.equal(resolveBackend(one)?.name, name);
    }
    assert.equal(resolveBackend('sm-xx'), undefined);
  });
});

/** Backends with a bug that order and durability on random programs show. */
const WRONG: Readonly<Record<string, Backend>> = {
  'posts no ROFENCE': { ...smOb, onOrderingPoint() {} },
  'never commits': { ...smRc, onOrderingPoint() {}, onDurabilityPoint() {} },
  'fences without flushing the LLC': {
    ...smRc,
    onDurabilityPoint(posting, core) {
      if (posting.linesSinceAnswer(core) === 0) return;
      posting.post(core, Verb.RDFENCE, 0);
      posting.awaitAnswer(core);
    },
  },
  'waits for stores over CXL at durability points only': { ...cxlDirect, onOrderingPoint() {} },
  'never waits for stores over CXL': {
    ...cxlDirect,
    onOrderingPoint() {},
    onDurabilityPoint() {},
  },
  'skips one line in seven': {
    ...smOb,
    onLine(posting, core, line) {
      if (line % 7 !== 6) posting.post(core, Verb.WRITE_THROUGH, line);
    },
  },
};

describe('a wrong backend is caught', () => {
  it('that forgets a word of a line', () => {
    const forgets: Backend = {
      ...smDd,
      onLine: (posting, core, line, words) =>
        smDd.onLine(posting, core, line, words & (words - 1) || words),
    };
    const found = brokenOn(forgets, OVERTAKING, { seed: 1, programs: 20 }) ?? '';
    assert.match(found, /lacks stored words \(mask 0x1\)/);
  });

  for (const [what, backend] of Object.entries(WRONG)) {
    it(what, () => {
      assert.match(brokenOn(backend, OVERTAKING, { seed: 1, programs: 0 }) ?? '', /^round|^overt/);
    });
  }

  it('whose name another has', () => {
    const [named] = BACKEND_RULES.filter(({ name }) => name === 'name');
    assert.match(named.broken({ ...smOb }, EXTENT) ?? '', /'sm-ob' is taken/);
    assert.match(named.broken({ ...smOb, name: 'My Own' }, EXTENT) ?? '', /lower-case/);
  });

  it('that keeps something from one run to the next', () => {
    const [same] = BACKEND_RULES.filter(({ name }) => name === 'determinism');
    let posted = 0;
    const forgetful: Backend = {
      ...smOb,
      onOrderingPoint(posting, core) {
        if (++posted % 50 !== 0) smOb.onOrderingPoint(posting, core);
      },
    };
    assert.match(same.broken(forgetful, EXTENT) ?? '', /runs otherwise a second time/);
  });
});
