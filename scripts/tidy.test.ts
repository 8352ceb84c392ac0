/** The rules of this repository, as tests: the import graph is the architecture. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** What each folder may import of ours, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  pm: [],
  workloads: ['pm'],
  rdma: ['pm'],
  harness: ['pm', 'rdma', 'workloads'],
  scripts: ['pm', 'rdma', 'workloads', 'harness'],
};

/**
 * Rooms of a folder, the lowest floor first: a file may import from its own room and from lower floors.
 * Two rooms on one floor do not know each other. `.`: the files beside the rooms.
 */
const FLOORS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  harness: [['host'], ['report', 'draw'], ['bench'], ['crash', 'studies'], ['emulator'], ['cli']],
  'harness/crash': [['bugs'], ['history'], ['images'], ['check'], ['sites', 'traces'], ['.']],
};

const LINES_MAX = 400;
const WORDS_MAX = 40;

/** Files of the repository: those in its folders, and those beside them. */
const FILES = [...Object.keys(MAY_IMPORT), 'results', '.ci', '.'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: folder !== '.', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll(sep, '/')),
);

const isSource = (file: string): boolean => /\.(ts|cjs)$/.test(file);
const isTest = (file: string): boolean => file.endsWith('.test.ts');
const SOURCES = FILES.filter(isSource);

const texts = new Map<string, string>();

function textOf(file: string): string {
  let text = texts.get(file);
  if (text === undefined) {
    text = readFileSync(join(ROOT, file), 'utf8');
    texts.set(file, text);
  }
  return text;
}

/** `text` without comments. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** Paths of our own files that `text` of `file` imports. */
function importsOf(file: string, text: string): string[] {
  const pattern = /\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map(([, path]) => normalize(join(dirname(file), path)));
}

/** What of `imported` is not allowed for `file`. */
function forbiddenImports(file: string, imported: readonly string[]): string[] {
  const folder = file.split('/')[0];
  const allowed = MAY_IMPORT[folder] ?? [];
  return imported.filter((path) => {
    const target = path.split('/')[0];
    return target !== folder && !allowed.includes(target);
  });
}

/** Complaints of `rule` about every file of `files`. */
function complaints(
  files: readonly string[],
  rule: (file: string, text: string) => readonly string[],
): string[] {
  return files.flatMap((file) => rule(file, textOf(file)).map((what) => `${file}: ${what}`));
}

test('the rules look at the files there are', () => {
  for (const folder of Object.keys(MAY_IMPORT)) {
    assert.ok(
      SOURCES.some((file) => file.startsWith(`${folder}/`)),
      `no sources in ${folder}/`,
    );
  }
  const fromPm = importsOf(
    'workloads/x.ts',
    "import { a } from '../pm/op.ts';\nimport '../rdma/y.ts';",
  );
  assert.deepEqual(fromPm, ['pm/op.ts', 'rdma/y.ts']);
  assert.deepEqual(forbiddenImports('workloads/x.ts', fromPm), ['rdma/y.ts']);
  assert.deepEqual(forbiddenImports('pm/a/b.ts', ['pm/c.ts', 'harness/d.ts']), ['harness/d.ts']);
});

test('the import graph is that of the design', () => {
  const found = complaints(SOURCES, (file, text) =>
    forbiddenImports(file, importsOf(file, text)).map((path) => `imports ${path}`),
  );
  assert.deepEqual(found, []);
});

/** The room of `folder` that `file` is in, and its floor; undefined for a file elsewhere. */
function roomOf(folder: string, file: string): { room: string; floor: number } | undefined {
  if (!file.startsWith(`${folder}/`)) return undefined;
  const [room, ...inside] = file.slice(folder.length + 1).split('/');
  const name = inside.length === 0 ? '.' : room;
  return { room: name, floor: FLOORS[folder].findIndex((rooms) => rooms.includes(name)) };
}

for (const folder of Object.keys(FLOORS)) {
  test(`every file of ${folder}/ is in a room, and rooms import downhill only`, () => {
    const files = SOURCES.filter((file) => !(folder !== 'harness' && isTest(file)));
    const found = complaints(files, (file, text) => {
      const from = roomOf(folder, file);
      if (from === undefined) return [];
      if (from.floor < 0) return [`is in no room of ${folder}/`];
      return importsOf(file, text).flatMap((path) => {
        const to = roomOf(folder, path);
        if (to === undefined || to.room === from.room || to.floor < from.floor) return [];
        return [`imports ${path}, which is not below it`];
      });
    });
    assert.deepEqual(found, []);
  });
}

/** Folders of `harness/` whose `index.ts` `path` lies behind and `file` does not, outermost first. */
function foldersEntered(file: string, path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts
    .map((_, i) => parts.slice(0, i + 1).join('/'))
    .filter((folder) => folder.startsWith('harness/') && !file.startsWith(`${folder}/`))
    .filter((folder) => SOURCES.includes(`${folder}/index.ts`));
}

/** Whether `path` is there for tests, and `file` is one or helps them too. */
const isForTests = (file: string, path: string): boolean =>
  path.includes('/testing/') && (isTest(file) || /\/testing\/|^scripts\/fuzz\//.test(file));

test('a folder of harness/ that has an index is entered through it, but by tests for testing/', () => {
  const entered = foldersEntered('scripts/x.ts', 'harness/studies/sweep/plan.ts');
  assert.deepEqual(entered, ['harness/studies/sweep']);
  assert.deepEqual(
    foldersEntered('harness/studies/sweep/a/b.ts', 'harness/studies/sweep/c.ts'),
    [],
  );
  const found = complaints(SOURCES, (file, text) =>
    importsOf(file, text).flatMap((path) => {
      const [folder] = foldersEntered(file, path);
      const isEntrance = folder === undefined || path === `${folder}/index.ts`;
      return isEntrance || isForTests(file, path) ? [] : [`imports ${path}`];
    }),
  );
  assert.deepEqual(found, []);
});

test('no source depends on a test, and tests do not depend on each other', () => {
  const found = complaints(SOURCES, (file, text) =>
    importsOf(file, text)
      .filter(isTest)
      .map((path) => `imports ${path}`),
  );
  assert.deepEqual(found, []);
});

/** A circle of imports within `files` that starts and ends at one file, or undefined. */
function findCircle(
  files: readonly string[],
  importing: (file: string) => readonly string[],
): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file) || !files.includes(file)) return undefined;
    path.push(file);
    for (const next of importing(file)) {
      const circle = visit(next);
      if (circle !== undefined) return circle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const circle = visit(file);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('no circle of imports, of types neither', () => {
  const graph: Readonly<Record<string, readonly string[]>> = { a: ['b'], b: ['c'], c: ['b'] };
  assert.deepEqual(
    findCircle(['a', 'b', 'c'], (file) => graph[file]),
    ['b', 'c', 'b'],
  );
  assert.equal(
    findCircle(['a', 'b'], (file) => graph[file]),
    undefined,
  );
  assert.equal(
    findCircle(SOURCES, (file) => importsOf(file, textOf(file))),
    undefined,
  );
});

test('below harness/ nothing depends on wall-clock time or unseeded chance', () => {
  const forbidden =
    /\b(Math\.random|Date\.now|performance\.now|new Date\(\)|hrtime|randomUUID|randomBytes)\b/;
  const below = SOURCES.filter((file) => /^(pm|rdma|workloads)\//.test(file) && !isTest(file));
  const found = complaints(below, (_, text) => {
    const match = forbidden.exec(withoutComments(text));
    return match === null ? [] : [match[0]];
  });
  assert.deepEqual(found, []);
});

test(`files have at most ${LINES_MAX} lines`, () => {
  const found = complaints(SOURCES, (_, text) => {
    const lines = text.split('\n').length - 1;
    return lines > LINES_MAX ? [`${lines} lines`] : [];
  });
  assert.deepEqual(found, []);
});

/** Comments of a source that stand on lines of their own, without their marks. */
function commentsOf(text: string): string[] {
  const blocks = text.match(/^[ \t]*\/\*[\s\S]*?\*\//gm) ?? [];
  const runs = text.match(/(?:^[ \t]*\/\/.*\n)+/gm) ?? [];
  return [...blocks, ...runs].map((comment) =>
    comment.replace(/\s*\*\/$/, '').replace(/^[ \t]*(?:\/\*\*?|\*|\/\/) ?/gm, ''),
  );
}

/** Paragraphs, list items and table cells of `prose`; what is indented outside of lists is a listing. */
function paragraphsOf(prose: string): string[] {
  const paragraphs: string[] = [];
  let isIn: 'nothing' | 'text' | 'item' = 'nothing';
  for (const line of prose.replace(/^```[\s\S]*?^```$/gm, '').split('\n')) {
    if (line.startsWith('|')) paragraphs.push(...line.split('|'));
    if (/^\s*([-*]|\d+\.|@\w+) /.test(line)) {
      paragraphs.push(line);
      isIn = 'item';
    } else if (/^\s*$|^(#|<!--|\|)/.test(line) || (/^ {2}/.test(line) && isIn !== 'item')) {
      isIn = 'nothing';
    } else if (isIn === 'nothing') {
      paragraphs.push(line);
      isIn = 'text';
    } else {
      paragraphs[paragraphs.length - 1] += ` ${line.trim()}`;
    }
  }
  return paragraphs;
}

/** Sentences of more than 40 words; names of code in a row count as one. */
function longSentences(prose: string): string[] {
  return paragraphsOf(prose)
    .flatMap((paragraph) => paragraph.split(/(?<=[.!?][)"'*_`]*)\s+/))
    .filter((sentence) => {
      const words = sentence.replace(/`[^`]*`(?:, `[^`]*`)*/g, 'code').split(/\s+/);
      return words.filter((word) => /[\p{L}\d]/u.test(word)).length > WORDS_MAX;
    });
}

test(`no sentence of comments and pages has more than ${WORDS_MAX} words`, () => {
  const most = `${'word '.repeat(WORDS_MAX - 1)}end.`;
  assert.deepEqual(longSentences(`- One.\n\n${most} ${most}\n- ${most}\n  Two.`), []);
  const tooLong = `Even ${most}`;
  assert.deepEqual(longSentences(`One. ${tooLong}`), [tooLong]);
  assert.deepEqual(commentsOf(`/**\n * ${most}\n */\n  // One.\n  // Two.\n`), [
    `\n${most}`,
    'One.\nTwo.\n',
  ]);
  const found = complaints(
    FILES.filter((file) => isSource(file) || file.endsWith('.md')),
    (file, text) => (isSource(file) ? commentsOf(text) : [text]).flatMap(longSentences),
  );
  assert.deepEqual(found, []);
});

test('a comment says what a thing is, not only where to look', () => {
  const found = complaints(SOURCES, (_, text) =>
    commentsOf(text).filter((comment) => /^\s*See [^.]*(\.ts`?)?\.?\s*$/.test(comment)),
  );
  assert.deepEqual(found, []);
});

test('files that the pages name are there', () => {
  const pages = FILES.filter((file) => file.endsWith('.md'));
  const found = complaints(pages, (_, text) =>
    [...text.matchAll(/`((?:pm|rdma|workloads|harness|scripts|results)\/[\w./-]*)`/g)]
      .map(([, path]) => path)
      .filter((path) => !existsSync(join(ROOT, path))),
  );
  assert.deepEqual(found, []);
});

test('nothing is left for later, and no machine shows', () => {
  // Put together so that this file does not find itself.
  const words = [
    new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b`),
    new RegExp(`/${['work', '(shared|main)'].join('/')}\\b`),
    new RegExp(['/ho', 'me/\\w'].join('')),
    new RegExp(['\\b(FACTS', '|DESIGN|STYLE)\\.md'].join('')),
  ];
  const readable = FILES.filter((file) => /\.(ts|cjs|md|json|csv)$|^\.ci\//.test(file));
  const found = complaints(readable, (_, text) =>
    words.flatMap((word) => word.exec(text)?.[0] ?? []),
  );
  assert.deepEqual(found, []);
});

test('the lockfile names packages and their hashes, but no registry host', () => {
  const lock = textOf('package-lock.json');
  assert.match(lock, /"integrity": "sha512-/);
  const hosts = [...lock.matchAll(/"resolved": "([^"]+)"/g)].map(([, url]) => url);
  assert.deepEqual(hosts, []);
});

test('README shows the two commands to start with on its first screen', () => {
  const screen = textOf('README.md').split('\n').slice(0, 40).join('\n');
  for (const command of ['npm ci && npm run bench:whisper', 'npm ci && npm test']) {
    assert.ok(screen.includes(command), `README's first screen lacks '${command}'`);
  }
});
