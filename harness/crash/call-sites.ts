/** Which lines of a program call for an operation, in whatever folder the checkout lies. */

import { getCallSites } from 'node:util';

/** Enough to tell what a library is at; a frame costs microseconds. */
const FRAMES_MAX = 16;
/** The repository, as call sites name it. */
const ROOT = new URL('../../', import.meta.url).href;
/** What all operations pass through, and what runs all programs. */
const PLUMBING = ['pm/heap.ts', 'pm/op.ts', 'workloads/workload.ts'];

/**
 * `file:line` of the operation that is being issued and of its callers in `pm/` and `workloads/`,
 * innermost first and joined by `<`; the file of a caller is left out where it is the same.
 */
export function callSites(callers: number): string {
  const sites: { readonly file: string; readonly line: number }[] = [];
  for (const { scriptName, lineNumber: line } of getCallSites(FRAMES_MAX)) {
    const file = scriptName.startsWith(ROOT) ? scriptName.slice(ROOT.length) : '';
    if (!/^(pm|workloads)\//.test(file)) {
      if (sites.length > 0) break;
      continue;
    }
    if (!PLUMBING.includes(file)) sites.push({ file, line });
  }
  return sites
    .slice(0, callers + 1)
    .map(({ file, line }, i) => `${file === sites[i - 1]?.file ? '' : file}:${line}`)
    .join('<');
}
