/**
 * Keys that an object of a JSON file has twice. Parsers take the last without a word, so that whoever
 * wrote the first believes in it. Comments, single quotes and keys without quotes are read too.
 */

import JSON5 from 'json5';

const TOKEN =
  /\/\/[^\n\r\u2028\u2029]*|\/\*.*?\*\/|"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'|[{}[\]:,]|[^\s{}[\]:,"'/]+/gs;

/** A key that is there twice: its path, `core.clockGhz`, and the line of the second. */
export interface DuplicateKey {
  readonly path: string;
  readonly line: number;
}

/** The first key that is there twice; undefined if there is none. `text` is valid. */
export function duplicateKey(text: string): DuplicateKey | undefined {
  /** For each object or list that is open: the keys seen so far, and the one at hand. */
  const open: { readonly keys: Set<string>; key: string }[] = [];
  let last = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith('//') || token.startsWith('/*')) continue;
    const inner = open.at(-1);
    if (token === '{' || token === '[') open.push({ keys: new Set(), key: '' });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':' && inner !== undefined) {
      inner.key = keyOf(last);
      if (inner.keys.has(inner.key)) {
        const path = open.flatMap(({ keys, key }) => (keys.size > 0 ? [key] : [])).join('.');
        return { path, line: text.slice(0, index).split('\n').length };
      }
      inner.keys.add(inner.key);
    }
    last = token;
  }
  return undefined;
}

/** A key as it is meant: "\\u0061" is a, with any quotes or none. */
function keyOf(token: string): string {
  const [key] = Object.keys(JSON5.parse<object>(`{${token}: 0}`));
  return key;
}
