/** What may be wrong with replicas, as options have it. */

import { decimal } from '../../pm/decimal.ts';
import { REPLICAS_MAX, type ReplicaFault } from '../../rdma/index.ts';
import { UsageError } from '../host/index.ts';
import { splitWords } from './options.ts';

/** Numbers with colons between: how the first, a replica's, and the others are written, and their limits. */
interface NumbersForm {
  readonly form: string;
  readonly min: number;
  readonly max: number;
}

// As the times of a profile: more is no slow replica, but one that is gone.
const SLOW: NumbersForm = { form: 'INDEX:FACTOR, FACTOR from 1 to 1000', min: 1, max: 1000 };
const STALL: NumbersForm = {
  form: 'INDEX:FROM_NS:FOR_NS, each of both from 0 to 1000000000',
  min: 0,
  max: 1e9,
};

/** The numbers of words of a form. */
function parseNumbers(
  texts: readonly string[],
  name: string,
  { form, min, max }: NumbersForm,
): (readonly number[])[] {
  return splitWords(texts).map((word) => {
    const [index, ...numbers] = word.split(':').map((part) => decimal(part.trim()));
    const isPossible = numbers.every((number) => number >= min && number <= max);
    const isWhole = Number.isInteger(index) && index >= 0 && index < REPLICAS_MAX;
    if (isWhole && isPossible && numbers.length === form.split(':').length - 1) {
      return [index, ...numbers];
    }
    throw new UsageError(`${name} '${word}' is not ${form}`);
  });
}

/** Replicas that are slow. Throws UsageError. */
export function parseSlow(texts: readonly string[], name: string): readonly ReplicaFault[] {
  return parseNumbers(texts, name, SLOW).map(([replica, slowdown]) => ({ replica, slowdown }));
}

/** Replicas that stall. Throws UsageError. */
export function parseStall(texts: readonly string[], name: string): readonly ReplicaFault[] {
  return parseNumbers(texts, name, STALL).map(([replica, stallFromNs, stallForNs]) => ({
    replica,
    stallFromNs,
    stallForNs,
  }));
}
