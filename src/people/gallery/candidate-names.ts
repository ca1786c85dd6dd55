import type { Keyring } from '../../platform/crypto.ts';
import type { Queryable } from '../../platform/db.ts';
import { maskName } from '../identity.ts';
import { identityContext } from '../persons.write.ts';
import { staffContext } from '../staff.write.ts';
import type { MemberDetail } from './members.store.ts';

/** Masked names of those whom portraits show, by template; who has no stored name is absent. */
export async function candidateNames(
  deps: { readonly db: Queryable; readonly keyring: Keyring },
  members: readonly Pick<MemberDetail, 'templateId' | 'subjectKind' | 'subjectRef'>[],
): Promise<Map<string, string>> {
  const refs = (kind: MemberDetail['subjectKind']) =>
    members.flatMap(({ subjectKind, subjectRef }) => (subjectKind === kind ? [subjectRef] : []));
  const { rows } = await deps.db.query<{ kind: MemberDetail['subjectKind']; ref: string; name_enc: Buffer | null }>(
    `select 'enrollee' as kind, psn_no as ref, name_enc from persons where psn_no = any($1::text[])
     union all
     select 'staff', id::text, name_enc from staff where id::text = any($2::text[])`,
    [refs('enrollee'), refs('staff')],
  );
  const sealed = new Map(rows.map((row) => [`${row.kind}:${row.ref}`, row.name_enc]));
  return new Map(
    members.flatMap(({ templateId, subjectKind, subjectRef }) => {
      const name = sealed.get(`${subjectKind}:${subjectRef}`);
      if (name == null) return [];
      const context = subjectKind === 'enrollee' ? identityContext(subjectRef) : staffContext(subjectRef);
      return [[templateId, maskName(deps.keyring.openText('identity', name, context))] as const];
    }),
  );
}
