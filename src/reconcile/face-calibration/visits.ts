import { type Queryable, ts } from '../../platform/db.ts';
import { interval, offsetJoin } from '../pg/columns.ts';

/**
 * Visits of which something else than a face of ours says that the insured person was there: the national terminal's own face
 * check, or a witness who looked at his ID card before a hold that no face had caused was released, or a reviewer who made sure
 * of it in an alert that no face had caused (docs/adr, what a site's calibration may rest on).
 */
export interface ConfirmedVisit {
  readonly clinicCode: string;
  readonly psnNo: string;
  /** True time. */
  readonly at: number;
  readonly by: 'terminal' | 'witness' | 'review';
}

/** What reviewers found, as the review room tells it. */
export interface ReviewedVisits {
  /** The insured person was met or called; no face rule had raised the alert. */
  readonly present: readonly Omit<ConfirmedVisit, 'by'>[];
  /** Somebody else stood there: confirmed suspicions, proxies, twins. */
  readonly doubtful: readonly { readonly clinicCode: string; readonly psnNo: string; readonly at: number }[];
}

export type ReviewedVisitsOf = (span: { readonly from: number; readonly to: number }) => Promise<ReviewedVisits>;

export const NOTHING_REVIEWED: ReviewedVisitsOf = async () => ({ present: [], doubtful: [] });

/** Rules whose hit rests on our own comparison of faces: a visit that they pointed at was not chosen at random. */
export const FACE_RULES = ['A1', 'A3', 'A6', 'A7', 'A13', 'A14', 'A15'] as const;

/** By the terminal and by witnesses, in a span of true time. */
export async function confirmedVisits(
  db: Queryable,
  span: { readonly from: number; readonly to: number },
): Promise<ConfirmedVisit[]> {
  const { rows } = await db.query<{ clinic_code: string; psn_no: string; at: number; by: ConfirmedVisit['by'] }>(
    `select clinic_code, psn_no, at, 'terminal' as by from terminal_auths where ok and at >= $1 and at < $2
     union all
     select d.clinic_code, d.psn_no, s.at, 'witness'
     from decisions d join settlements s on s.id = d.settlement_id
     where d.release_reason = 'id_card_witnessed' and d.psn_no is not null and s.at >= $1 and s.at < $2
       and not exists (select from jsonb_array_elements(d.reasons) r where split_part(r ->> 'rule', '@', 1) = any($3::text[]))
     order by 3, 2`,
    [ts(span.from), ts(span.to), [...FACE_RULES]],
  );
  return rows.map((row) => ({ clinicCode: row.clinic_code, psnNo: row.psn_no, at: row.at, by: row.by }));
}

export interface AtCounter {
  readonly id: string;
  /** True time. */
  readonly from: number;
  readonly to: number;
  readonly quality: number;
  readonly templateId: string | null;
  /** It may be a picture of somebody. */
  readonly suspected: boolean;
}

/** Everybody before a clinic's counter cameras within `aroundMs` of a moment, in true time. */
export async function atCounter(
  db: Queryable,
  asked: { readonly clinicCode: string; readonly at: number; readonly aroundMs: number; readonly longestMs: number },
): Promise<AtCounter[]> {
  const { rows } = await db.query<{
    id: string;
    from_at: number;
    to_at: number;
    quality: number;
    template_id: string | null;
    suspected: boolean;
  }>(
    `with cams as (
       select c.id, ${interval('coalesce(o.offset_ms, 0)')} as off
       from cameras c ${offsetJoin('c.id', '$2::timestamptz')}
       where c.clinic_code = $1 and c.enabled and c.scene_point = case
         when exists (select from cameras k where k.clinic_code = $1 and k.enabled and k.scene_point = 'counter')
         then 'counter' else 'consulting' end
     )
     select a.id, a.from_at - c.off as from_at, a.to_at - c.off as to_at, a.quality, a.template_id,
       coalesce((a.presentation ->> 'suspected')::boolean, false) as suspected
     from appearances a join cams c on c.id = a.camera_id
     where a.clinic_code = $1 and a.state <> 'void' and a.from_at >= $2::timestamptz + c.off - ${interval('$4::bigint')}
       and a.from_at <= $2::timestamptz + c.off + ${interval('$3::bigint')}
       and a.to_at >= $2::timestamptz + c.off - ${interval('$3::bigint')}
     order by a.from_at, a.id`,
    [asked.clinicCode, ts(asked.at), asked.aroundMs, asked.longestMs],
  );
  return rows.map((row) => ({
    id: row.id,
    from: row.from_at,
    to: row.to_at,
    quality: row.quality,
    templateId: row.template_id,
    suspected: row.suspected,
  }));
}
