import { BlockList, isIP } from 'node:net';
import { DomainError } from '../platform/errors.ts';

/** Where a webhook may go. Pure: addresses and texts in, a refusal or nothing out. */

const list = (...subnets: readonly [address: string, prefix: number][]): BlockList => {
  const blocks = new BlockList();
  for (const [address, prefix] of subnets) {
    blocks.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return blocks;
};

/** Never: link-local with its metadata services, metadata services elsewhere, nowhere, many at once. */
const NEVER = list(
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  ['ff00::', 8],
);
/** Only where private networks are allowed. */
const PRIVATE = list(
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
  const version = isIP(address);
  if (version === 0) return `${address} is no IP address`;
  // An IPv4 address in an IPv6 coat (also NAT64 and 6to4) is judged by what it carries.
  const plain = version === 6 ? (carriedIpv4(address) ?? address) : address;
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  if (NEVER.check(plain, family)) return `${address} is a link-local, metadata or otherwise reserved address`;
  if (!allowPrivate && PRIVATE.check(plain, family)) return `${address} lies in a private network`;
  return null;
}

function carriedIpv4(address: string): string | null {
  const words = ipv6Words(address);
  if (words === null) return null;
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0, w4 = 0, w5 = 0, w6 = 0, w7 = 0] = words;
  const dotted = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  const zeros = w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0 && w4 === 0;
  if (zeros && (w5 === 0xffff || (w5 === 0 && w6 !== 0))) return dotted(w6, w7);
  if (w0 === 0x64 && w1 === 0xff9b) return dotted(w6, w7);
  if (w0 === 0x2002) return dotted(w1, w2);
  return null;
}

/** The eight words of an IPv6 address as it may be written; null: none. The URL parser writes it out for us. */
function ipv6Words(address: string): readonly number[] | null {
  const bare = address.split('%')[0] ?? '';
  if (!URL.canParse(`http://[${bare}]/`)) return null;
  const [head = '', tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split('::');
  const wordsOf = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const first = wordsOf(head);
  if (tail === undefined) return first;
  const last = wordsOf(tail);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
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
