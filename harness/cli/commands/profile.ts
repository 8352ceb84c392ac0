/** `pmirror profile`: a machine of one's own, from a template or from measurements. */

import { basename, extname } from 'node:path';
import { printable } from '../../../pm/printable.ts';
import {
  type HardwareProfile,
  PROFILES,
  profileJsonSchema,
  profileTemplate,
} from '../../../rdma/index.ts';
import { startProgress, UsageError, writeWhole } from '../../host/index.ts';
import { type Column, column, listTable } from '../../report/index.ts';
import { quantityNamed, quantityNames } from '../../studies/calibration/index.ts';
import {
  fitProfile,
  fitText,
  fittedProfileText,
  giveFit,
  nextMeasurement,
} from '../../studies/fit/index.ts';
import type { MeasuredFile } from '../../studies/measured/index.ts';
import { aboutProfile } from '../about-profile.ts';
import type { Answer } from '../answer.ts';
import { command } from '../command.ts';
import { readFiles, STANDARD_OUTPUT, textOutput } from '../file-options.ts';
import { giveProfiles } from '../list-tables.ts';
import { MEASURED_HELP, readMeasuredFiles } from '../measured-files.ts';
import { choice, type Given, JSON_OPTION, text, type Values, WIDE_OPTION } from '../options.ts';
import { chosenProfiles, PROFILE_OPTIONS, parseProfiles } from '../profiles.ts';

const OPTIONS = {
  profile: {
    ...PROFILE_OPTIONS.profile,
    alias: 'base',
    help: 'the base: whose values a template has, and what is fitted; by name or as a file',
  },
  set: PROFILE_OPTIONS.set,
  perftest: measuredFiles(
    'from: output of perftest, as text or JSON: ib_write_lat, ib_read_lat; repeatable',
  ),
  'perftest-bw': measuredFiles('from: the same of ib_write_bw; repeatable'),
  name: text({
    help: 'fit, from: name of the fitted profile; by default that of the --output file',
  }),
  output: textOutput({
    help:
      'file to write, or - for standard output: the template, schema, values or names, instead of the ' +
      'terminal; or the fitted profile',
  }),
  ...WIDE_OPTION,
  ...JSON_OPTION,
};

/** Files to read, as they were named. */
function measuredFiles(help: string) {
  return {
    help,
    parse: (texts: readonly string[]) => texts,
    files: (texts: readonly string[]) => readFiles(texts),
  };
}

type Chosen = Values<typeof OPTIONS>;
type Option = keyof typeof OPTIONS;

/** What can be done: which words and options it takes, and how it is done. */
const ACTIONS: Readonly<
  Record<
    'template' | 'schema' | 'show' | 'fit' | 'from' | 'quantities',
    {
      readonly about: string;
      readonly names: string | undefined;
      readonly options: readonly Option[];
      run(values: Chosen, names: readonly string[], answer: Answer): void;
    }
  >
> = {
  template: {
    about: 'a commented file to start from, which runs as it is',
    names: undefined,
    options: ['profile', 'set', 'output'],
    run: (values, _, answer) => put(values, profileTemplate(base(values)), answer),
  },
  schema: {
    about: 'the JSON schema by which an editor completes and checks such a file',
    names: undefined,
    options: ['output'],
    run: (values, _, answer) =>
      put(values, `${JSON.stringify(profileJsonSchema(), null, 2)}\n`, answer),
  },
  show: {
    about: 'all values of profiles with their sources',
    names: 'which profile? Give a name or a file',
    options: ['output', 'json'],
    run: (values, names, answer) => {
      const profiles = parseProfiles(names);
      put(values, `${profiles.map(aboutProfile).join('\n\n')}\n`, answer);
      giveProfiles(answer, profiles);
    },
  },
  fit: {
    about: 'values fitted to files of measurements, what they leave open, and what to measure next',
    names: `which measurements? Give files: ${MEASURED_HELP}`,
    options: ['profile', 'set', 'name', 'output', 'wide', 'json'],
    run: fit,
  },
  from: {
    about: 'as fit, from output of perftest, with the profile on standard output',
    names: undefined,
    options: ['profile', 'set', 'perftest', 'perftest-bw', 'name', 'output', 'wide'],
    run: (values, _, answer) => from(values, answer),
  },
  quantities: {
    about: 'what can be measured, by the names that a CSV of measurements has',
    names: undefined,
    options: ['output', 'json'],
    run: (values, _, answer) => {
      put(values, `${quantitiesText()}\n`, answer);
      giveQuantities(answer);
    },
  },
};

const NAMES = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];

const WORDS = {
  action: {
    ...choice(NAMES)({
      help: NAMES.map((name) => `${name}: ${ACTIONS[name].about}`).join('; '),
    }),
    required: `profile: do what? One of ${NAMES.join(', ')}`,
  },
  names: {
    help: `show: profiles, by name or as files; fit: files of ${MEASURED_HELP}; - is standard input`,
    parse: (texts: readonly string[]) => texts,
    files: (texts: readonly string[]) => readFiles(texts),
  },
} as const;

export const profileCommand = command(
  {
    usage: 'profile <action> [names..]',
    summary: 'a profile of your machines: a template, a schema for editors, a fit to measurements',
    words: WORDS,
    options: OPTIONS,
    examples: [
      ['$0 profile template --profile optane-cx5 --output mine.jsonc', 'a file to start from'],
      ['$0 run ctree --profile mine.jsonc', 'it runs as it is'],
      ['$0 profile schema --output profile.schema.json', 'for editors'],
      [
        '$0 profile fit write_lat.txt read_lat.txt mine.csv --profile optane-cx5 --output mine.json',
        'fitted to what was measured',
      ],
      [
        '$0 profile from --perftest write_lat.txt --perftest-bw write_bw.txt --base optane-cx6 > mine.json',
        'the same of perftest alone, in a pipe',
      ],
    ],
  },
  async ({ action, names = [], ...values }, given, answer) => {
    refuseForeign(action, names, given);
    ACTIONS[action].run(values, names, answer);
  },
);

/** Refuses words and options that `action` has no use for, and the lack of words that it needs. */
function refuseForeign(action: keyof typeof ACTIONS, names: readonly string[], given: Given): void {
  const { names: needed, options } = ACTIONS[action];
  if (needed === undefined && names.length > 0) {
    throw new UsageError(`profile ${action} takes no more words; unexpected '${names[0]}'`);
  }
  if (needed !== undefined && names.length === 0) {
    throw new UsageError(`profile ${action}: ${needed}`);
  }
  for (const name of Object.keys(OPTIONS) as Option[]) {
    if (given.has(name) && !options.includes(name)) {
      const accepted = options.map((one) => `--${one}`).join(', ');
      throw new UsageError(`profile ${action} has no use for --${name}; it takes ${accepted}`);
    }
  }
}

/** The one profile that is the base. */
function base(values: Chosen): HardwareProfile {
  const [profile, ...more] = chosenProfiles(values);
  if (more.length > 0) throw new UsageError('profile takes one base; name one in --profile');
  return profile;
}

/** Shows `content`, or writes it where it is wanted. */
function put({ output: file }: Chosen, content: string, answer: Answer): void {
  if (file === undefined) answer.show(content);
  else if (file === STANDARD_OUTPUT) process.stdout.write(content);
  else writeWhole(file, content);
}

const PROFILE_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** What the fitted profile is called: as its file, if that can be a name. */
function fittedName({ name, output: file }: Chosen): string {
  const isTaken = (one: string): boolean => PROFILES.some((known) => known.name === one);
  const ofFile = file === undefined ? '' : basename(file, extname(file)).toLowerCase();
  const chosen = name ?? (PROFILE_NAME.test(ofFile) && !isTaken(ofFile) ? ofFile : 'fitted');
  if (!PROFILE_NAME.test(chosen)) {
    throw new UsageError(`--name '${chosen}': lower-case letters, digits, dots and dashes`);
  }
  if (isTaken(chosen)) throw new UsageError(`--name '${chosen}' is taken; give another`);
  return chosen;
}

function fit(values: Chosen, files: readonly string[], answer: Answer): void {
  const name = fittedName(values);
  const { dimmCount } = base(values).memory;
  fitTo(values, { name, files, ...readMeasuredFiles(files, dimmCount.value) }, answer);
}

/** As {@link fit}, of perftest alone; without `--output` the profile goes to standard output. */
function from(values: Chosen, answer: Answer): void {
  const { perftest = [], 'perftest-bw': bandwidths = [], output = STANDARD_OUTPUT } = values;
  const files = [...perftest, ...bandwidths];
  if (files.length === 0) {
    throw new UsageError(
      'profile from: which measurements? Give --perftest FILE of ib_write_lat or ib_read_lat, and ' +
        '--perftest-bw FILE of ib_write_bw',
    );
  }
  const name = fittedName(values);
  if (output === STANDARD_OUTPUT) answer.leaveStandardOutput();
  const measured = readMeasuredFiles(files, 1, (file, path) =>
    refuseOther(file, path, bandwidths.includes(path)),
  );
  fitTo({ ...values, output }, { name, files, ...measured }, answer);
}

/** Refuses a file that is not perftest's, or of latencies where those of bandwidth are wanted. */
function refuseOther({ format, rows }: MeasuredFile, path: string, isOfBandwidth: boolean): void {
  const option = isOfBandwidth ? '--perftest-bw' : '--perftest';
  if (!format.startsWith('perftest')) {
    throw new UsageError(
      `${option} ${path} is no output of perftest, but ${format}; pmirror profile fit takes it`,
    );
  }
  for (const { quantity, source } of rows) {
    if (quantity.name.includes('_bw ') === isOfBandwidth) continue;
    const other = isOfBandwidth ? '--perftest' : '--perftest-bw';
    throw new UsageError(`${option} ${source}, is of ${quantity.name}: give that file as ${other}`);
  }
}

/** What was measured, in which files, and what the profile will be called. */
interface Measured extends Pick<MeasuredFile, 'rows' | 'skipped'> {
  readonly name: string;
  readonly files: readonly string[];
}

/** Fits the base, says what was found, and writes the profile where it is wanted. */
function fitTo(values: Chosen, { name, files, rows, skipped }: Measured, answer: Answer): void {
  const profile = base(values);
  const progress = startProgress(2);
  let found: ReturnType<typeof fitProfile>;
  let next: ReturnType<typeof nextMeasurement>;
  try {
    progress.update(0, 'fitting');
    found = fitProfile(profile, rows);
    progress.update(1, 'what to measure next');
    next = nextMeasurement(found);
  } finally {
    progress.stop();
  }
  const { wide = false, output: file } = values;
  const shown = { files: files.map(printable), skipped: skipped.map(printable), wide };
  answer.show(`${fitText(found, next, shown)}\n`);
  giveFit((table) => answer.give(table), found, { next, skipped });
  if (file === undefined) return;
  put(values, fittedProfileText(found, { files, name }), answer);
  if (file !== STANDARD_OUTPUT) answer.say(`\nwritten: ${printable(file)}\n`);
}

/** Gives what {@link quantitiesText} says. */
function giveQuantities(answer: Answer): void {
  const { forms, rows } = quantityNames();
  const names: readonly Column<string>[] = [
    column('quantity', '-', 'name in a CSV of measurements', (name) => name),
    column('unit', '-', 'unit that the model has it in', (name) => quantityNamed(name)?.unit ?? ''),
  ];
  const patterns: readonly Column<string>[] = [
    column('form', '-', 'form of a name, with N for any number', (form) => form),
  ];
  answer.give({ name: 'quantities', columns: names, rows });
  answer.give({ name: 'forms', columns: patterns, rows: forms });
}

function quantitiesText(): string {
  const { forms, rows } = quantityNames();
  const lines = rows.map((name) => [`  ${name}`, quantityNamed(name)?.unit ?? '']);
  return [
    'Columns of a CSV of measurements: quantity, value, unit (any that converts: ns, us; GB/s, Gb/s; M/s).',
    '\nForms, with N for any number',
    ...forms.map((form) => `  ${form}`),
    '\nNames, and the unit that the model has them in',
    listTable(lines),
  ].join('\n');
}
