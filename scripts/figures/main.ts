/** `npm run figures`: figures as SVG, PNG, PDF or vega-lite JSON, from committed results or a user's own. */

import { join, resolve } from 'node:path';
import yargs from 'yargs';
import { exitCodeOf, outliveReaders, UsageError, writeWhole } from '../../harness/host/index.ts';
import { pdfOf, pngOf } from './draw/formats.ts';
import { type Rendered, render } from './draw/render.ts';
import { choose, RESULTS } from './draw/source.ts';
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

const ids = FIGURES.map(({ id, summary }) => `  ${id.padEnd(16)}${summary}`).join('\n');

/** The words of the command line, checked. Throws UsageError. */
async function parsed(words: readonly string[]) {
  const given = await yargs([...words])
    .scriptName('npm run figures --')
    .usage(`Draws figures from CSV files. Figures:\n\n${ids}`)
    .version(false)
    .strict()
    .exitProcess(false)
    .wrap(100)
    .options({
      from: {
        type: 'string',
        describe: 'directory with CSV files, or one file (default: results)',
      },
      only: { type: 'string', describe: 'ids of figures, comma-separated (default: all)' },
      out: { type: 'string', describe: 'directory to write to (default: results/figures)' },
      format: {
        type: 'string',
        describe: 'of svg, png, pdf, json, comma-separated (default: svg)',
      },
      dark: { type: 'boolean', describe: 'on a dark ground, as ID-dark' },
      command: { type: 'string', describe: "command that made a user's rows, for the caption" },
    })
    .fail((message, error) => {
      throw error ?? new UsageError(`${message} (npm run figures -- --help explains the options)`);
    })
    .parseAsync();
  const list = (words: string | undefined) => words?.split(',').map((word) => word.trim());
  const formats = list(given.format) ?? ['svg'];
  const unknown = formats.find((format) => !Object.hasOwn(FORMATS, format));
  if (unknown !== undefined) {
    throw new UsageError(`format: is '${unknown}'; accepted: ${Object.keys(FORMATS).join(', ')}`);
  }
  const changed = given.from ?? given.format ?? given.dark ?? given.command;
  if (changed !== undefined && given.out === undefined) {
    throw new UsageError(
      '--out: missing; without it the committed figures are written, as they are',
    );
  }
  return { ...given, only: list(given.only), formats: formats as Format[] };
}

/** Draws what `words` ask for. */
async function run(words: readonly string[]): Promise<void> {
  const given = await parsed(words);
  if (words.includes('--help')) return;
  const out = resolve(given.out ?? COMMITTED);
  const request = { from: given.from ?? RESULTS, only: given.only, command: given.command };
  for (const one of choose(FIGURES, request)) {
    const { figure } = one;
    if ('skipped' in one) {
      process.stderr.write(`not drawn: ${figure.id}: ${one.skipped}\n`);
      continue;
    }
    const light = await render(one.drawing, figure.width);
    const dark = { ...light, svg: darkened(light.svg), json: darkened(light.json) };
    if (given.dark !== true) await write(join(out, figure.id), light, given.formats);
    const alsoDark = given.out === undefined && figure.dark === true;
    if (given.dark === true || alsoDark) {
      await write(join(out, `${figure.id}-dark`), dark, given.formats);
    }
    process.stdout.write(`${figure.id}: ${one.drawing.title}\n`);
  }
}

/** Writes `figure` in `formats`, each file whole or not at all. */
async function write(path: string, figure: Rendered, formats: readonly Format[]): Promise<void> {
  for (const format of formats) {
    writeWhole(`${path}.${format}`, await FORMATS[format](figure));
  }
}

if (import.meta.main) {
  outliveReaders('figures');
  try {
    await run(process.argv.slice(2));
  } catch (error) {
    const code = exitCodeOf(error);
    if (code === undefined) throw error;
    process.stderr.write(`figures: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = code;
  }
}
