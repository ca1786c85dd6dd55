/** A request that failed, in one form: what the API says, or `unreachable` when nothing answered. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string | null,
    readonly details: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** @param body parsed body of the answer, or what `fetch` threw */
export function asApiError(body: unknown, response: { readonly status: number } | undefined): ApiError {
  if (body instanceof ApiError) return body;
  if (response === undefined) return new ApiError(0, 'unreachable', 'nothing answered', null, {});
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  return new ApiError(
    response.status,
    typeof error.code === 'string' ? error.code : response.status >= 502 ? 'unreachable' : 'internal',
    typeof error.message === 'string' ? error.message : `HTTP ${response.status}`,
    typeof error.remedy === 'string' ? error.remedy : null,
    isRecord(error.details) ? error.details : {},
  );
}
