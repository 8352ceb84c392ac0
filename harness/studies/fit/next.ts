/** Which measurement to take next: the one that tells most values more than are told. */

import type { HardwareProfile } from '../../../rdma/index.ts';
import { type KnownQuantity, quantityNamed } from '../calibration/index.ts';
import { elasticities } from './dependence.ts';
import type { Fit } from './fit.ts';
import { type Effects, givenFor, toldBy } from './told.ts';

/** A measurement that anybody can take, and how. */
interface Candidate {
  readonly name: string;
  readonly how: string;
}

/** What mirroring depends on first comes first; of two that tell as much the first is taken. */
const CANDIDATES: readonly Candidate[] = [
  { name: 'ib_read_lat', how: 'ib_read_lat -s 64 of perftest' },
  { name: 'ib_write_lat 64 B', how: 'ib_write_lat -s 64 of perftest' },
  { name: 'ib_write_bw 64 B, 1 queue pair', how: 'ib_write_bw -s 64 of perftest' },
  { name: 'ib_write_bw 65536 B, MTU 4096 B', how: 'ib_write_bw -s 65536 of perftest' },
  {
    name: 'persist 64 B by store+clwb+fence',
    how: 'store, clwb and sfence of one line after the other, all in the cache',
  },
  {
    name: 'persist 2048 B by store+clwb+fence',
    how: 'the same of 32 lines before each sfence',
  },
  {
    name: 'persist 64 B by ntstore+fence',
    how: 'non-temporal store and sfence of one line after the other',
  },
  { name: 'persist 2048 B by ntstore+fence', how: 'the same of 32 lines before each sfence' },
  {
    name: 'one DIMM, random writes of 256 B',
    how: 'non-temporal stores of 256 B at random places of one DIMM',
  },
  {
    name: 'one DIMM, clwb, 1 thread',
    how: 'store and clwb of 256 B at random places of one DIMM, without a fence',
  },
  {
    name: '64 B WRITE durable (flushing READ, DDIO off)',
    how: 'a WRITE of 64 B and a READ behind it, waited for, with DDIO off',
  },
];

/** A measurement to take, and the values that would be told by it and are not yet. */
export interface NextMeasurement extends Candidate {
  readonly tells: readonly string[];
}

/** The measurement that would tell most beside those of `fit`; undefined if none tells more. */
export function nextMeasurement({
  base,
  profile,
  residuals,
  effects,
}: Fit): NextMeasurement | undefined {
  const taken = new Set(residuals.map(({ row }) => keyOf(row.quantity)));
  const now = alone(effects, base);
  let best: NextMeasurement | undefined;
  for (const candidate of [...CANDIDATES, ...directly(effects, base)]) {
    const quantity = quantityNamed(candidate.name);
    if (quantity === undefined || taken.has(keyOf(quantity))) continue;
    const added = elasticities(profile, quantity.experiment);
    const tells = alone([...effects, added], base).filter((path) => !now.includes(path));
    if (tells.length > (best?.tells.length ?? 0)) best = { ...candidate, tells };
  }
  return best;
}

const keyOf = ({ experiment }: KnownQuantity): string => JSON.stringify(experiment);

/** Values that are told without others being as they are. */
function alone(effects: readonly Effects[], base: HardwareProfile): readonly string[] {
  const told = toldBy(effects, base);
  return told.chosen.filter((path) => givenFor(told, path).length === 0);
}

/** The values themselves that cannot be told apart. */
function directly(effects: readonly Effects[], base: HardwareProfile): Candidate[] {
  const { mixed } = toldBy(effects, base);
  return [...mixed].flatMap(([name, partners]) =>
    partners.length === 0
      ? []
      : [{ name, how: 'the value itself, from a data sheet or a counter' }],
  );
}
