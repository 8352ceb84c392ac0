import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from '../../pm/printable.ts';
import { withEnvironment } from '../host/testing/environment.ts';
import { parserOf, pmirrorFor, runCommandLine } from './command-line.ts';
import { allCommands } from './commands/index.ts';

const WRONG: readonly (readonly [string, RegExp])[] = [
  ['', /no command given; commands: run, replay, list/],
  ['no-such-command', /^unknown command 'no-such-command'; commands: run/],
  ['ren ctree', /^unknown command 'ren': did you mean run\?; commands: run/],
  ['--bogus', /no command given; commands: run/],
  ['run --bogus 1', /^unknown option --bogus; .*accepts --backend, --backends, --profile/],
  ['run ctree --repicas=2', /^unknown option --repicas: did you mean --replicas\?; /],
  ['run ctree --queue-pair shared', /^unknown option --queue-pair: did you mean --queue-pairs\?; /],
  ['run ctree -seed 3', /^unknown option -seed: did you mean --seed\?; /],
  ['run ctree --no-colour', /^unknown option --no-colour: did you mean --no-color\?; /],
  ['run ctree --backend sm-cr', /^unknown backend 'sm-cr': did you mean sm-rc\?; accepted: no-sm/],
  ['run ctree --backend desing-b', /^unknown backend 'desing-b': did you mean design-b\?; /],
  ['crash-check ctree --backend canary-nic-akc', /: did you mean canary-nic-ack\?; /],
  ['run ctree --profile optane-cx', /'optane-cx': did you mean optane-cx5 or optane-cx6\?; /],
  ['run trac:ctree', /^unknown workload 'trac:ctree': did you mean trace:ctree\?; /],
  [
    'list optne-cx6',
    /^unknown workload, backend or profile 'optne-cx6': did you mean optane-cx6\?; /,
  ],
  ['run ctree --param kesy=3', /ctree has no parameter 'kesy': did you mean keys\?; it has: keys/],
  ['run transact --param pattern=randm', /'randm' is not one of .*: did you mean random\?/],
  ['run ctree --set pcie.postdNs=3', /'pcie.postdNs'; did you mean pcie.postedNs\?/],
  ['run ctree --set pci.postdNs=3', /'pci.postdNs'; did you mean pcie.postedNs\?/],
  ['run ctree --queue-pairs shraed', /'shraed' is not one of .*: did you mean shared\?/],
  ['sweep transact --vary epohcs=1,2', /'epohcs': .*: did you mean epochs\?; accepted/],
  ['sweep ctree --vary pcie.postdNs=1', /'pcie.postdNs'; did you mean pcie.postedNs\?/],
  ['study regoin', /^unknown study 'regoin': did you mean region\?; /],
  ['crash-check --error ctree-mising-flush', /: did you mean ctree-missing-flush\?/],
  ['run ctree --percentiles 0', /--percentiles '0' is not a number above 0 and up to 100/],
  ['run ctree --percentiles 50,x', /--percentiles 'x' is not a number above 0 and up to 100/],
  ['run ctree --percentiles 101', /--percentiles '101' is not a number above 0 and up to 100/],
  ['run ctree --percentiles 1e1', /--percentiles '1e1' is not a number/],
  ['run ctree --percentiles', /--percentiles '' is not a number above 0/],
  ['run ctree --percentiles 1,2,3,4,5,6,7,8,9,10,11', /--percentiles: 11 were given; at most 10/],
  ['run nothing', /unknown workload 'nothing'; accepted: .*transact/],
  ['run transact --backend x', /unknown backend 'x'; accepted: no-sm.*design-a/],
  ['run transact --profile x', /unknown profile 'x'; accepted: .*paper-2018/],
  ['run transact --replicas 0', /--replicas '0' is not a whole number from 1/],
  ['run transact --threads 65', /--threads '65' .* from 1 to 64/],
  ['run transact --threads', /--threads '' is not a whole number/],
  ['run transact --transactions 1e9', /--transactions '1e9' is not a whole number/],
  ['run transact --seeds 2 --seeds 3', /--seeds was given 2 times/],
  ['run transact --seed 1,2 --seeds 3', /--seeds counts from one --seed/],
  ['run transact --intervals a.csv', /--intervals needs several seeds/],
  ['run transact --set pcie.x=1', /no profile value 'pcie.x'; there are: pcie.rateGbps/],
  [
    'replay trace:ctree --set nic.qpRateMps=0',
    /nic.qpRateMps = '0': must be .* M\/s from 0\.01 to/,
  ],
  ['run transact --set core.clockGhz=1e-300', /clockGhz = '1e-300': must be .* from 0\.01 to/],
  ['run transact --set core.toString=3', /no profile value 'core\.toString'; there are: core\./],
  ['run transact --set pcie.constructor=1', /no profile value 'pcie\.constructor'; there are/],
  ['sweep transact --vary core.toString=1,2', /no profile value 'core\.toString'/],
  ['analyze transact --seed.x 1', /^unknown option --seed\.x: did you mean --seed\?; /],
  ['export transact --output x --param __proto__=5', /transact has no parameter '__proto__'/],
  ['-- run nothing', /^unknown workload 'nothing'/],
  ['-- -- ren', /^unknown command 'ren': did you mean run\?/],
  ['--', /^no command given; commands/],
  ['run -- transact', /^unexpected word '--': leave it out/],
  ['run transact -- --transactions 5', /^unexpected word '--'/],
  ['run no\u001b[31m', /^unknown workload 'no\\u001b\[31m'; /],
  ['run no\nthing', /^unknown workload 'no\\nthing'; /],
  ['run transact --set a\n=1', /^no profile value 'a\\n'; /],
  [
    'bench-whisper --queue-pairs both',
    /--queue-pairs 'both' is not one of auto, any, per-core, words, release, shared, sound/,
  ],
  ['bench-transact --slow-replica 3:2', /--slow-replica '3:2': replicas are numbered from 0/],
  ['run transact --param epochs=0', /epochs = '0' .* from 1 to 4096/],
  ['run transact --param pattern=x', /pattern = 'x' is not one of random, sequential/],
  ['run transact --param linesPerEpoch=9 --param regionLines=9', /at least twice as large/],
  ['run transact --compute x', /not one of o2, whisper, native/],
  ['replay', /replay <programs\.\.>/],
  ['replay trace:x', /unknown example 'trace:x'; accepted: trace:ctree/],
  ['list x', /unknown workload, backend or profile 'x'; accepted: .*transact, .*optane-cx5/],
  ['list --bogus', /bogus; pmirror list \[name\] accepts --json/],
  ['bench-transact --read-share 2', /--read-share '2' is not a number from 0 to 1/],
  ['bench-transact --epochs 1,x', /--epochs 'x' is not a whole number from 1 to 4096/],
  ['bench-whisper extra-word', /^unexpected word 'extra-word'; /],
  ['bench-transact --seeds 2 --intervals a.csv --seed 1,2', /--seeds counts from one --seed/],
  ['bench-transact --intervals a.csv', /--intervals needs several seeds/],
  ['sweep ctree', /what varies\? Give --vary NAME=VALUES/],
  ['sweep ctree --vary pcie.no=1', /no profile value 'pcie.no'/],
  ['sweep ctree --vary colour=1,2', /colour/],
  ['sweep transact --vary epochs=4:1', /accepted: a list 1,2,4/],
  ['sweep transact --vary threads=1,2 --threads 4', /threads is both fixed and varied/],
  ['sweep transact --vary epochs=1,2 --param epochs=4', /epochs is both fixed and varied/],
  [
    'study all',
    /unknown study 'all'; accepted: joint, claims, designs, ablation, sensitivity, region/,
  ],
  ['study --profile optane-cx5,cxl', /a study is of one profile/],
  ['calibrate cxl,eadr', /calibrate looks at one profile/],
  ['calibrate x', /unknown profile 'x'/],
  ['calibrate --measured package.json', /package\.json is JSON of no known kind; accepted: CSV/],
  ['profile', /profile <action> \[names\.\.\]/],
  ['profile tempalte', /'tempalte' is not one of template, schema, show, fit, from, quantities/],
  ['profile template x', /profile template takes no more words; unexpected 'x'/],
  ['profile schema --profile cxl', /profile schema has no use for --profile; it takes --output/],
  ['profile template --profile cxl,eadr', /profile takes one base/],
  ['profile show', /profile show: which profile\?/],
  ['profile fit', /profile fit: which measurements\? Give files: /],
  ['profile fit a.csv --name cxl', /--name 'cxl' is taken/],
  ['profile fit a.csv --name A', /--name 'A': lower-case letters/],
  ['run ctree --replicas 2 --replica 1 --quorum 1 --set a=1', /--replica '1' is not INDEX .* dir/],
  ['run ctree --replicas 2 --replica=1 --profile=optane', /unknown profile 'optane'; accepted/],
  [
    'run ctree --replicas 2 --replica 1 --set core.clockGhz=3',
    /core\.clockGhz is not of a replica/,
  ],
  [
    'run ctree --replicas 2 --replica 1 --profile cxl --profile eadr',
    /a replica is like one profile/,
  ],
  ['explain ctree --replicas 2 --quorum 1,2', /explain looks at one machine: give one --quorum/],
  ['explain', /explain <program>/],
  ['explain x', /unknown workload 'x'/],
  ['explain trace:x', /unknown example 'trace:x'; accepted: trace:ctree/],
  ['explain ctree --backends sm-ob', /give two or more/],
  ['explain ctree --replicas 1,2', /one --replicas/],
  ['explain ctree --queue-pairs sound,shared', /one --queue-pairs/],
  ['failover --queue-pairs sound,shared', /one --queue-pairs/],
  ['failover trace:ctree', /trace:ctree is a trace: it has no recovery code/],
  ['crash-survey trace:ctree', /is a trace: .*; pmirror crash-check judges it/],
  ['export trace:ctree --output x', /trace:ctree is a trace: it is a log already/],
  ['export ctree', /where to\? Give --output FILE/],
  ['export ctree,btree --output x', /program: give one program; these are 2: ctree, btree/],
  ['run crtee', /unknown workload 'crtee': did you mean ctree\?; accepted: echo.*a trace file/],
  ['run trace:ctre', /unknown example 'trace:ctre': did you mean trace:ctree\?; accepted/],
  ['run trace:ctree --threads 2', /--threads says how to run a workload; trace:ctree is a trace/],
  ['run ctree,trace:ctree --warmup 0', /--warmup says .*; trace:ctree is a trace/],
  ['run ctree --tx-marker A', /--tx-marker says how to read a trace; ctree is a workload/],
  ['run x.log --compute o2', /--compute: .* of x\.log were not counted; --instructions-per-tx/],
  ['explain trace:ctree --size large', /--size says how to run a workload; trace:ctree/],
  ['sweep trace:ctree --vary threads=1,2', /--threads says how to run a workload; trace:ctree/],
  ['sweep trace:ctree --vary epochs=1,2', /'epochs': nothing .* with trace:ctree; .*\(none\)/],
  ['sweep ctree --vary instructions-per-tx=1,2', /says how to read a trace; ctree/],
  ['sweep ctree --vary toString=1,2', /'toString': nothing of that name varies with ctree/],
  ['sweep ctree --vary __proto__=1,2', /'__proto__': nothing of that name varies with ctree/],
  ['run --seed.x 1', /^unknown option --seed\.x: did you mean --seed or --seeds\?; /],
  ['run --toString', /^unknown option --toString; /],
  ['run --constructor=1', /^unknown option --constructor; /],
  ['run --__proto__ 1', /^unknown option --__proto__; /],
  ['run --__proto__.x 1', /^unknown option --__proto__\.x; /],
  ['run --hasOwnProperty x', /^unknown option --hasOwnProperty; /],
  ['toString', /^unknown command 'toString'; commands/],
  ['__proto__', /^unknown command '__proto__'; commands/],
  ['run toString', /unknown workload 'toString'; accepted/],
  ['run __proto__', /unknown workload '__proto__'; accepted/],
  ['list constructor', /unknown workload, backend or profile 'constructor'/],
  ['run transact --param __proto__=1', /transact has no parameter '__proto__'/],
  ['run transact --param toString=1', /transact has no parameter 'toString'/],
  ['run transact --set __proto__.x=1', /no profile value '__proto__\.x'/],
  ['run transact --set toString=1', /no profile value 'toString'/],
  ['run transact --size toString', /--size 'toString' is not one of small, medium, large/],
  ['run transact --profile __proto__', /unknown profile '__proto__'/],
  ['run transact --backend valueOf', /unknown backend 'valueOf'/],
  ['crash-check ctree --error toString', /--error 'toString' is not known for ctree/],
];

for (const [line, message] of WRONG) {
  test(`refused with what is accepted: pmirror ${printable(line)}`, async () => {
    const words = line.split(' ').filter((word) => word !== '');
    const ending = await runCommandLine(words, { alwaysTrace: false });
    assert.equal(ending.exitCode, 2, ending.message);
    assert.match(ending.message, message);
    assert.doesNotMatch(ending.message, /^\s+at /m);
  });
}

test('a stack trace is shown when asked for', async () => {
  const ending = await runCommandLine(['list', 'x'], { alwaysTrace: true });
  assert.match(ending.message, /^\s+at /m);
});

test('--help of every command explains every option and word', async () => {
  for (const command of await allCommands()) {
    const name = command.usage.split(' ')[0];
    const help = await parserOf([name], await pmirrorFor([name])).getHelp();
    const words = Object.keys(command.words);
    for (const option of Object.keys(command.options)) words.push(`--${option}`);
    for (const word of words) assert.ok(help.includes(word), `help of ${name} lacks ${word}`);
  }
});

test('--help says what becomes of files that a command writes', async () => {
  assert.match(
    await parserOf(['run'], await pmirrorFor(['run'])).getHelp(),
    /Files are written whole or not at all; directories/,
  );
});

test('--version and -V say the version, --help and -h what there is', async () => {
  for (const words of [['--version'], ['-V'], ['run', '-V']]) {
    let printed = '';
    await parserOf(words, await pmirrorFor(words)).parseAsync(
      words,
      {},
      (_error, _argv, output) => {
        printed = output;
      },
    );
    assert.match(printed, /^pmirror \d+\.\d+\.\d+$/, words.join(' '));
  }
  for (const words of [['-h'], ['--help']]) {
    let printed = '';
    await parserOf(words, await pmirrorFor(words)).parseAsync(
      words,
      {},
      (_error, _argv, output) => {
        printed = output;
      },
    );
    assert.match(printed, /Commands:\n {2}pmirror run/);
    assert.match(printed, /-V, --version .*\n.*-h, --help/);
    assert.match(printed, /--no-color/);
  }
});

test('what is refused is said in English, whatever the locale', async () => {
  const ending = await withEnvironment({ LC_ALL: 'de_DE.UTF-8' }, () =>
    runCommandLine(['run', '--bogus'], { alwaysTrace: false }),
  );
  assert.match(ending.message, /^unknown option --bogus/);
});
