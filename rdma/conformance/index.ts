/** All that a new backend must keep, as rules: for its tests and for `pmirror conform`. */

import { BACKENDS } from '../backends/index.ts';
import { statedOrder } from './core-order.ts';
import { orderAndDurability, sameTwice, timeAddsUp } from './guarantees.ts';
import type { BackendRule } from './rule.ts';
import { statedSemantics } from './semantics.ts';

const NAME = /^[a-z0-9][a-z0-9-]*$/;

const ownName: BackendRule = {
  name: 'name',
  about: 'its name and aliases are lower-case words that no other backend has',
  broken(backend) {
    const taken = BACKENDS.filter((one) => one !== backend).flatMap(({ name, aliases }) => [
      name,
      ...aliases,
    ]);
    const own = [backend.name, ...backend.aliases];
    const bad = own.find((name) => !NAME.test(name));
    if (bad !== undefined) return `'${bad}' is not of lower-case letters, digits and dashes`;
    const twice = own.find((name, i) => taken.includes(name) || own.indexOf(name) < i);
    return twice === undefined ? undefined : `'${twice}' is taken`;
  },
};

/** The rules, quick ones first. */
export const BACKEND_RULES: readonly BackendRule[] = Object.freeze([
  ownName,
  statedSemantics,
  statedOrder,
  orderAndDurability,
  timeAddsUp,
  sameTwice,
]);
