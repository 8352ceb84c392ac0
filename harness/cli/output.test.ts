import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { allCommands } from './commands/index.ts';
import { commandsHere } from './testing/in-process.ts';

const root = mkdtempSync(join(tmpdir(), 'output-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** How a command line in `directory` is refused, which has printed nothing. */
async function refused(line: readonly string[], directory = process.cwd()) {
  const { code, out, err } = await commandsHere(directory)(line);
  assert.equal(out, '', `${line.join(' ')} has run`);
  return { code, message: err.replace(/^pmirror: |\n$/g, '') };
}

/** Words beside the option that each command with `--output` needs. */
const NEEDED: Readonly<Record<string, string>> = {
  analyze: 'ctree',
  replay: 'trace:ctree',
  export: 'ctree',
  sweep: 'ctree --vary threads=1,2',
  timeline: 'ctree',
  profile: 'schema',
  results: 'export --tidy',
  advise: 'ctree',
  conform: 'sm-ob',
  solve: 'ctree slowdown(sm-rc)<=2 --over rtt',
  plan: join(import.meta.dirname, '..', '..', 'scripts', 'plans', 'transact.yaml'),
};

/** Commands whose `--output` is a directory. */
const OF_DIRECTORIES = ['bench-whisper', 'study'];

const OPTIONS = ['output', 'latencies', 'intervals', 'db', 'ddio'];

test('a file that cannot be written is refused before anything is run', async () => {
  writeFileSync(join(root, 'file'), '');
  mkdirSync(join(root, 'a.manifest.json'));
  for (const { usage, options } of await allCommands()) {
    const [name] = usage.split(' ');
    // The database of a plan is only looked at, and of results written by one action, which has its own tests.
    const written = OPTIONS.filter((one) => !['plan', 'results'].includes(name) || one !== 'db');
    for (const option of written.filter((one) => Object.hasOwn(options, one))) {
      const isDirectory = option === 'output' && OF_DIRECTORIES.includes(name);
      // A timeline is known by its ending.
      const ending = name === 'timeline' ? '.svg' : '.csv';
      const paths = [join(root, 'file', isDirectory ? 'below' : `below${ending}`)];
      if (ending === '.csv' && !isDirectory) paths.push(root, `${join(root, 'new')}/`);
      // No CSV file without its manifest.
      const hasManifest = option !== 'db' && !['export', 'timeline', 'profile'].includes(name);
      if (!isDirectory && hasManifest) paths.push(join(root, 'a.csv'));
      for (const path of paths) {
        const words = `${name} ${NEEDED[name] ?? ''}`.trim().split(' ');
        if (option === 'intervals') words.push('--seeds', '2');
        const line = [...words, `--${option}`, path];
        const { code, message } = await refused(line);
        assert.match(message, /^cannot write .*: .* a directory$/, line.join(' '));
        assert.equal(code, 1);
      }
    }
  }
});

test('a directory is asked for by name where a file is given', async () => {
  writeFileSync(join(root, 'file'), '');
  for (const name of OF_DIRECTORIES) {
    for (const path of [join(root, 'out.csv'), join(root, 'file')]) {
      const line = [name, '--output', path];
      const { code, message } = await refused(line);
      assert.match(message, /^--output takes a directory, for \w+.*\.csv.*; '.*' is a file/);
      assert.equal(code, 2);
    }
  }
});

test('what is not CSV, and two tables at once, do not go to standard output', async () => {
  for (const [line, expected] of [
    ['run ctree --db -', /--db '-': it must be a file/],
    ['export ctree --output /dev/stdout', /--output '\/dev\/stdout': it must be a file/],
    ['run ctree --output - --latencies=-', /--output and --latencies both take standard output/],
    ['run ctree --json --output /dev/fd/1', /--output and --json both take standard output/],
    ['study sensitivity region --output -', /--output - takes one study; choose of sens/],
  ] as const) {
    const { code, message } = await refused(line.split(' '));
    assert.match(message, expected);
    assert.equal(code, 2);
  }
});

const textIn = (directory: string, name: string): string =>
  readFileSync(join(directory, name), 'utf8');

/** Everything that is read and written in one place, under names of all kinds. */
function inputs(): string {
  const directory = mkdtempSync(join(root, 'in-'));
  const at = (name: string): string => join(directory, name);
  writeFileSync(at('a.log'), 'START|STORE;0x100;0x1;0x8|FLUSH;0x100;0x40|FENCE|STOP');
  writeFileSync(at('b,c.log'), 'START|STORE;0x100;0x1;0x8|FLUSH;0x100;0x40|FENCE|STOP');
  writeFileSync(at('p.json'), '{"name": "mine", "summary": "s", "extends": "cxl"}');
  linkSync(at('a.log'), at('hard.csv'));
  symlinkSync('p.json', at('soft.csv'));
  mkdirSync(at('dir'));
  symlinkSync('dir', at('same'));
  for (const name of ['whisper.csv', 'headline.csv']) linkSync(at('p.json'), at(`dir/${name}`));
  return directory;
}

const COLLISIONS: readonly (readonly [string, RegExp])[] = [
  ['run a.log --output a.log', /^--output a\.log would overwrite programs a\.log, which is read/],
  ['run b,c.log --output ./b,c.log', /^--output \.\/b,c\.log would overwrite programs b,c\.log/],
  ['run ctree a.log --db hard.csv', /^--db hard\.csv would overwrite programs a\.log/],
  ['replay a.log --latencies hard.csv', /^--latencies hard\.csv would overwrite programs a\.log/],
  ['analyze a.log --output a.log', /^--output a\.log would overwrite program a\.log/],
  ['validate --trace a.log --workload echo --output a.log', /^--output a\.log .* --trace a\.log/],
  ['sweep a.log --vary replicas=1,2 --output a.log', /^--output a\.log .* programs a\.log/],
  ['run ctree --profile p.json --output p.json', /^--output p\.json .* --profile p\.json/],
  ['run ctree --profile cxl,p.json --output soft.csv', /^--output soft\.csv .* --profile cxl,p/],
  ['crash-check ctree --profile p.json --output p.json', /^--output p\.json .* --profile p/],
  ['bench-transact --profile p.json --latencies p.json', /^--latencies p\.json .* --profile p/],
  ['calibrate p.json --output soft.csv', /^--output soft\.csv would overwrite profile p\.json/],
  [
    'bench-whisper --profile p.json --output same',
    /^--output same \(whisper\.csv\) would .* --profile p\.json/,
  ],
  [
    'study joint --profile p.json --output dir',
    /^--output dir \(headline\.csv\) would .* --profile p\.json/,
  ],
  [
    'run ctree --output x.csv --latencies ./x.csv',
    /^--output x\.csv and --latencies \.\/x\.csv are/,
  ],
  ['run ctree --output dir/x --db same/x', /^--output dir\/x and --db same\/x are one file/],
  [
    'run ctree --output dir/x-wal --db same/x',
    /^--output dir\/x-wal and --db same\/x \(x-wal\) are/,
  ],
  ['run ctree --output x --latencies x/y', /^--latencies x\/y is below --output x, which is a/],
  ['run ctree --seeds 2 --intervals x --latencies x', /^--latencies x and --intervals x are one/],
  [
    'run ctree --output x.csv --latencies x',
    /^--output x\.csv \(x\.manifest\.json\) and --latencies x \(x\.manifest\.json\) are one/,
  ],
  [
    'run a.log --db x.manifest.json --output x.csv',
    /^--output x\.csv \(x\.manifest\.json\) and --db x\.manifest\.json/,
  ],
  [
    'results export --db a.log --output a.log-wal',
    /^--output a\.log-wal would overwrite --db a\.log \(a\.log-wal\), which is read/,
  ],
  [
    'results compare p.json a.log --output soft.csv',
    /^--output soft\.csv would overwrite sources p\.json/,
  ],
  ['results merge a.log --db a.log-wal', /a\.log-wal would overwrite a\.log-wal, which is read/],
  ['results merge x-journal --db x', /x-journal would overwrite x-journal, which is read/],
  ['results export --tidy --from dir --output dir/whisper.csv', /whisper\.csv would overwrite/],
  ['calibrate --output x.csv --ddio x.csv', /^--output x\.csv and --ddio x\.csv are one file/],
];

for (const [line, message] of COLLISIONS) {
  test(`refused before anything runs: pmirror ${line}`, async () => {
    const directory = inputs();
    const ending = await refused(line.split(' '), directory);
    assert.match(ending.message, message);
    assert.equal(ending.code, 2);
    for (const name of ['a.log', 'b,c.log']) assert.match(textIn(directory, name), /^START/);
    assert.match(textIn(directory, 'p.json'), /"mine"/);
  });
}

test('outputs that are written without being asked for count, too', async () => {
  const results = join(import.meta.dirname, '..', '..', 'results');
  for (const line of [
    `bench-transact --latencies ${join(results, 'transact.csv')}`,
    `bench-transact --latencies ${join(results, 'transact')}`,
    `calibrate --ddio ${join(results, 'calibration.csv')}`,
  ]) {
    const { code, message } = await refused(line.split(' '));
    assert.match(message, /^--output .* and --(latencies|ddio) .* are one file/);
    assert.equal(code, 2);
  }
});

test('an export and its pool are two files, and names that a log cannot hold are refused', async () => {
  const directory = inputs();
  linkSync(join(directory, 'a.log'), join(directory, 'a.log.pool'));
  for (const [name, message] of [
    ['a.log', /^--output a\.log and --output a\.log \(a\.log\.pool\) are one file/],
    ['RESTART.log', /^--output "RESTART\.log": .*'START' means something else/],
    ['STOP', /'STOP' means something else/],
    ['a|b', /'\|' means something else/],
    ['a;b', /';' means something else/],
    ['a\nb', /^--output "a\\nb": .* a control character means something else/],
  ] as const) {
    const line = ['export', 'transact', '--transactions', '5', '--output', name];
    const { code, message: said } = await refused(line, directory);
    assert.match(said, message);
    assert.equal(code, 2);
  }
  assert.match(textIn(directory, 'a.log'), /^START\|STORE/);
});
