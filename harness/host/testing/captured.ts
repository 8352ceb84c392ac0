/** What is printed in this process. */

/** Does `work` and keeps what it prints. */
export async function captured<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const [stream, name] of [
    [process.stdout, 'out'],
    [process.stderr, 'err'],
  ] as const) {
    const write = stream.write.bind(stream);
    stream.write = (text: string | Uint8Array) => {
      // Bytes are what a test tells its runner, whenever it likes.
      if (typeof text !== 'string') return write(text);
      said[name] += text;
      return true;
    };
  }
  try {
    return { result: await work(), ...said };
  } finally {
    for (const [i, stream] of streams.entries()) stream.write = writes[i];
  }
}
