/**
 * Names for the steps of a library's protocol. A library says at an operation which step it is
 * (`PmHeap.at`), so that a crash check can leave the operation out, or move it, and see that it is
 * missed. Each library has a table of its steps: a name that is not in it does not compile, neither
 * in the library nor in what is left out.
 */

declare const isStep: unique symbol;

/** A step of a protocol, such as `undoLog.commitMark`. Only {@link stepsOf} makes one. */
export type Step = string & { readonly [isStep]: true };

/** The steps of `library`, by name. */
export function stepsOf<const Name extends string>(
  library: string,
  names: readonly Name[],
): Readonly<Record<Name, Step>> {
  const steps = Object.fromEntries(names.map((name) => [name, `${library}.${name}`]));
  return Object.freeze(steps) as Readonly<Record<Name, Step>>;
}
