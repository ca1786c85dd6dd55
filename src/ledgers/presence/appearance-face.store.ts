import { getTemplates, type StoredTemplate } from '../../people/template.store.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Queryable } from '../../platform/db.ts';

/** Where an appearance was, and its face; null where none was seen well enough, or where it may be a picture of one. */
export interface AppearanceFace {
  readonly clinicCode: string;
  readonly face: StoredTemplate | null;
}

/** One appearance that is not void; null: there is none, or its time is over. */
export async function appearanceFace(db: Queryable, keyring: Keyring, id: string): Promise<AppearanceFace | null> {
  const { rows } = await db.query<{
    clinic_code: string;
    template_id: string | null;
    quality: number;
    suspected: boolean;
  }>(
    `select clinic_code, template_id, quality, coalesce((presentation->>'suspected')::boolean, false) as suspected from appearances
     where id = $1 and state <> 'void' order by revision desc limit 1`,
    [id],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const clinicCode = row.clinic_code;
  if (row.template_id === null || row.suspected) return { clinicCode, face: null };
  const stored = (await getTemplates(db, keyring, [row.template_id])).get(row.template_id);
  return { clinicCode, face: stored === undefined ? null : { ...stored, quality: row.quality } };
}
