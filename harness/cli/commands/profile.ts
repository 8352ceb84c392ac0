/** `pmirror profile`: a machine of one's own, from a template or from measurements. */

import { basename, extname } from 'node:path';
import {
  type HardwareProfile,
  PROFILES,
  profileJsonSchema,
  profileTemplate,
} from '../../../rdma/index.ts';
import { startProgress, UsageError, writeWhole } from '../../host/index.ts';
import { listTable } from '../../report/index.ts';
import { quantityNamed, quantityNames } from '../../studies/calibration/index.ts';
import {
  fitProfile,
  fitText,
  fittedProfileText,
  nextMeasurement,
} from '../../studies/fit/index.ts';
import { aboutProfile } from '../about-profile.ts';
import { command } from '../command.ts';
import { outputFile, readFiles } from '../file-options.ts';
import { MEASURED_HELP, readMeasuredFiles } from '../measured-files.ts';
import { choice, type Given, text, type Values, WIDE_OPTION } from '../options.ts';
import { chosenProfiles, PROFILE_OPTIONS, parseProfiles } from '../profiles.ts';

const OPTIONS = {
  profile: {
    ...PROFILE_OPTIONS.profile,
    help: 'the base: whose values a template has, and what is fitted; by name or as a file',
  },
  set: PROFILE_OPTIONS.set,
  name: text({ help: 'fit: name of the fitted profile; by default that of the --output file' }),
  output: outputFile({
    help: 'file to write: the template or schema, instead of the terminal, or the fitted profile',
  }),
  ...WIDE_OPTION,
};

type Chosen = Values<typeof OPTIONS>;
type Option = keyof typeof OPTIONS;

/** What can be done: which words and options it takes, and how it is done. */
const ACTIONS: Readonly<
  Record<
    'template' | 'schema' | 'show' | 'fit' | 'quantities',
    {
      readonly about: string;
      readonly names: string | undefined;
      readonly options: readonly Option[];
      run(values: Chosen, names: readonly string[]): void;
    }
  >
> = {
  template: {
    about: 'a commented file to start from, which runs as it is',
    names: undefined,
    options: ['profile', 'set', 'output'],
    run: (values) => put(values, profileTemplate(base(values))),
  },
  schema: {
    about: 'the JSON schema by which an editor completes and checks such a file',
    names: undefined,
    options: ['output'],
    run: (values) => put(values, `${JSON.stringify(profileJsonSchema(), null, 2)}\n`),
  },
  show: {
    about: 'all values of profiles with their sources',
    names: 'which profile? Give a name or a file',
    options: ['output'],
    run: (values, names) => put(values, `${parseProfiles(names).map(aboutProfile).join('\n\n')}\n`),
  },
  fit: {
    about: 'values fitted to files of measurements, what they leave open, and what to measure next',
    names: `which measurements? Give files: ${MEASURED_HELP}`,
    options: ['profile', 'set', 'name', 'output', 'wide'],
    run: fit,
  },
  quantities: {
    about: 'what can be measured, by the names that a CSV of measurements has',
    names: undefined,
    options: ['output'],
    run: (values) => put(values, `${quantitiesText()}\n`),
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
    ],
  },
  async ({ action, names = [], ...values }, given) => {
    refuseForeign(action, names, given);
    ACTIONS[action].run(values, names);
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

function put({ output: file }: Chosen, content: string): void {
  if (file === undefined) process.stdout.write(content);
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

function fit(values: Chosen, files: readonly string[]): void {
  const profile = base(values);
  const name = fittedName(values);
  const { rows, skipped } = readMeasuredFiles(files, profile.memory.dimmCount.value);
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
  process.stdout.write(`${fitText(found, next, { files, skipped, wide })}\n`);
  if (file === undefined) return;
  writeWhole(file, fittedProfileText(found, { files, name }));
  process.stdout.write(`\nwritten: ${file}\n`);
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
