import { isIP } from 'node:net';
import { isIn, isReserved, networks } from '../platform/addresses.ts';
import { DomainError } from '../platform/errors.ts';

/** Where a webhook may go. Pure: addresses and texts in, a refusal or nothing out. */

/** Only where private networks are allowed. */
const PRIVATE = networks(
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['198.18.0.0', 15],
  ['::1', 128],
  ['fc00::', 7],
);

/** Why nothing may be sent to an IP address; null: it may. */
export function addressRefusal(address: string, allowPrivate: boolean): string | null {
  if (isIP(address) === 0) return `${address} is no IP address`;
  if (isReserved(address)) return `${address} is a link-local, metadata or otherwise reserved address`;
  if (!allowPrivate && isIn(PRIVATE, address)) return `${address} lies in a private network`;
  return null;
}

/**
 * The address of a webhook, as it will be used.
 * @throws DomainError `invalid_input` with a remedy: another scheme, log-in data in it, or an address where nothing may go
 */
export function checkWebhookUrl(text: string, allowPrivate: boolean): URL {
  const refuse = (message: string, remedy: string): never => {
    throw new DomainError('invalid_input', message, { remedy });
  };
  if (!URL.canParse(text)) return refuse('this is no address', 'Write it as https://host/path.');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refuse(`a webhook cannot go to ${url.protocol}`, 'Use http or https.');
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('the address holds a user name or password', 'Leave it out: deliveries are signed.');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    const reason = addressRefusal(host, allowPrivate);
    if (reason !== null) return refuse(`a webhook cannot go there: ${reason}`, 'Name the receiver’s own address.');
  } else if (!allowPrivate && /(^|\.)localhost$/i.test(host)) {
    return refuse('a webhook cannot go to this machine itself', 'Name the receiver’s own address.');
  }
  url.hash = '';
  return url;
}
