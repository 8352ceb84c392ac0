/**
 * The mail server's calls and files, message by message, counted from what Exim 4 is said to do
 * (`exim-message.ts`) and from the size and mailbox that were drawn.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertDrawnFrom, assertRefused, counted, evenly } from '../../pm/testing/chi-squared.ts';
import { Draws, watchedRun } from '../testing/watched.ts';
import { exim } from './exim.ts';

/** A whole message: what was drawn for it, and its calls by type. */
interface Message {
  readonly mailbox: number;
  readonly bytes: number;
  readonly calls: Record<string, number>;
  /** Bytes of files that its reads loaded. */
  loaded: number;
}

const inEights = (bytes: number): number => Math.max(16, 8 * Math.ceil(bytes / 8));

/** Sizes of the pieces in which so many bytes are written through a buffer. */
function pieces(bytes: number, buffer: number): number[] {
  const whole = new Array<number>(Math.floor(bytes / buffer)).fill(buffer);
  return bytes % buffer === 0 ? whole : [...whole, inEights(bytes % buffer)];
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** Runs whole messages of one client; checks mailboxes and log; returns the messages. */
function messagesOf(mailboxes: number, messageMeanBytes: number, count: number): Message[] {
  const configured = exim.configure({ mailboxes, messageMeanBytes, journalKiB: 64 });
  const messages: Message[] = [];
  const boxes = new Array<number>(mailboxes).fill(inEights(messageMeanBytes));
  let log = 0;
  let isFirst = true;
  watchedRun(configured, {
    transactions: 46 * count,
    keep: (bytes, isStore) => !isStore && bytes >= 16,
    after({ draws: drawn, type, accesses }, { program }) {
      if (drawn.length > 0) {
        const draws = new Draws(drawn);
        // All that came before is delivered and gone from the spool.
        if (!isFirst && messages.length % 10 === 0) checkFiles(program.digest(), boxes, log);
        isFirst = false;
        const mailbox = draws.take(mailboxes);
        const bytes = inEights(draws.take(2 * messageMeanBytes) + 1);
        draws.end();
        messages.push({ mailbox, bytes, calls: {}, loaded: 0 });
        boxes[mailbox] += sum(pieces(512 + bytes, 8192));
        log += 104 + 104 + 48;
      }
      const message = messages[messages.length - 1];
      const name = exim.txTypes[type];
      message.calls[name] = (message.calls[name] ?? 0) + 1;
      const texts = accesses.filter(({ text }) => /^.{8}[ -_]{8}|^[ -_]{16}/s.test(text));
      if (name === 'read') message.loaded += sum(texts.map((one) => one.bytes.length));
    },
  });
  return messages.slice(0, -1);
}

/** When a message has just begun, its data file is all that is in the spool. */
function checkFiles(digest: string, boxes: readonly number[], log: number): void {
  const sizes = new Map<string, number>();
  for (const [, path, bytes] of digest.matchAll(/^(\S+) .*: (\d+) B,/gm))
    sizes.set(path, Number(bytes));
  for (const [mailbox, bytes] of boxes.entries()) {
    assert.equal(sizes.get(`mail/u${mailbox}`), bytes, `mailbox ${mailbox}`);
  }
  assert.equal(sizes.get('log/mainlog'), log);
  const others = [...sizes.keys()].filter((path) => !/^(mail\/u\d+|log\/mainlog)$/.test(path));
  assert.deepEqual(
    others.map((path) => path.replace(/^input\/.*-D$/, 'data file')),
    ['data file'],
  );
}

test('a message is the calls that Exim makes for one of its size, and ends in its mailbox', () => {
  for (const mean of [700, 9000]) {
    const messages = messagesOf(5, mean, 30);
    assert.ok(messages.length >= 25);
    for (const { bytes, calls, loaded } of messages) {
      // The header file, and the body.
      assert.equal(loaded, 704 + bytes);
      assert.deepEqual(calls, {
        // Data, header, message log, hitching post, journal.
        create: 5,
        // Owner and mode of data, header and journal; mode of the message log.
        setattr: 7,
        // The body, twice; header, journal; two lines in the message log, three in the main log.
        write: pieces(bytes, 4096).length + pieces(512 + bytes, 8192).length + 2 + 2 + 3,
        // Data, header, mailbox, journal.
        fsync: 4,
        // Header, message log twice, post, mailbox, journal, data.
        close: 7,
        link: 1,
        rename: 1,
        // Post, lock, message log, data, header, journal.
        unlink: 6,
        // Header and data.
        read: 2,
      });
    }
  }
});

test('mailboxes are drawn uniformly, and sizes up to twice the mean', () => {
  const messages = messagesOf(6, 400, 300);
  const boxes = counted(
    messages.map(({ mailbox }) => mailbox),
    6,
  );
  assertDrawnFrom('mailboxes', boxes, evenly(6));
  assertRefused('all but one', boxes, [...evenly(5), 0]);
  const sizes = counted(
    messages.map(({ bytes }) => Math.floor((bytes - 8) / 80)),
    10,
  );
  assertDrawnFrom('sizes', sizes, evenly(10));
  assertRefused('half as large', sizes, [...evenly(5), ...new Array(5).fill(0)]);
});
