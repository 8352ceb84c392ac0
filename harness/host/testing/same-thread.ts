/**
 * Worker threads that are none: what a pool asks of them is done in this thread, one request at a time. So
 * a command takes milliseconds, and a fault of a worker is a fault here.
 */

import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';

type Handler = (request: unknown) => void;

/** What was answered to which request, where the same shall not be worked on again. */
let memory: Map<string, readonly { readonly kind: string }[]> | undefined;

/** What each module of workers does with a request, once it is loaded. */
const handlers = new Map<string, Handler>();

/** The worker whose request is worked on, and the module that is being loaded. */
let active: SameThreadWorker | undefined;
let loading = '';

/** Requests wait for those before. */
let queue: Promise<unknown> = Promise.resolve();

/** The port of a module of workers. */
const PORT = {
  on: (_event: 'message', handler: Handler) => handlers.set(loading, handler),
  postMessage: (reply: { readonly kind: string }) => active?.receive(reply),
};

class SameThreadWorker extends EventEmitter {
  readonly #script: string;
  readonly #options: WorkerOptions;
  #done: (() => void) | undefined;
  #isOver = false;
  #replies: { readonly kind: string }[] = [];

  constructor(script: URL | string, options: WorkerOptions) {
    super();
    this.#script = String(script);
    this.#options = options;
    // A thread from a text only tells of progress, after longer than a case may take.
    if (!options.eval) setImmediate(() => this.emit('message', { kind: 'ready' }));
  }

  /** It never keeps the process alive. */
  unref(): void {}

  postMessage(request: unknown): void {
    queue = queue
      .then(() => this.#work(structuredClone(request)))
      .catch((error) => {
        this.emit('error', error);
      });
  }

  async terminate(): Promise<number> {
    this.#isOver = true;
    return 0;
  }

  receive(reply: { readonly kind: string }): void {
    this.#replies.push(structuredClone(reply));
    if (!this.#isOver) this.emit('message', structuredClone(reply));
    if (reply.kind === 'done' || reply.kind === 'failed') this.#done?.();
  }

  async #work(request: unknown): Promise<void> {
    if (this.#isOver) return;
    const key = `${this.#script} ${JSON.stringify(request)}`;
    const known = memory?.get(key);
    this.#replies = [];
    if (known === undefined) await this.#reallyWork(request);
    else for (const reply of known) this.receive(reply);
    memory?.set(key, this.#replies);
  }

  async #reallyWork(request: unknown): Promise<void> {
    const { TMPDIR } = process.env;
    const { env, workerData } = this.#options;
    if (typeof env === 'object') process.env.TMPDIR = env.TMPDIR;
    Object.assign(workerThreads, { workerData });
    syncBuiltinESMExports();
    active = this;
    try {
      loading = this.#script;
      await import(this.#script);
      const answered = new Promise<void>((resolve) => {
        this.#done = resolve;
      });
      handlers.get(this.#script)?.(request);
      await answered;
    } finally {
      active = undefined;
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
  }
}

/** From now on every worker thread of this process is none. */
export function workInThisThread(): void {
  Object.assign(workerThreads, { Worker: SameThreadWorker, parentPort: PORT });
  syncBuiltinESMExports();
}

/** Does `work`, all of whose worker threads are none. */
export async function withoutWorkers<T>(work: () => Promise<T>): Promise<T> {
  const { Worker, parentPort, workerData } = workerThreads;
  workInThisThread();
  try {
    return await work();
  } finally {
    Object.assign(workerThreads, { Worker, parentPort, workerData });
    syncBuiltinESMExports();
  }
}

/** From now on a request that was answered before is answered alike, at once. */
export function answerFromMemory(): void {
  memory = new Map();
}

/** When nothing is worked on any more. */
export async function settled(): Promise<void> {
  await queue;
}
