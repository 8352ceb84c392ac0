/** The environment of a test, for as long as its work takes. */

/** Does `work` with `variables` of the environment set, or unset where they are undefined; then all is as before. */
export async function withEnvironment<T>(
  variables: NodeJS.ProcessEnv,
  work: () => T | Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  const names = Object.keys(variables);
  const set = (values: NodeJS.ProcessEnv) => {
    for (const name of names) {
      const value = values[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(variables);
  try {
    return await work();
  } finally {
    set(before);
  }
}
