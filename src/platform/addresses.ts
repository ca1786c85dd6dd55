import { BlockList, isIP } from 'node:net';
import { DomainError } from './errors.ts';

/** Pure: what IP addresses mean, however they are written. */

export const networks = (...subnets: readonly (readonly [address: string, prefix: number])[]): BlockList => {
  const blocks = new BlockList();
  for (const [address, prefix] of subnets) blocks.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return blocks;
};

/** Nothing is ever sent there: link-local with its metadata services, metadata services elsewhere, nowhere, many at once. */
const NEVER = networks(
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

/** An IPv4 address in an IPv6 coat (also NAT64 and 6to4) is judged by what it carries. null: no IP address */
export function plainAddress(address: string): { readonly address: string; readonly family: 'ipv4' | 'ipv6' } | null {
  const version = isIP(address);
  if (version === 0) return null;
  const plain = version === 6 ? (carriedIpv4(address) ?? (address.split('%')[0] as string)) : address;
  return { address: plain, family: isIP(plain) === 6 ? 'ipv6' : 'ipv4' };
}

export const isIn = (blocks: BlockList, address: string): boolean => {
  const plain = plainAddress(address);
  return plain !== null && blocks.check(plain.address, plain.family);
};

/** A link-local, metadata or otherwise reserved address. */
export const isReserved = (address: string): boolean => isIn(NEVER, address);

/** @param text `10.0.0.0/8, fd00::/8`; an address by itself is a network of one. @throws DomainError `config_invalid` */
export function parseNetworks(text: string): BlockList {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return networks(
    ...parts.map((part) => {
      const [address = '', prefix] = part.split('/');
      const version = isIP(address);
      const most = version === 6 ? 128 : 32;
      const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
      if (version === 0 || !(bits >= 0 && bits <= most)) {
        throw new DomainError('config_invalid', `${part} is no network`, {
          remedy: 'Write networks as 10.0.0.0/8, separated by commas.',
        });
      }
      return [address, bits] as const;
    }),
  );
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
