/** Where a figure's rows come from: the committed results, or a directory or a file of the user's own. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../../harness/host/index.ts';
import { printable } from '../../../pm/printable.ts';
import { type Drawing, type Figure, NothingToDraw } from './figure.ts';
import { type CsvFile, missingColumns, readCsv, rowsOf } from './table.ts';

/** The committed results. */
export const RESULTS = join(import.meta.dirname, '..', '..', '..', 'results');

/** What a user asks for. */
export interface Request {
  /** A directory of CSV files with their usual names, or one file of any name. */
  readonly from: string;
  /** How the user called it; notes and messages do, too. */
  readonly called?: string | undefined;
  /** Figures by id; all that can be drawn, if not given. */
  readonly only?: readonly string[] | undefined;
  /** The command that made the rows, where no manifest tells it. */
  readonly command?: string | undefined;
}

/** A figure with what to draw, or the reason why it cannot be drawn. */
export type Chosen =
  | { readonly figure: Figure; readonly drawing: Drawing }
  | { readonly figure: Figure; readonly skipped: string };

/**
 * What to draw of `figures`. One that is asked for by name must be drawable; of all others, those that
 * are not say why. Throws UsageError, with the column that is missing where a file lacks one.
 */
export function choose(figures: readonly Figure[], request: Request): Chosen[] {
  const chosen = drawings(figures, request);
  if (chosen.every((one) => 'skipped' in one)) {
    throw new UsageError(
      `${request.called ?? request.from}: no figure can be drawn from it\n${[...new Set(chosen.map((one) => ('skipped' in one ? `  ${one.figure.id}: ${one.skipped}` : '')))].join('\n')}`,
    );
  }
  return chosen;
}

/**
 * What `draw` makes of a figure whose rows may be such that it cannot be drawn: `undefined` then, and `skip`
 * is told why, unless it was asked for by name (`only`). Throws UsageError.
 */
export async function drawnOr<T>(
  { figure }: Chosen,
  { only }: Pick<Request, 'only'>,
  draw: () => Promise<T>,
  skip: (reason: string) => void,
): Promise<T | undefined> {
  try {
    return await draw();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (only !== undefined) throw new UsageError(`${figure.id}: ${error.message}`);
    skip(error.message);
    return undefined;
  }
}

/** As {@link choose}, but there may be none that can be drawn. */
export function drawings(figures: readonly Figure[], request: Request): Chosen[] {
  const isFile = isFileAt(request.from, request.called);
  const cache = new Map<string, CsvFile>();
  const read = (path: string) => {
    const file = cache.get(path) ?? readCsv(path);
    cache.set(path, file);
    return file;
  };
  return named(figures, request.only).map((figure): Chosen => {
    try {
      const files = isFile
        ? oneFile(figure, read(request.from), request.only === undefined)
        : Object.entries(figure.tables).map(
            ([name, { file }]) => [name, read(join(request.from, file))] as const,
          );
      const rows = files.map(([name, file]) => [name, rowsOf(file, figure.tables[name])]);
      const drawing = figure.draw(Object.fromEntries(rows));
      const paths = [...new Set(files.map(([, { path }]) => path))];
      return { figure, drawing: withOrigin(drawing, paths, request) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const message =
        error instanceof NothingToDraw ? `${figure.id}: ${error.message}` : error.message;
      if (request.only !== undefined) throw new UsageError(message);
      return { figure, skipped: message };
    }
  });
}

function isFileAt(path: string, called = path): boolean {
  if (!existsSync(path)) throw new UsageError(`${called}: no such file or directory`);
  return statSync(path).isFile();
}

function named(figures: readonly Figure[], only: readonly string[] | undefined): Figure[] {
  if (only === undefined) return [...figures];
  return only.map((id) => {
    const found = figures.find((figure) => figure.id === id);
    if (found !== undefined) return found;
    const ids = figures.map((figure) => figure.id).join(', ');
    throw new UsageError(`there is no figure '${id}'; figures: ${ids}`);
  });
}

/** The one table of `figure` from `file`. If `byName`, a file with the name of another table is none. */
function oneFile(figure: Figure, file: CsvFile, byName: boolean): [string, CsvFile][] {
  const [[name, spec], ...others] = Object.entries(figure.tables);
  if (others.length > 0) {
    const files = Object.values(figure.tables).map((one) => one.file);
    throw new UsageError(`${figure.id} is drawn from ${files.join(' and ')}: name their directory`);
  }
  const missing = missingColumns(file, spec);
  if (byName && basename(file.path) !== spec.file && missing.length > 0) {
    throw new UsageError(`it lacks ${missing.join(', ')} of ${spec.file}`);
  }
  return [[name, file]];
}

/** `drawing` with a note of the files and the command of a user's own rows. */
function withOrigin(drawing: Drawing, paths: readonly string[], request: Request): Drawing {
  if (request.from === RESULTS) return drawing;
  const { from, called = from } = request;
  const origins = paths.map((path) => {
    const command = request.command ?? commandOf(path);
    const name = printable(join(called, relative(from, path)));
    return command === undefined
      ? `${name} (command not recorded)`
      : `${name}, made by: ${printable(command)}`;
  });
  return { ...drawing, notes: [...(drawing.notes ?? []), `From ${origins.join('; ')}`] };
}

const QUANTITY = z.object({
  value: z.number(),
  unit: z.string(),
  basis: z.string(),
  source: z.string(),
  range: z.tuple([z.number(), z.number()]).readonly().optional(),
});

const MANIFEST = z.object({
  command: z.union([z.string(), z.array(z.string())]),
  sha256: z.string().optional(),
  commit: z.string().nullish(),
  modified: z.boolean().nullish(),
  profiles: z
    .array(
      z.object({
        name: z.string(),
        summary: z.string(),
        values: z.record(z.string(), QUANTITY),
      }),
    )
    .optional(),
});

/** What made a file, as its manifest tells. */
export type Manifest = z.output<typeof MANIFEST>;

/** The manifest beside the file at `path`, if there is one, and it is of these bytes. */
export function manifestOf(path: string): Manifest | undefined {
  const name = [`${path}.manifest.json`, path.replace(/\.csv$/, '.manifest.json')].find(
    (one) => one !== path && existsSync(one),
  );
  if (name === undefined) return undefined;
  try {
    const manifest = MANIFEST.parse(JSON.parse(readFileSync(name, 'utf8')));
    const found = createHash('sha256').update(readFileSync(path)).digest('hex');
    return manifest.sha256 === undefined || manifest.sha256 === found ? manifest : undefined;
  } catch {
    throw new UsageError(`${name}: is no manifest with a command`);
  }
}

/** The command in the manifest of the file at `path`, if it has one. */
export function commandOf(path: string): string | undefined {
  const command = manifestOf(path)?.command;
  return typeof command === 'string' ? command : command?.join(' ');
}
