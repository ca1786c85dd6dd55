import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../platform/errors.ts';

/** argon2id; memory in KiB (OWASP's second choice: 19 MiB, two passes, one lane). */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const SHORTEST = 10;
const LONGEST = 200;

/** @throws DomainError `invalid_input` when the password is too easy */
export async function hashPassword(password: string, username: string): Promise<string> {
  assertGoodPassword(password, username);
  return hash(password, ARGON2);
}

export function assertGoodPassword(password: string, username: string): void {
  const kinds = [/\p{L}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) => kind.test(password)).length;
  const easy = password.toLowerCase().includes(username.toLowerCase()) || new Set(password).size < 5;
  if (password.length >= SHORTEST && password.length <= LONGEST && kinds >= 2 && !easy) return;
  throw new DomainError('invalid_input', 'this password is too easy to guess', {
    remedy: `Take at least ${SHORTEST} characters, letters together with digits or signs, without the user name in it.`,
  });
}

let decoy: Promise<string> | undefined;

/** Checks a password; with no hash (an unknown user) it takes the same time and answers no. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hash('no user has this password', ARGON2);
  const matches = await verify(passwordHash ?? (await decoy), password.slice(0, LONGEST)).catch(() => false);
  return passwordHash !== null && matches;
}
