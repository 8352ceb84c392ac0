/**
 * The files of results as people look at them: what tells their rows apart, which columns one looks
 * at first, and which command writes them. A file of another name is taken for one whose columns it has.
 */

/** One file. */
export interface KnownFile {
  readonly name: string;
  /** What one row is, for a heading. */
  readonly title: string;
  readonly command: string;
  /** Columns that together tell its rows apart, beside the seed. */
  readonly key: readonly string[];
  /** Columns that are shown at first, beside those of the key that differ. */
  readonly main: readonly string[];
}

/** What a cell is. */
export const CELL: readonly string[] = [
  'workload',
  'parameters',
  'backend',
  'profile',
  'threads',
  'replicas',
  'quorum',
  'queuePairs',
  'faults',
  'computeModel',
];

/** What is looked at first of a cell. */
const COST = [
  'slowdownOverNoSm',
  'speedupOverSmRc',
  'execTimeNsPerTx',
  'latencyP50Ns',
  'latencyP99Ns',
  'blockingRoundTripsPerTx',
];

const FIGURES_DATA = 'npm run figures:data';

// biome-ignore format: a file a paragraph
export const KNOWN_FILES: readonly KnownFile[] = [
  { name: 'whisper-summary.csv', title: 'Means over programs', command: 'npm run bench:whisper',
    key: ['set', 'backend', 'profile', 'replicas', 'quorum', 'queuePairs', 'faults'],
    main: ['members', 'geometricMeanSpeedupOverSmRc', 'arithmeticMeanSpeedupOverSmRc', 'publishedSpeedupOverSmRc',
      'geometricMeanSlowdownOverNoSm', 'arithmeticMeanSlowdownOverNoSm'] },
  { name: 'headline.csv', title: 'The headline with all assumptions free', command: 'npm run study',
    key: ['profile', 'guarantee', 'queuePairs', 'instructionCounts', 'backend'],
    main: ['publishedSpeedup', 'geometricMeanSpeedup', 'geometricMeanP5', 'geometricMeanP95',
      'arithmeticMeanSpeedup', 'arithmeticMeanP5', 'arithmeticMeanP95'] },
  { name: 'whisper.csv', title: 'Programs', command: 'npm run bench:whisper', key: CELL, main: COST },
  { name: 'whisper-intervals.csv', title: 'Programs over several seeds', command: 'npm run pmirror -- run ... --seeds N --intervals FILE',
    key: CELL, main: ['seeds', 'slowdownOverNoSmMean', 'slowdownOverNoSmLow', 'slowdownOverNoSmHigh',
      'speedupOverSmRcMean', 'speedupOverSmRcLow', 'speedupOverSmRcHigh'] },
  { name: 'whisper-latency.csv', title: 'Latencies of transaction types', command: 'npm run bench:whisper',
    key: [...CELL, 'txType'], main: ['transactions', 'latencyMeanNs', 'latencyP50Ns', 'latencyP99Ns', 'latencyP999Ns'] },
  { name: 'transact.csv', title: 'Microbenchmark: epochs by line writes', command: 'npm run bench:transact',
    key: ['epochsPerTx', 'linesPerEpoch', ...CELL], main: COST },
  { name: 'threads.csv', title: 'Threads', command: FIGURES_DATA, key: CELL, main: ['throughputTxPerS', ...COST] },
  { name: 'replicas.csv', title: 'Replicas', command: FIGURES_DATA, key: CELL, main: COST },
  { name: 'inflight.csv', title: 'Transactions in flight', command: FIGURES_DATA, key: ['inflight', 'group', ...CELL],
    main: ['throughputTxPerS', 'latencyP99Ns', ...COST] },
  { name: 'hardware.csv', title: 'Machines with one value changed', command: FIGURES_DATA,
    key: ['quantity', 'unit', 'value', 'profile', 'replicas', 'queuePairs', 'backend'],
    main: ['geometricMeanSpeedupOverSmRc', 'arithmeticMeanSpeedupOverSmRc'] },
  { name: 'sensitivity.csv', title: 'Assumptions, one at a time', command: 'npm run study',
    key: ['profile', 'queuePairs', 'assumption', 'backend'],
    main: ['unit', 'defaultValue', 'lowValue', 'highValue', 'geometricMeanAtDefault', 'geometricMeanAtLow',
      'geometricMeanAtHigh', 'effectPercent'] },
  { name: 'joint.csv', title: 'Assumptions, all at once', command: 'npm run study', key: ['machine', 'computeModel'], main: [] },
  { name: 'claims.csv', title: 'What holds where', command: 'npm run study',
    key: ['workload', 'profile', 'queuePairs', 'backend'], main: [] },
  { name: 'designs.csv', title: 'Every design on every machine', command: 'npm run study',
    key: ['profile', 'backend', 'workload'], main: ['slowdownOverNoSm', 'timesTheBound', 'speedupOverSmRc'] },
  { name: 'ablation.csv', title: 'What each idea of sm-sb gives', command: 'npm run study',
    key: ['profile', 'variant', 'workload'], main: ['slowdownOverNoSm', 'timesTheBound', 'timesTheBoundPushing'] },
  { name: 'paper-region.csv', title: 'Machines that would give the published figures', command: 'npm run study',
    key: ['queuePairs', 'persistNs', 'flushNs', 'networkScale', 'instructionsPerCycle', 'computeModel'],
    main: ['geometricMeanSpeedupSmOb', 'geometricMeanSpeedupSmDd', 'geometricDistancePercent', 'geometricInside'] },
  { name: 'validation.csv', title: 'Ports against their originals', command: 'npm run validate',
    key: ['section', 'program', 'conditions', 'metric'],
    main: ['verdict', 'unit', 'originalLow', 'originalHigh', 'ours', 'deviation', 'tolerance', 'deviationUnit', 'reason'] },
  { name: 'calibration.csv', title: 'The model against measurements', command: 'npm run pmirror -- calibrate',
    key: ['profile', 'quantity', 'unit'],
    main: ['verdict', 'model', 'measured', 'deviationPercent', 'tolerancePercent', 'basis', 'next'] },
  { name: 'ddio.csv', title: 'DDIO', command: 'npm run pmirror -- calibrate',
    key: ['profile', 'ddio', 'ddioWays', 'linesPerDurabilityPoint'], main: ['durableGBps', 'mediaWriteAmplification'] },
  { name: 'crash-check.csv', title: 'Power failures', command: 'npm run crash-check',
    key: ['workload', 'parameters', 'error', 'backend', 'profile', 'threads', 'replicas', 'quorum', 'queuePairs', 'isolation',
      'faults'],
    main: ['verdict', 'momentsCrashed', 'images', 'distinctImages', 'recoveries'] },
  { name: 'crash-sites.csv', title: 'Write-backs and fences', command: 'npm run crash-survey',
    key: ['site', 'part'], main: ['verdict', 'setUp', 'run', 'recovery', 'coveredBy', 'crashPointsWithout'] },
  { name: 'taxonomy.csv', title: 'Which method is right on which machine', command: 'npm run crash-check -- --taxonomy',
    key: ['persistenceDomain', 'ddio', 'verb', 'backend'], main: ['stated', 'least', 'found', 'lineNs'] },
  { name: 'emulator.csv', title: 'Speed of the emulator', command: 'npm run bench:emulator',
    key: ['program', 'step', 'backend', 'threads', 'queuePairs', 'profile'],
    main: ['counted', 'perReferenceLine', 'perReferenceLineLow', 'perReferenceLineHigh', 'peakMb'] },
  { name: 'emulator-growth.csv', title: 'Growth of time and memory', command: 'npm run pmirror -- bench-growth',
    key: ['growing', 'program', 'backend', 'queuePairs', 'threads', 'operations', 'logBytes'],
    main: ['processorS', 'referenceLinesEach', 'peakMb'] },
];

/** What a file of rows of cells is that no file above is: of a run or a sweep of a user's. */
const CELLS: KnownFile = {
  name: '',
  title: 'Cells',
  command: '',
  key: CELL,
  main: COST,
};

/** The columns that a file must have to be taken for one of cells. */
const CELLS_NEED = ['workload', 'backend', 'profile', 'queuePairs'];

/**
 * What the file called `name` with `columns` is; undefined for none of ours. A sweep puts what it varies
 * first, so those columns are of the key, too.
 */
export function kindOf(name: string, columns: readonly string[]): KnownFile | undefined {
  const named = KNOWN_FILES.find((one) => one.name === name);
  if (named !== undefined) return named;
  const has = (needed: readonly string[]) => needed.every((column) => columns.includes(column));
  if (has(CELLS_NEED)) {
    const like = ['whisper-latency.csv', 'whisper-intervals.csv']
      .flatMap((file) => KNOWN_FILES.filter((one) => one.name === file))
      .find((one) => has([...one.main, ...one.key.filter((key) => !CELL.includes(key))]));
    const { key, ...rest } = like ?? CELLS;
    const varied = columns.slice(0, columns.indexOf('workload'));
    const parameters = columns.filter((column) => column.startsWith('param.'));
    return { ...rest, name, key: [...new Set([...varied, ...key, ...parameters])] };
  }
  const like = KNOWN_FILES.find(({ key, main }) => main.length > 0 && has([...key, ...main]));
  return like === undefined ? undefined : { ...like, name };
}

/** The columns of `file`'s key that are in `columns` too. */
export const keyIn = ({ key }: KnownFile, columns: readonly string[]): string[] =>
  key.filter((column) => columns.includes(column));
