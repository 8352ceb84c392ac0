/** Which commit runs. */

import { execFileSync } from 'node:child_process';

/**
 * The commit that runs, with `-modified` if its files differ from it; `unknown` unless `directory` is the
 * top of a checkout. Files that git does not know, such as results, make no difference.
 */
export function currentCommit(directory: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    // In a directory of another project the commit would be of that.
    if (git('rev-parse', '--show-prefix').trim() !== '') return 'unknown';
    const commit = git('rev-parse', 'HEAD').trim();
    const changes = git('status', '--porcelain', '--untracked-files=no').trim();
    return changes === '' ? commit : `${commit}-modified`;
  } catch {
    return 'unknown';
  }
}
