/**
 * The JSON schema of profile files, for editors: what `schema.ts` accepts, with what each value is, its
 * unit and its limits. What a schema cannot say is checked when a file is read: that a range holds its
 * value, and that values fit together.
 */

import { z } from 'zod';
import { COMMON_GROUPS, groupOf, PROFILE_GROUPS } from './profile.ts';
import { profileSchema, TEMPLATE } from './schema.ts';

/**
 * The schema as JSON (draft 7, which editors know best). A file that names no profile in `extends` must
 * have every group and every value.
 */
export function profileJsonSchema(): Record<string, unknown> {
  const whole = PROFILE_GROUPS.map(
    (name) => [name, { required: Object.keys(groupOf(TEMPLATE, name)) }] as const,
  );
  return {
    ...z.toJSONSchema(profileSchema(TEMPLATE), { target: 'draft-7', io: 'input' }),
    title: 'pmirror hardware profile',
    description:
      'a machine pair, a primary and its replicas, as data: whole, or what differs from a profile that ' +
      'it extends',
    if: { required: ['extends'] },
    else: { required: COMMON_GROUPS, properties: Object.fromEntries(whole) },
  };
}
