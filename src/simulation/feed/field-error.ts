/** What is wrong with one field of a line; the reader adds file, line and kind. */
export class FieldError extends Error {
  override readonly name = 'FieldError';

  constructor(
    readonly field: string,
    /** "must be …" */
    readonly must: string,
  ) {
    super(`${field} ${must}`);
  }
}
