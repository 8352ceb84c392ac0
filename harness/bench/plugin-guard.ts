/**
 * A user's backend or workload as this project calls it: what it throws, and what it gives that cannot be, is
 * told as its fault, with its name, the function and the line of its file. Errors that have a meaning of
 * their own, of parameters and of verification, pass as they are.
 */

import { basename } from 'node:path';
import { ALL_WORDS } from '../../pm/line.ts';
import { type Backend, type Chooser, type Posting, Verb, type VerbCode } from '../../rdma/index.ts';
import type { AnyWorkload, ConfiguredWorkload, Program } from '../../workloads/workload.ts';
import { exitCodeOf, FailureError, reasonAt } from '../host/index.ts';

/** Who is at fault. */
export interface Blamed {
  readonly kind: 'backend' | 'workload';
  readonly name: string;
  readonly file: string;
}

type Callable = (...parameters: never[]) => unknown;

/** What tells one value from what it must be; undefined: nothing. */
type Wrong = (value: unknown) => string | undefined;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const must =
  (what: string, is: (value: unknown) => boolean): Wrong =>
  (value) =>
    is(value) ? undefined : `${shown(value)}, and must give ${what}`;

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  return isObject(value) || typeof value === 'function'
    ? `a value of type ${typeof value}`
    : String(value);
}

const withFunctions = (names: readonly string[]): Wrong =>
  must(`an object with the functions ${names.join(', ')}`, (value) =>
    names.every((name) => isObject(value) && typeof value[name] === 'function'),
  );

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value < 2 ** 53;
const ANYTHING: Wrong = () => undefined;
const PROGRAM = withFunctions(['transaction', 'verify', 'digest']);
const CHOOSER = withFunctions(['begin', 'end', 'acknowledged', 'wayOf']);
const HEAP_BYTES = must('a multiple of 64 up to 2^32', (value) => {
  return (
    isCount(value) && Number(value) > 0 && Number(value) <= 2 ** 32 && Number(value) % 64 === 0
  );
});

class Guard {
  readonly #blamed: Blamed;

  constructor(blamed: Blamed) {
    this.#blamed = blamed;
  }

  fault(what: string): FailureError {
    const { kind, name, file } = this.#blamed;
    return new FailureError(`the ${kind} ${name} (${basename(file)}) ${what}`);
  }

  /** `call`, the function `name` of the part, with its faults told; `wrong` looks at what it gives. */
  around<F extends Callable>(name: string, call: F, wrong: Wrong = ANYTHING): F {
    return ((...parameters: never[]) => {
      let result: unknown;
      try {
        result = call(...parameters);
      } catch (error) {
        if (exitCodeOf(error) !== undefined) throw error;
        throw this.fault(`throws in ${name}: ${reasonAt(error, this.#blamed.file)}`);
      }
      if (isObject(result) && typeof result.then === 'function') {
        // That it may fail, too, is told no more.
        result.then(
          () => {},
          () => {},
        );
        throw this.fault(`gives a promise from ${name}: it must be done when it returns`);
      }
      const told = wrong(result);
      if (told !== undefined) throw this.fault(`gives from ${name} ${told}`);
      return result;
    }) as F;
  }
}

/** What a part posts, looked at: cores, lines, words and verbs that there are. */
class CheckedPosting implements Posting {
  readonly #to: Posting;
  readonly #guard: Guard;
  /** The core on whose behalf it is called. */
  core = 0;

  constructor(to: Posting, guard: Guard) {
    this.#to = to;
    this.#guard = guard;
  }

  get sharesQueuePair(): boolean {
    return this.#to.sharesQueuePair;
  }

  post(core: number, verb: VerbCode, line: number, words = ALL_WORDS): void {
    if (!VERBS.has(verb)) throw this.#guard.fault(`posts ${shown(verb)}, which is no Verb`);
    this.#checkLine(line, words);
    this.#own(core).post(core, verb, line, words);
  }

  awaitAnswer = (core: number): void => this.#own(core).awaitAnswer(core);
  awaitDurable = (core: number): void => this.#own(core).awaitDurable(core);
  askAnswer = (core: number): void => this.#own(core).askAnswer(core);
  awaitAsked = (core: number): void => this.#own(core).awaitAsked(core);
  hasAsked = (core: number): boolean => this.#own(core).hasAsked(core);
  way = (core: number): number => this.#own(core).way(core);
  lineBefore = (core: number): VerbCode | undefined => this.#own(core).lineBefore(core);
  sendFree = (core: number): void => this.#own(core).sendFree(core);
  awaitTrip = (core: number): void => this.#own(core).awaitTrip(core);
  awaitStores = (core: number): void => this.#own(core).awaitStores(core);
  linesSinceFence = (core: number): number => this.#own(core).linesSinceFence(core);
  linesSinceAnswer = (core: number): number => this.#own(core).linesSinceAnswer(core);

  storeThere(core: number, line: number, words: number): void {
    this.#checkLine(line, words);
    this.#own(core).storeThere(core, line, words);
  }

  #own(core: number): Posting {
    if (core === this.core) return this.#to;
    throw this.#guard.fault(
      `acts for core ${shown(core)} where it is called for core ${this.core}`,
    );
  }

  #checkLine(line: number, words: number): void {
    const isLine = Number.isInteger(line) && line >= 0 && line < 2 ** 26;
    if (isLine && Number.isInteger(words) && words >= 0 && words <= ALL_WORDS) return;
    throw this.#guard.fault(
      `posts words ${shown(words)} of line ${shown(line)}, which there are not`,
    );
  }
}

const VERBS: ReadonlySet<number> = new Set(Object.values(Verb));

/** `backend`, of the file that `blamed` says, guarded. */
export function guardedBackend(backend: Backend, blamed: Blamed): Backend {
  const guard = new Guard(blamed);
  const checked = new WeakMap<Posting, CheckedPosting>();
  type Hook = (posting: Posting, core: number, ...more: number[]) => void;
  const hook = (name: string, call: Hook | undefined): Hook | undefined =>
    call === undefined
      ? undefined
      : guard.around(name, (posting: Posting, core: number, ...more: number[]) => {
          let own = checked.get(posting);
          if (own === undefined) {
            own = new CheckedPosting(posting, guard);
            checked.set(posting, own);
          }
          own.core = core;
          return call.call(backend, own, core, ...more);
        });
  const { refuses, waitsBefore, createChooser } = backend;
  const some = <T extends object>(all: T): Partial<T> =>
    Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined)) as Partial<T>;
  return Object.freeze({
    ...backend,
    ...some({
      onLine: hook('onLine', backend.onLine),
      onOrderingPoint: hook('onOrderingPoint', backend.onOrderingPoint),
      onDurabilityPoint: hook('onDurabilityPoint', backend.onDurabilityPoint),
      onAskedPoint: hook('onAskedPoint', backend.onAskedPoint),
      onRelease: hook('onRelease', backend.onRelease),
      refuses:
        refuses &&
        guard.around(
          'refuses',
          refuses.bind(backend),
          must('text or undefined', (value) => ['string', 'undefined'].includes(typeof value)),
        ),
      waitsBefore: waitsBefore && guard.around('waitsBefore', waitsBefore.bind(backend)),
      createChooser:
        createChooser &&
        ((cores: number, sharesQueuePair: boolean) => {
          const make = guard.around('createChooser', createChooser.bind(backend), CHOOSER);
          return guardedChooser(make(cores, sharesQueuePair), guard);
        }),
    }),
  }) as Backend;
}

function guardedChooser(chooser: Chooser, guard: Guard): Chooser {
  return {
    begin: guard.around('begin of its chooser', chooser.begin.bind(chooser)),
    end: guard.around('end of its chooser', chooser.end.bind(chooser)),
    acknowledged: guard.around('acknowledged of its chooser', chooser.acknowledged.bind(chooser)),
    wayOf: guard.around(
      'wayOf of its chooser',
      chooser.wayOf.bind(chooser),
      must('the number of a way, from 0', (value) => isCount(value) && Number.isInteger(value)),
    ),
  };
}

/** `workload`, of the file that `blamed` says, guarded. */
export function guardedWorkload(workload: AnyWorkload, blamed: Blamed): AnyWorkload {
  const guard = new Guard(blamed);
  const configure = guard.around(
    'configure',
    workload.configure.bind(workload),
    withFunctions(['instructionsPerTx', 'heapBytes', 'memoryBytes', 'create', 'recover']),
  );
  const guarded: AnyWorkload = Object.freeze({
    ...workload,
    // Around all of it: what is configured may be read by functions, which throw.
    configure: guard.around('configure', (given: Parameters<AnyWorkload['configure']>[0]) =>
      guardedConfigured(configure(given), guarded, guard),
    ),
  });
  return guarded;
}

function guardedConfigured(
  configured: ConfiguredWorkload,
  workload: AnyWorkload,
  guard: Guard,
): ConfiguredWorkload {
  const types = workload.txTypes.length;
  const budgets = must(`${types} numbers, one for each of txTypes`, (value) => {
    return Array.isArray(value) && value.length === types && value.every(isCount);
  });
  const { instructionsPerTx, heapBytes, memoryBytes, create, recover } = configured;
  const started =
    (name: string, start: typeof create): typeof create =>
    (heap, threads, seed) =>
      guardedProgram(guard.around(name, start, PROGRAM)(heap, threads, seed), guard);
  return {
    ...configured,
    workload,
    instructionsPerTx: guard.around('instructionsPerTx', instructionsPerTx, budgets),
    heapBytes: guard.around('heapBytes', heapBytes, HEAP_BYTES),
    memoryBytes: guard.around('memoryBytes', memoryBytes, must('a number of bytes', isCount)),
    create: started('create', create),
    recover: started('recover', recover),
  };
}

function guardedProgram(program: Program, guard: Guard): Program {
  const isText = (value: unknown): boolean => typeof value === 'string';
  return {
    transaction: guard.around('transaction', program.transaction.bind(program)),
    verify: guard.around('verify', program.verify.bind(program)),
    digest: guard.around('digest', program.digest.bind(program), must('text', isText)),
    close: guard.around('close', () => program.close?.()),
  };
}
