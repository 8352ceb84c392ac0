/** `pmirror list`: what there is to choose from. */

import { suggestion } from '../../../pm/nearest.ts';
import {
  BACKENDS,
  type Backend,
  CAPABILITIES,
  PROFILES,
  resolveBackend,
  VALUE_GROUPS,
} from '../../../rdma/index.ts';
import { resolveWorkload, WORKLOADS } from '../../../workloads/index.ts';
import { EXAMPLES } from '../../../workloads/traces/examples.ts';
import type { AnyWorkload } from '../../../workloads/workload.ts';
import { isPluginFile, loadPlugin, originalThreads } from '../../bench/index.ts';
import { UsageError } from '../../host/index.ts';
import { listTable, prose } from '../../report/index.ts';
import { aboutProfile } from '../about-profile.ts';
import type { Answer } from '../answer.ts';
import { command } from '../command.ts';
import { userPath } from '../file-options.ts';
import { giveBackends, giveEverything, giveProfiles, giveWorkload } from '../list-tables.ts';
import { JSON_OPTION, text } from '../options.ts';
import { isProfileFile, parseProfiles } from '../profiles.ts';

export const listCommand = command(
  {
    usage: 'list [name]',
    summary: 'list workloads, backends, profiles and example traces; or all of one of them',
    words: {
      name: text({
        help: 'a workload, whose parameters to list; a profile: its values; a backend; by name or as a file',
      }),
    },
    options: JSON_OPTION,
    examples: [
      ['$0 list transact', 'the parameters of the microbenchmark'],
      ['$0 list paper-2018', 'the values of a profile, with their sources'],
    ],
  },
  async ({ name }, _given, answer) => {
    if (name === undefined) {
      answer.show(`${prose(everything(), 2)}\n`);
      giveEverything(answer);
    } else about(name, answer);
  },
);

function everything(): string {
  const workloads = WORKLOADS.map(({ name, group, summary }) => [`  ${name}`, group, summary]);
  const backends = BACKENDS.map(({ name, aliases, summary }) => [
    `  ${name}`,
    aliases.join(', ') || '-',
    summary,
  ]);
  const profiles = PROFILES.map(({ name, summary }) => [`  ${name}`, summary]);
  const groups = VALUE_GROUPS.map(({ name, value, members, why }) => {
    const others = members.filter(({ times }) => times === 0).map(({ path }) => path);
    const all = others.length === 0 ? value : `${value}; in proportion ${others.join(', ')}`;
    return [`  ${name}`, `${all} (${why})`];
  });
  const examples = EXAMPLES.map(({ name, summary }) => [`  trace:${name}`, summary]);
  return [
    'Workloads (pmirror run NAME; pmirror list NAME shows the parameters)',
    listTable(workloads),
    '\nBackends (--backend NAME or ALIAS)',
    listTable(backends),
    '\nProfiles (--profile NAME; pmirror list NAME shows the values and where they are from)',
    listTable(profiles),
    '\nGroups of profile values (--set, --vary and solve --over take their names)',
    listTable(groups),
    '\nExample traces of real programs (rows of bench:whisper)',
    listTable(examples),
  ].join('\n');
}

function about(name: string, answer: Answer): void {
  const own = isPluginFile(name) ? loadPlugin(userPath(name), name) : undefined;
  const backend = own?.kind === 'backend' ? own.part : resolveBackend(name);
  if (backend !== undefined) {
    answer.show(`${prose(aboutBackend(backend), 2)}\n`);
    giveBackends(answer, [backend]);
    return;
  }
  const workload = own?.kind === 'workload' ? own.part : resolveWorkload(name);
  if (workload !== undefined) {
    answer.show(`${prose(aboutWorkload(workload), 2)}\n`);
    giveWorkload(answer, workload);
    return;
  }
  const profiles = PROFILES.map((profile) => profile.name);
  if (isProfileFile(name) || profiles.includes(name)) {
    const found = parseProfiles([name]);
    answer.show(`${prose(found.map(aboutProfile).join('\n\n'), 2)}\n`);
    giveProfiles(answer, found);
    return;
  }
  const known = [...WORKLOADS, ...BACKENDS, ...PROFILES].map((one) => one.name);
  throw new UsageError(
    `unknown workload, backend or profile '${name}'${suggestion(name, known)}; accepted: ` +
      `${known.join(', ')}, or a file of yours`,
  );
}

function aboutBackend({ name, aliases, summary, ddio, needs = [] }: Backend): string {
  return [
    `${name}: ${summary}`,
    `other names: ${aliases.join(', ') || 'none'}`,
    `DDIO at the replica: ${ddio}`,
    `needs: ${needs.map((one) => CAPABILITIES[one]).join('; ') || 'nothing beyond RDMA WRITEs'}`,
  ].join('\n');
}

function aboutWorkload(workload: AnyWorkload): string {
  return [
    `${workload.name}: ${workload.summary}`,
    `protocol: ${workload.protocol}`,
    `transaction types: ${workload.txTypes.join(', ')}`,
    threadsLine(workload),
    `order of persists between clients that it needs: ${workload.orderNeeded}`,
    `transactions: default ${workload.transactionsDefault}`,
    `instructions a ns, run natively: ${nativeSpeed(workload)}`,
    '\nParameters (--param name=value)',
    parameterLines(workload),
  ].join('\n');
}

function threadsLine(workload: AnyWorkload): string {
  const { threadsMax, threadsDefault, threadsLimit } = workload;
  const why = threadsLimit === undefined ? '' : ` (${threadsLimit})`;
  const original = originalThreads(workload);
  return `threads: 1 to ${threadsMax}${why}, default ${threadsDefault}; the original's are ${original} at most`;
}

function nativeSpeed({ nativeInstructionsPerNs: speeds }: AnyWorkload): string {
  if (speeds === undefined) return "not measured (--compute native: the profile's)";
  const distinct = new Set([speeds].flat().map((speed) => speed.toFixed(1)));
  return [...distinct].join(', ');
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
