/** Mirrors that are watched more closely than a run needs, for an account of what happens in them. */

import { EVENTS, type MirrorRun, type System } from '../../rdma/index.ts';
import type { MirrorObserver } from '../../rdma/mirror.ts';
import type { CellResult, Registry } from './run.ts';
import { DEFAULT_POLICY, resolveSystem, timingKey } from './systems.ts';

/** What watches one mirror: observers that are told beside those of the run. */
export interface Watch {
  readonly observers: readonly MirrorObserver[];
}

/** A registry whose mirrors are watched. */
export interface Observing<W extends Watch> {
  readonly registry: Registry;
  /**
   * What watched the run of `result`. Of several mirrors that are alike the last: those before were
   * replayed to prepare its run.
   */
  watchOf(result: CellResult): W;
}

/** `registry`, each of whose mirrors has a watch that `watch` makes for it. */
export function observing<W extends Watch>(
  registry: Registry,
  watch: (system: System, run: MirrorRun) => W,
): Observing<W> {
  const watches = new Map<string, W>();
  return {
    registry: {
      ...registry,
      createMirror(system, run) {
        const made = watch(system, run);
        watches.set(keyOf(system), made);
        const observers = run.observer ? [run.observer, ...made.observers] : made.observers;
        return registry.createMirror(system, { ...run, observer: joined(observers) });
      },
    },
    watchOf({ system, queuePairsUsed: queuePairs }) {
      const found = watches.get(keyOf({ ...resolveSystem(system, ONE_CLIENT), queuePairs }));
      if (found === undefined) throw new Error(`nobody watched ${system.backend}`);
      return found;
    },
  };
}

const ONE_CLIENT = { threads: 1, orderNeeded: 'none' } as const;

/** The same for mirrors that are alike: what posts nothing does not depend on replicas. */
function keyOf({ backend, queuePairs, ...system }: System): string {
  const alone = backend.ddio === 'none' ? { replicas: 1, faults: [] } : {};
  const spec = { queuePairs: DEFAULT_POLICY, reference: false, ...system, ...alone };
  return timingKey({ ...spec, backend: backend.name }, queuePairs);
}

/** One observer that tells `observers`, in their order; of what none of them wants it has no method. */
function joined(observers: readonly MirrorObserver[]): MirrorObserver {
  const methods = EVENTS.flatMap((event) => {
    const told = observers.flatMap((one) => {
      const method = one[event] as ((...values: readonly unknown[]) => void) | undefined;
      return method === undefined ? [] : [method.bind(one)];
    });
    if (told.length === 0) return [];
    if (told.length === 1) return [[event, told[0]] as const];
    const all = (...values: readonly unknown[]) => {
      for (const tell of told) tell(...values);
    };
    return [[event, all] as const];
  });
  return Object.fromEntries(methods);
}
