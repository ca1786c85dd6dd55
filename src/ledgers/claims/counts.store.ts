import type { Scope } from '../../access/principal.ts';
import type { Queryable } from '../../platform/db.ts';

export type IntakeOutcome = 'accepted' | 'duplicate' | 'quarantined';

/** Under what a message counts: its clinic where its sender may speak for it, else the sender's own clinic or region. */
export interface Attribution {
  readonly clinicCode: string;
  readonly regionCode: string;
}

export interface CountChange extends Attribution {
  /** Of the arrival, in the installation's time zone. */
  readonly day: string;
  readonly outcome: IntakeOutcome;
  readonly n: number;
}

export interface IntakeCounts {
  readonly sent: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly quarantined: number;
}

/** Counts of the arrivals from day `from` to day `to`, both included; null: without bound. */
export async function intakeCounts(
  db: Queryable,
  filter: {
    readonly scope: Scope;
    readonly from: string | null;
    readonly to: string | null;
    readonly clinic: string | null;
  },
): Promise<IntakeCounts> {
  const { rows } = await db.query<{ outcome: IntakeOutcome; n: string }>(
    `select outcome, sum(n)::text as n from claim_intake_counts
     where ($1::text is null or region_code like $1 || '%') and ($2::text is null or clinic_code = $2)
       and ($3::date is null or day >= $3) and ($4::date is null or day <= $4) and ($5::text is null or clinic_code = $5)
     group by outcome`,
    [filter.scope.regionPrefix, filter.scope.clinicCode, filter.from, filter.to, filter.clinic],
  );
  const of = (outcome: IntakeOutcome): number => Number(rows.find((row) => row.outcome === outcome)?.n ?? 0);
  const [accepted, duplicate, quarantined] = [of('accepted'), of('duplicate'), of('quarantined')];
  return { sent: accepted + duplicate + quarantined, accepted, duplicate, quarantined };
}
