/** A case of the fuzzer: a command line, and the files that it finds. It can be typed by hand as it is. */

import { z } from 'zod';
import { pmirrorFor } from '../../harness/cli/command-line.ts';
import { PROGRAM as FIGURES } from '../figures/main.ts';
import { PROGRAM as REPORT } from '../report/main.ts';

/** What can be started, by the name of its script. */
export const PROGRAMS = {
  pmirror: await pmirrorFor([]),
  figures: FIGURES,
  report: REPORT,
} as const;

const CONTENTS = z.union([z.string(), z.strictObject({ base64: z.string() })]);

export const CASE = z.strictObject({
  program: z.enum(['pmirror', 'figures', 'report']),
  words: z.array(z.string()),
  /** By their names in the directory where the command is typed. */
  files: z.record(z.string(), CONTENTS),
  /** Its options are read and its paths compared, and it does nothing. */
  parseOnly: z.literal(true).optional(),
  /** How it must end, where that is known. */
  exitCode: z.literal([0, 1, 2]).optional(),
});

export type Case = Readonly<z.output<typeof CASE>>;

/** What a file holds: text in UTF-8, or any bytes. */
export type Contents = z.output<typeof CONTENTS>;

export function bytesOf(contents: Contents): Buffer {
  return typeof contents === 'string'
    ? Buffer.from(contents)
    : Buffer.from(contents.base64, 'base64');
}

export function contentsOf(bytes: Buffer): Contents {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
}
