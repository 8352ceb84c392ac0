/**
 * Which method makes remote updates durable on which machine: the taxonomy of Kashyap et al., Correct, Fast Remote
 * Persistence (arXiv 1909.02092), by persistence domain, DDIO and verb, in our own words and as far as the model
 * goes. What is stated of each method a crash check confirms: a right one loses nothing, a wrong one
 * a transaction.
 *
 * `adr` is what the paper calls a DIMM's persistence domain, `eadr` that of the memory hierarchy. Not modelled:
 * a domain that has the NIC's buffers too (the paper's whole-system persistence), where a completion is
 * enough; receive buffers of SENDs in PM, which recovery would have to read.
 *
 * Nobody promises how long a posted write is on its way, so the replica's PCIe is slow here: what a completion does
 * not say would else be hidden by the time that it takes to come back.
 */

import { durableLineNs, type HardwareProfile, profileNamed, setValues } from '../../rdma/index.ts';
import { DEFAULT_POLICY, type SystemSpec } from '../bench/index.ts';
import { type Awaited, METHODS, type Method, type Sent } from './bugs/methods.ts';
import type { CrashJob, CrashResult } from './job.ts';
import {
  DEFAULT_THOROUGHNESS,
  subjectOf,
  type ThoroughnessChoice,
  USUAL_CONDITIONS,
} from './plan.ts';

type Domain = 'adr' | 'eadr';
type Ddio = 'on' | 'off';

/** A replica, as far as it matters here. */
export interface Configuration {
  readonly domain: Domain;
  readonly ddio: Ddio;
}

const CONFIGURATIONS: readonly Configuration[] = (['adr', 'eadr'] as const).flatMap((domain) =>
  (['on', 'off'] as const).map((ddio) => ({ domain, ddio })),
);

/** What has to be waited for at least; what waits for more is right, too. */
const NEEDED: Readonly<Record<Domain, Readonly<Record<Ddio, Readonly<Record<Sent, Awaited>>>>>> = {
  adr: {
    on: { write: 'persist', send: 'persist' },
    off: { write: 'read', send: 'persist' },
  },
  eadr: {
    on: { write: 'read', send: 'answer' },
    off: { write: 'read', send: 'answer' },
  },
};

/** Verbs of each way to send; those of one way are one to the model. */
const VERBS: Readonly<Record<Sent, readonly string[]>> = {
  write: ['WRITE', 'WRITE_IMM'],
  send: ['SEND'],
};

/** The way of a posted write over the replica's PCIe: longer than a completion takes to come back. */
const SLOW_POSTED_NS = 5000;
const PROFILE = 'optane-cx5';

/** A verb and a method on a configuration: what is stated of it, and what a crash check finds. */
export interface TaxonomyRow extends Configuration {
  readonly verb: string;
  readonly method: Method;
  /** Whether it is stated to be right, and to be the least that is. */
  readonly isRight: boolean;
  readonly isLeast: boolean;
  /** How long it takes for one line, on the machine as it is. */
  readonly lineNs: number;
  readonly result: CrashResult;
}

/** Values of the machine that make it one of `configuration`, by path. */
function valuesOf({ domain, ddio }: Configuration): readonly (readonly [string, string])[] {
  return [
    ...(domain === 'eadr' ? [['replicaMemory.persistenceDomain', 'eadr'] as const] : []),
    ...(ddio === 'off' ? [['ddio.enabled', '0'] as const] : []),
  ];
}

/** The machine, whose replica has a slow PCIe; its name says how to have it again. */
function slowMachine(configuration: Configuration): HardwareProfile {
  const values = valuesOf(configuration);
  const slow = ['pcie.postedNs', `${SLOW_POSTED_NS}`] as const;
  const words = [...values.map((pair) => pair.join('=')), `0:${slow.join('=')}`];
  return {
    ...setValues(profileNamed(PROFILE), values),
    name: [PROFILE, ...words].join('+'),
    others: [{ replica: 0, values: [slow] }],
  };
}

/** A check of every method on every configuration: one job, whose program is recorded once. */
export function taxonomyJob(choice: ThoroughnessChoice): CrashJob {
  const { workload, threads, transactions, isolation } = USUAL_CONDITIONS;
  const plain = { replicas: 1, queuePairs: DEFAULT_POLICY, faults: [], reference: false } as const;
  return {
    subject: subjectOf({ workload, threads, transactions, isolation, seed: choice.seed }),
    systems: CONFIGURATIONS.flatMap((configuration) => {
      const profile = slowMachine(configuration);
      return METHODS.map(
        ({ backend }): SystemSpec => ({ ...plain, profile, backend: backend.name }),
      );
    }),
    thoroughness: { ...DEFAULT_THOROUGHNESS, ...choice },
    bug: null,
    image: null,
  };
}

/** The rows of {@link taxonomyJob}, whose results these are: verbs of one way to send share a check. */
export function taxonomyRows(results: readonly CrashResult[]): TaxonomyRow[] {
  const found = [...results];
  return CONFIGURATIONS.flatMap((configuration) => {
    const own = found.splice(0, METHODS.length);
    const profile = setValues(profileNamed(PROFILE), valuesOf(configuration));
    const checked = METHODS.map((method, i) => ({
      ...configuration,
      method,
      ...statedOf(configuration, method),
      lineNs: durableLineNs(profile, { by: method.backend, percentile: 50 }),
      result: own[i],
    }));
    return checked.flatMap((row) => VERBS[row.method.sent].map((verb) => ({ ...row, verb })));
  });
}

function statedOf(
  { domain, ddio }: Configuration,
  { sent, awaited }: Method,
): Pick<TaxonomyRow, 'isRight' | 'isLeast'> {
  const least = NEEDED[domain][ddio][sent];
  const order = METHODS.filter((one) => one.sent === sent).map((one) => one.awaited);
  return {
    isRight: order.indexOf(awaited) >= order.indexOf(least),
    isLeast: awaited === least,
  };
}

/** Whether the crash check found what is stated. */
export function isConfirmed({ isRight, result }: TaxonomyRow): boolean {
  return isRight === (result.exploration.failure === null);
}
