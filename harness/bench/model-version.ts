/**
 * Which model computes: the version of the package and a digest of the sources that any result is a function
 * of. A row that another source computed is never taken for a result of this one.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** Folders of sources that results depend on. */
const FOLDERS = ['pm', 'rdma', 'workloads', 'harness'];

/** Beside them: the version, and the libraries by theirs. */
const FILES = ['package.json', 'package-lock.json'];

/** `VERSION+DIGEST` of the program that runs, `0.1.0+3f9a...`. The bytes are read once, a few ms. */
export function modelVersion(): string {
  version ??= modelVersionOf(ROOT);
  return version;
}

let version: string | undefined;

/** The same of the checkout or package at `root`. */
export function modelVersionOf(root: string): string {
  const hash = createHash('sha256');
  for (const file of modelFiles(root)) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `${version}+${hash.digest('hex').slice(0, 16)}`;
}

/** Whether a file is one of the sources that the version of the model tells. */
export function isOfModel(file: string): boolean {
  const path = relative(ROOT, file).replaceAll(sep, '/');
  return FOLDERS.some((folder) => path.startsWith(`${folder}/`)) && isSource(path);
}

/** Tests are none. */
const isSource = (path: string): boolean =>
  /\.[cm]?[jt]s$/.test(path) && !path.endsWith('.test.ts');

/** Files below `root` that a result may depend on, in a fixed order: no tests. */
export function modelFiles(root: string): string[] {
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll(sep, '/')}`)
      .filter(isSource),
  );
  const libraries = readdirSync(root).filter((file) => FILES.includes(file));
  return [...sources, ...libraries].sort();
}
