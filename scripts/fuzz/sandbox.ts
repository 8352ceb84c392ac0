/**
 * Runs a case in this thread, in a directory of its own, and holds it to what every command must keep:
 *
 * - an exit code of 0, 1 or 2 with a message, and no stack trace;
 * - nothing half-written, and nothing left;
 * - nothing that moves a terminal's cursor, and no number that is none;
 * - the same bytes twice.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Program } from '../../harness/cli/command.ts';
import { type Ending, runCommandLine } from '../../harness/cli/command-line.ts';
import { captured } from '../../harness/host/testing/captured.ts';
import { settled } from '../../harness/host/testing/same-thread.ts';
import { printableLines } from '../../pm/printable.ts';
import { bytesOf, type Case, PROGRAMS } from './case.ts';

/** Everything below a directory, by its path there. */
export type Tree = ReadonlyMap<string, Buffer | 'directory'>;

/** How a case ended, and what is there then. */
export interface Outcome extends Ending {
  readonly out: string;
  readonly err: string;
  readonly files: Tree;
  /** What is in the directory for temporary files. */
  readonly scratch: readonly string[];
}

let root = '';

/** From now on cases are run below `directory`, and no file is written or made elsewhere. */
export function enter(directory: string): void {
  root = fs.realpathSync(directory);
  // npm's own directory is not where a case is typed.
  delete process.env.npm_lifecycle_event;
  process.env.XDG_STATE_HOME = join(root, 'state');
  process.env.PMIRROR_DB = 'none';
  process.env.TMPDIR = join(root, 'scratch');
  const { openSync, mkdirSync } = fs;
  const refuse = (path: unknown): void => {
    const at = resolve(String(path));
    if (at.startsWith(root + sep)) return;
    const error = new Error(`EROFS: read-only file system, open '${at}'`);
    throw Object.assign(error, { code: 'EROFS', syscall: 'open' });
  };
  Object.assign(fs, {
    openSync(...args: Parameters<typeof openSync>) {
      if (typeof args[1] === 'string' && /[wa+]/.test(args[1])) refuse(args[0]);
      return openSync(...args);
    },
    mkdirSync(...args: Parameters<typeof mkdirSync>) {
      refuse(args[0]);
      return mkdirSync(...args);
    },
  });
  syncBuiltinESMExports();
}

/** How a case went: its exit code, and what is wrong with that; nothing, if all is well. */
export interface Verdict {
  readonly exitCode: number;
  readonly complaints: readonly string[];
}

/** Runs `one`, twice; `program`: another than it names. */
export async function verdictOf(one: Case, program = programOf(one)): Promise<Verdict> {
  const before = filesOf(one);
  const first = await outcomeOf(one, program);
  const found = [...ofEnding(one, first), ...ofText(one, first), ...ofFiles(before, first)];
  const second = await outcomeOf(one, program);
  const complaints = [...found, ...differences(first, second)];
  return { exitCode: first.exitCode, complaints };
}

const filesOf = ({ files }: Case): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(files).map(([name, contents]) => [name, bytesOf(contents)]));

function outcomeOf(one: Case, program: Program): Promise<Outcome> {
  place(filesOf(one));
  return outcomeInPlace(one, program);
}

/** Where cases are typed, and where their temporary files go. */
const places = () => ({ directory: join(root, 'case'), scratch: join(root, 'scratch') });

/** Makes the directory of cases hold `tree`, and nothing else. */
export function place(tree: Tree): void {
  const { directory, scratch } = places();
  for (const each of [directory, scratch]) {
    fs.rmSync(each, { recursive: true, force: true });
    fs.mkdirSync(each);
  }
  for (const [name, bytes] of tree) {
    const path = join(directory, name);
    fs.mkdirSync(bytes === 'directory' ? path : dirname(path), { recursive: true });
    if (bytes !== 'directory') fs.writeFileSync(path, bytes);
  }
}

/** What the directory of cases holds. */
export const inPlace = (): Tree => treeOf(places().directory);

/** Runs `one` in the directory as it is. */
export async function outcomeInPlace(one: Case, program = programOf(one)): Promise<Outcome> {
  const { directory, scratch } = places();
  process.chdir(directory);
  const { result, out, err } = await captured(() =>
    runCommandLine(one.words, { alwaysTrace: false, program }),
  );
  await settled();
  return { ...result, out, err, files: treeOf(directory), scratch: fs.readdirSync(scratch) };
}

function programOf({ program, parseOnly }: Case): Program {
  const whole: Program = PROGRAMS[program];
  if (parseOnly === undefined) return whole;
  const commands = whole.commands.map((command) => ({
    ...command,
    run: async (...given: Parameters<typeof command.run>) => command.parse(...given),
  }));
  return { ...whole, commands };
}

function treeOf(directory: string): Tree {
  const entries = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    entries.map((name) => {
      const path = join(directory, name);
      return [name, fs.statSync(path).isDirectory() ? 'directory' : fs.readFileSync(path)];
    }),
  );
}

export const STACK = /^\s+at .*(:\d+:\d+|<anonymous>)\)?$/m;

function ofEnding(one: Case, { exitCode, message, out, err }: Outcome): string[] {
  const found: string[] = [];
  if (exitCode !== (one.exitCode ?? exitCode)) {
    found.push(`exit code ${exitCode}, not ${one.exitCode}: ${message}`);
  }
  if ((exitCode === 0) !== (message === '')) {
    found.push(`exit code ${exitCode} with the message '${message}'`);
  }
  const trace = [message, out, err].find((text) => STACK.test(text));
  if (trace !== undefined) found.push(`a stack trace:\n${trace}`);
  return found;
}

const NO_NUMBER = /\b(NaN|Infinity|undefined)\b|\[object \w+\]/;

function ofText(one: Case, { message, out, err }: Outcome): string[] {
  const found: string[] = [];
  // A plug-in may throw what it likes.
  const isPlugin = Object.keys(one.files).some((name) => name.endsWith('.cjs'));
  const given = [...one.words, ...Object.values(one.files).map((file) => bytesOf(file).toString())];
  for (const [name, text] of Object.entries({ message, out, err })) {
    if (printableLines(text, []) !== text) {
      found.push(`${name} has characters that move the cursor: ${JSON.stringify(text)}`);
    }
    const [none] = NO_NUMBER.exec(text) ?? [];
    if (none !== undefined && !isPlugin && !given.some((word) => word.includes(none))) {
      found.push(`${name} has ${none}:\n${text}`);
    }
  }
  return found;
}

function ofFiles(before: ReadonlyMap<string, Buffer>, outcome: Outcome): string[] {
  const { exitCode, files, scratch } = outcome;
  const found = scratch.map((name) => `left in the directory for temporary files: ${name}`);
  const made = [...files].filter(([name, now]) => {
    const was = before.get(name);
    return now === 'directory' ? !isAbove(name, before) : was === undefined || !now.equals(was);
  });
  const lost = [...before.keys()].filter((name) => !files.has(name));
  found.push(...lost.map((name) => `${name} is gone`));
  for (const [name, now] of made) {
    if (exitCode === 2) found.push(`exit code 2, and ${name} was made or changed`);
    if (/^\.?pmirror-/.test(basename(name))) found.push(`${name} is left`);
    if (now !== 'directory' && name.endsWith('.manifest.json')) {
      found.push(...ofManifest(name, now, files));
    }
  }
  return found;
}

const isAbove = (directory: string, files: ReadonlyMap<string, unknown>): boolean =>
  [...files.keys()].some((name) => name.startsWith(directory + sep));

function ofManifest(name: string, text: Buffer, files: Tree): string[] {
  // A command may have been told to write something else under such a name.
  if (!text.toString().startsWith('{\n  "file": ')) return [];
  const { file, sha256 } = JSON.parse(text.toString()) as Record<string, string>;
  const of = files.get(join(dirname(name), file));
  if (of === undefined || of === 'directory') return [`${name} is of ${file}, which is not there`];
  const hash = createHash('sha256').update(of).digest('hex');
  return hash === sha256 ? [] : [`${name} has not the hash of ${file}`];
}

/** Databases keep how long work took, so they need not be the same bytes. */
const isAlike = (a: Buffer, b: Buffer): boolean =>
  a.equals(b) || [a, b].every((bytes) => bytes.toString('latin1', 0, 15) === 'SQLite format 3');

function differences(first: Outcome, second: Outcome): string[] {
  const found: string[] = [];
  for (const part of ['exitCode', 'message', 'out', 'err'] as const) {
    if (first[part] === second[part]) continue;
    found.push(`${part} is another the second time:\n${first[part]}\n${second[part]}`);
  }
  const names = [...new Set([...first.files.keys(), ...second.files.keys()])];
  for (const name of names) {
    // A results database says when its rows were made, and how long that took.
    if (name.endsWith('.db')) continue;
    const [a, b] = [first.files.get(name), second.files.get(name)];
    const isSame = a === b || (Buffer.isBuffer(a) && Buffer.isBuffer(b) && isAlike(a, b));
    if (!isSame) found.push(`${name} is another the second time`);
  }
  return found;
}
