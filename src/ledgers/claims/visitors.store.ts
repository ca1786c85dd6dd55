import { type Queryable, ts } from '../../platform/db.ts';

/** Who settled at a clinic since a moment; a settlement that was taken back does not count. */
export async function visitorsOf(db: Queryable, clinicCode: string, since: number): Promise<string[]> {
  const { rows } = await db.query<{ psn_no: string }>(
    `select distinct psn_no from settlements
     where clinic_code = $1 and at >= $2 and psn_no is not null and reversed_at is null`,
    [clinicCode, ts(since)],
  );
  return rows.map((row) => row.psn_no);
}
