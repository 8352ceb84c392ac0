/** Command lines of another checkout of the sources, all in one process of its own. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Ran } from './in-process.ts';
import { shellEnvironment } from './shell-environment.ts';

/** Runs `lines` one after another in the checkout at `root`; Node takes `options`. */
export function commandsElsewhere(
  root: string,
  lines: readonly (readonly string[])[],
  options: readonly string[] = [],
): readonly Ran[] {
  const helper = pathToFileURL(join(root, 'harness', 'cli', 'testing', 'in-process.ts'));
  const script = `
    import { commandsHere } from '${helper}';
    const run = commandsHere();
    const ended = [];
    for (const words of JSON.parse(process.argv[1])) ended.push(await run(words));
    console.log(JSON.stringify(ended));
  `;
  const program = ['--input-type', 'module', '--eval', script, JSON.stringify(lines)];
  const child = spawnSync(process.execPath, [...options, ...program], {
    cwd: root,
    // What is compiled of a checkout that is soon gone is of no use to anybody.
    env: shellEnvironment({ NODE_DISABLE_COMPILE_CACHE: '1' }),
    encoding: 'utf8',
  });
  assert.equal(child.status, 0, child.stderr);
  return JSON.parse(child.stdout);
}
