/**
 * Mirroring designs with a seeded bug, which look right in a test without power failures. A crash check
 * that does not find each of them proves nothing of the others.
 */

import {
  type Backend,
  backendNamed,
  type Numbering,
  type QueuePairs,
  type ReplicaFault,
  Verb,
} from '../../../rdma/index.ts';
import { methodNamed } from './methods.ts';

/** A mirroring design with a bug. */
export interface BuggyDesign {
  readonly backend: Backend;
  /** What is wrong, in a few words. */
  readonly about: string;
  /** Replicas that it takes for the bug to show. */
  readonly replicas: number;
  /** What else it takes, where that is not the usual (see plan.ts). */
  readonly takes?: {
    readonly workload: string;
    readonly threads: number;
    readonly transactions: number;
    readonly queuePairs: QueuePairs;
    /** Values of the machines that are others. */
    readonly values?: readonly (readonly [path: string, value: string])[];
  };
  readonly faults?: readonly ReplicaFault[];
  /** Transactions are acknowledged when the first replica is durable, not the last. */
  readonly firstReplicaAcknowledges?: boolean;
}

const DESIGNS = ['sm-rc', 'sm-ob', 'sm-dd', 'sm-ad', 'ibta-flush', 'cxl-direct', 'sm-sb'] as const;
const [smRc, smOb, smDd, smAd, ibtaFlush, cxlDirect, smSb] = DESIGNS.map(backendNamed);

/** Threads that hand on under a lock what they have not yet waited for, on a link that loses messages. */
const HANDED_ON = {
  workload: 'echo',
  threads: 4,
  transactions: 16,
  queuePairs: 'per-core',
  values: [['link.lossProbability', '0.2']],
} as const;

/** The numbering of `sm-sb`, but for what is wrong with it. */
function numberedWith(bug: Partial<Numbering>): Numbering {
  const { numbered } = smSb;
  if (numbered === undefined) throw new Error('sm-sb numbers what is pushed');
  return { ...numbered, ...bug };
}

/** Every so many lines one is not posted. */
const SKIPPED_LINE_ONE_IN = 7;

export const BUGGY_DESIGNS: readonly BuggyDesign[] = [
  {
    about: 'acknowledges when the NIC has the lines, which are in the cache (DDIO on)',
    replicas: 1,
    backend: named('canary-nic-ack', smRc, {
      onOrderingPoint: (posting, core) => nicAcknowledge(posting, core),
      onDurabilityPoint: (posting, core) => nicAcknowledge(posting, core),
    }),
  },
  {
    about: 'posts no ROFENCE',
    replicas: 1,
    backend: named('canary-no-rofence', smOb, { onOrderingPoint: () => {} }),
  },
  {
    about: 'lines go through the cache, where nothing orders them',
    replicas: 1,
    backend: named('canary-dd-through-cache', smDd, {
      onLine: (posting, core, line) => posting.post(core, Verb.WRITE_THROUGH, line),
    }),
  },
  {
    about: 'sends lines of a transaction through the cache and past it, with no ROFENCE in between',
    replicas: 1,
    backend: named('canary-unfenced-ways', smAd, {
      onLine: (posting, core, line, words) => {
        const verb = line % 2 === 0 ? Verb.WRITE_BYPASS : Verb.WRITE_THROUGH;
        posting.post(core, verb, line, words);
      },
      onOrderingPoint: () => {},
    }),
  },
  {
    about: 'waits for stores over CXL at durability points only',
    replicas: 1,
    backend: named('canary-cxl-no-wait', cxlDirect, { onOrderingPoint: () => {} }),
  },
  {
    about: `skips one line in ${SKIPPED_LINE_ONE_IN}`,
    replicas: 1,
    backend: named('canary-skips-line', smOb, {
      onLine: (posting, core, line) => {
        if (line % SKIPPED_LINE_ONE_IN !== 0) posting.post(core, Verb.WRITE_THROUGH, line);
      },
    }),
  },
  {
    about: `forgets that a word was stored, in one line of ${SKIPPED_LINE_ONE_IN}`,
    replicas: 1,
    takes: { workload: 'vacation', threads: 4, transactions: 24, queuePairs: 'words' },
    backend: named('canary-forgets-word', smDd, {
      onLine: (posting, core, line, words) => {
        const kept = line % SKIPPED_LINE_ONE_IN === 0 ? words & (words - 1) : words;
        if (kept !== 0) posting.post(core, Verb.WRITE_BYPASS, line, kept);
      },
    }),
  },
  {
    about:
      'does not wait at release: a lock is handed on before what was stored under it is durable',
    replicas: 1,
    takes: { workload: 'echo', threads: 4, transactions: 16, queuePairs: 'release' },
    backend: named('canary-no-release-wait', smOb, { onRelease: () => {} }),
  },
  {
    about: 'sends WRITEs behind a FLUSH, which they may pass, without waiting for it',
    replicas: 1,
    backend: named('canary-passes-flush', ibtaFlush, {
      onLine: (posting, core, line, words) => posting.post(core, Verb.WRITE, line, words),
      waitsBefore: () => false,
    }),
  },
  {
    about: 'numbers are taken when the NIC sends a line, not when it is pushed',
    replicas: 1,
    takes: HANDED_ON,
    backend: named('canary-late-number', smSb, { numbered: numberedWith({ takenWhen: 'sent' }) }),
  },
  {
    about: 'what is behind a number that has not arrived passes it',
    replicas: 1,
    takes: HANDED_ON,
    backend: named('canary-passes-hole', smSb, { numbered: numberedWith({ holes: 'pass' }) }),
  },
  {
    about: 'the staging buffer answers, and forgets what has not drained',
    replicas: 1,
    faults: [{ replica: 0, slowdown: 8 }],
    backend: named('canary-forgets-staged', smSb, {
      numbered: numberedWith({ staging: 'volatile' }),
    }),
  },
  {
    about: 'returns before the slower replica',
    replicas: 2,
    faults: [{ replica: 1, slowdown: 8 }],
    firstReplicaAcknowledges: true,
    backend: named('canary-first-replica', smDd, {}),
  },
];

/** The design with a bug that has this name, if there is one. */
export function buggyDesign(name: string): BuggyDesign | undefined {
  return BUGGY_DESIGNS.find(({ backend }) => backend.name === name);
}

/** The design of that name, with a bug, of the taxonomy, or of the table. Throws RangeError if there is none. */
export function designNamed(name: string): Backend {
  return (buggyDesign(name) ?? methodNamed(name))?.backend ?? backendNamed(name);
}

function named(name: string, from: Backend, bug: Partial<Backend>): Backend {
  return Object.freeze({ ...from, aliases: [], ...bug, name });
}

/** Waits for an answer that says nothing of the cache. */
const nicAcknowledge: Backend['onDurabilityPoint'] = (posting, core) => {
  if (posting.linesSinceAnswer(core) === 0) return;
  posting.post(core, Verb.RDFENCE, 0);
  posting.awaitAnswer(core);
};
