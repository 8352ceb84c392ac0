/**
 * What a unit of work is, and its key: the SHA-256 of a text of all that its result is a function of. What it
 * is not a function of is in no key: where a trace is, how many workers there are, where results go.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { HardwareProfile } from '../../rdma/index.ts';
import { FailureError, systemReason } from '../host/index.ts';
import { type Cell, type Execution, executionLabel } from './cells.ts';
import { canonicalJson } from './exact-json.ts';
import { USUAL_PERCENTILES } from './latency.ts';
import { modelVersion } from './model-version.ts';
import { pluginOf } from './plugins.ts';
import type { SystemSpec } from './systems.ts';

/** Kinds of work that are kept. */
export type WorkKind = 'cell' | 'crash job' | 'survey';

/** A unit of work, before it is done. */
export interface WorkUnit {
  /** SHA-256 of `description`, in hex. */
  readonly key: string;
  readonly kind: WorkKind;
  readonly model: string;
  /** What people call it: `ctree sm-dd paper-2018`. */
  readonly label: string;
  /** All that determines the result, as JSON; profiles by the SHA-256 of their values, as {@link profileJson} has them. */
  readonly description: string;
  readonly profiles: readonly HardwareProfile[];
}

/** What the result of a unit is a function of, beside the model. */
interface Determining {
  readonly kind: WorkKind;
  readonly label: string;
  /** Plain data without profiles. */
  readonly of: unknown;
  readonly systems: readonly SystemSpec[];
  /** Names of programs and backends, of which some may be plug-ins. */
  readonly parts: readonly string[];
}

/** The unit of work that `of` and `systems` determine. */
export function workUnit({ kind, label, of, systems, parts }: Determining): WorkUnit {
  const model = modelVersion();
  const names = [...parts, ...systems.map(({ backend }) => backend)];
  const plugins = [...new Set(names)].sort().flatMap((name) => pluginOf(name)?.sha256 ?? []);
  const machines = systems.map(describedSystem);
  const description = canonicalJson({ kind, model, of, systems: machines, plugins });
  const profiles = [...new Set(systems.map(({ profile }) => profile))];
  return { key: sha256(description), kind, model, label, description, profiles };
}

/** A system with its profile by the hash of its values. Whether it makes a row does not change its result. */
function describedSystem({ reference: _, profile, ...system }: SystemSpec): unknown {
  return { ...system, profile: profileKey(profile) };
}

/** The unit of work that a cell is, with these percentiles of the latency beside the usual. */
export async function cellUnit(cell: Cell, percentiles: readonly number[] = []): Promise<WorkUnit> {
  const { execution, system } = cell;
  const all = [...new Set([...USUAL_PERCENTILES, ...percentiles])].sort((a, b) => a - b);
  return workUnit({
    kind: 'cell',
    label: `${executionLabel(execution)} ${system.backend} ${system.profile.name}`,
    of: { execution: await describedExecution(execution), percentiles: all },
    systems: [system],
    parts: execution.kind === 'workload' ? [execution.workload] : [],
  });
}

async function describedExecution(execution: Execution): Promise<unknown> {
  if (execution.kind === 'workload') return execution;
  const { file, shownAs: _, ...reading } = execution;
  return { ...reading, sha256: await sha256OfFile(file) };
}

const profileKeys = new WeakMap<HardwareProfile, string>();

/** SHA-256 of {@link profileJson}. */
export function profileKey(profile: HardwareProfile): string {
  const key = profileKeys.get(profile) ?? sha256(profileJson(profile));
  profileKeys.set(profile, key);
  return key;
}

/** A profile with every value, as JSON. */
export const profileJson = (profile: HardwareProfile): string => canonicalJson(profile);

const filesRead = new Map<string, Promise<string>>();

/** Of the bytes of a file, which a process reads once. Throws FailureError. */
function sha256OfFile(file: string): Promise<string> {
  const known = filesRead.get(file) ?? readAndHash(file);
  filesRead.set(file, known);
  return known;
}

async function readAndHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    throw new FailureError(`cannot read ${file}: ${systemReason(error)}`);
  }
  return hash.digest('hex');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
