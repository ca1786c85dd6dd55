import { asApiError } from './errors.ts';
import { client } from './generated/client.gen.ts';

/**
 * One place for what every request needs: same-origin cookies, the CSRF token on what changes something, errors in one
 * form, the server's clock, and word of an ended session.
 */
const SAFE = new Set(['GET', 'HEAD']);
const CSRF_HEADER = 'x-csrf-token';
const CLOCK_HEADER = 'x-server-time';

let csrfToken: string | null = null;
let clockOffsetMs = 0;
const expiryListeners = new Set<() => void>();

export const setCsrfToken = (token: string | null): void => {
  csrfToken = token;
};

/** The server's time now: deadlines count by it, not by the reader's computer. */
export const serverNow = (): number => Date.now() + clockOffsetMs;

export function onSessionExpired(listener: () => void): () => void {
  expiryListeners.add(listener);
  return () => expiryListeners.delete(listener);
}

export const reportSessionExpired = (): void => {
  for (const listener of expiryListeners) listener();
};

export function readServerClock(headers: Headers): void {
  const time = Date.parse(headers.get(CLOCK_HEADER) ?? '');
  if (Number.isFinite(time)) clockOffsetMs = time - Date.now();
}

export function startApi(): void {
  client.setConfig({ baseUrl: '', credentials: 'same-origin' });
  client.interceptors.request.use((request) => {
    if (!SAFE.has(request.method) && csrfToken !== null) request.headers.set(CSRF_HEADER, csrfToken);
    return request;
  });
  client.interceptors.response.use((response) => {
    readServerClock(response.headers);
    return response;
  });
  client.interceptors.error.use((error, response) => {
    const failure = asApiError(error, response);
    if (failure.status === 401) reportSessionExpired();
    return failure;
  });
}
