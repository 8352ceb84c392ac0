/**
 * A profile as a file for people: JSON with comments, every value with what it is, its unit and limits,
 * and where that of the base comes from. It is accepted as it is, and is then the machine of its base.
 */

import { aboutValue, GROUP_ABOUT } from './about.ts';
import { resolveProfile } from './index.ts';
import {
  groupOf,
  type HardwareProfile,
  PROFILE_GROUPS,
  type ProfileGroup,
  type Quantity,
} from './profile.ts';
import { DOMAINS } from './schema.ts';
import { possibleValues, withUnit } from './units.ts';

/** The name that a template gives: for its user to change. */
const TEMPLATE_NAME = 'my-machine';

const COMMENT_WIDTH = 96;

/**
 * The text of a template with the values of `base`. A value that is deleted is taken over from `base`, if
 * that is one of the project's own; every value of another has to stay.
 */
export function profileTemplate(base: HardwareProfile): string {
  const known = resolveProfile(base.name)?.name;
  const there = PROFILE_GROUPS.filter((name) => base[name] !== undefined);
  const groups = there.map((name) => groupText(base, name)).join(',\n\n');
  const head = comment(
    '',
    `A hardware profile: a machine pair, with the values of ${base.name}. It can be used as it is: ` +
      'pmirror run ctree --profile FILE. Put your own values in, each with where it is from: basis is ' +
      'measured, derived (from values that were) or assumed. An assumption has the range in which it is ' +
      `plausible. ${known === undefined ? 'All values must stay.' : `What you delete is as in ${known}.`}`,
  );
  return `${head}
{
  // For editors: pmirror profile schema --output profile.schema.json
  // "$schema": "./profile.schema.json",
  "name": ${JSON.stringify(TEMPLATE_NAME)},
  "summary": ${JSON.stringify(`as ${base.name}, until values of our own are here`)},
${known === undefined ? '' : `  "extends": ${JSON.stringify(known)},\n`}
${groups}
}
`;
}

function groupText(base: HardwareProfile, name: ProfileGroup): string {
  const values = Object.entries(groupOf(base, name)).map(([key, value]) => {
    const told = toldOf(base, name, key, value).map((line) => comment('    ', line));
    return `${told.join('\n')}\n    ${JSON.stringify(key)}: ${valueText(value)}`;
  });
  const about = comment('  ', capital(`${GROUP_ABOUT[name]}.`));
  return `${about}\n  ${JSON.stringify(name)}: {\n${values.join(',\n')}\n  }`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What stands above a value: what it is, what it may be, and what the base has. */
function toldOf(
  base: HardwareProfile,
  name: ProfileGroup,
  key: string,
  value: Quantity | string,
): string[] {
  const about = capital(aboutValue(name, key));
  if (typeof value === 'string') return [`${about}. Accepted: ${DOMAINS.join(' or ')}.`];
  const { unit, basis, source, range } = value;
  const plausible = range === undefined ? '' : `, plausible from ${range[0]} to ${range[1]}`;
  return [
    `${about}. Accepted: ${possibleValues({ unit, path: key })}.`,
    `In ${base.name}: ${withUnit(value.value, unit)}, ${basis}${plausible}: ${source}.`,
  ];
}

function valueText(value: Quantity | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const { value: number, unit, basis, range, source } = value;
  const fields = Object.entries({ value: number, unit, basis, range: range?.join(', ') })
    .filter(([, field]) => field !== undefined)
    .map(([key, field]) => `"${key}": ${key === 'range' ? `[${field}]` : JSON.stringify(field)}`);
  return `{ ${fields.join(', ')},\n      "source": ${JSON.stringify(source)} }`;
}

/** `text` as lines of a comment, each behind `indent`. */
function comment(indent: string, text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= COMMENT_WIDTH - indent.length) {
      lines.push(`${indent}// ${word}`);
    } else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
