import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type CellGroup, executionKey, systemInPlan } from '../../bench/index.ts';
import type { Given } from '../options.ts';
import { PROGRAMS_WORD } from '../programs.ts';
import { chosenSweep } from '../swept.ts';
import { assumedSeconds } from './cost.ts';
import { groupsOf } from './own-plans.ts';
import { readPlan } from './plan.ts';
import { planText } from './save.ts';
import { groupsOfShard } from './shard.ts';

const root = mkdtempSync(join(tmpdir(), 'plan-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** The plan with this text, in a file of this name. */
function planOf(text: string, name = 'p.yaml', given?: Given) {
  const path = join(root, name);
  writeFileSync(path, text);
  return readPlan(path, given);
}

const cellsOf = (groups: readonly CellGroup[]): string[] =>
  groups.flatMap(({ execution, systems }) =>
    systems.map((system) => `${executionKey(execution)} ${systemInPlan(system)}`),
  );

/** Some of what a command line may say, by option. */
const CHOICES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  vary: [['rtt=500,900'], ['threads=1:2', 'epochs=1:4:x2'], ['replicas=1,2'], ['seed=4,5']],
  backend: [['sm-rc'], ['sm-ob,sm-dd'], ['design-a', 'no-sm'], ['all']],
  profile: [['optane-cx5'], ['paper-2018,eadr'], ['./mine.json']],
  set: [['pcie.postedNs=300', 'ddio.enabled=0']],
  replicas: [['2'], ['2,3']],
  quorum: [['1']],
  inflight: [['1,4']],
  replica: [['0:optane-cx6,ddio.enabled=0'], ['0:ddio.enabled=0', '1:optane-cx6']],
  'queue-pairs': [['shared'], ['auto,any']],
  'slow-replica': [['0:2']],
  transactions: [['20']],
  warmup: [['0']],
  param: [['regionLines=64', 'pattern=sequential']],
  compute: [['whisper']],
  seed: [['7']],
  seeds: [['2']],
  percentiles: [['50,99.9']],
};

test('a saved command line expands to the cells of the command line', () => {
  writeFileSync(join(root, 'mine.json'), '{"name":"mine","summary":"s","extends":"cxl"}');
  const given = fc.record(
    Object.fromEntries(
      Object.entries(CHOICES).map(([name, texts]) => [name, fc.constantFrom(...texts)]),
    ),
    { requiredKeys: [] },
  );
  let accepted = 0;
  const before = process.cwd();
  process.chdir(root);
  try {
    fc.assert(
      fc.property(given, (options) => {
        const all: Given = new Map(
          Object.entries(options).flatMap(([name, texts]) => (texts ? [[name, texts]] : [])),
        );
        let expected: string[];
        try {
          expected = cellsOf(chosenSweep(PROGRAMS_WORD.parse(['transact']), all).plan.groups);
        } catch {
          return;
        }
        accepted++;
        const { experiments } = planOf(planText(['transact'], all, root));
        assert.deepEqual(cellsOf(experiments[0].plan.groups), expected);
        assert.deepEqual(experiments[0].percentiles, all.has('percentiles') ? [50, 99.9] : []);
      }),
      { numRuns: 60, seed: 1 },
    );
  } finally {
    process.chdir(before);
  }
  assert.ok(accepted >= 15, `${accepted} command lines`);
});

test('JSON is YAML, and one experiment may stand without a list', () => {
  const yaml = planOf('programs: [ctree, hashmap]\nbackends: sm-dd\nvary: {threads: 1}\n');
  const json = planOf(
    '{"programs": "ctree,hashmap", "backends": ["sm-dd"], "vary": {"threads": [1]}}',
    'p.json',
  );
  assert.deepEqual(
    cellsOf(json.experiments[0].plan.groups),
    cellsOf(yaml.experiments[0].plan.groups),
  );
  assert.deepEqual(
    [yaml, json].map(({ experiments }) => experiments.map(({ name }) => name)),
    [['p'], ['p']],
  );
});

const SEVERAL = `
backends: [sm-rc, sm-dd]
transactions: 20
experiments:
  - name: one
    programs: [ctree, {program: transact, param: {epochs: 2}, transactions: 5}, trace:ctree]
    transactions: 10
  - name: two
    programs: ctree
    backends: sm-dd
    transactions: 10
    profiles: [paper-2018, {profile: paper-2018, set: {pcie.postedNs: 300}}]
`;

test('experiments inherit, items have settings of their own, and shared cells are run once', () => {
  // Transactions are not for traces: that is refused with its place.
  assert.throws(() => planOf(SEVERAL), /line 4, column 1|line 7, column 5/);
  const { experiments } = planOf(SEVERAL.replace(', trace:ctree', ''));
  const [one, two] = experiments;
  const counts = one.plan.groups.map(({ execution }) =>
    execution.kind === 'workload' ? [execution.workload, execution.transactions] : [],
  );
  assert.deepEqual(counts, [
    ['ctree', 10],
    ['transact', 5],
  ]);
  const profiles = two.plan.groups.flatMap(({ systems }) => systems.map((s) => s.profile.name));
  assert.deepEqual(new Set(profiles), new Set(['paper-2018', 'paper-2018+pcie.postedNs=300']));
  const all = cellsOf(experiments.flatMap(({ plan }) => plan.groups));
  const joined = cellsOf(groupsOf(experiments));
  assert.deepEqual(new Set(joined), new Set(all));
  assert.equal(joined.length, new Set(joined).size);
  assert.equal(all.length - joined.length, 2, 'sm-dd and its bound on paper-2018');
});

test('what is given stands for what the plan says, where programs have it', () => {
  const text = 'experiments: [{programs: ctree, name: a}, {programs: trace:ctree, name: b}]';
  const given: Given = new Map([
    ['transactions', ['9']],
    ['backend', ['sm-dd']],
  ]);
  const { experiments } = planOf(text, 'p.yaml', given);
  const [a, b] = experiments.map(({ plan }) => plan.groups[0]);
  assert.equal(a.execution.kind === 'workload' && a.execution.transactions, 9);
  assert.equal(b.execution.kind, 'trace');
  assert.deepEqual(
    a.systems.map(({ backend }) => backend),
    ['sm-dd', 'ideal'],
  );
  assert.throws(
    () => planOf('programs: trace:ctree', 'p.yaml', new Map([['threads', ['2']]])),
    /^UsageError: --threads is for a workload; .*p\.yaml runs none$/,
  );
  assert.throws(
    () => planOf('programs: ctree', 'p.yaml', new Map([['set', ['no.such=1']]])),
    /^ProfileError: no profile value/,
    'what the plan does not say has no place in it',
  );
});

test('paths are relative to the file of the plan', () => {
  const inside = join(root, 'a, b');
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(inside, 'm.json'), '{"name":"near","summary":"s","extends":"cxl"}');
  writeFileSync(join(inside, 't.log'), 'START|STORE;0x100;0x1;0x8|FLUSH;0x100;0x40|FENCE|STOP');
  const text = 'programs: [t.log]\nprofiles: ./m.json\nbackends: sm-dd\n';
  const [{ plan }] = planOf(text, 'a, b/p.yaml').experiments;
  const [{ execution, systems }] = plan.groups;
  assert.equal(execution.kind === 'trace' && execution.file, join(inside, 't.log'));
  assert.equal(systems[0].profile.name, 'near');
});

const REFUSED: readonly (readonly [text: string, message: RegExp])[] = [
  ['progams: ctree', /line 1, column 1: progams: there is no such key: did you mean programs\?/],
  ['programs: ctree\nthreads: 99', /line 2, column 1: .*'99' is not a whole number from 1 to 64/],
  ['set:\n  rtt: 1\n  __proto__: 2', /line 3, column 3: set\.__proto__: no profile value/],
  ['toString: 1', /line 1, column 1: toString: there is no such key; accepted: /],
  ['programs: constructor', /line 1, column 1: programs: unknown workload 'constructor'/],
  ['vary:\n  treads: 1', /line 2, column 3: vary\.treads: .* did you mean threads/],
  ['programs: transact\nparam: {epoch: 1}', /line 2, column 9: param\.epoch: transact has no/],
  ['a: 1\na: 2', /line 2, column 1: the key a is there twice/],
  ['{"a": 1,\n "a": 2}', /line 2, column 2: the key a is there twice/],
  ['programs: &a ctree\nbackends: *a', /line 2, column 11: aliases such as \*a are not accepted/],
  ['a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]', /aliases such as \*a are not accepted/],
  ['programs: [ctree', /line 1, column 17: not YAML or JSON: /],
  ['programs: !!js/function x', /line 1, column 11: not YAML or JSON: /],
  ['programs: ctree\n---\nprograms: ctree', /line 2, column 1: a second document begins here/],
  ['[ctree]', /line 1, column 1: a plan is a map of keys/],
  ['', /a plan is a map of keys/],
  ['programs:', /line 1, column 1: programs: it is not a word/],
  ['programs: []', /line 1, column 1: programs: the list is empty/],
  ['programs: [ctree, {program: x, foo: 1}]', /column 32: programs\[1\]\.foo: there is no such/],
  ['zip: 1', /line 1, column 1: zip: it is not true or false/],
  ['zip: true', /line 1, column 1: zip: --zip: nothing varies/],
  ['replica: {1: {profil: x}}', /replica\.1\.profil: .* did you mean profile/],
  ['experiments: [{name: a}, {name: a}]', /experiments\[1\]\.name: two experiments have the name/],
  ['experiments: [{nme: a}]', /line 1, column 16: experiments\[0\]\.nme: .* did you mean name/],
  ['programs: ./no.log', /line 1, column 1: programs: there is no file .*no\.log/],
  ['profiles: no.json', /line 1, column 1: profiles: cannot read the profile .*no\.json/],
  ['threads: 1\nvary: {threads: 2}', /line 2, column 8: vary\.threads: .* both fixed and varied/],
  ['seed: 1_000', /line 1, column 1: seed: .*'1_000' is not a whole number/],
  ['seed: 0x10', /'0x10' is not a whole number/],
  ['seed: .nan', /line 1, column 1: seed: it is not a word/],
  [`about: ${'['.repeat(40)}${']'.repeat(40)}`, /nested too deeply/],
  [`about: ${'x'.repeat(300_000)}`, /larger than 256 KiB/],
  ['programs: "ctree\\0"', /line 1, column 1: programs: it has a NUL/],
  ['{"profiles": ["a\\u0000.json"]}', /profiles\[0\]: it has a NUL/],
  ['about: \u001b[2J\nx: 1', /not YAML or JSON|there is no such key/],
];

test('what is wrong is told with file, line, column and key', () => {
  for (const [text, message] of REFUSED) {
    assert.throws(
      () => planOf(text),
      (error) => {
        assert.ok(error instanceof Error);
        assert.match(error.name, /^(UsageError|FailureError)$/, text);
        assert.match(error.message, message, text);
        assert.match(error.message, /p\.yaml/, text);
        return true;
      },
      text,
    );
  }
  assert.throws(() => readPlan(root), /cannot read the plan .*: it is a directory/);
  assert.throws(() => readPlan('/dev/zero'), /larger than 256 KiB/);
  assert.throws(() => readPlan(join(root, 'none.yaml')), /cannot read the plan .*: no such file/);
  writeFileSync(join(root, 'p.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
  assert.throws(() => readPlan(join(root, 'p.yaml')), /not text in UTF-8/);
});

test('shards are disjoint, together the plan, balanced, and the same every time', () => {
  const { experiments } = planOf(
    'programs: [tpcc, ctree, echo, transact]\nbackends: all\nvary: {rtt: 500:3000:x2}\nseeds: 3\n',
  );
  const groups = groupsOf(experiments);
  const whole = cellsOf(groups).sort();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), (count) => {
      const shards = Array.from({ length: count }, (_, i) =>
        groupsOfShard(groups, { index: i + 1, count }),
      );
      assert.deepEqual(shards.flatMap(cellsOf).sort(), whole);
      assert.deepEqual(groupsOfShard(groups, { index: 1, count }), shards[0]);
      const pieces = shards.map((shard) =>
        shard.map((group) => assumedSeconds(group) * group.systems.length),
      );
      const loads = pieces.map((own) => own.reduce((sum, seconds) => sum + seconds, 0));
      const apart = Math.max(...loads) - Math.min(...loads);
      assert.ok(apart <= Math.max(...pieces.flat()) * (1 + 1e-9), `${count}: ${loads}`);
    }),
    { numRuns: 20, seed: 1 },
  );
});
