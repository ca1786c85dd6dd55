import { type Queryable, ts } from '../platform/db.ts';
import { FACE_RULES, type ReviewedVisits } from '../reconcile/face-calibration/visits.ts';

/** Reasons of a dismissal that say that somebody else stood there. */
const SOMEBODY_ELSE = ['proxy', 'home_visit', 'twins'];

/**
 * What reviewers' standing dispositions say of who was at the counter at settlements of a span: the insured person where they
 * made sure of it themselves and no face rule had raised the alert, perhaps somebody else where they confirmed a suspicion, or
 * dismissed it because of a proxy, a home visit or a twin.
 */
export async function reviewedVisits(
  db: Queryable,
  span: { readonly from: number; readonly to: number },
): Promise<ReviewedVisits> {
  const { rows } = await db.query<{
    clinic_code: string;
    psn_no: string;
    at: number;
    present: boolean;
    doubtful: boolean;
  }>(
    `select a.clinic_code, s.psn_no, s.at,
       not d.confirmed and d.insured_met is not null
         and not exists (select from unnest(a.rules) r where split_part(r, '@', 1) = any($3::text[])) as present,
       d.confirmed or d.reason = any($4::text[]) as doubtful
     from alert_dispositions d join alerts a on a.id = d.alert_id
     join settlements s on s.setl_id = any(a.setl_ids) and s.clinic_code = a.clinic_code
     where d.undone_at is null and a.class = 'fraud' and s.at >= $1 and s.at < $2 and s.psn_no is not null`,
    [ts(span.from), ts(span.to), [...FACE_RULES], SOMEBODY_ELSE],
  );
  return {
    present: rows.filter(({ present }) => present).map(visitOf),
    doubtful: rows.filter(({ doubtful }) => doubtful).map(visitOf),
  };
}

const visitOf = (row: { clinic_code: string; psn_no: string; at: number }) => ({
  clinicCode: row.clinic_code,
  psnNo: row.psn_no,
  at: row.at,
});
