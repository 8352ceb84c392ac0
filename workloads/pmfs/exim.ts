/**
 * `exim`: a mail server over the PMFS-like file system, as in WHISPER (the Exim mail transfer agent).
 * Each client repeats the file-system calls with which Exim 4 receives a message and delivers it to
 * a local mailbox; the order is in `exim-message.ts`.
 *
 * A transaction is one file-system call, as in WHISPER's count: create, set attributes, write, fsync,
 * close, link, rename, unlink, read. Each that writes ends durable.
 *
 * Assumption: clients deliver to disjoint sets of mailboxes, so that none ever waits for another's
 * mailbox lock (250 mailboxes make that rare), and what a client does depends on no other. They
 * share the directories and the main log.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { Random } from '../../pm/random.ts';
import { choice, integer, type ParameterValues } from '../parameters.ts';
import { defineWorkload, type Program, type ProgramOptions, SIZES } from '../workload.ts';
import { formatPmfs, mountPmfs, PMFS_PARAMETERS, PMFS_PROTOCOL, pmfsHeapBytes } from './calls.ts';
import { checkFileSystem } from './check.ts';
import { chunkBytes, fillChunk } from './chunks.ts';
import { appendExpected, digestFiles, ExpectedFiles } from './contents.ts';
import { CALL_TYPES, type Message, MessageCalls, Spool } from './exim-message.ts';
import type { FileSystem } from './filesystem.ts';
import { ROOT_INODE } from './layout.ts';

// biome-ignore format: a parameter a line, or two
const PARAMETERS = {
  size: choice('small', SIZES, 'mailboxes: 64, 250 or 1000'),
  mailboxes: integer(0, [0, 100_000], 'mailboxes; 0: by size'),
  messageMeanBytes: integer(1024, [64, 1_048_576],
    'mean size of a message body (uniform up to twice that)'),
  ...PMFS_PARAMETERS,
};

type Parameters = ParameterValues<typeof PARAMETERS>;

const CALLS_PER_MESSAGE = 45;

function mailboxCount(parameters: Parameters): number {
  if (parameters.mailboxes > 0) return parameters.mailboxes;
  return { small: 64, medium: 250, large: 1000 }[parameters.size] ?? 64;
}

interface Client {
  readonly random: Random;
  messages: number;
  calls: MessageCalls | null;
}

class Exim implements Program {
  readonly #heap: PmHeap;
  readonly #fs: FileSystem;
  readonly #options: ProgramOptions<typeof PARAMETERS>;
  readonly #expected: ExpectedFiles;
  readonly #spool: Spool;
  readonly #clients: Client[];
  readonly #mailboxesPerClient: number;

  constructor(fs: FileSystem, options: ProgramOptions<typeof PARAMETERS>, isNew: boolean) {
    this.#heap = fs.heap;
    this.#fs = fs;
    this.#options = options;
    const count = mailboxCount(options.parameters);
    this.#mailboxesPerClient = Math.max(1, Math.floor(count / options.threads));
    this.#expected = isNew
      ? new ExpectedFiles()
      : ExpectedFiles.from(checkFileSystem(fs.heap, fs.blocks, false));
    this.#spool = new Spool(fs, this.#expected);
    if (isNew) this.#populate();
    this.#clients = Array.from({ length: options.threads }, (_, client) => ({
      random: new Random(options.seed, client),
      messages: isNew ? 0 : this.#spool.lastMessage(client),
      calls: null,
    }));
  }

  transaction(client: number): void {
    const state = this.#clients[client];
    if (state.calls === null || state.calls.isDone) {
      const message = this.#nextMessage(state, client);
      state.calls = new MessageCalls(this.#spool, message);
    }
    state.calls.next();
  }

  verify(): void {
    this.#expected.verify(checkFileSystem(this.#heap, this.#fs.blocks, true));
  }

  digest(): string {
    return digestFiles(checkFileSystem(this.#heap, null, true));
  }

  #nextMessage(state: Client, client: number): Message {
    const { random } = state;
    const mailbox = random.below(this.#mailboxesPerClient) * this.#options.threads + client;
    const bodyBytes = random.between(1, 2 * this.#options.parameters.messageMeanBytes);
    return { client, number: ++state.messages, mailbox, bodyBytes: chunkBytes(bodyBytes) };
  }

  /** The directories, the main log, and a mailbox a user with one message in it. */
  #populate(): void {
    const fs = this.#fs;
    this.#spool.makeDirectories();
    const mail = fs.lookup(ROOT_INODE, 'mail');
    const first = new Uint8Array(chunkBytes(this.#options.parameters.messageMeanBytes));
    const random = new Random(this.#options.seed, 0x6d61696c);
    for (let m = 0; m < this.#mailboxesPerClient * this.#options.threads; m++) {
      const name = Spool.mailboxName(m);
      const inode = fs.create(mail, name);
      const stamp = random.next();
      fillChunk(first, stamp);
      fs.write(inode, 0, first);
      appendExpected(this.#expected.create(`mail/${name}`, inode), stamp, first.length);
    }
  }
}

function heapBytes(parameters: Parameters, threads: number, transactions: number): number {
  const messages = Math.ceil(transactions / CALLS_PER_MESSAGE) + 2 * threads;
  const mailboxes = Math.max(threads, mailboxCount(parameters));
  // A message stays in its mailbox, with headers and three log lines; in flight it has five files.
  const kept = messages * (1.2 * parameters.messageMeanBytes + 1500);
  const start = mailboxes * (parameters.messageMeanBytes + 4 * 4096);
  const inFlight = threads * (4 * parameters.messageMeanBytes + 16 * 4096);
  return pmfsHeapBytes(
    parameters,
    kept + start + inFlight + 2 ** 17,
    `exim: ${transactions} calls with messages of ${parameters.messageMeanBytes} B`,
  );
}

export const exim = defineWorkload({
  name: 'exim',
  summary: 'mail server: spool files, logs and mailbox appends, call by call, on a PM file system',
  protocol: PMFS_PROTOCOL,
  group: 'whisper',
  parameters: PARAMETERS,
  smallParameters: { mailboxes: 2, journalKiB: 16 },
  threadsMax: 64,
  threadsDefault: 8,
  orderNeeded: 'none',
  transactionsDefault: 2000,
  transactionsShort: 400,
  txTypes: CALL_TYPES,
  instructionsPerTx: (_model, parameters) => CALL_TYPES.map(() => parameters.instructionsPerCall),
  heapBytes,
  create: (heap, options) => new Exim(formatPmfs(heap, options.parameters, 'call'), options, true),
  recover: (heap, options) => new Exim(mountPmfs(heap, options.parameters, 'call'), options, false),
});
