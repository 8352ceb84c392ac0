/**
 * A crash after which a program is not what it must be, as small as it can be made, and its text.
 * That says when, what was durable beyond what had to be, which transactions, what was expected and
 * found, and the command that shows it again.
 */

import type { LineChoice } from '../../../pm/crash/crash-sweep.ts';
import { INITIAL, type LineHistory } from '../../../pm/crash/line-history.ts';
import type { Acknowledged } from '../history/timeline.ts';

/** A line that is not as the floor has it, named so that it can be given on the command line. */
export interface KeptLine {
  readonly line: number;
  /** Which content of the line: 0 at the start, n after the nth store to, or arrival of, it. */
  readonly content: number;
  /** Words (a bit each) of the contents after it that are there too. */
  readonly words: number;
}

/** Instead of a machine: it is all replicas together that fail. */
export const SPREAD = 'all replicas';

/** A crash after which a program is not what it must be, as small as it can be made. */
export interface Failure {
  readonly machine: string;
  readonly crashPs: number;
  /** Lines that the crash leaves open, of which `kept` hold something newer than they must. */
  readonly openLines: number;
  readonly kept: readonly KeptLine[];
  readonly acknowledged: Acknowledged;
  readonly problem: string;
  readonly expected: readonly string[];
}

/** `choice` with its version counted within its line. */
export function keptLine(history: LineHistory, { line, version, words }: LineChoice): KeptLine {
  const content = version === INITIAL ? 0 : history.ordinal[version] + 1;
  return { line, content, words };
}

/** The other way round. Throws RangeError if the line never has that content. */
export function lineChoice(history: LineHistory, { line, content, words }: KeptLine): LineChoice {
  if (line >= history.initial.byteLength / 64) throw new RangeError(`no line ${line}`);
  let version = INITIAL;
  for (let i = 0; i < content; i++) {
    version = version === INITIAL ? history.first(line) : history.next[version];
    if (version === INITIAL) throw new RangeError(`line ${line} has only ${i} contents`);
  }
  return { line, version, words };
}

/** As on the command line: `line:content` or `line:content+words`, words hexadecimal. */
export function keptText(kept: readonly KeptLine[]): string {
  const one = ({ line, content, words }: KeptLine): string =>
    words === 0 ? `${line}:${content}` : `${line}:${content}+${words.toString(16)}`;
  return kept.map(one).join(',') || 'none';
}

/** What {@link keptText} wrote; undefined if it cannot have. */
export function parseKept(text: string): KeptLine[] | undefined {
  if (text === 'none') return [];
  const kept: KeptLine[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,9}):(\d{1,9})(?:\+([\da-f]{1,2}))?$/.exec(part.trim());
    if (match === null) return undefined;
    const words = match[3] === undefined ? 0 : Number.parseInt(match[3], 16);
    kept.push({ line: Number(match[1]), content: Number(match[2]), words });
  }
  return kept;
}

/** Expected contents shown at most. */
const EXPECTED_MAX = 4;

/** The failure for people. `command` repeats the cell; what picks the image is added to it. */
export function failureText(failure: Failure, command: string): string {
  const { machine, crashPs, openLines, kept, acknowledged, problem, expected } = failure;
  const clients = acknowledged.least.map((least, client) => {
    const begun = acknowledged.most[client] - least;
    const flight = begun === 0 ? 'none in flight' : `transaction ${least + 1} in flight`;
    return `client ${client}: ${least} acknowledged, ${flight}`;
  });
  const more =
    expected.length > EXPECTED_MAX ? [`or one of ${expected.length - EXPECTED_MAX} more`] : [];
  return [
    `  crash of ${machine} at ${crashPs / 1000} ns`,
    ...clients.map((client) => `    ${client}`),
    ...(machine === SPREAD
      ? []
      : [`  lines kept, of ${openLines} that may be durable or not: ${keptText(kept)}`]),
    `  found:    ${problem}`,
    ...[...expected.slice(0, EXPECTED_MAX), ...more].map(
      (digest, i) => `  ${i === 0 ? 'expected:' : '      or:'} contents ${digest}`,
    ),
    machine === SPREAD
      ? `  repeat:   ${command}`
      : `  replay:   ${command} --machine ${machine} --crash-at ${crashPs} --keep ${keptText(kept)}`,
  ].join('\n');
}
