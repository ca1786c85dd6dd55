import type { Scope } from '../access/principal.ts';
import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';

/** Digits of a township's code, and of a county's. */
const TOWNSHIP = 9;
const COUNTY = 6;

/** Whose people a caller sees: the prefix of their region. A clinic sees its township's. */
export async function peoplePrefix(db: Queryable, scope: Scope): Promise<string> {
  return (await prefixOf(db, scope)).slice(0, scope.clinicCode === null ? undefined : TOWNSHIP);
}

/** For whom a caller may register a proxy: a clinic for its county's people, since they come from the next township too. */
export async function proxyPrefix(db: Queryable, scope: Scope): Promise<string> {
  return (await prefixOf(db, scope)).slice(0, scope.clinicCode === null ? undefined : COUNTY);
}

async function prefixOf(db: Queryable, scope: Scope): Promise<string> {
  if (scope.clinicCode === null) {
    if (scope.regionPrefix === null) throw new DomainError('forbidden', 'bound to no region and no clinic');
    return scope.regionPrefix;
  }
  const { rows } = await db.query<{ region_code: string }>('select region_code from clinics where code = $1', [
    scope.clinicCode,
  ]);
  const region = rows[0]?.region_code;
  if (region === undefined) throw new DomainError('forbidden', 'the clinic of this account is not registered');
  return region;
}

export const noSuchPerson = (): DomainError =>
  new DomainError('not_found', 'there is no such person here', {
    remedy: 'Check psn_no, or register the person with PUT /v1/people/{psnNo}.',
  });

/** Which of `psnNos` are registered in a region. */
export async function personsWithin(
  db: Queryable,
  prefix: string,
  psnNos: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ psn_no: string }>(
    `select psn_no from persons where psn_no = any($1::text[]) and region_code like $2 || '%'`,
    [psnNos, prefix],
  );
  return new Set(rows.map((row) => row.psn_no));
}
