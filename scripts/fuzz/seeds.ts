/** Valid inputs of every format, small: what the fuzzer starts from. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { mergeResults } from '../../harness/bench/index.ts';
import { PROFILES, profileTemplate } from '../../rdma/index.ts';
import { RESULTS } from '../figures/draw/source.ts';
import { SOME_PLAN } from './small.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'workloads', 'traces', 'examples');

/** The first `length` characters of an example, up to the end of a record. */
function beginning(name: string, length: number, end: string): string {
  const text = gunzipSync(readFileSync(join(EXAMPLES, name))).toString();
  return text.slice(0, text.indexOf(end, length) + end.length);
}

const STORE_LOG =
  'START|REGISTER_FILE;/mnt/a;0x1000;0x2000;0x0|A.BEGIN|STORE;0x1000;0x1;0x8|STORE;0x1040;0x2;0x8|' +
  'FLUSH;0x1000;0x80|FENCE|A.END|A.BEGIN|STORE;0x1008;0x3;0x4|FLUSH;0x1008;0x4|FENCE|A.END|STOP';

const TRACES: readonly string[] = [
  STORE_LOG,
  `${beginning('pmdk-1.12-ctree.storelog.gz', 1500, '|')}STOP`,
  beginning('whisper-ctree.pmtrace.gz', 3000, '\n'),
  beginning('whisper-vacation.pmtrace.gz', 3000, '\n'),
  '==12== a message of valgrind\nSTART|STORE;0x40;0x1;0x8|FENCE|STOP\n==12== another\n',
];

/** Logs of pmemcheck and traces of WHISPER, plain and compressed. */
export const TRACE_SEEDS: readonly (string | Buffer)[] = [
  ...TRACES,
  ...TRACES,
  gzipSync(STORE_LOG),
  zstdCompressSync(STORE_LOG),
  gzipSync(TRACES[2]),
  Buffer.from(`\ufeff${STORE_LOG}`, 'utf16le'),
];

export const TRACE_TOKENS: readonly string[] = [
  ...['START', 'STOP', 'STORE', 'FLUSH', 'FENCE', 'REGISTER_FILE', 'A.BEGIN', 'A.END', '|', ';'],
  ...[
    'PM_W',
    'PM_XS',
    'PM_XE',
    'PM_L',
    'PM_N',
    'PM_I',
    'PM_D_W',
    'PM_R',
    '\n',
    ':',
    '0x1000',
    '0x8',
  ],
  ...['0xffffffffffffffff', '0x8000000000000000', '0x7ffffffffff', '0x40', '==12== ', '4590'],
];

export const PROFILE_SEEDS: readonly string[] = [
  profileTemplate(PROFILES[0]),
  profileTemplate(PROFILES[1]),
  '{"name": "mine", "summary": "s", "extends": "cxl"}',
  '{name: "mine", summary: \'s\', extends: "eadr", // a comment\n pcie: {postedNs: ' +
    '{value: 100, unit: "ns", basis: "measured", source: "here"}}}',
  '{"name": "m", "summary": "s", "extends": "paper-2018", "ddio": {"ways": {"value": 4, "unit": "count",' +
    ' "basis": "assumed", "source": "x", "range": [1, 8]}, "enabled": {"value": 0, "unit": "flag", ' +
    '"basis": "measured", "source": "x"}}, "memory": {"persistenceDomain": "eadr"}}',
];

export const PROFILE_TOKENS: readonly string[] = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    "'",
    '//',
    '/*',
    '*/',
    'null',
    'true',
    '"value"',
    '"range"',
  ],
  ...[
    '"extends"',
    '"name"',
    '"core"',
    '"ddio"',
    '"unit": "ns"',
    '"basis": "assumed"',
    '"__proto__"',
  ],
  ...[
    '"constructor"',
    '"toString"',
    '"core": {}',
    '"\\u0000"',
    '\\',
    '\n',
    '\u2028',
    '0x10',
    '+1',
    '.5',
  ],
];

export const PLAN_SEEDS: readonly string[] = [
  SOME_PLAN,
  `{"programs": ["transact"], "transactions": 3, "vary": {"rtt": "500:900:x2", "threads": [1, 2]}}`,
  'backends: [sm-rc, sm-ob]\nexperiments:\n  - name: a\n    programs: [ctree, {program: transact, ' +
    'param: {epochs: 2}}]\n    profiles: [cxl, {profile: eadr, set: {rtt: 500}}]\n  - name: b\n    zip: true\n' +
    '    vary:\n      threads: 1:3\n      replicas: [1, 2, 3]\n    replica: {0: {set: {ddio.enabled: 0}}}\n',
  'profiles: paper-2018\nexperiments:\n  - study: ablation\n    programs: ctree\n  - study: region\n' +
    '    programs: ctree\n    queue-pairs: auto\n    length: 1\n    grid: {persistNs: 60, flushNs: 200, ' +
    'networkScale: 1, instructionsPerCycle: 1:2}\n',
];

export const PLAN_TOKENS: readonly string[] = [
  ...['programs', 'backends', 'profiles', 'vary', 'set', 'param', 'experiments', 'study', 'zip'],
  ...[
    'transact',
    'trace:ycsb',
    'sm-dd',
    'all',
    'true',
    'null',
    '~',
    '.nan',
    '0x10',
    '1:3',
    '"',
    "'",
  ],
  ...[
    ': ',
    '- ',
    '\n',
    '\n  ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '&a ',
    '*a',
    '<<: *a',
    '!!set ',
    '? ',
    '|',
    '>',
  ],
  ...[
    '---',
    '%YAML 9.9\n',
    '# ',
    '\t',
    '\u0000',
    '\u2028',
    '\u001b[2J',
    '__proto__',
    'toString',
    'joint',
  ],
];

const PERFTEST = `---------------------------------------------------------------------------------------
                    RDMA_Write Latency Test
 Number of qps   : 1
 Mtu             : 4096[B]
---------------------------------------------------------------------------------------
 #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]    t_stdev[usec]   99% percentile[usec]   99.9% percentile[usec]
 64       1000          1.50           8.98         1.60               1.65           0.10            1.90                    5.00
---------------------------------------------------------------------------------------
`;

export const MEASURED_SEEDS: readonly string[] = [
  'quantity,value,unit\npcie.postedNs,150,ns\npersist 64 B by store+clwb+fence,116,ns\n',
  'quantity;measured;unit;note\nib_write_lat 8 B;2.4;us;here\nmemory.dimmCount;6;;\n',
  '[{"bm_name": "x", "benchmarks": [{"config": {"access_size": 64, "exec_mode": "random", ' +
    '"memory_type": "pmem", "number_threads": 1, "operation": "write", "persist_instruction": "cache"}, ' +
    '"results": {"accessed_bytes": 6442450944, "execution_time": 25.8}}]}]',
  PERFTEST,
  PERFTEST.replace('Write Latency', 'Read Latency'),
  '{"test_info": {"test": "RDMA_Write Latency Test", "Number_of_qps": 1, "Mtu": "4096[B]"}, ' +
    '"results": {"MsgSize": 64, "n_iterations": 1000, "t_typical": 1.6, "t_avg": 1.65}}',
  ...(existsSync(join(RESULTS, 'calibration.csv'))
    ? [readFileSync(join(RESULTS, 'calibration.csv'), 'utf8').split('\n').slice(0, 6).join('\n')]
    : []),
];

export const MEASURED_TOKENS: readonly string[] = [
  ...['quantity', 'value', 'unit', 'measured', ',', ';', '\t', '\n', '"', '#', 'ns', 'us', 'GB/s'],
  ...[
    'M/s',
    '[usec]',
    't_typical',
    '#bytes',
    '64',
    'RDMA_Read BW Test',
    '"results"',
    '{',
    '}',
    '[B]',
  ],
];

/** The first rows of committed results, by name. */
export const RESULT_SEEDS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'headline.csv',
    'whisper-summary.csv',
    'whisper.csv',
    'transact.csv',
    'ddio.csv',
    'validation.csv',
  ]
    .filter((name) => existsSync(join(RESULTS, name)))
    .map((name) => {
      const lines = readFileSync(join(RESULTS, name), 'utf8').split('\n');
      return [name, `${lines.slice(0, 9).join('\n')}\n`];
    }),
);

export const CSV_TOKENS: readonly string[] = [
  ...[
    ',',
    '\n',
    '"',
    '""',
    '\r\n',
    'sm-rc',
    'sm-ob',
    'sm-dd',
    'workload',
    'backend',
    'profile',
    '-',
  ],
  ...[
    'slowdownOverNoSm',
    'queuePairs',
    'auto',
    'paper-2018',
    '\u2028',
    '\u202e',
    '\u001b[2J',
    '\0',
  ],
];

/** A database with these tables. */
function database(...statements: readonly string[]): Buffer {
  const one = new Database(':memory:');
  for (const statement of statements) one.exec(statement);
  const bytes = one.serialize();
  one.close();
  return bytes;
}

const FIRST_VERSION = [
  'CREATE TABLE cells (commitId TEXT, cell TEXT, run INTEGER, workload, backend, profile, execTimeNsPerTx REAL, ' +
    'PRIMARY KEY (commitId, cell))',
  'CREATE TABLE runs (run INTEGER PRIMARY KEY, manifest TEXT UNIQUE NOT NULL)',
  `INSERT INTO runs VALUES (1, '{"command": "pmirror run ctree"}')`,
  "INSERT INTO cells VALUES ('c1', 'a', 1, 'ctree', 'sm-rc', 'paper-2018', 900.5)",
];

/** A database as this program makes it, with these rows besides. */
function written(...statements: readonly string[]): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'pmirror-fuzz-'));
  try {
    const [first, path] = ['first.db', 'a.db'].map((name) => join(directory, name));
    writeFileSync(first, database(...FIRST_VERSION));
    mergeResults([first], path);
    const one = new Database(path);
    for (const statement of statements) one.exec(statement);
    one.close();
    return readFileSync(path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const SOME_ROWS = [
  `INSERT INTO work VALUES (1, 'k1', 'cell', 'm1', 'ctree', 0.5, '{"of": 1}', '{"ns": 12.5}', 1)`,
  'INSERT INTO uses VALUES (1, 1)',
  "INSERT INTO cells (key, commitId, run, workload, backend, profile, execTimeNsPerTx) VALUES ('k1', 'c2', 1, " +
    "'ctree', 'sm-dd', 'paper-2018', 400)",
];

/** A whole results database. */
export const SOME_DATABASE = written(...SOME_ROWS);

export const DATABASE_SEEDS: readonly Buffer[] = [
  Buffer.alloc(0),
  database('CREATE TABLE other (a)'),
  database('CREATE TABLE cells (a)', 'INSERT INTO cells VALUES (1)'),
  database(...FIRST_VERSION),
  SOME_DATABASE,
  written(...SOME_ROWS, "UPDATE cells SET workload = char(27) || '[2J', execTimeNsPerTx = 'x'"),
  written('UPDATE runs SET manifest = 1'),
];

export const DATABASE_TOKENS: readonly string[] = [
  ...[
    'SQLite format 3',
    'cells',
    'work',
    'TEXT',
    'ctree',
    'sm-dd',
    'c1',
    '{',
    '"',
    '\0',
    '\u001b[2J',
  ],
  ...['execTimeNsPerTx', 'manifest', 'pmir'],
];

export const PLUGIN_SEEDS: readonly string[] = [
  `exports.mine = {
  name: 'fuzzed', aliases: [], summary: 's', role: 'design', ddio: 'on',
  durability: { after: 'earlierEpochs', awaitedBy: 'everyFence' },
  onLine(posting, core, line, words) { posting.post(core, 0, line, words); },
  onOrderingPoint(posting, core) {},
  onDurabilityPoint(posting, core) {},
};
`,
  'exports.work = { name: "fuzzed", summary: "s", txTypes: ["a"], parameters: {}, ' +
    'configure: () => ({ heapBytes: () => 4096, create() { return { run() {} }; } }) };\n',
];

export const PLUGIN_TOKENS: readonly string[] = [
  ...[
    'name',
    'aliases',
    'role',
    'ddio',
    'durability',
    'onLine',
    'null',
    'undefined',
    '{}',
    '[]',
    "''",
  ],
  ...[
    "'sm-rc'",
    '()',
    '=>',
    'throw 1',
    'throw null',
    'Symbol()',
    '1',
    'NaN',
    'function () {}',
    '\\n',
  ],
];
