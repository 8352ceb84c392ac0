/**
 * Every place in the source that writes lines back or puts a fence, found by reading the source, so that
 * none is forgotten that no program comes to. A site is one operation of one call. Where a helper does
 * the operations for its callers (echo's `flushRange`, N-store's writer), each of its calls is a place.
 *
 * The source is read by lines: a call's name and its opening bracket stand on one.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OP_NAMES, Op, type OpCode } from '../../../pm/op.ts';

/** The repository. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Rooms in which programs, and what they use, lie. */
const ROOMS = ['pm', 'workloads'] as const;
/** What all operations pass through, and tests. */
const NO_PROGRAMS = /(\.test\.ts$|^pm\/heap\.ts$|^pm\/op\.ts$|^pm\/crash\/)/;

/** Whether a site is there for tests alone: no program of ours need come to it. */
export const isForTests = ({ file }: Pick<Site, 'file'>): boolean => file.includes('/testing/');

/** One operation of one call. */
export interface Site {
  /** File, function, operation, and which of these it is in the function: survives edits elsewhere. */
  readonly name: string;
  readonly file: string;
  readonly function: string;
  readonly op: OpCode;
  /** Name of the last site of the same call: who has come to that has come to this. */
  readonly endOfCall: string;
}

/** A call in the source, and what it does, in order. */
interface Call {
  readonly file: string;
  readonly line: number;
  /** Of the call's name, from 1. */
  readonly column: number;
  readonly function: string;
  readonly sites: readonly Site[];
}

/** A function that writes back, or fences, for whoever calls it. */
interface Helper {
  readonly file: string;
  readonly function: string;
  /** What a call of it looks like, up to the name. */
  readonly call: RegExp;
  /** Only its own file can call it. */
  readonly isPrivate?: true;
}

const HELPERS: readonly Helper[] = [
  { file: 'workloads/echo/layout.ts', function: 'flushRange', call: /(?<!\w )\bflushRange\(/g },
  {
    file: 'workloads/echo/layout.ts',
    function: 'flushRangeDurably',
    call: /(?<!\w )\bflushRangeDurably\(/g,
  },
  { file: 'workloads/echo/layout.ts', function: 'repairWord', call: /(?<!\w )\brepairWord\(/g },
  { file: 'workloads/nstore/epoch-writer.ts', function: 'fence', call: /(?<=writer\.)fence\(/g },
  {
    file: 'workloads/nstore/epoch-writer.ts',
    function: 'durabilityFence',
    call: /(?<=writer\.)durabilityFence\(/g,
  },
  inItsFile('workloads/nstore/epoch-writer.ts', '#writeBack'),
  inItsFile('pm/mnemosyne/redo-memory.ts', '#writeBack'),
  inItsFile('pm/nvml/chunk-map.ts', '#write'),
  { file: 'workloads/nstore/pool.ts', function: 'activate', call: /(?<=[pP]ool\.)activate\(/g },
  { file: 'workloads/nstore/table.ts', function: 'persist', call: /(?<=\btable\.)persist\(/g },
  { file: 'workloads/pmfs/filesystem.ts', function: 'fsync', call: /(?<=\bfs\.)fsync\(/g },
];

function inItsFile(file: string, name: string): Helper {
  return { file, function: name, call: new RegExp(`(?<=this\\.)${name}\\(`, 'g'), isPrivate: true };
}

/** What the heap's own calls do. */
const HEAP_CALLS: readonly (readonly [RegExp, readonly OpCode[]])[] = [
  [/(?<=\.)writeBack\(/g, [Op.WRITE_BACK]],
  [/(?<=\.)persist\(/g, [Op.WRITE_BACK, Op.ORDERING_FENCE]],
  [/(?<=\.)orderingFence\(/g, [Op.ORDERING_FENCE]],
  [/(?<=\.)durabilityFence\(/g, [Op.DURABILITY_FENCE]],
];

/** A line of the source, and the function that it is in. */
interface Line {
  readonly text: string;
  readonly number: number;
  readonly function: string;
}

/** One line of a stack, innermost first. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** All sites of the repository's programs, and of those in `files`. */
export class SourceScan {
  readonly sites: readonly Site[];
  /** By file and line. */
  readonly #calls = new Map<string, Call[]>();
  /** Of calls in helpers: how many operations of a kind the helper does before. */
  readonly #before = new Map<Call, Map<OpCode, number>>();

  constructor(files: readonly string[] = []) {
    const sources = [...ROOMS.flatMap(sourcesOf), ...files];
    const sites: Site[] = [];
    for (const file of sources) {
      const ordinals = new Map<string, number>();
      for (const line of linesOf(file)) {
        for (const call of callsIn(file, line, ordinals)) {
          const key = keyOf(file, line.number);
          this.#calls.set(key, [...(this.#calls.get(key) ?? []), call]);
          if (!isHelper(call)) sites.push(...call.sites);
        }
      }
    }
    this.sites = sites;
  }

  /** The site of an operation that is called for by these frames; undefined: none of ours. */
  siteOf(op: OpCode, frames: readonly Frame[]): Site | undefined {
    // Which of the operations of this kind it is, of the helper that the frame before is in.
    let ordinal = 0;
    for (const frame of frames) {
      const call = this.#callAt(frame);
      if (call === undefined) continue;
      const site = call.sites.filter((one) => one.op === op)[ordinal];
      if (!isHelper(call)) return site;
      ordinal = this.#ordinalIn(call, op, ordinal);
    }
    return undefined;
  }

  /** The call at a frame: where a line has several, the last that begins at its column or before. */
  #callAt({ file, line, column }: Frame): Call | undefined {
    const calls = this.#calls.get(keyOf(file, line)) ?? [];
    return calls.findLast((call) => call.column <= column) ?? calls[0];
  }

  /** How many operations of this kind the helper that `call` is in does before this one. */
  #ordinalIn(call: Call, op: OpCode, own: number): number {
    const known = this.#before.get(call) ?? new Map<OpCode, number>();
    this.#before.set(call, known);
    const before = known.get(op) ?? this.#countBefore(call, op);
    known.set(op, before);
    return before + own;
  }

  #countBefore(call: Call, op: OpCode): number {
    let before = 0;
    for (const calls of this.#calls.values()) {
      for (const other of calls) {
        const isBefore = other.line < call.line;
        if (other.file !== call.file || other.function !== call.function || !isBefore) continue;
        before += other.sites.filter((site) => site.op === op).length;
      }
    }
    return before;
  }
}

const keyOf = (file: string, line: number): string => `${file}:${line}`;

/** Whether the call is part of a helper: its own callers are the places then. */
function isHelper({ file, function: name }: Pick<Call, 'file' | 'function'>): boolean {
  return HELPERS.some((helper) => helper.file === file && helper.function === name);
}

function sourcesOf(room: string): string[] {
  return readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .map((name) => `${room}/${name.replaceAll(sep, '/')}`)
    .filter((name) => name.endsWith('.ts') && !NO_PROGRAMS.test(name))
    .sort();
}

/** A file of the repository as sites name it; others as they are. */
export function fileName(path: string): string {
  const name = relative(ROOT, path);
  return name.startsWith('..') || isAbsolute(name) ? path : name.replaceAll(sep, '/');
}

const TOP_FUNCTION = /^(?:export )?(?:async )?function\*? (\w+)/;
const METHOD = /^ {2}(?:(?:static|private|public|override|async|get|set) |\*)*(#?\w+)(?:<.*>)?\(/;
const PROPERTY = /^ {2}(\w+): (?:async )?\(.*=>/;

/** The lines of a file that are no comments. */
function linesOf(file: string): Line[] {
  const text = readFileSync(isAbsolute(file) ? file : join(ROOT, file), 'utf8');
  let name = '';
  let isInFunction = false;
  return text.split('\n').flatMap((line, i) => {
    if (/^\s*(\*|\/\*|\/\/)/.test(line)) return [];
    if (/^\S/.test(line) && !/^[})\]]/.test(line)) {
      const top = TOP_FUNCTION.exec(line);
      isInFunction = top !== null;
      name = top?.[1] ?? '';
    }
    if (!isInFunction) name = METHOD.exec(line)?.[1] ?? PROPERTY.exec(line)?.[1] ?? name;
    return [{ text: line, number: i + 1, function: name }];
  });
}

/** The calls on a line, in order. `ordinals`: how many sites of a name the file has had so far. */
function callsIn(file: string, line: Line, ordinals: Map<string, number>): Call[] {
  const found: { column: number; ops: readonly OpCode[] }[] = [];
  for (const helper of HELPERS) {
    if (helper.isPrivate && helper.file !== file) continue;
    for (const { index } of line.text.matchAll(helper.call)) {
      found.push({ column: index + 1, ops: opsOf(helper) });
    }
  }
  for (const [pattern, ops] of HEAP_CALLS) {
    for (const { index } of line.text.matchAll(pattern)) {
      if (found.some(({ column }) => column === index + 1)) continue;
      found.push({ column: index + 1, ops });
    }
  }
  found.sort((x, y) => x.column - y.column);
  return found.map(({ column, ops }) => {
    const names = ops.map((op) => nameIn(file, line.function, op, ordinals));
    const endOfCall = names[names.length - 1];
    const sites = ops.map((op, i) => ({
      name: names[i],
      file,
      function: line.function,
      op,
      endOfCall,
    }));
    return { file, line: line.number, column, function: line.function, sites };
  });
}

function nameIn(file: string, name: string, op: OpCode, ordinals: Map<string, number>): string {
  const place = `${file} ${name} ${OP_NAMES[op]}`;
  const ordinal = (ordinals.get(place) ?? 0) + 1;
  ordinals.set(place, ordinal);
  return ordinal === 1 ? place : `${place} ${ordinal}`;
}

const opsOfHelpers = new Map<Helper, readonly OpCode[]>();

/** What a helper does, in order. */
function opsOf(helper: Helper): readonly OpCode[] {
  let ops = opsOfHelpers.get(helper);
  if (ops === undefined) {
    ops = linesOf(helper.file)
      .filter((line) => line.function === helper.function)
      .flatMap((line) => callsIn(helper.file, line, new Map()))
      .flatMap(({ sites }) => sites.map(({ op }) => op));
    opsOfHelpers.set(helper, ops);
  }
  return ops;
}
