/** `pmirror list`: what there is to choose from. */

import { BACKENDS, PROFILES } from '../../rdma/index.ts';
import { EXAMPLES } from '../../workloads/imported/examples.ts';
import { resolveWorkload, WORKLOADS } from '../../workloads/index.ts';
import type { AnyWorkload } from '../../workloads/workload.ts';
import { UsageError } from '../errors.ts';
import { listTable } from '../tables.ts';
import { single } from './choices.ts';
import type { Command } from './command.ts';

export const listCommand: Command = {
  usage: 'list [workload]',
  summary: 'list workloads, backends, profiles and example traces; or the parameters of a workload',
  positionals: { workload: 'name of a workload whose parameters to list' },
  options: {},
  examples: [['$0 list transact', 'the parameters of the microbenchmark']],
  async run(given) {
    const name = single('workload', given.workload);
    process.stdout.write(`${name === undefined ? everything() : aboutWorkload(name)}\n`);
  },
};

function everything(): string {
  const workloads = WORKLOADS.map(({ workload, group }) => [
    `  ${workload.name}`,
    group,
    workload.summary,
  ]);
  const backends = BACKENDS.map(({ name, aliases, summary }) => [
    `  ${name}`,
    aliases.join(', ') || '-',
    summary,
  ]);
  const profiles = PROFILES.map(({ name, summary }) => [`  ${name}`, summary]);
  const examples = EXAMPLES.map(({ name, summary }) => [`  trace:${name}`, summary]);
  return [
    'Workloads (pmirror run NAME; pmirror list NAME shows the parameters)',
    listTable(workloads),
    '\nBackends (--backend NAME or ALIAS)',
    listTable(backends),
    '\nProfiles (--profile NAME)',
    listTable(profiles),
    '\nExample traces of real programs (rows of bench:whisper)',
    listTable(examples),
  ].join('\n');
}

function aboutWorkload(name: string): string {
  const workload = resolveWorkload(name);
  if (workload === undefined) {
    const known = WORKLOADS.map((entry) => entry.workload.name).join(', ');
    throw new UsageError(`unknown workload '${name}'; accepted: ${known}`);
  }
  return [
    `${workload.name}: ${workload.summary}`,
    `protocol: ${workload.protocol}`,
    `transaction types: ${workload.txTypes.join(', ')}`,
    `threads: 1 to ${workload.threadsMax}, default ${workload.threadsDefault}`,
    `transactions: default ${workload.transactionsDefault}`,
    '\nParameters (--param name=value)',
    parameterLines(workload),
  ].join('\n');
}

function parameterLines(workload: AnyWorkload): string {
  const lines = Object.entries(workload.parameters).map(([name, parameter]) => {
    const accepted =
      parameter.kind === 'choice'
        ? parameter.choices.join(' | ')
        : `${parameter.min} to ${parameter.max}`;
    return [`  ${name}`, accepted, `default ${parameter.default}`, parameter.about];
  });
  return lines.length === 0 ? '  none' : listTable(lines);
}
