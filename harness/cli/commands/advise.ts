/** `pmirror advise`: which design to run on a machine, ranked, with costs, limits, break-evens and a band. */

import {
  backendNamed,
  CAPABILITIES,
  type Capability,
  type HardwareProfile,
} from '../../../rdma/index.ts';
import {
  type CellRow,
  type Execution,
  expandSystems,
  pluginOf,
  type SystemSpec,
  type WorkOptions,
  withGroupRunner,
} from '../../bench/index.ts';
import { type CrashJob, DEFAULT_THOROUGHNESS, runCrashJobs, subjectOf } from '../../crash/index.ts';
import { UsageError, workersFor } from '../../host/index.ts';
import {
  ADVICE_COLUMNS,
  adviceRows,
  adviceText,
  advise,
  BREAK_EVEN_COLUMNS,
  breakEvenOf,
  demandOn,
  designsFor,
} from '../../studies/advise/index.ts';
import { MEASURES } from '../../studies/solve/index.ts';
import { command } from '../command.ts';
import { machinesOption, shortExecutionOf } from '../many-machines.ts';
import { choices, JSON_OPTION, SEED_OPTION, splitWords } from '../options.ts';
import { withValues } from '../profiles.ts';
import { PROGRAM_OPTIONS, PROGRAM_WORD, refuseForeign } from '../programs.ts';
import { chosenSystems, refuseSeveral, SYSTEM_OPTIONS } from '../systems.ts';
import { WORK_OPTIONS, withWork } from '../work.ts';

const { backend, quorum: _all, replica: _alike, ...MACHINE_OPTIONS } = SYSTEM_OPTIONS;

/** What can be asked of one design. */
const DEMANDS = MEASURES.filter(
  ({ designs, usual, beside }) => designs === 1 && usual.length === 0 && beside.length === 0,
).map(({ name }) => name);

const HAS = Object.keys(CAPABILITIES) as Capability[];

const OPTIONS = {
  has: choices(HAS)({
    help:
      'what the machine has, and nothing else of this: ' +
      `${HAS.map((name) => `${name} (${CAPABILITIES[name]})`).join('; ')}; if not given, whatever a design needs ` +
      'and the profile does not rule out',
  }),
  slo: {
    help: 'what a design must meet: NAME=VALUE of a latency or time at most, or throughput at least, as in p99=10us or throughput=200k/s; comma-separated or repeated',
    parse(texts: readonly string[], name: string): readonly string[] {
      const demands = splitWords(texts);
      for (const demand of demands) {
        if (!/^\s*\w+\s*=\s*\S/.test(demand)) {
          throw new UsageError(`${name} '${demand}' is not of the form NAME=VALUE, as in p99=10us`);
        }
        const asked = demand.split('=')[0].trim();
        if (DEMANDS.includes(asked)) demandOn('no-sm', demand);
        else throw new UsageError(`${name} '${asked}' is not one of ${DEMANDS.join(', ')}`);
      }
      return demands;
    },
  },
  backend: {
    ...backend,
    help: 'designs of yours, in .ts files, to be ranked with all others',
    default: undefined,
  },
  machines: machinesOption(16),
  ...MACHINE_OPTIONS,
  ...PROGRAM_OPTIONS,
  ...SEED_OPTION,
  ...WORK_OPTIONS,
  ...JSON_OPTION,
} as const;

export const adviseCommand = command(
  {
    usage: 'advise <program>',
    summary: 'advise which design to run on a machine: ranked, with cost, limits and break-evens',
    words: { program: PROGRAM_WORD },
    options: OPTIONS,
    examples: [
      ['$0 advise ctree --profile optane-cx5', 'every design that the model knows'],
      ['$0 advise ycsb --profile optane-cx5 --has ddio-off,replica-cpu', 'what can be had today'],
      ['$0 advise ctree --backend ./mine.ts', 'a design of yours among the others'],
      ['$0 advise redis --profile cxl-attached --slo p99=10us', 'RDMA or CXL'],
    ],
  },
  async (values, given, answer) => {
    const { program, seed, machines, has, slo = [] } = values;
    refuseForeign([program], OPTIONS, given);
    const systems = chosenSystems({
      ...values,
      backend: [],
      quorum: undefined,
      replica: undefined,
    });
    const { profiles } = systems;
    const own = values.backend ?? [];
    const others = own.filter((name) => pluginOf(name) === undefined);
    if (others.length > 0) {
      throw new UsageError(
        `--backend ${others.join(',')}: all designs of the project are ranked; give files of yours`,
      );
    }
    refuseSeveral('advise', systems);
    const [spec] = expandSystems({ ...systems, backends: ['no-sm'] });
    const { backend: _none, reference: _never, ...conditions } = spec;
    const designs = designsFor(conditions, has, own.map(backendNamed));
    const execution = shortExecutionOf(program, values);
    const request = {
      execution,
      conditions,
      designs,
      demands: slo,
      machines,
      seed,
      profileAt: (base: HardwareProfile, name: string, value: number) =>
        withValues(base, [[name, String(value)]]),
      atOnce: workersFor(values.jobs),
    };
    const advised = await withWork({ values, answer, isCommitted: false }, (work) => {
      const survives = (rows: readonly CellRow[]) => survivors(execution, rows, work);
      return withGroupRunner(work, (run) => advise({ ...request, survives, run }));
    });
    answer.from({ profiles, seeds: [seed] });
    answer.show(adviceText(advised));
    const rows = adviceRows(advised.ranked, designs);
    answer.give({ name: 'designs', columns: ADVICE_COLUMNS, rows });
    const evens = advised.breakEvens.map(breakEvenOf);
    answer.give({ name: 'breakEvens', columns: BREAK_EVEN_COLUMNS, rows: evens });
  },
);

/** Moments and images of the crash check: enough for what is wrong at every transaction to show. */
const CRASHES = { crashes: 30, imagesPerCrash: 8 };
const TRANSACTIONS = 12;

/** Designs that survive a short crash check as they were timed; undefined for a trace, which cannot recover. */
async function survivors(
  execution: Execution,
  rows: readonly CellRow[],
  work: WorkOptions,
): Promise<ReadonlyMap<string, boolean> | undefined> {
  if (execution.kind !== 'workload') return undefined;
  const { workload, threads, seed } = execution;
  const crashed = rows.map(({ result }): CrashJob => {
    const system: SystemSpec = { ...result.system, queuePairs: result.queuePairsUsed };
    return {
      subject: subjectOf({
        workload,
        threads,
        transactions: TRANSACTIONS,
        seed,
        isolation: 'words',
      }),
      systems: [system],
      thoroughness: { ...DEFAULT_THOROUGHNESS, ...CRASHES, seed },
      bug: null,
      image: null,
    };
  });
  const { results } = await runCrashJobs(crashed, work);
  return new Map(
    results.flat().map(({ system, exploration }) => [system.backend, exploration.failure === null]),
  );
}
