/**
 * Keys that an object of a JSON file has twice. Parsers take the last without a word, so that whoever
 * wrote the first believes in it. Comments, single quotes and keys without quotes are read too.
 */

const TOKEN =
  /\/\/[^\n]*|\/\*.*?\*\/|"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*'|[{}[\]:,]|[^\s{}[\]:,"'/]+/gs;

/** The path of the first key that is there twice, `core.clockGhz`; undefined if there is none. `text` is valid. */
export function duplicateKey(text: string): string | undefined {
  /** For each object or list that is open: the keys seen so far, and the one at hand. */
  const open: { readonly keys: Set<string>; key: string }[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token.startsWith('//') || token.startsWith('/*')) continue;
    const inner = open.at(-1);
    if (token === '{' || token === '[') open.push({ keys: new Set(), key: '' });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':' && inner !== undefined) {
      inner.key = keyOf(last);
      if (inner.keys.has(inner.key)) {
        return open.flatMap(({ keys, key }) => (keys.size > 0 ? [key] : [])).join('.');
      }
      inner.keys.add(inner.key);
    }
    last = token;
  }
  return undefined;
}

/** A key as it is meant: "a" is a. */
function keyOf(token: string): string {
  if (token.startsWith('"')) {
    try {
      return String(JSON.parse(token));
    } catch {
      // A form that only the parser of the file knows.
    }
  }
  return token.replace(/^(['"])(.*)\1$/s, '$2');
}
