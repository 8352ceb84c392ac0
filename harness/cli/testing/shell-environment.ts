/**
 * The environment of a process that a test starts: as a shell has it, wherever the tests were started.
 * npm, the test runner and debuggers leave variables there that change what a command does. There is no results
 * database: what is tested is computed.
 */
export function shellEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { npm_lifecycle_event: _, NODE_TEST_CONTEXT: __, DEBUG: ___, ...env } = process.env;
  return { ...env, PMIRROR_DB: 'none', ...more };
}
