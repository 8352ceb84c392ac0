/**
 * What a command answers: words and tables for people, rows for programs. Rows go to CSV files, each with
 * its manifest and all replaced together, and with `--json` to standard output. Where standard output is
 * for rows (`--json`, or `--output -`) the words go to standard error, so that either can be piped.
 */

import { basename } from 'node:path';
import { printableInColour, printableLines } from '../../pm/printable.ts';
import { currentScreen, type NewFile, replaceFiles, showOn, UsageError } from '../host/index.ts';
import { type Column, csvText, type Table, tablesJson } from '../report/index.ts';
import { STANDARD_OUTPUT } from './file-options.ts';
import {
  commandText,
  manifestPath,
  manifestText,
  type Origin,
  runManifest,
  VERSION,
} from './manifest.ts';

/** A table, and the file that it goes to, if any. */
interface Answered<Row> extends Table<Row> {
  readonly to?: string | undefined;
  /** What the file holds; CSV, if not given. */
  readonly encode?: (columns: readonly Column<Row>[], rows: readonly Row[]) => string | Uint8Array;
}

/** The answer of one command. */
export class Answer {
  readonly #words: readonly string[];
  readonly #isJson: boolean;
  #stream: NodeJS.WriteStream;
  readonly #tables: Table[] = [];
  /** Files and rows that are still to be written. */
  #files: NewFile[] = [];
  #rows: (string | Uint8Array)[] = [];
  #origin: Origin | undefined;

  /** `words`: the command line. `values`: of its options. Throws UsageError if they want one place twice. */
  constructor(words: readonly string[], values: Readonly<Record<string, unknown>>) {
    const taking = Object.keys(values).filter((name) => values[name] === STANDARD_OUTPUT);
    if (values.json === true) taking.push('json');
    if (taking.length > 1) {
      const names = taking.map((name) => `--${name}`).join(' and ');
      throw new UsageError(`${names} both take standard output: send one of them to a file`);
    }
    this.#words = words;
    this.#isJson = values.json === true;
    this.#stream = taking.length > 0 ? process.stderr : process.stdout;
    showOn(this.#stream);
  }

  /** From now on words go to standard error: standard output is for something else. */
  leaveStandardOutput(): void {
    this.#stream = process.stderr;
    showOn(this.#stream);
  }

  /** Tells people. What others wrote is made safe to show, but for ends of lines, which are up to the caller. */
  say(text: string): void {
    const { colour } = currentScreen();
    this.#stream.write(colour ? printableInColour(text) : printableLines(text, []));
  }

  /** Shows people what `--json` has as data, and leaves it out there. */
  show(text: string): void {
    if (!this.#isJson) this.say(text);
  }

  /** Says what the rows to come are made from, for their manifests. */
  from(origin: Origin): void {
    this.#origin = origin;
  }

  /** What produces rows that are kept elsewhere than in a file. */
  runManifest(): string {
    return runManifest(this.#typed());
  }

  /**
   * Gives `rows`: for a file with its manifest, or for standard output; {@link write} writes them. The first
   * table that is given is the main one of `--json`.
   */
  give<Row>({ to, encode = csvText, ...table }: Answered<Row>): void {
    if (this.#isJson) this.#tables.push(table as unknown as Table);
    if (to === undefined) return;
    const text = encode(table.columns, table.rows);
    if (to === STANDARD_OUTPUT) {
      this.#rows.push(text);
      return;
    }
    const manifest = manifestText(this.#typed(), this.#madeFrom(), { name: basename(to), text });
    this.#files.push(
      { path: to, fill: (file) => file.write(text) },
      { path: manifestPath(to), fill: (file) => file.write(manifest) },
    );
  }

  /**
   * Writes what was given since the last time, files together; then tells people `said`. At the end of a
   * command it is done without being asked. Throws FailureError; then the files are as they were.
   */
  write(said = ''): void {
    replaceFiles(this.#files);
    this.#files = [];
    for (const rows of this.#rows) process.stdout.write(rows);
    this.#rows = [];
    if (said !== '') this.say(said);
  }

  /** What is left to be printed. */
  end(): void {
    if (this.#tables.length === 0) return;
    const { command } = this.#typed();
    for (const piece of tablesJson({ command, version: VERSION }, this.#tables))
      process.stdout.write(piece);
  }

  #typed() {
    return { command: commandText(this.#words), words: this.#words };
  }

  #madeFrom(): Origin {
    if (this.#origin === undefined) throw new Error('nobody said what the rows are made from');
    return this.#origin;
  }
}
