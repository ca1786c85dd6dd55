import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../platform/errors.ts';

/** The demo speaks to the product as everybody does: over its HTTP API. */
export interface ApiClient {
  request<T>(method: string, path: string, body?: unknown): Promise<T>;
  upload<T>(path: string, form: FormData): Promise<T>;
}

const PATIENCE_MS = 60_000;
const PAUSE_MS = 150;

/** Tries again while the API is away: it may just be starting again. */
async function patiently(url: string, init: RequestInit): Promise<Response> {
  for (const since = Date.now(); ; ) {
    try {
      const response = await fetch(url, init);
      if (response.status < 500) return response;
      if (Date.now() - since > PATIENCE_MS) return response;
    } catch (error) {
      if (Date.now() - since > PATIENCE_MS) throw error;
    }
    await delay(PAUSE_MS);
  }
}

async function answerOf<T>(response: Response, what: string): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new DomainError('internal', `${what} answered ${response.status}: ${text.slice(0, 500)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** @param headers what proves who asks: a session's cookie and CSRF token, or a key */
export function createApiClient(baseUrl: string, headers: Readonly<Record<string, string>>): ApiClient {
  return {
    request: async (method, path, body) =>
      answerOf(
        await patiently(`${baseUrl}${path}`, {
          method,
          headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
        `${method} ${path}`,
      ),
    upload: async (path, form) =>
      answerOf(await patiently(`${baseUrl}${path}`, { method: 'POST', headers, body: form }), `POST ${path}`),
  };
}

/** Logs a person in. */
export async function logIn(baseUrl: string, username: string, password: string): Promise<ApiClient> {
  const response = await patiently(`${baseUrl}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const { csrfToken } = await answerOf<{ csrfToken: string }>(response.clone(), 'POST /v1/session');
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return createApiClient(baseUrl, { cookie, 'x-csrf-token': csrfToken });
}

export const withKey = (baseUrl: string, key: string): ApiClient =>
  createApiClient(baseUrl, { authorization: `Bearer ${key}` });
