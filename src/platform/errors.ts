/**
 * Every error that a caller can do something about, in one table: HTTP status and whether a job may try again are
 * derived from the code here and nowhere else.
 */
const ERROR_CODES = {
  invalid_input: { httpStatus: 400, retry: false },
  unauthenticated: { httpStatus: 401, retry: false },
  totp_required: { httpStatus: 401, retry: false },
  totp_enrolment_required: { httpStatus: 403, retry: false },
  forbidden: { httpStatus: 403, retry: false },
  csrf: { httpStatus: 403, retry: false },
  not_found: { httpStatus: 404, retry: false },
  conflict: { httpStatus: 409, retry: false },
  payload_too_large: { httpStatus: 413, retry: false },
  unsupported_media: { httpStatus: 415, retry: false },
  rate_limited: { httpStatus: 429, retry: true },
  config_invalid: { httpStatus: 500, retry: false },
  integrity: { httpStatus: 500, retry: false },
  unavailable: { httpStatus: 503, retry: true },
  source_unavailable: { httpStatus: 502, retry: true },
  internal: { httpStatus: 500, retry: true },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An expected failure. `message` says what is wrong, `remedy` what the reader can do about it. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: { readonly remedy?: string; readonly [key: string]: unknown } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const httpStatusOf = (code: ErrorCode): number => ERROR_CODES[code].httpStatus;

/** Whether a job that failed with `error` may succeed when tried again. Unknown errors may. */
export const mayRetry = (error: unknown): boolean => !(error instanceof DomainError) || ERROR_CODES[error.code].retry;
