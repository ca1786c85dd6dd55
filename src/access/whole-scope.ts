import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Principal } from './principal.ts';
import { scopeOf } from './scope.ts';

/** What holds for every clinic is for accounts that see every clinic. @throws DomainError `forbidden` */
export async function assertSeesAll(
  db: Queryable,
  principal: Principal,
  what: { readonly zh: string; readonly en: string },
): Promise<void> {
  const scope = scopeOf(principal);
  const { rows } = await db.query<{ outside: boolean }>(
    `select $2::text is not null or exists (select 1 from clinics where region_code not like $1 || '%') as outside`,
    [scope.regionPrefix ?? '', scope.clinicCode],
  );
  if (rows[0]?.outside !== true) return;
  throw new DomainError('forbidden', `${what.en} hold for every clinic, and this account sees only some of them`, {
    remedy: 'Ask somebody whose account is bound to the whole region.',
    zh: `${what.zh}对全部机构生效，您的账号只能看到其中一部分，请由全辖区账号操作。`,
  });
}
