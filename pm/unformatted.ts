/**
 * Thrown where a library opens memory that nobody has finished formatting: what is written last, and
 * says that all else is there, is not. That is no damage: formatting may begin anew.
 */
export class UnformattedError extends Error {
  override readonly name = 'UnformattedError';
}
