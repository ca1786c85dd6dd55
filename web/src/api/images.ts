import { asApiError } from './errors.ts';
import { readServerClock, reportSessionExpired } from './http.ts';

/** Bytes of a picture of an alert's detail. @throws ApiError 404 or 410 when its retention has ended */
export async function fetchImage(url: string, signal: AbortSignal): Promise<Blob> {
  // Only addresses of our own API come in an answer; anything else is not asked.
  if (!url.startsWith('/v1/')) throw asApiError({}, { status: 404 });
  const response = await fetch(url, { credentials: 'same-origin', signal }).catch((error: unknown) => {
    throw signal.aborted ? error : asApiError({}, undefined);
  });
  readServerClock(response.headers);
  if (response.ok) return await response.blob();
  if (response.status === 401) reportSessionExpired();
  throw asApiError(await response.json().catch(() => ({})), response);
}
