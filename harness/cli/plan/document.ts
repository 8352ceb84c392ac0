/**
 * A plan's file as it is written: YAML, of which JSON is a part, with the place of every value, so that
 * what is wrong is told by line and column. Aliases are refused, and large files.
 */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { printable } from '../../../pm/printable.ts';
import { FailureError, systemReason, UsageError } from '../../host/index.ts';

/** Far more than the plan of a million cells needs; reading what is larger takes seconds. */
const BYTES_MAX = 256 * 1024;

/** Where a value stands: the keys and indices that lead to it. */
export type Path = readonly (string | number)[];

/** The file of a plan. */
export interface PlanDocument {
  /** Absolute. */
  readonly file: string;
  /** As the user wrote it. */
  readonly word: string;
  /** What paths in it are relative to. */
  readonly directory: string;
  readonly sha256: string;
  /** Maps are objects without a prototype. */
  readonly root: unknown;
  /** What was typed for the value at `path`: of a number its digits as they stand. */
  textAt(path: Path): string;
  /** An error that says where: file, line, column and key. */
  error(path: Path, what: string): UsageError;
}

/** Reads the plan in `file`, which the user wrote as `word`. Throws FailureError or UsageError. */
export function readPlanDocument(file: string, word: string): PlanDocument {
  const bytes = bytesOf(file, word);
  const text = decoded(bytes, word);
  const lines = new LineCounter();
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${word}, line ${line}, column ${col}`;
  };
  const refuse = (offset: number, what: string) =>
    new UsageError(`${at(offset)}: ${printable(what)}`);
  const document = parsed(text, word, lines);
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) throw refuse(wrong.pos[0], whatIsWrong(wrong));
  const values = new Values(refuse);
  const root = values.of(document.contents, [], 0);
  return {
    file,
    word,
    directory: dirname(file),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    root,
    textAt: (path) => values.texts.get(JSON.stringify(path)) ?? '',
    error(path, what) {
      const key = pathText(path);
      return refuse(values.offsetOf(path), key === '' ? what : `${key}: ${what}`);
    },
  };
}

/** `experiments[1].vary.threads`. */
function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

function bytesOf(file: string, word: string): Buffer {
  const buffer = Buffer.alloc(BYTES_MAX + 1);
  let length = 0;
  try {
    const descriptor = openSync(file, 'r');
    try {
      // A pipe gives its bytes in pieces, and a device may never end.
      for (;;) {
        const read = readSync(descriptor, buffer, length, buffer.length - length, null);
        length += read;
        if (read === 0 || length === buffer.length) break;
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new FailureError(`cannot read the plan ${word}: ${systemReason(error)}`);
  }
  if (length <= BYTES_MAX) return buffer.subarray(0, length);
  throw new UsageError(
    `the plan ${word} is larger than ${BYTES_MAX / 1024} KiB; ranges such as 1:1000 keep it short`,
  );
}

function decoded(bytes: Buffer, word: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`the plan ${word} is not text in UTF-8`);
  }
}

function parsed(text: string, word: string, lineCounter: LineCounter) {
  try {
    // Keys that are there twice are found below, in linear time.
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`the plan ${word} is ${TOO_DEEP}`);
    throw error;
  }
}

/** Deeper than any plan. */
const DEPTH_MAX = 20;
const TOO_DEEP = 'nested too deeply';

/** An error of the parser for people: some of its messages are for who programs with it. */
function whatIsWrong({
  code,
  message,
}: {
  readonly code: string;
  readonly message: string;
}): string {
  if (code === 'RESOURCE_EXHAUSTION') return TOO_DEEP;
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here, and a plan is one';
  return `not YAML or JSON: ${message}`;
}

/** Values as plain data, with their places. */
class Values {
  readonly texts = new Map<string, string>();
  readonly #offsets = new Map<string, number>();
  readonly #refuse: (offset: number, what: string) => UsageError;

  constructor(refuse: (offset: number, what: string) => UsageError) {
    this.#refuse = refuse;
  }

  /** The place of `path`, or of the nearest around it. */
  offsetOf(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const found = this.#offsets.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return 0;
  }

  of(node: unknown, path: Path, offset: number): unknown {
    const key = JSON.stringify(path);
    this.#offsets.set(key, offset);
    if (isAlias(node)) {
      throw this.#refuse(
        node.range?.[0] ?? offset,
        `aliases such as *${node.source} are not accepted: what all experiments have stands once, above them`,
      );
    }
    if (path.length > DEPTH_MAX) throw this.#refuse(offset, TOO_DEEP);
    if (isMap(node)) return this.#ofMap(node.items, path, offset);
    if (isSeq(node)) {
      return node.items.map((item, i) => this.of(item, [...path, i], startOf(item) ?? offset));
    }
    if (!isScalar(node)) return null;
    const { value, source = String(value) } = node;
    const text = typeof value === 'string' ? value : source;
    // No command line can have one, so no option expects it; in a path it is an error of Node's.
    if (text.includes('\0'))
      throw this.#refuse(offset, `${pathText(path)}: it has a NUL character`);
    this.texts.set(key, text);
    return value;
  }

  #ofMap(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    path: Path,
    around: number,
  ): Record<string, unknown> {
    const map: Record<string, unknown> = Object.create(null);
    for (const item of items) {
      const name = isScalar(item.key) ? String(item.key.value) : '';
      const offset = startOf(item.key) ?? around;
      if (Object.hasOwn(map, name)) {
        throw this.#refuse(offset, `the key ${name} is there twice; give it once`);
      }
      map[name] = this.of(item.value, [...path, name], offset);
    }
    return map;
  }
}

/** Where a node of the document begins. */
function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  return Array.isArray(node.range) ? node.range[0] : undefined;
}
