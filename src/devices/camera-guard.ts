import { lookup } from 'node:dns/promises';
import { isIn, isReserved, parseNetworks } from '../platform/addresses.ts';
import { DomainError } from '../platform/errors.ts';
import { type CameraAddress, formatCameraAddress, parseCameraAddress } from './camera-address.ts';

/** Where cameras may stand: networks allowed by configuration. Every address from outside goes through here, also when it is opened. */
export interface CameraGuard {
  /**
   * @throws DomainError `invalid_input` for an address where no camera may stand, `source_unavailable` for a name that
   * nobody knows; both with a remedy and without the password
   */
  check(url: string): Promise<CheckedAddress>;
  /** The same for a host by itself. @returns the IP address to use */
  checkHost(host: string): Promise<string>;
}

export interface CheckedAddress {
  readonly address: CameraAddress;
  /** The IP address that was checked. */
  readonly ip: string;
  /**
   * What to open: with the checked IP address in place of the name, so that the name cannot mean another place a moment
   * later. Not for https, whose certificate belongs to the name.
   */
  readonly url: string;
}

export type Resolve = (host: string) => Promise<readonly string[]>;

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** @param options.networks as in CAMERA_NETWORKS; null: anywhere, for somebody at the machine itself */
export function createCameraGuard(options: {
  readonly networks: string | null;
  readonly resolve?: Resolve;
}): CameraGuard {
  const allowed = options.networks === null ? null : parseNetworks(options.networks);
  const resolve = options.resolve ?? resolveAll;

  const checkHost = async (host: string): Promise<string> => {
    const found = await resolve(host).catch(() => []);
    const [first] = found;
    if (first === undefined) {
      throw new DomainError('source_unavailable', `找不到主机 ${host} / the host ${host} is not known`, {
        remedy: '请检查地址或改用 IP / check the name, or write the IP address',
      });
    }
    // All of them: which one will be used is not ours to say.
    for (const ip of found) {
      if (allowed === null || (!isReserved(ip) && isIn(allowed, ip))) continue;
      throw new DomainError(
        'invalid_input',
        `地址 ${host} 不在允许的摄像头网段内 / ${host} lies outside the networks where cameras may stand`,
        {
          remedy: '由管理员在 CAMERA_NETWORKS 中增加网段 / an administrator adds the network to CAMERA_NETWORKS',
          outside: true,
        },
      );
    }
    return first;
  };

  return {
    checkHost,
    async check(url) {
      const address = parseCameraAddress(url);
      const ip = await checkHost(address.host);
      const pinned = address.scheme === 'https' ? address : { ...address, host: ip };
      return { address, ip, url: formatCameraAddress(pinned, true) };
    },
  };
}
