import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Queryable } from '../../platform/db.ts';
import { type DigestChallenge, digestResponse, parseAuthWords, sameDigest } from '../../platform/digest-auth.ts';
import { BREAK_MS, type CaptureDevice, deviceWithSecret } from './capture.store.ts';

/** How devices that push prove who they are: digest with a secret of their own, or a key in their address. */

const REALM = 'ClaimSight';
const NONCE_MS = 5 * 60_000;

export interface DeviceLogin {
  /** A challenge to send with a 401. */
  challenge(address: string): string;
  /** The device that a request proves to be; null: it proves none. */
  byDigest(request: FastifyRequest): Promise<CaptureDevice | null>;
  /** By a log-in from the same address whose heartbeats have not stopped since. */
  bySession(deviceId: string, address: string): Promise<CaptureDevice | null>;
  /** By the key in its address. */
  byKey(deviceId: string, key: string): Promise<CaptureDevice | null>;
}

export function createDeviceLogin(deps: {
  readonly db: Queryable;
  readonly keyring: Keyring;
  /** Real time: devices answer challenges in it. */
  readonly wallClock: Clock;
  readonly clock: Clock;
}): DeviceLogin {
  const { db, keyring, wallClock } = deps;
  const seal = (at: string, salt: string, address: string): string =>
    keyring.blindIndex('capture-nonce', `${at}|${salt}|${address}`).toString('hex').slice(0, 32);

  /** A challenge of ours, not old, given to this address. */
  const isOurs = (nonce: string, address: string): boolean => {
    const [at = '', salt = '', mark = ''] = nonce.split('.');
    const age = wallClock.now() - Number.parseInt(at, 36);
    return age >= -1_000 && age <= NONCE_MS && sameDigest(mark, seal(at, salt, address));
  };

  return {
    challenge(address) {
      const at = wallClock.now().toString(36);
      const salt = randomBytes(6).toString('hex');
      // MD5 is what devices speak; the secret is long and random, and none of the device's other passwords.
      return `Digest realm="${REALM}", qop="auth", nonce="${at}.${salt}.${seal(at, salt, address)}", algorithm=MD5`;
    },

    async byDigest(request) {
      const header = request.headers.authorization ?? '';
      if (!/^digest\s/i.test(header)) return null;
      const words = parseAuthWords(header.replace(/^digest\s+/i, ''));
      const username = words.get('username') ?? '';
      const nonce = words.get('nonce') ?? '';
      const uri = words.get('uri') ?? '';
      const qop = words.get('qop');
      const path = (url: string): string => url.replace(/^https?:\/\/[^/]+/i, '').split('?')[0] ?? '';
      // The answer must be to our challenge and for this very request.
      if (!isOurs(nonce, request.ip) || path(uri) !== path(request.url)) return null;
      if (qop !== undefined && qop !== 'auth') return null;
      const found = await deviceWithSecret(db, keyring, username);
      const challenge: Omit<DigestChallenge, 'opaque'> = {
        ...{ realm: REALM, nonce, algorithm: 'MD5' },
        qop: qop === undefined ? null : 'auth',
      };
      const expected = digestResponse(challenge, {
        username,
        // Unknown devices take as long as known ones.
        password: found?.secret ?? '',
        method: request.method,
        uri,
        nc: words.get('nc') ?? '',
        cnonce: words.get('cnonce') ?? '',
      });
      const right = sameDigest(words.get('response') ?? '', expected);
      return right && found !== null ? found.device : null;
    },

    async bySession(deviceId, address) {
      const found = await deviceWithSecret(db, keyring, deviceId);
      if (found === null || found.device.protocol !== 'gat1400') return null;
      const { sessionAddress, beatAt, registeredAt } = found.device;
      const last = Math.max(beatAt ?? 0, registeredAt ?? 0);
      return sessionAddress === address && deps.clock.now() - last <= BREAK_MS ? found.device : null;
    },

    async byKey(deviceId, key) {
      const found = await deviceWithSecret(db, keyring, deviceId);
      const right = sameDigest(key, pushKeyOf(keyring, deviceId, found?.secret ?? ''));
      return right && found !== null && found.device.protocol === 'isapi' ? found.device : null;
    },
  };
}

/** The key that stands in a device's address where it can do no digest: of its secret, and not the secret itself. */
export const pushKeyOf = (keyring: Keyring, deviceId: string, secret: string): string =>
  keyring.blindIndex('capture-key', `${deviceId}|${secret}`).toString('hex').slice(0, 40);
