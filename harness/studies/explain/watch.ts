/** Mirrors that are watched more closely than a run needs, for an account of what happens in them. */

import { entriesKeptBack } from '../../../rdma/index.ts';
import { DEFAULT_POLICY, type Registry, timingKey } from '../../bench/index.ts';
import { LineObserver } from './line-observer.ts';
import { SendQueueObserver } from './send-queue.ts';

/** What watches one mirror. */
export interface Watch {
  readonly lines: LineObserver;
  readonly sendQueues: SendQueueObserver;
}

/**
 * `registry`, with a watch in `watches` for every mirror that it makes, by `timingKey`. Of several that
 * are alike the last counts: those before were replayed to prepare its run.
 */
export function watching(registry: Registry, watches: Map<string, Watch>): Registry {
  return {
    ...registry,
    createMirror(system, run) {
      const { replicas, profile, queuePairs, backend } = system;
      const { observer, cores } = run;
      const lines = new LineObserver(replicas);
      const sendQueues = new SendQueueObserver({
        queuePairs: (queuePairs === 'shared' ? 1 : cores) * replicas,
        room: profile.nic.sendQueueEntries.value - entriesKeptBack(queuePairs, cores),
      });
      const same = { queuePairs: DEFAULT_POLICY, reference: false };
      const spec = { ...system, backend: backend.name, ...same };
      watches.set(timingKey(spec, queuePairs), { lines, sendQueues });
      return registry.createMirror(system, {
        ...run,
        observer: {
          onMeasure(atPs) {
            observer?.onMeasure?.(atPs);
            lines.onMeasure();
            sendQueues.onMeasure(atPs);
          },
          onTransaction: (core, type, begin, end) =>
            observer?.onTransaction?.(core, type, begin, end),
          onStalled: (replica, atPs) => observer?.onStalled?.(replica, atPs),
          onSend: (core, line, atPs) => lines.onSend(core, line, atPs),
          onReplicaDurable: (replica, core, line, atPs) =>
            lines.onReplicaDurable(replica, core, line, atPs),
          onPost: (queuePair, entry, atPs) => sendQueues.onPost(queuePair, entry, atPs),
          onAcknowledge: (queuePair, entry, atPs) =>
            sendQueues.onAcknowledge(queuePair, entry, atPs),
        },
      });
    },
  };
}
