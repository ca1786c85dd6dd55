import { type Queryable, ts } from '../../platform/db.ts';
import type { Bound } from '../budget/tables.ts';

/** The groups in which people lie, in SQL: the same words for the daily counts and for one person. */

/** @param at SQL of the moment. Bands of a rural county, a third of it over 60. */
export const ageBand = (birth: string, at: string): string => `case
  when ${birth} is null then 'unknown'
  when age(${at}, ${birth}::timestamptz) < interval '18 years' then '0-17'
  when age(${at}, ${birth}::timestamptz) < interval '45 years' then '18-44'
  when age(${at}, ${birth}::timestamptz) < interval '60 years' then '45-59'
  when age(${at}, ${birth}::timestamptz) < interval '75 years' then '60-74'
  else '75+' end`;

export const portraitBand = (takenOn: string, at: string): string => `case
  when ${takenOn} is null then 'none'
  when age(${at}, ${takenOn}::timestamptz) < interval '5 years' then '0-4'
  when age(${at}, ${takenOn}::timestamptz) < interval '10 years' then '5-9'
  else '10+' end`;

export const sexOf = (sex: string): string => `coalesce(${sex}, 'unknown')`;

/** When the portrait that is compared with was taken. */
export const portraitOf = (psnNo: string): string => `left join lateral (
  select taken_on from portraits where subject_kind = 'enrollee' and subject_ref = ${psnNo} and state = 'accepted'
  order by taken_on desc nulls last limit 1) portrait on true`;

export async function groupsOf(db: Queryable, psnNo: string, at: number): Promise<readonly Bound[]> {
  const { rows } = await db.query<{ age: string; sex: string; portrait_age: string }>(
    `select ${ageBand('p.birth', '$2::timestamptz')} as age, ${sexOf('p.sex')} as sex,
       ${portraitBand('portrait.taken_on', '$2::timestamptz')} as portrait_age
     from persons p ${portraitOf('p.psn_no')} where p.psn_no = $1`,
    [psnNo, ts(at)],
  );
  const [row] = rows;
  return row === undefined
    ? []
    : [
        { dimension: 'age', grp: row.age },
        { dimension: 'sex', grp: row.sex },
        { dimension: 'portrait_age', grp: row.portrait_age },
      ];
}

export async function brokenBounds(db: Queryable): Promise<readonly Bound[]> {
  const { rows } = await db.query<Bound & Record<string, unknown>>(
    'select dimension, grp from fairness_bounds where lifted_at is null order by dimension, grp',
  );
  return rows;
}
