/**
 * The logs in a file, from START to STOP each, and which of them are read: all of one process, one after
 * the other. pmemcheck writes one log a process, so more of them are of a process that another program
 * took over (exec), of several processes that wrote into one file, or of runs that were appended.
 */

import { TraceFormatError, TraceInputError, type TracePosition } from './error.ts';
import type { LogLine } from './valgrind-lines.ts';

interface Section {
  pid: number | null;
  /** False: its tokens come without a START, as those of a forked child do. */
  readonly started: boolean;
  /** The first token, where there is no START. */
  readonly from: TracePosition | null;
  tokens: number;
  open: boolean;
}

/** How to get a log that can be read. */
const ONE_EACH = '--log-file=log.%p gives each process a file of its own';

export class LogSections {
  readonly #file: string;
  readonly #chosen: number | undefined;
  readonly #all: Section[] = [];
  /** Lines that begin behind the token that was read last. */
  readonly #lines: LogLine[] = [];
  #current: Section | undefined;
  #pid: number | null = null;
  /** Whether the next token is of a log that is read, which has started and not stopped. */
  isRead = false;

  /** `chosen`: the process to read; undefined where there must be one only. */
  constructor(file: string, chosen: number | undefined) {
    this.#file = file;
    this.#chosen = chosen;
  }

  /** Whether a line begins behind the token that was read last. */
  get hasLine(): boolean {
    return this.#lines.length > 0;
  }

  /**
   * Whether a log starts with the line that begins behind the token that was read last: 'another' where
   * that of the token may go on later, being another process's.
   */
  get startsNext(): 'no' | 'another' | 'next' {
    const [line] = this.#lines;
    if (line?.starts !== true) return 'no';
    return line.pid === null || line.pid === this.#pid ? 'next' : 'another';
  }

  line(line: LogLine): void {
    this.#lines.push(line);
  }

  /** The next token begins at this byte. */
  linesUpTo(byteOffset: number): void {
    while (this.#lines.length > 0 && this.#lines[0].byteOffset <= byteOffset) {
      const pid = this.#lines.shift()?.pid ?? null;
      // A line without a process goes on with what was before.
      if (pid !== null) this.#enter(pid);
    }
  }

  /** A token of the current log was read. */
  token(): void {
    if (this.#current !== undefined) this.#current.tokens++;
  }

  start(): void {
    const { started = false, tokens = 1 } = this.#current ?? {};
    // What looked like a start, with nothing behind it, was none.
    if (started && tokens === 0) this.#all.splice(this.#all.indexOf(this.#current as Section), 1);
    else if (this.#current !== undefined) this.#current.open = false;
    this.#add({ pid: this.#pid, started: true, from: null, tokens: 0, open: true });
  }

  stop(): void {
    if (this.#current !== undefined) this.#current.open = false;
    this.isRead = false;
  }

  /**
   * A token of no log that is read: of another process, or after a STOP. True if it is, after all, to be
   * read, as the first of a process that was chosen and has no START.
   */
  foreign(token: string, from: TracePosition): boolean {
    if (this.#current?.open !== true) {
      this.#add({ pid: this.#pid, started: false, from, tokens: 0, open: true });
    }
    if (this.isRead) return true;
    if (token === 'STOP') this.stop();
    else this.token();
    return false;
  }

  /** The file is over. Returns how many logs were read. Throws TraceInputError if it is not clear which. */
  finish(): number {
    const all = this.#all.filter(({ tokens, started }) => started || tokens > 0);
    if (all.length === 0) {
      throw new TraceInputError(
        `${this.#file}: holds messages of valgrind, but no store log (no START); ` +
          'valgrind --tool=pmemcheck --log-stores=yes writes one',
      );
    }
    const pids = [...new Set(all.map(({ pid }) => pid))];
    if (this.#chosen !== undefined && !pids.includes(this.#chosen)) {
      throw new TraceInputError(
        `${this.#file}: no log of process ${this.#chosen}; it holds ${listed(all)}`,
      );
    }
    if (this.#chosen === undefined && pids.length > 1) {
      throw new TraceInputError(
        `${this.#file}: holds logs of ${pids.length} processes: ${listed(all)}; --pid chooses one`,
      );
    }
    const read = all.filter(({ pid }) => pid === (this.#chosen ?? pids[0]));
    const leftOver = read.find(({ started }, i) => !started && (i > 0 || pids.length === 1));
    if (leftOver !== undefined) {
      throw new TraceFormatError(
        this.#file,
        leftOver.from,
        `${leftOver.tokens} tokens after STOP, without a START`,
        `one log. Several processes may have written into this file, such as a forked child; ${ONE_EACH}`,
      );
    }
    return read.length;
  }

  #enter(pid: number): void {
    if (pid === this.#pid) return;
    // The first line of a log may have lost its prefix.
    if (this.#pid === null && this.#current?.open === true) this.#current.pid = pid;
    else this.#current = this.#all.findLast((one) => one.pid === pid);
    this.#pid = pid;
    this.#decide();
  }

  #add(section: Section): void {
    this.#all.push(section);
    this.#current = section;
    this.#decide();
  }

  /** Without a choice the first is read, and refused if it turns out that there are others. */
  #decide(): void {
    const { open = false, started = false, pid } = this.#current ?? {};
    const first = started && pid === this.#all[0].pid;
    this.isRead = open && (this.#chosen === undefined ? first : pid === this.#chosen);
  }
}

function listed(all: readonly Section[]): string {
  const tokens = new Map<number | null, number>();
  for (const one of all) tokens.set(one.pid, (tokens.get(one.pid) ?? 0) + one.tokens);
  return [...tokens]
    .map(([pid, count]) => `${pid === null ? 'one that is not named' : pid} (${count} tokens)`)
    .join(', ');
}
