import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { DomainError } from '../platform/errors.ts';
import type { Role } from './principal.ts';
import { USER_ROLES } from './rights.ts';

const PERIOD_S = 30;
/** One step before and after: a phone's clock is up to half a minute off (RFC 6238, 5.2). */
const WINDOW = 1;
const RECOVERY_CODES = 10;
const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

const totpOf = (secret: string, username: string): TOTP =>
  new TOTP({ issuer: 'ClaimSight', label: username, period: PERIOD_S, secret: Secret.fromBase32(secret) });

/** A new secret in base 32: 160 bits (RFC 4226, 4). */
export const newSecret = (): string => new Secret({ size: 20 }).base32;

/** What a phone's camera reads. */
export const otpauthUri = (secret: string, username: string): string => totpOf(secret, username).toString();

/** The time step that the code belongs to, or null where it belongs to none near `at`. */
export function stepOfCode(secret: string, code: string, at: number): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const delta = totpOf(secret, '').validate({ token: code, timestamp: at, window: WINDOW });
  return delta === null ? null : Math.floor(at / 1000 / PERIOD_S) + delta;
}

/** Codes for the day on which the phone is lost: two groups of five of 31 signs, without those that look alike. */
export function newRecoveryCodes(): string[] {
  const sign = (): string => {
    for (;;) {
      const byte = randomBytes(1)[0] ?? 255;
      // The rest of 256 by 31 would make some signs likelier.
      if (byte < 248) return ALPHABET[byte % ALPHABET.length] ?? '';
    }
  };
  const group = (): string => Array.from({ length: 5 }, sign).join('');
  return Array.from({ length: RECOVERY_CODES }, () => `${group()}-${group()}`);
}

/** As it is hashed: people type it in small letters, with or without the dash. */
export const plainRecoveryCode = (typed: string): string => typed.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');

/** Roles of the setting TOTP_ROLES. @throws DomainError `config_invalid` for a role that nobody has */
export function rolesWithTotp(setting: string): ReadonlySet<Role> {
  const names = setting.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  if (names.includes('all')) return new Set(USER_ROLES);
  return new Set(
    names.map((name) => {
      const role = USER_ROLES.find((known) => known === name);
      if (role !== undefined) return role;
      throw new DomainError('config_invalid', `TOTP_ROLES names no role of people: ${name}`, {
        remedy: `Take some of ${USER_ROLES.join(', ')}, or all.`,
      });
    }),
  );
}
