/** A hardware profile for people: what it is for, and every value with its source. */

import { printable } from '../../pm/printable.ts';
import {
  groupValue,
  type HardwareProfile,
  type Quantity,
  quantities,
  VALUE_GROUPS,
  type ValueGroup,
} from '../../rdma/index.ts';
import { listTable } from '../report/index.ts';

/** What a profile is for, which of its values are assumptions, and where each is from. */
export function aboutProfile(profile: HardwareProfile): string {
  const values = quantities(profile);
  const count = (basis: Quantity['basis']) =>
    values.filter(([, quantity]) => quantity.basis === basis).length;
  const line = ([path, { value, unit, basis, range, source }]: (typeof values)[number]) => [
    `  ${path}`,
    `${value} ${unit}`,
    basis === 'assumed' && range !== undefined ? `assumed, ${range[0]} to ${range[1]}` : basis,
    printable(source),
  ];
  const { memory, replicaMemory } = profile;
  return [
    `${profile.name}: ${printable(profile.summary)}`,
    `persistence domain: ${memory.persistenceDomain}, of replicas ${replicaMemory.persistenceDomain}`,
    `${values.length} values: ${count('measured')} measured, ${count('derived')} derived from such, ` +
      `${count('assumed')} assumed (each with the range in which it is plausible)`,
    '\nValues (--set path=value)',
    listTable(values.map(line)),
    '\nGroups of values (--set group=value; what belongs to each: pmirror list)',
    listTable(VALUE_GROUPS.map((group) => groupLine(profile, group))),
  ].join('\n');
}

/** The value of a group in a profile. */
function groupLine(profile: HardwareProfile, group: ValueGroup): string[] {
  const { value, range } = groupValue(profile, group);
  const plausible = range === undefined ? '' : `${range[0]} to ${range[1]}`;
  return [`  ${group.name}`, `${value} ${group.unit}`, plausible, group.value];
}
