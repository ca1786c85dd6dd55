import { createHmac } from 'node:crypto';
import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { addressRefusal, checkWebhookUrl } from './webhook-address.ts';

export const SIGNATURE_HEADER = 'x-claimsight-signature';

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA-256 of `t.body` under the webhook's secret. */
export function signatureOf(secret: string, unixSeconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex');
  return `t=${unixSeconds},v1=${mac}`;
}

export interface WebhookMessage {
  readonly url: string;
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  /** Real time: receivers compare it with their clock. */
  readonly unixSeconds: number;
}

export type SendOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  /** Nothing may be sent there; trying again is no use. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Sends one message. Redirects are not followed. Every address that the name resolves to is judged at the moment of
 * connecting, so that a name cannot be turned to an inner address after it was registered.
 */
export async function sendWebhook(message: WebhookMessage): Promise<SendOutcome> {
  let url: URL;
  try {
    url = checkWebhookUrl(message.url, message.allowPrivate);
  } catch (error) {
    return { kind: 'refused', reason: (error as Error).message };
  }
  const body = Buffer.from(message.body, 'utf8');
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise<SendOutcome>((resolve) => {
    const request = send(
      url,
      {
        method: 'POST',
        agent: false,
        lookup: guardedLookup(message.allowPrivate),
        signal: AbortSignal.timeout(message.timeoutMs),
        headers: {
          ...message.headers,
          'content-type': 'application/json; charset=utf-8',
          'content-length': String(body.length),
          'user-agent': 'ClaimSight',
          [SIGNATURE_HEADER]: signatureOf(message.secret, message.unixSeconds, message.body),
        },
      },
      (response) => {
        // The answer's body is of no interest; the connection is closed with it.
        response.on('error', () => undefined);
        response.destroy();
        resolve({ kind: 'answered', status: response.statusCode ?? 0 });
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error instanceof RefusedAddress) resolve({ kind: 'refused', reason: error.message });
      else if (error.name === 'TimeoutError' || error.name === 'AbortError') {
        resolve({ kind: 'failed', reason: `no answer within ${message.timeoutMs / 1000} s` });
      } else resolve({ kind: 'failed', reason: error.code ?? error.message });
    });
    request.end(body);
  });
}

class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
}

const guardedLookup =
  (allowPrivate: boolean): LookupFunction =>
  (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const refused = addresses
        .map(({ address }) => addressRefusal(address, allowPrivate))
        .find((reason) => reason !== null);
      const first = addresses[0];
      if (refused !== undefined || !first)
        return callback(new RefusedAddress(refused ?? `${hostname} has no address`), '');
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, isIP(first.address));
    });
  };
