/** Targets that are files: traces, profiles, measurements, results, databases, plug-ins. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { bytesOf, type Case, type Contents, contentsOf } from './case.ts';
import * as seeds from './seeds.ts';
import { FAST, SOME_PLAN, TRANSACT } from './small.ts';
import { changed } from './text.ts';

/** Commands with a file that was changed. */
function ofFile(
  name: string,
  contents: fc.Arbitrary<Contents>,
  commands: readonly (readonly string[])[],
  program: Case['program'] = 'pmirror',
): fc.Arbitrary<Case> {
  return fc
    .tuple(contents, fc.constantFrom(...commands))
    .map(([file, words]) => ({ program, words: [...words], files: { [name]: file } }));
}

export const traces = ofFile('t.log', changed(seeds.TRACE_SEEDS, seeds.TRACE_TOKENS), [
  ['run', 't.log', ...FAST],
  ['run', 't.log', '--tx-marker', 'A', '--pm-range', '0-0xffffffff', '--output', 'a.csv'],
  ['analyze', 't.log'],
  ['analyze', 't.log', '--tx-marker', 'A,GT_INSERT', '--json'],
  ['crash-check', 't.log', '--tx-marker', 'A'],
  ['crash-check', 't.log'],
  ['explain', 't.log', '--tx-marker', 'GT_INSERT'],
]);

export const profiles = ofFile('p.json', changed(seeds.PROFILE_SEEDS, seeds.PROFILE_TOKENS), [
  ['run', ...TRANSACT, '--backend', 'all', '--profile', 'p.json'],
  ['run', ...TRANSACT, ...FAST, '--profile', 'p.json', '--threads', '2', '--replicas', '2'],
  ['profile', 'template', '--profile', 'p.json', '--output', 'a.jsonc'],
  ['profile', 'show', 'p.json'],
  ['list', 'p.json'],
]);

export const plans = ofFile('p.yaml', changed(seeds.PLAN_SEEDS, seeds.PLAN_TOKENS), [
  ['plan', 'p.yaml'],
  ['plan', 'p.yaml', '--json', '--shard', '1/2'],
  ['plan', 'p.yaml', '--seeds', '2', '--backends', 'all', '--output', 'a.csv'],
]);

export const measured = ofFile('m.csv', changed(seeds.MEASURED_SEEDS, seeds.MEASURED_TOKENS), [
  ['profile', 'fit', 'm.csv', '--profile', 'optane-cx5', '--output', 'a.json'],
  ['calibrate', '--measured', 'm.csv', '--output', 'a.csv'],
]);

/** Committed files by their names, one of them changed. */
const results = fc
  .constantFrom(...Object.keys(seeds.RESULT_SEEDS))
  .chain((name) =>
    changed([seeds.RESULT_SEEDS[name]], seeds.CSV_TOKENS).map((file) => ({ name, file })),
  );

export const tables = fc.tuple(results, fc.nat({ max: 2 })).map(([{ name, file }, n]): Case => {
  const files = { [`r/${name}`]: file };
  const from = ['--from', n === 0 ? 'r' : `r/${name}`];
  if (n === 2)
    return { program: 'pmirror', words: ['results', 'export', '--tidy', ...from], files };
  return { program: 'figures', words: [...from, '--out', 'out'], files };
});

export const reports = fc.tuple(results, fc.boolean()).map(
  ([{ name, file }, isAgainst]): Case => ({
    program: 'report',
    words: ['--from', 'r', ...(isAgainst ? ['--against', 'old'] : []), '--output', 'a.html'],
    files: { [`r/${name}`]: file, [`old/${name}`]: seeds.RESULT_SEEDS[name] },
  }),
);

/** Two files of results, one of them changed. */
export const comparisons = fc
  .tuple(results, fc.constantFrom([], ['--metric', 'all'], ['--fail-on', '2%'], ['--json']))
  .map(
    ([{ name, file }, more]): Case => ({
      program: 'pmirror',
      words: ['results', 'compare', `r/${name}`, `old/${name}`, ...more],
      files: { [`r/${name}`]: file, [`old/${name}`]: seeds.RESULT_SEEDS[name] },
    }),
  );

const OF_DATABASES = [
  ['run', ...TRANSACT, '--backend', 'sm-dd', '--db', 'a.db'],
  ['results', 'list', '--db', 'a.db'],
  ['results', 'show', '--db', 'a.db'],
  ['results', 'show', '--db', 'a.db', '--program', 'ctree', '--backend', 'sm-dd'],
  ['results', 'export', '--db', 'a.db', '--output', 'a.jsonl'],
  ['results', 'export', '--db', 'a.db', '--tidy', '--output', 'a.csv'],
  ['results', 'compare', 'a.db', 'b.db', '--fail-on', '1'],
  ['results', 'merge', 'a.db', '--db', 'new.db'],
  ['results', 'merge', 'b.db', '--db', 'a.db'],
  ['plan', 'p.yaml', '--db', 'a.db'],
];

export const databases = ofFile(
  'a.db',
  changed(seeds.DATABASE_SEEDS, seeds.DATABASE_TOKENS),
  OF_DATABASES,
).map(
  (one): Case => ({
    ...one,
    files: { ...one.files, 'b.db': contentsOf(seeds.SOME_DATABASE), 'p.yaml': SOME_PLAN },
  }),
);

/** A process loads a file once and a name once, so both are of what is in the file. */
export const plugins = changed(seeds.PLUGIN_SEEDS, seeds.PLUGIN_TOKENS).map((file): Case => {
  const bytes = bytesOf(file);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const text = bytes.toString('latin1').replaceAll('fuzzed', `fuzzed-${hash}`);
  const name = `x-${hash}.cjs`;
  return {
    program: 'pmirror',
    words: ['run', ...TRANSACT, '--backend', `sm-dd,./${name}`],
    files: { [name]: contentsOf(Buffer.from(text, 'latin1')) },
    parseOnly: true,
  };
});
