/**
 * What the files of a program must contain: kept in ordinary memory beside the file system (a size
 * and a digest a file, not the bytes), and compared with what a check finds in the heap.
 */

import { VerifyError } from '../workload.ts';
import type { CheckedFileSystem, FileName } from './check.ts';
import { addToSequence, checkFileChunks } from './chunks.ts';

/** A file as the program knows it: two names of one file share one of these. */
export interface ExpectedFile {
  readonly inode: number;
  size: number;
  /** Digest of the chunks appended so far, in order. */
  hash: number;
  links: number;
}

/** Expected files by path. */
export class ExpectedFiles {
  readonly #files = new Map<string, ExpectedFile>();

  /** What the heap holds is what is expected: for a program that has just been recovered. */
  static from(checked: CheckedFileSystem): ExpectedFiles {
    const expected = new ExpectedFiles();
    const byInode = new Map<number, ExpectedFile>();
    for (const name of checked.names) {
      if (name.isDirectory) continue;
      let file = byInode.get(name.inode);
      if (file === undefined) {
        const hash = checkFileChunks(checked.contents(name.inode), name.path);
        file = { inode: name.inode, size: name.sizeBytes, hash, links: name.links };
        byInode.set(name.inode, file);
      }
      expected.#files.set(name.path, file);
    }
    return expected;
  }

  /** The file of this name, which must exist. */
  get(path: string): ExpectedFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`no file '${path}' expected`);
    return file;
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** All names, in the order in which they came to be. */
  paths(): IterableIterator<string> {
    return this.#files.keys();
  }

  create(path: string, inode: number): ExpectedFile {
    const file = { inode, size: 0, hash: 0, links: 1 };
    this.#files.set(path, file);
    return file;
  }

  link(path: string, newPath: string): void {
    const file = this.get(path);
    file.links++;
    this.#files.set(newPath, file);
  }

  remove(path: string): void {
    this.get(path).links--;
    this.#files.delete(path);
  }

  rename(path: string, newPath: string): void {
    this.#files.set(newPath, this.get(path));
    this.#files.delete(path);
  }

  /** Throws VerifyError unless the files in the heap are these, with these contents. */
  verify(checked: CheckedFileSystem): void {
    const hashes = new Map<number, number>();
    let files = 0;
    for (const name of checked.names) {
      if (name.isDirectory) continue;
      files++;
      const expected = this.#files.get(name.path);
      if (expected === undefined) throw new VerifyError(`file '${name.path}' should not exist`);
      let hash = hashes.get(name.inode);
      if (hash === undefined) {
        hash = checkFileChunks(checked.contents(name.inode), name.path);
        hashes.set(name.inode, hash);
      }
      compare(name, hash, expected);
    }
    if (files !== this.#files.size) {
      throw new VerifyError(`${files} files instead of ${this.#files.size}`);
    }
  }
}

function compare(name: FileName, hash: number, expected: ExpectedFile): void {
  if (name.sizeBytes !== expected.size) {
    throw new VerifyError(`${name.path}: ${name.sizeBytes} B instead of ${expected.size} B`);
  }
  if (name.links !== expected.links) {
    throw new VerifyError(`${name.path}: ${name.links} links instead of ${expected.links}`);
  }
  if (hash !== expected.hash) throw new VerifyError(`${name.path}: not what was written to it`);
}

/** Notes that a chunk was appended. */
export function appendExpected(file: ExpectedFile, stamp: number, bytes: number): void {
  file.size += bytes;
  file.hash = addToSequence(file.hash, stamp, bytes);
}

/** A line a name, sorted: what two file systems with the same files have in common. */
export function digestFiles(checked: CheckedFileSystem): string {
  const lines: string[] = [];
  for (const name of checked.names) {
    const what = name.isDirectory
      ? 'directory'
      : `${name.sizeBytes} B, digest ${checkFileChunks(checked.contents(name.inode), name.path)}`;
    const rights = `${name.uid}:${name.permissions.toString(8)}`;
    lines.push(`${name.path} ${rights} links ${name.links}: ${what}`);
  }
  return lines.join('\n');
}
