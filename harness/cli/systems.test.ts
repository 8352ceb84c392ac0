import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BACKENDS, PROFILES, profileTemplate } from '../../rdma/index.ts';
import { expandSystems } from '../bench/index.ts';
import { type OptionTable, type Values, valuesOf } from './options.ts';
import { chosenProfiles, PROFILE_OPTIONS } from './profiles.ts';
import { leftOutNote } from './run-groups.ts';
import { chosenSystems, SYSTEM_OPTIONS } from './systems.ts';

/** What is given for options, by name. */
type Texts = Readonly<Record<string, string | readonly string[]>>;

function valuesIn<T extends OptionTable>(table: T, texts: Texts): Values<T> {
  const given = Object.entries(texts).map(([name, text]) => [name, [text].flat()] as const);
  return valuesOf(table, new Map(given), '--');
}

const systems = (texts: Texts) => chosenSystems(valuesIn(SYSTEM_OPTIONS, texts));
const profilesOf = (texts: Texts) => chosenProfiles(valuesIn(PROFILE_OPTIONS, texts));

const directory = mkdtempSync(join(tmpdir(), 'systems-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function fileOf(name: string, content: unknown): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const MINE = {
  name: 'mine',
  summary: 'a faster wire',
  extends: 'paper-2018',
  link: {
    rateGbps: { value: 400, unit: 'Gb/s', basis: 'assumed', source: 'wish', range: [100, 400] },
  },
};

test('aliases become canonical names, and nothing is chosen twice', () => {
  const chosen = systems({ backend: 'design-a,sm-ob,no-sm', replicas: '2,2,1' });
  assert.deepEqual(chosen.backends, ['sm-ob', 'no-sm']);
  assert.deepEqual(chosen.replicas, [2, 1]);
  assert.deepEqual(
    chosen.profiles.map(({ name }) => name),
    ['paper-2018'],
  );
  assert.deepEqual(systems({}).backends, ['no-sm', 'sm-rc', 'sm-ob', 'sm-dd']);
  const all = systems({ backend: 'all' }).backends;
  assert.deepEqual(
    all,
    BACKENDS.map(({ name }) => name),
  );
});

test('what machines cannot run is refused with the reason, and left out of all that there is', () => {
  const chosen = (profile: string, backend: string) =>
    expandSystems(systems({ profile, backend })).map((one) => one.backend);
  assert.deepEqual(chosen('cxl-attached', 'sm-dd,cxl'), ['sm-dd', 'cxl-direct']);
  assert.throws(() => chosen('paper-2018,cxl-attached', 'cxl-direct'), {
    name: 'UsageError',
    message: /^cxl-direct cannot run on paper-2018: the primary's cores do not reach .*over CXL/,
  });
  const all = systems({ profile: 'paper-2018', backend: 'all' });
  assert.match(leftOutNote(all), /left out: cxl-direct cannot run on/);
  assert.ok(!chosen('paper-2018', 'all').includes('cxl-direct'));
  assert.equal(leftOutNote(systems({ profile: 'cxl-switched', backend: 'all' })), '');
});

test('a profile may come from a file, and carries what was set by hand in its name', () => {
  const path = fileOf('mine.json', MINE);
  const [mine, paper] = profilesOf({
    profile: [path, 'paper-2018'],
    set: 'pcie.readRoundTripNs.value=800',
  });
  assert.equal(mine.name, 'mine+pcie.readRoundTripNs=800');
  assert.equal(mine.link.rateGbps.value, 400);
  assert.equal(mine.pcie.readRoundTripNs.value, 800);
  assert.equal(paper.name, 'paper-2018+pcie.readRoundTripNs=800');
  const [twice] = profilesOf({ set: ['nic.doorbellNs=5', 'link.rateGbps=40'] });
  assert.equal(twice.name, 'paper-2018+nic.doorbellNs=5+link.rateGbps=40');
  assert.deepEqual([twice.nic.doorbellNs.value, twice.link.rateGbps.value], [5, 40]);
});

test('a profile may have comments, a schema for editors and a mark of its encoding', () => {
  const text = JSON.stringify({ $schema: './profile.schema.json', ...MINE })
    .replace('{', '\uFEFF// mine\n{ /* all of it */')
    .replace(/\}$/, ',}');
  for (const name of ['commented.json', 'commented.jsonc', 'commented.JSON5']) {
    const [mine] = profilesOf({ profile: fileOf(name, text) });
    assert.equal(mine.link.rateGbps.value, 400);
    assert.ok(!('$schema' in mine));
  }
  const [template] = profilesOf({
    profile: fileOf('template.jsonc', profileTemplate(PROFILES[0])),
  });
  assert.equal(template.name, 'my-machine');
  assert.throws(() => profilesOf({ profile: fileOf('bad.jsonc', '{\n  // x\n  "name": mine }') }), {
    name: 'ProfileError',
    message: /bad\.jsonc is not JSON \(comments are accepted\): .* at line 3, column \d+$/,
  });
});

test('profiles that cannot be are refused with what is wrong', () => {
  const refused = (
    profile: string | string[],
    set: string | string[] | undefined,
    message: RegExp,
    name = 'ProfileError',
  ) => {
    const texts = { profile, ...(set !== undefined && { set }) };
    assert.throws(() => profilesOf(texts), { name, message });
  };
  refused('paper-2018', 'no', /--set 'no' is not of the form/, 'UsageError');
  refused('paper-2018', ['a.b=1', 'a.b.value=2'], /--set a\.b was given twice/, 'UsageError');
  refused('paper-2018', 'pcie.x=1', /no profile value 'pcie\.x'; there are: pcie\.rateGbps/);
  refused('paper-2018', 'nic.doorbellNs=fast', /must be a number of ns/);
  refused(fileOf('broken.json', '{'), undefined, /broken\.json is not JSON/);
  refused(fileOf('a.json', { ...MINE, name: 'cxl' }), undefined, /the name 'cxl' is taken/);
  refused(fileOf('b.json', { ...MINE, colour: 1 }), undefined, /colour/);
  const pair = [fileOf('c.json', MINE), fileOf('d.json', MINE)];
  refused(pair, undefined, /two profiles have the name/);
  assert.throws(() => profilesOf({ profile: join(directory, 'none.json') }), {
    name: 'FailureError',
    message: /none\.json: no such file/,
  });
  assert.throws(() => profilesOf({ profile: 'fast' }), /unknown profile 'fast'.*\.json/);
});

test('faults are collected by replica', () => {
  const { faults, queuePairs } = systems({
    replicas: '2',
    'queue-pairs': 'shared,sound,shared',
    'slow-replica': '1:2.5',
    'stall-replica': '1:100:50',
  });
  assert.deepEqual(faults, [{ replica: 1, slowdown: 2.5, stallFromNs: 100, stallForNs: 50 }]);
  assert.deepEqual(queuePairs, ['shared', 'auto']);
  assert.deepEqual(systems({}).queuePairs, ['auto']);
});

test('a replica may be another machine, which the name of the profile tells', () => {
  const texts = ['1:optane-cx5,ddio.enabled=0', '0:link.propagationNs=900'];
  const { profiles } = systems({ replicas: '2', replica: texts });
  const [{ name, others }] = profiles;
  assert.equal(name, 'paper-2018+0:link.propagationNs=900+1:optane-cx5+1:ddio.enabled=0');
  assert.deepEqual(
    others?.map(({ replica, like, values }) => [replica, like?.name, values]),
    [
      [0, undefined, [['link.propagationNs', '900']]],
      [1, 'optane-cx5', [['ddio.enabled', '0']]],
    ],
  );
  const refused = (replica: string, message: RegExp) =>
    assert.throws(() => systems({ replicas: '2', replica }), message);
  refused(
    '1',
    /--replica '1' is not INDEX .*: --replica 1 --profile optane-cx5 or --replica 1 --set ddio/,
  );
  refused('2:ddio.enabled=0', /--replica 2: replicas are numbered from 0, and there are 2/);
  refused('1:ddio.ways=2,ddio.ways=3', /ddio\.ways was given twice/);
  refused('1:optane-cx5,eadr', /a replica is like one profile/);
  refused('1:optane', /unknown profile 'optane'/);
  refused('1:core.clockGhz=3', /replica 1: core\.clockGhz is not of a replica alone/);
});

test('a quorum is of as many as there are; of all it is none', () => {
  const quorums = (texts: Texts) =>
    expandSystems(systems({ backend: 'sm-ob', ...texts })).map((one) => [one.replicas, one.quorum]);
  assert.deepEqual(quorums({ replicas: '2,3', quorum: '1,2' }), [
    [2, 1],
    [2, undefined],
    [3, 1],
    [3, 2],
  ]);
  assert.throws(() => quorums({ quorum: '2' }), /--quorum 2: there are 1 replicas/);
});

test('faults that cannot be are refused with the form that is accepted', () => {
  const refused = (given: Texts, what: RegExp) =>
    assert.throws(() => systems(given), { name: 'UsageError', message: what });
  refused({ 'slow-replica': '0' }, /--slow-replica '0' is not INDEX:FACTOR/);
  refused({ 'slow-replica': '0:0.5' }, /FACTOR from 1 to 1000/);
  refused({ 'slow-replica': ['0:2', '0:3'] }, /given twice/);
  refused({ 'slow-replica': '1:2', replicas: '2,1' }, /numbered from 0, and there are 1/);
  refused({ 'stall-replica': '0:5' }, /is not INDEX:FROM_NS:FOR_NS/);
  refused({ 'stall-replica': ['0:5:5', '0:6:6'] }, /given twice/);
  refused(
    { 'queue-pairs': 'two' },
    /not one of auto, any, per-core, words, release, shared, sound/,
  );
});

test('a key that is there twice, and what moves the cursor in a file, is named and not acted on', () => {
  const head = '{"name": "x", "summary": "s", "extends": "cxl"';
  const twice = fileOf('twice.json', `${head}, "core": {},\n "core": {}}`);
  assert.throws(() => profilesOf({ profile: twice }), {
    name: 'ProfileError',
    message: `${twice}, line 2: the key core is there twice; give it once`,
  });
  const hidden = fileOf('hidden.json', '\u001b[2J{}');
  assert.throws(
    () => profilesOf({ profile: hidden }),
    (error: Error) => {
      assert.match(error.message, /is not JSON .*\\x1b/);
      return !error.message.includes('\u001b');
    },
  );
});
