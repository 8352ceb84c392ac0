/**
 * The file-system calls of one message through Exim 4, in the order of its sources (receive.c,
 * spool_out.c, deliver.c, the appendfile transport), with the default options: one spool directory,
 * message logs, lock files and `fsync`.
 *
 * Reception: the data file `-D` is created, its owner and mode are set, it is written through a 4
 * KiB buffer and synced. The header file is written under a temporary name, synced and renamed to
 * `-H`; a message log is begun; the main log gets a line. Delivery: the header file is read; the
 * mailbox is locked by a hard link (a "hitching post" file linked to the lock's name). The message
 * is appended through an 8 KiB buffer, synced, unlocked. The address goes to the journal file `-J`,
 * synced; both logs get lines; then message log, `-D`, `-H` and `-J` are removed. `-D` is still
 * open when its name goes: its blocks are freed on close.
 *
 * Not modelled: retry and rate databases, queue runs, other transports.
 */

import type { PmHeap } from '../../pm/heap.ts';
import { inTransaction } from './calls.ts';
import { chunkBytes, fillChunk } from './chunks.ts';
import { appendExpected, type ExpectedFiles } from './contents.ts';
import type { FileSystem } from './filesystem.ts';
import { ROOT_INODE } from './layout.ts';

/** Transaction types of `exim`. */
// biome-ignore format: in one line
export const CALL_TYPES = [
  'create', 'setattr', 'write', 'fsync', 'close', 'link', 'rename', 'unlink', 'read',
] as const;
// biome-ignore format: in one line
const Call = {
  CREATE: 0, SETATTR: 1, WRITE: 2, FSYNC: 3, CLOSE: 4, LINK: 5, RENAME: 6, UNLINK: 7, READ: 8,
} as const;

/** A message to receive and deliver. */
export interface Message {
  readonly client: number;
  /** Counts the client's messages. */
  readonly number: number;
  readonly mailbox: number;
  /** A multiple of 8, at least 16. */
  readonly bodyBytes: number;
}

const EXIM_UID = 93;
const DATA_BUFFER_BYTES = 4096;
const MAILBOX_BUFFER_BYTES = 8192;
/** Assumption: usual lengths of Exim's own lines and files. */
const HEADER_BYTES = 704;
const LOG_LINE_BYTES = 104;
const COMPLETED_LINE_BYTES = 48;
const MESSAGE_LOG_LINE_BYTES = 72;
const ADDRESS_LINE_BYTES = 24;
const MAILBOX_HEADER_BYTES = 512;

const DIRECTORIES = ['input', 'msglog', 'log', 'mail'] as const;
type Directory = (typeof DIRECTORIES)[number];

/** The spool, logs and mailboxes that all clients share, and each call as a transaction. */
export class Spool {
  readonly heap: PmHeap;
  readonly fs: FileSystem;
  readonly expected: ExpectedFiles;
  readonly #directories = new Map<Directory, number>();
  #mainLog = 0;
  #buffer = new Uint8Array(MAILBOX_BUFFER_BYTES);

  constructor(fs: FileSystem, expected: ExpectedFiles) {
    this.heap = fs.heap;
    this.fs = fs;
    this.expected = expected;
    for (const name of DIRECTORIES) {
      const inode = fs.lookup(ROOT_INODE, name);
      if (inode !== 0) this.#directories.set(name, inode);
    }
    const log = this.#directories.get('log');
    if (log !== undefined) this.#mainLog = fs.lookup(log, 'mainlog');
  }

  /** On a new file system. */
  makeDirectories(): void {
    for (const name of DIRECTORIES) {
      this.#directories.set(name, this.fs.makeDirectory(ROOT_INODE, name));
    }
    this.#mainLog = this.fs.create(this.#inodeOf('log'), 'mainlog');
    this.expected.create('log/mainlog', this.#mainLog);
  }

  static mailboxName(mailbox: number): string {
    return `u${mailbox}`;
  }

  /** What Exim calls a message, 16 characters: time, process, fraction. */
  static messageId(client: number, number: number): string {
    const time = number.toString(36).padStart(5, '0');
    return `1${time}-${client.toString(36).padStart(6, '0')}-00`;
  }

  /** The highest number of a client's message of which a file is left. */
  lastMessage(client: number): number {
    let last = 0;
    for (const path of this.expected.paths()) {
      const match = /^(?:input|msglog)\/(?:hdr\.)?1(\w{5})-(\w{6})-00/.exec(path);
      if (match === null || Number.parseInt(match[2], 36) !== client) continue;
      last = Math.max(last, Number.parseInt(match[1], 36));
    }
    return last;
  }

  #inodeOf(directory: Directory): number {
    const inode = this.#directories.get(directory);
    if (inode === undefined) throw new Error(`no directory '${directory}'`);
    return inode;
  }

  /** A new file, open. */
  create(directory: Directory, name: string): number {
    const parent = this.#inodeOf(directory);
    const inode = inTransaction(this.heap, Call.CREATE, () => {
      this.fs.lookup(parent, name);
      const created = this.fs.create(parent, name);
      this.fs.open(created);
      return created;
    });
    this.expected.create(`${directory}/${name}`, inode);
    return inode;
  }

  setAttributes(inode: number, permissions: number): void {
    inTransaction(this.heap, Call.SETATTR, () =>
      this.fs.setAttributes(inode, EXIM_UID, permissions),
    );
  }

  /** Appends a chunk of `bytes` to the file, whose path is given for the expectation. */
  append(inode: number, path: string, bytes: number, stamp: number): void {
    const file = this.expected.get(path);
    const chunk = this.#buffer.subarray(0, bytes);
    fillChunk(chunk, stamp);
    inTransaction(this.heap, Call.WRITE, () => this.fs.write(inode, file.size, chunk));
    appendExpected(file, stamp, bytes);
  }

  appendToMainLog(bytes: number, stamp: number): void {
    this.append(this.#mainLog, 'log/mainlog', bytes, stamp);
  }

  fsync(): void {
    inTransaction(this.heap, Call.FSYNC, () => this.fs.fsync());
  }

  close(inode: number): void {
    inTransaction(this.heap, Call.CLOSE, () => this.fs.close(inode, true));
  }

  link(inode: number, directory: Directory, name: string, newName: string): void {
    inTransaction(this.heap, Call.LINK, () =>
      this.fs.link(inode, this.#inodeOf(directory), newName),
    );
    this.expected.link(`${directory}/${name}`, `${directory}/${newName}`);
  }

  rename(inode: number, directory: Directory, name: string, newName: string): void {
    inTransaction(this.heap, Call.RENAME, () =>
      this.fs.rename(inode, this.#inodeOf(directory), name, newName),
    );
    this.expected.rename(`${directory}/${name}`, `${directory}/${newName}`);
  }

  unlink(inode: number, directory: Directory, name: string): void {
    inTransaction(this.heap, Call.UNLINK, () =>
      this.fs.unlink(inode, this.#inodeOf(directory), name),
    );
    this.expected.remove(`${directory}/${name}`);
  }

  readAll(inode: number): void {
    inTransaction(this.heap, Call.READ, () => this.fs.read(inode, 0, this.fs.size(inode)));
  }

  /** The inode of a name that exists, as the kernel's name cache has it: nothing is read. */
  find(directory: Directory, name: string): number {
    return this.expected.get(`${directory}/${name}`).inode;
  }
}

/** One message's way: `next` makes one call, until `isDone`. */
export class MessageCalls {
  readonly #spool: Spool;
  readonly #message: Message;
  readonly #calls: Generator<void, void, void>;
  #ahead: IteratorResult<void, void>;
  #stamps = 0;

  constructor(spool: Spool, message: Message) {
    this.#spool = spool;
    this.#message = message;
    this.#calls = this.#script();
    this.#ahead = { done: false, value: undefined };
  }

  get isDone(): boolean {
    return this.#ahead.done === true;
  }

  /** Makes the next call, which is one transaction. */
  next(): void {
    this.#ahead = this.#calls.next();
  }

  #stamp(): number {
    const { client, number } = this.#message;
    return ((client * 0x9e3779b1) ^ (number * 0x85ebca6b) ^ this.#stamps++) >>> 0;
  }

  /** Each `yield` is the end of one call but the last, whose end is that of the script. */
  *#script(): Generator<void, void, void> {
    const data = yield* this.#receive();
    yield* this.#deliver(data);
    yield* this.#finish(data);
  }

  /** Returns the inode of the data file, which stays open. */
  *#receive(): Generator<void, number, void> {
    const spool = this.#spool;
    const { client, number, bodyBytes } = this.#message;
    const id = Spool.messageId(client, number);
    const data = spool.create('input', `${id}-D`);
    yield;
    yield spool.setAttributes(data, 0o600);
    yield spool.setAttributes(data, 0o640);
    for (let left = bodyBytes; left > 0; left -= DATA_BUFFER_BYTES) {
      const bytes = chunkBytes(Math.min(left, DATA_BUFFER_BYTES));
      yield spool.append(data, `input/${id}-D`, bytes, this.#stamp());
    }
    yield spool.fsync();
    const temporary = `hdr.${id}`;
    const header = spool.create('input', temporary);
    yield;
    yield spool.setAttributes(header, 0o600);
    yield spool.setAttributes(header, 0o640);
    yield spool.append(header, `input/${temporary}`, HEADER_BYTES, this.#stamp());
    yield spool.fsync();
    yield spool.close(header);
    yield spool.rename(header, 'input', temporary, `${id}-H`);
    const log = spool.create('msglog', id);
    yield;
    yield spool.setAttributes(log, 0o640);
    yield spool.append(log, `msglog/${id}`, MESSAGE_LOG_LINE_BYTES, this.#stamp());
    yield spool.close(log);
    yield spool.appendToMainLog(LOG_LINE_BYTES, this.#stamp());
    return data;
  }

  *#deliver(data: number): Generator<void, void, void> {
    const spool = this.#spool;
    const { client, number, mailbox, bodyBytes } = this.#message;
    const id = Spool.messageId(client, number);
    yield spool.readAll(spool.find('input', `${id}-H`));
    const user = Spool.mailboxName(mailbox);
    const lock = `${user}.lock`;
    const hitch = `${lock}.host.${id}`;
    const post = spool.create('mail', hitch);
    yield;
    // A lock that a crash left is stale, and is removed as Exim removes old ones.
    if (spool.expected.has(`mail/${lock}`)) {
      yield spool.unlink(spool.find('mail', lock), 'mail', lock);
    }
    yield spool.link(post, 'mail', hitch, lock);
    yield spool.close(post);
    yield spool.unlink(post, 'mail', hitch);
    yield spool.readAll(data);
    const box = spool.find('mail', user);
    spool.fs.open(box);
    for (let left = MAILBOX_HEADER_BYTES + bodyBytes; left > 0; left -= MAILBOX_BUFFER_BYTES) {
      const bytes = chunkBytes(Math.min(left, MAILBOX_BUFFER_BYTES));
      yield spool.append(box, `mail/${user}`, bytes, this.#stamp());
    }
    yield spool.fsync();
    yield spool.close(box);
    yield spool.unlink(post, 'mail', lock);
    const journal = spool.create('input', `${id}-J`);
    yield;
    yield spool.setAttributes(journal, 0o600);
    yield spool.setAttributes(journal, 0o640);
    yield spool.append(journal, `input/${id}-J`, ADDRESS_LINE_BYTES, this.#stamp());
    yield spool.fsync();
    yield spool.appendToMainLog(LOG_LINE_BYTES, this.#stamp());
    const log = spool.find('msglog', id);
    spool.fs.open(log);
    yield spool.append(log, `msglog/${id}`, MESSAGE_LOG_LINE_BYTES, this.#stamp());
    yield spool.close(log);
    yield spool.close(journal);
  }

  *#finish(data: number): Generator<void, void, void> {
    const spool = this.#spool;
    const id = Spool.messageId(this.#message.client, this.#message.number);
    yield spool.unlink(spool.find('msglog', id), 'msglog', id);
    yield spool.unlink(data, 'input', `${id}-D`);
    yield spool.unlink(spool.find('input', `${id}-H`), 'input', `${id}-H`);
    yield spool.appendToMainLog(COMPLETED_LINE_BYTES, this.#stamp());
    yield spool.unlink(spool.find('input', `${id}-J`), 'input', `${id}-J`);
    spool.close(data);
  }
}
