import { type Queryable, ts } from '../platform/db.ts';

/** Whether somebody has confirmed a hold, or worked on an alert, about one of these people since a moment. */
export async function decidedSince(db: Queryable, psnNos: readonly string[], since: number): Promise<boolean> {
  const { rows } = await db.query<{ decided: boolean }>(
    `select exists (select from decisions where psn_no = any($1::text[]) and state = 'confirmed' and updated_at >= $2)
       or exists (select from alerts where psn_no = any($1::text[]) and state not in ('new', 'withdrawn')
                  and updated_at >= $2) as decided`,
    [psnNos, ts(since)],
  );
  return rows[0]?.decided === true;
}
