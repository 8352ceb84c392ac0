import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { threeDigits } from '../harness/report/index.ts';
import {
  claimRowsOf,
  claimSentences,
  headlineMarkdown,
  headlineRowsOf,
  headlineSentences,
} from '../harness/studies/machines/index.ts';

const ROOT = join(import.meta.dirname, '..');

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

const csv = (file: string): Record<string, string>[] =>
  parse(readFileSync(join(ROOT, 'results', file)), { columns: true });

const PAGES = ['README.md', 'results/README.md'].map((page) =>
  readFileSync(join(ROOT, page), 'utf8'),
);

/** The headline: both designs under both policies of queue pairs. */
const HEADLINE = ['auto', 'any'].flatMap((queuePairs) =>
  ['sm-ob', 'sm-dd'].map((backend) => ({ queuePairs, backend })),
);

/** The row of the summary's means over the suite. */
function meansOf({ queuePairs, backend }: (typeof HEADLINE)[number]): Record<string, string> {
  const row = csv('whisper-summary.csv').find(
    (one) => one.set === 'whisper' && one.queuePairs === queuePairs && one.backend === backend,
  );
  assert.ok(row !== undefined, `no means of ${backend}, queue pairs ${queuePairs}`);
  return row;
}

const shortened = (text: string): string => Number(text).toFixed(2);

test('the means that README shows are those of results/whisper-summary.csv', () => {
  for (const one of HEADLINE) {
    const { queuePairs, backend } = one;
    const line = `^WHISPER workloads +(\\d+) +${queuePairs} +${backend} +(\\S+) +(\\S+)`;
    const shown = new RegExp(line, 'm').exec(README);
    assert.ok(shown !== null, `README shows no means of ${backend}, queue pairs ${queuePairs}`);
    const row = meansOf(one);
    const means = [row.geometricMeanSpeedupOverSmRc, row.arithmeticMeanSpeedupOverSmRc];
    const expected = [row.members, ...means.map(shortened)];
    assert.deepEqual(shown.slice(1), expected, `README is behind: ${backend}, ${queuePairs}`);
  }
});

test('the table of slowdowns of README is that of whisper.csv', () => {
  const rows = csv('whisper.csv').filter(({ queuePairs }) => queuePairs === 'auto');
  const lines = [...README.matchAll(/^\| ([a-z]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)];
  assert.equal(lines.length, 11);
  for (const [, program, ...shown] of lines) {
    const expected = ['sm-rc', 'sm-ob', 'sm-dd'].map((backend) => {
      const row = rows.find((one) => one.workload === program && one.backend === backend);
      return threeDigits(Number(row?.slowdownOverNoSm));
    });
    assert.deepEqual(shown, expected, program);
  }
});

test('the table of policies in results/README.md is that of results/whisper-summary.csv', () => {
  const page = readFileSync(join(ROOT, 'results', 'README.md'), 'utf8');
  for (const policy of ['auto', 'any']) {
    const designs = HEADLINE.filter(({ queuePairs }) => queuePairs === policy).map(meansOf);
    const means = (column: string) => designs.map((row) => shortened(row[column])).join(', ');
    const ours = means('geometricMeanSpeedupOverSmRc');
    const line = `| ${ours} | ${means('geometricMeanSpeedupOverSoundSmRc')} |`;
    const row = page.split('\n').find((one) => one.startsWith(`| \`${policy}\` |`));
    assert.ok(row?.endsWith(line), `${policy}: ${line}`);
  }
});

test('the table of round trips in results/README.md is that of results/whisper.csv', () => {
  const page = readFileSync(join(ROOT, 'results', 'README.md'), 'utf8');
  const rows = csv('whisper.csv').filter(({ queuePairs }) => queuePairs === 'auto');
  const lines = page.matchAll(
    /^\| ([a-z]+) \| ([\d.]+) \| (\d+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$/gm,
  );
  let checked = 0;
  for (const [, program, ...shown] of lines) {
    const of = (backend: string) => {
      const row = rows.find((each) => each.workload === program && each.backend === backend);
      assert(row !== undefined, program);
      return row;
    };
    const commit = of('sm-rc');
    const trips = Number(commit.blockingRoundTripsPerTx);
    const waits = Number(commit.remoteOrderingNsPerTx) + Number(commit.remoteDurabilityNsPerTx);
    assert.deepEqual(shown, [
      trips.toFixed(1),
      (waits / trips).toFixed(0),
      (Number(of('no-sm').execTimeNsPerTx) / trips).toFixed(0),
      Number(of('sm-ob').speedupOverSmRc).toFixed(2),
      Number(of('sm-dd').speedupOverSmRc).toFixed(2),
    ]);
    checked++;
  }
  assert.equal(checked, 11);
});

test('README states the headline as headline.csv has it', () => {
  const rows = headlineRowsOf(csv('headline.csv'));
  assert.ok(README.includes(headlineMarkdown(rows)), 'README lacks the table of headline.csv');
  const text = README.replaceAll(/\s+/g, ' ');
  for (const sentence of headlineSentences(rows)) assert.ok(text.includes(sentence), sentence);
});

test('what the pages say of every program is what claims.csv shows', () => {
  const known = claimSentences(claimRowsOf(csv('claims.csv')));
  for (const sentence of generalClaims(PAGES.join('\n'))) {
    assert.ok(known.includes(sentence), `no finding of claims.csv: ${sentence}`);
  }
});

test('README says of both designs where they are faster than remote commit, and all exceptions', () => {
  const text = README.replaceAll(/\s+/g, ' ');
  const claimed = claimSentences(claimRowsOf(csv('claims.csv'))).filter((sentence) =>
    /^Under `(auto|any)`.* faster than remote commit/.test(sentence),
  );
  assert.equal(claimed.length, HEADLINE.length);
  for (const sentence of claimed) assert.ok(text.includes(sentence), sentence);
});

/** The sentences of a page, outside of tables, that say of all programs that a design is faster, slower or ahead. */
function generalClaims(page: string): string[] {
  return page
    .replaceAll(/^\|.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .split(/(?<=\.) (?:- )?/)
    .filter(
      (sentence) =>
        /\b(every|each|all|no)( \w+)? programs?\b/i.test(sentence) &&
        /faster|slower|ahead|outperform/.test(sentence),
    );
}

test('a claim about every program is found in a page', () => {
  const page = 'A b.\nBoth designs are faster\nthan x on every program and trace. `m` is slower.';
  assert.deepEqual(generalClaims(page), [
    'Both designs are faster than x on every program and trace.',
  ]);
  const all = 'On all WHISPER programs both are ahead.';
  assert.deepEqual(generalClaims(all), [all]);
  assert.deepEqual(generalClaims('The suite runs every program.'), []);
});

test('no page calls the means near to the published ones', () => {
  for (const page of PAGES) assert.doesNotMatch(page, /within\s+a\s+(tenth|quarter)/);
});

/** Lines of shell in a page whose output goes to a pipe or a file, and which npm would add lines of its own to. */
function noisyPipes(page: string): string[] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text);
  return blocks
    .join('')
    .split('\n')
    .map((line) => line.replace(/\s#.*$/, ''))
    .filter((line) => /\bnpm run (?!-s )[^&|>]*[|>]/.test(line));
}

test('where output is piped, npm is told to be silent', () => {
  const pages = [...PAGES, readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')];
  for (const page of pages) assert.deepEqual(noisyPipes(page), []);
  const page = '```sh\nnpm run a -- b | c  # d\nnpm run -s a > b\nnpm run a  # b | c\n```\n';
  assert.deepEqual(noisyPipes(page), ['npm run a -- b | c ']);
});
