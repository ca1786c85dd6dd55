import type { Scope } from '../../access/principal.ts';
import { getRegion, type Region } from '../../access/regions.store.ts';
import type { Queryable } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';

/** Where one stands in 市→县→乡→村, and what lies one level below. */

const NEXT_DIGITS: Readonly<Record<number, number>> = { 4: 6, 6: 9, 9: 12 };
const UPPER_DIGITS = [4, 6, 9, 12] as const;

export interface Place {
  readonly code: string;
  readonly name: string;
  readonly kind: 'region' | 'clinic';
  readonly clinics: number;
}

export interface Ground {
  readonly region: Region;
  /** From the highest region that the caller sees down to this one. */
  readonly path: readonly { readonly code: string; readonly name: string }[];
  readonly scope: Scope;
  /** Digits of the regions below; null: there are clinics alone. */
  readonly digits: number | null;
}

/** @param asked null: where the caller's own scope begins. @throws DomainError `not_found` outside of it */
export async function groundOf(db: Queryable, scope: Scope, asked: string | null): Promise<Ground> {
  const home = scope.regionPrefix ?? (await regionOfClinic(db, scope.clinicCode));
  const code = asked ?? home;
  const region = home !== '' && code.startsWith(home) ? await getRegion(db, code) : null;
  if (region === null) {
    throw new DomainError('not_found', `there is no region ${code} here`, {
      remedy: 'GET /v1/regions lists the regions that you see.',
    });
  }
  const above = UPPER_DIGITS.filter((digits) => digits >= home.length && digits <= code.length).map((digits) =>
    code.slice(0, digits),
  );
  const { rows } = await db.query<{ code: string; name: string }>(
    'select code, name from regions where code = any($1) order by length(code)',
    [above],
  );
  return { region, path: rows, scope, digits: NEXT_DIGITS[code.length] ?? null };
}

async function regionOfClinic(db: Queryable, clinicCode: string | null): Promise<string> {
  const { rows } = await db.query<{ region_code: string }>('select region_code from clinics where code = $1', [
    clinicCode,
  ]);
  return rows[0]?.region_code ?? '';
}

/**
 * SQL of the clinics of a ground, each with the place below it that it counts for. Parameters $1 to $3: `groundValues`.
 * A clinic that is registered with the region itself stands for itself.
 */
export const PLACED = `placed as (
  select c.code, case when length(c.region_code) > length($1) and $3::int is not null then left(c.region_code, $3) else c.code end as place
  from clinics c where c.region_code like $1 || '%' and ($2::text is null or c.code = $2))`;

export const groundValues = ({ region, scope, digits }: Ground): readonly unknown[] => [
  region.code,
  scope.clinicCode,
  digits,
];

/** What lies one level below, those without a clinic too. */
export async function placesOf(db: Queryable, ground: Ground): Promise<Place[]> {
  const { rows } = await db.query<{ code: string; name: string; is_clinic: boolean; clinics: number }>(
    `with ${PLACED}, filled as (select place, count(*) as clinics from placed group by place)
     select coalesce(r.code, f.place) as code, coalesce(r.name, c.name, f.place) as name, r.code is null as is_clinic,
       coalesce(f.clinics, 0) as clinics
     from filled f full join (select code, name from regions where parent = $1 and $2::text is null) r on r.code = f.place
     left join clinics c on r.code is null and c.code = f.place
     order by 1`,
    groundValues(ground),
  );
  return rows.map(({ code, name, is_clinic, clinics }) => ({
    code,
    name,
    kind: is_clinic ? 'clinic' : 'region',
    clinics,
  }));
}
