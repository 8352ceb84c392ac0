/** Tokens of a store log that a message has broken into: what is the token, and what the message. */

/**
 * How valgrind's messages begin, where the token before them does not show its own end: with their prefix,
 * if their line is not the log's (both go to one terminal), or else with words.
 */
const OPENING =
  /(?:==|--|\*\*)(?:\d\d:\d\d:\d\d:\d\d\.\d{3} )?\d+(?:==|--|\*\*) ?|(?:WARNING|Warning|warning|ERROR|Error|FATAL|Fatal|NOTE|Note): |valgrind: |vex |disInstr|Process terminating|Unable to trace|Unrecognised |unhandled |The number of |Number of |ERROR SUMMARY|LEAK SUMMARY|HEAP SUMMARY|Invalid |Conditional |Use of |Syscall |Address 0x|Thread \d|client switching |brk segment |Stack overflow|set address range|REDIR: |Reading syms|TO DEBUG|TO CONTROL|embedded gdbserver|\(action |signal \d|Jump to |ASSERT/;

/** The beginning of a token that shows where it ends. */
const STRUCTURED: readonly RegExp[] = [
  /^STORE;(?:0x)?[\da-f]+;(?:0x)?[\da-f]+;(?:0x)?0*[1248](?:;[^\n]*)?/i,
  /^FLUSH;(?:0x)?[\da-f]+;(?:0x)?[\da-f]+/,
  /^REGISTER_FILE;.+;(?:0x)?[\da-f]+;(?:0x)?[\da-f]+;(?:0x)?[\da-f]+/,
  /^(?:FENCE|COMMIT|STOP)(?![\w .]*\.(?:BEGIN|END))/,
  /^DEEP_SYNC;(?:0x)?[\da-f]+;(?:0x)?[\da-f]+/,
  /^.+?\.(?:BEGIN|END)(?=$|[^A-Z])/s,
  /^.+?\.(?:BEGIN|END)/s,
];

/** Whether `text` is a whole token that shows where it ends. */
export function isWhole(text: string): boolean {
  return STRUCTURED.some((form) => form.exec(text)?.[0].length === text.length);
}

/** Whether `text` begins with a message. */
export function opensMessage(text: string): boolean {
  return OPENING.exec(text)?.index === 0;
}

/** A token as it was before it was broken into. */
export interface MendedToken {
  readonly token: string;
  /** Messages whose beginning stood in it. */
  readonly messages: number;
}

/**
 * The token of which `text` is what was left of the log: its parts, each with the beginning of a message
 * behind it but the last, with line feeds between. `known` says which names of markers occur.
 * Undefined if it cannot be told what is the token.
 */
export function mendToken(text: string, known: (name: string) => boolean): MendedToken | undefined {
  const [first, ...more] = text.split(/\r?\n/);
  const parts = more.filter((part) => part.trim() !== '');
  let token = first;
  let messages = 0;
  for (const part of parts) {
    const mended = joined(token, part, known);
    if (mended === undefined) return undefined;
    if (mended !== token + part) messages++;
    token = mended;
  }
  token = token.trimEnd();
  if (more.at(-1)?.trim() !== '' && parts.length > 0) return { token, messages };
  const whole = withoutMessage(token);
  return { token: whole, messages: messages + (whole === token ? 0 : 1) };
}

/** `text` up to where a message begins, if one does. */
function withoutMessage(text: string): string {
  if (isWhole(text)) return text;
  // Some words begin with letters that are digits, too.
  const begun = OPENING.exec(text);
  if (begun !== null && isWhole(text.slice(0, begun.index))) return text.slice(0, begun.index);
  for (const form of STRUCTURED) {
    const match = form.exec(text)?.[0];
    if (match === undefined) continue;
    // A line is 0x40 B; more digits are the first letters of a message.
    const line = /^FLUSH;(?:0x)?[\da-f]+;(?:0x)?40(?=[a-f]+$)/.exec(match);
    return line?.[0] ?? match;
  }
  return begun === null ? text : text.slice(0, begun.index);
}

/** What begins with a part of `head`, which may be all of a message, and ends with `tail`. */
function joined(head: string, tail: string, known: (name: string) => boolean): string | undefined {
  const begun = OPENING.exec(head);
  if (begun !== null) return head.slice(0, begun.index) + tail;
  if (head.trim() === '') return tail;
  const all = Array.from(
    { length: head.length + 1 },
    (_, i) => head.slice(0, head.length - i) + tail,
  ).filter(isWhole);
  // Of numbers as much is the token's as can be; the suffix of a name comes together in one way only.
  if (/^(?:STORE|FLUSH|REGISTER_FILE|DEEP_SYNC);/.test(head)) return all[0];
  if (!/\.(?:BEGIN|END)$/.test(tail)) return all.at(-1);
  return all.find((one) => known(one.replace(/\.(?:BEGIN|END)$/, ''))) ?? all[0];
}
