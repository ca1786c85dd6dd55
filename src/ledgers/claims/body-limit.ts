/** The interface allows 40,000 characters of input. */
export const BODY_LIMIT_BYTES = 1024 * 1024;
/** Of a body over the limit so much is kept, to show what it was. */
export const KEPT_OF_TOO_LARGE_BYTES = 64 * 1024;
