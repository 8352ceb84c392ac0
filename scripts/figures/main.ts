/** `npm run figures`: figures as SVG, PNG, PDF or vega-lite JSON, from committed results or a user's own. */

import { join } from 'node:path';
import { command, type Program } from '../../harness/cli/command.ts';
import { readFiles, userPath } from '../../harness/cli/file-options.ts';
import { choices, distinct, flag, text, type Values, words } from '../../harness/cli/options.ts';
import { start } from '../../harness/cli/start.ts';
import {
  type NewFile,
  replaceFiles,
  requireWritable,
  UsageError,
} from '../../harness/host/index.ts';
import { printable } from '../../pm/printable.ts';
import { pdfOf, pngOf } from './draw/formats.ts';
import { type Rendered, render } from './draw/render.ts';
import { choose, drawnOr, RESULTS } from './draw/source.ts';
import { darkened } from './draw/theme.ts';
import { FIGURES } from './index.ts';

/** Where the committed figures are. */
export const COMMITTED = join(RESULTS, 'figures');

/** What each format writes. */
const FORMATS = {
  svg: ({ svg }: Rendered) => svg,
  png: pngOf,
  pdf: pdfOf,
  json: ({ json }: Rendered) => json,
} as const satisfies Record<string, (figure: Rendered) => string | Buffer | Promise<Buffer>>;

type Format = keyof typeof FORMATS;

const EVERY_FORMAT = Object.keys(FORMATS) as Format[];

const OPTIONS = {
  from: {
    ...text({ help: 'directory with CSV files, or one file (default: results)' }),
    files: readFiles,
  },
  only: words({ help: 'ids of figures, comma-separated (default: all)' }),
  out: {
    ...text({ help: 'directory to write to (default: results/figures)' }),
    files: (texts: readonly string[]) =>
      texts.flatMap((text) =>
        FIGURES.flatMap(({ id }) => [id, `${id}-dark`])
          .flatMap((name) => EVERY_FORMAT.map((format) => `${name}.${format}`))
          .map((part) => ({ path: join(userPath(text), part), use: 'write' as const, part })),
      ),
  },
  format: choices(EVERY_FORMAT)({
    help: 'of svg, png, pdf, json, comma-separated',
    default: 'svg',
  }),
  dark: flag({ help: 'on a dark ground, as ID-dark' }),
  command: text({ help: "command that made a user's rows, for the caption" }),
};

const ids = FIGURES.map(({ id, summary }) => `  ${id.padEnd(16)}${summary}`).join('\n');

/** The command line. */
export const PROGRAM: Program = {
  name: 'npm run figures --',
  short: 'figures',
  about: `Draws figures from CSV files. Figures:\n\n${ids}`,
  commands: [
    command(
      { usage: '$0', summary: 'draws figures', words: {}, options: OPTIONS, examples: [] },
      async (values, given, answer) => {
        const changed = ['from', 'format', 'dark', 'command'].find((name) => given.has(name));
        if (changed !== undefined && values.out === undefined) {
          throw new UsageError(
            `--${changed} needs --out: without it the committed figures are written, as they are`,
          );
        }
        await draw(values, (said) => answer.say(said));
      },
    ),
  ],
};

/** Draws what is asked for, and writes all of it or nothing. */
async function draw(values: Values<typeof OPTIONS>, say: (text: string) => void): Promise<void> {
  const { from, only, command, dark = false } = values;
  const out = values.out === undefined ? COMMITTED : userPath(values.out);
  requireWritable(join(out, 'figure'));
  const formats = distinct(values.format);
  const request = {
    from: from === undefined ? RESULTS : userPath(from),
    called: from,
    only,
    command,
  };
  const files: NewFile[] = [];
  for (const one of choose(FIGURES, request)) {
    const { figure } = one;
    const skip = (reason: string) =>
      process.stderr.write(`not drawn: ${figure.id}: ${printable(reason)}\n`);
    if ('skipped' in one) {
      skip(one.skipped);
      continue;
    }
    const light = await drawnOr(one, request, () => render(one.drawing, figure.width), skip);
    if (light === undefined) continue;
    if (!dark) files.push(...(await filesOf(join(out, figure.id), light, formats)));
    const alsoDark = values.out === undefined && figure.dark === true;
    if (dark || alsoDark) {
      const other = { ...light, svg: darkened(light.svg), json: darkened(light.json) };
      files.push(...(await filesOf(join(out, `${figure.id}-dark`), other, formats)));
    }
    say(`${figure.id}: ${one.drawing.title}\n`);
  }
  replaceFiles(files);
}

/** The files of a figure, one a format. */
function filesOf(path: string, figure: Rendered, formats: readonly Format[]): Promise<NewFile[]> {
  return Promise.all(
    formats.map(async (format) => {
      const contents = await FORMATS[format](figure);
      return { path: `${path}.${format}`, fill: (file) => file.write(contents) };
    }),
  );
}

if (import.meta.main) await start(PROGRAM);
