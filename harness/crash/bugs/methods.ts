/**
 * The methods by which a program may try to make what it sends durable, one for each way to send it and each
 * thing to wait for, as designs: at every ordering point they wait. Which of them is right depends on the
 * replica (see `harness/crash/taxonomy.ts`); those that are wrong are there to be found out.
 */

import { type Backend, Verb, type VerbCode } from '../../../rdma/index.ts';

/** How lines are sent. Of a WRITE with immediate data the last also tells the processor, as a SEND behind does. */
const SENT = { write: Verb.WRITE, send: Verb.SEND_LINE } as const;

/** What is waited for, the least first. */
const AWAITED = {
  completion: { verb: Verb.COMPLETION, about: 'the completion' },
  read: { verb: Verb.READ, about: 'a READ behind it' },
  answer: { verb: Verb.SEND_SEEN, about: "an answer of the replica's processor" },
  persist: { verb: Verb.SEND, about: 'the same once it has written back and fenced' },
} as const;

export type Sent = keyof typeof SENT;
export type Awaited = keyof typeof AWAITED;

/** A method: how lines are sent, what is waited for, and the design that does so. */
export interface Method {
  readonly sent: Sent;
  readonly awaited: Awaited;
  /** What is waited for, in words. */
  readonly about: string;
  readonly backend: Backend;
}

/** Every method, those that wait for the least first. */
export const METHODS: readonly Method[] = (Object.keys(SENT) as Sent[]).flatMap((sent) =>
  (Object.keys(AWAITED) as Awaited[]).map((awaited) => {
    const { verb, about } = AWAITED[awaited];
    return { sent, awaited, about, backend: designOf(`${sent}-${awaited}`, SENT[sent], verb) };
  }),
);

/** The method of that name, if there is one. */
export function methodNamed(name: string): Method | undefined {
  return METHODS.find(({ backend }) => backend.name === name);
}

function designOf(name: string, sent: VerbCode, awaited: VerbCode): Backend {
  const wait: Backend['onDurabilityPoint'] = (posting, core) => {
    if (posting.linesSinceAnswer(core) === 0) return;
    posting.post(core, awaited, 0);
    posting.awaitAnswer(core);
  };
  return Object.freeze<Backend>({
    name,
    aliases: [],
    summary: 'a method of the taxonomy',
    role: 'design',
    ddio: 'on',
    durability: { after: 'earlierEpochs', awaitedBy: 'everyFence' },
    onLine: (posting, core, line, words) => posting.post(core, sent, line, words),
    onOrderingPoint: wait,
    onDurabilityPoint: wait,
  });
}
