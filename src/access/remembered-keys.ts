import { createHash } from 'node:crypto';
import { TooLate, within } from '../platform/within.ts';
import type { Principal, Role } from './principal.ts';

/** Machines whose words must not be lost while the database is away: what they say is kept aside. */
const REMEMBERED_ROLES: ReadonlySet<Role> = new Set(['his', 'mirror']);
const REMEMBERED_MS = 10 * 60_000;
const MOST_REMEMBERED = 20_000;
const ASKED_WITHIN_MS = 1_000;

/**
 * Asks for a key's owner; when the database fails or does not answer in time, whom it named within the last ten minutes
 * still counts, for those who only bring messages. A key that the database knows to be revoked is forgotten at once.
 */
export function rememberKeys(
  find: (key: string) => Promise<Principal | null>,
  now: () => number,
  withinMs = ASKED_WITHIN_MS,
): (key: string) => Promise<Principal | null> {
  const remembered = new Map<string, { readonly principal: Principal; readonly at: number }>();
  return async (key) => {
    const name = createHash('sha256').update(key).digest('base64');
    const asking = find(key);
    try {
      const found = await within(withinMs, asking);
      if (found === null || !REMEMBERED_ROLES.has(found.role)) remembered.delete(name);
      else {
        if (remembered.size >= MOST_REMEMBERED) remembered.clear();
        remembered.set(name, { principal: found, at: now() });
      }
      return found;
    } catch (error) {
      const known = remembered.get(name);
      if (known !== undefined && now() - known.at <= REMEMBERED_MS) return known.principal;
      // Nobody known: whoever it is waits for the database, however long it takes.
      if (error instanceof TooLate) return asking;
      throw error;
    }
  };
}
