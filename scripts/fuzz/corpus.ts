/** Cases that once failed, kept as JSON files: each run of the fuzzer begins with them. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../../harness/host/index.ts';
import { CASE, type Case } from './case.ts';

const DIRECTORY = join(import.meta.dirname, 'corpus');

/** Every kept case, by the name of its file. */
export function keptCases(): ReadonlyMap<string, Case> {
  const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));
  return new Map(
    names.sort().map((name) => {
      const text = readFileSync(join(DIRECTORY, name), 'utf8');
      return [name.replace(/\.json$/, ''), CASE.parse(JSON.parse(text))];
    }),
  );
}

/** Keeps a case of a target; the path of its file. */
export function keep(target: string, one: Case): string {
  const text = `${JSON.stringify(one, null, 2)}\n`;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const path = join(DIRECTORY, `${target}-${hash}.json`);
  writeWhole(path, text);
  return path;
}
