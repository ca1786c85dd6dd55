import type { Queryable } from '../platform/db.ts';
import type { Facts } from './facts.ts';
import { openFacts } from './facts-form.ts';

/** The facts under a hash. @throws DomainError `not_found`, or `integrity` when they were changed */
export async function loadFacts(db: Queryable, hash: Uint8Array): Promise<Facts> {
  const { rows } = await db.query<{ body: Buffer }>('select body from facts where hash = $1', [Buffer.from(hash)]);
  return openFacts(rows[0]?.body ?? null, hash);
}
