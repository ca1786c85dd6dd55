import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import type { Db, Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { pgRegions } from './pg-store.ts';
import type { Scope } from './principal.ts';
import type { AccessStore } from './store.ts';

export interface Region {
  readonly code: string;
  readonly name: string;
  readonly level: 'city' | 'county' | 'township' | 'village';
  /** null at the top */
  readonly parent: string | null;
}

export const REGION_CODE = '^(\\d{4}|\\d{6}|\\d{9}|\\d{12})$';

const LEVELS = { 4: 'city', 6: 'county', 9: 'township', 12: 'village' } as const;
const PARENT_LENGTH = { 4: null, 6: 4, 9: 6, 12: 9 } as const;

const isLevelLength = (length: number): length is keyof typeof LEVELS => length in LEVELS;

/** Level and parent from the code alone. @throws DomainError `invalid_input` */
export function regionOf(code: string, name: string): Region {
  if (!/^\d+$/.test(code) || !isLevelLength(code.length)) {
    throw new DomainError('invalid_input', `${code} is not the code of a region`, {
      remedy: 'A city has 4 digits, a county 6, a township 9, a village 12.',
    });
  }
  const parentLength = PARENT_LENGTH[code.length];
  return { code, name, level: LEVELS[code.length], parent: parentLength === null ? null : code.slice(0, parentLength) };
}

/** Registers a region or changes its name. @throws DomainError `invalid_input` when its parent is not known */
export async function registerRegion(store: Pick<AccessStore, 'region' | 'putRegion'>, region: Region): Promise<void> {
  if (region.parent !== null && (await store.region(region.parent)) === null) {
    throw new DomainError('invalid_input', `the region ${region.parent}, in which ${region.code} lies, is not known`, {
      remedy: `Register ${region.parent} first.`,
    });
  }
  await store.putRegion(region);
}

export const putRegion = (db: Queryable, region: Region): Promise<void> => registerRegion(pgRegions(db), region);

export async function getRegion(db: Queryable, code: string): Promise<Region | null> {
  const { rows } = await db.query<{ code: string; name: string; level: Region['level']; parent: string | null }>(
    'select code, name, level, parent from regions where code = $1',
    [code],
  );
  return rows[0] ?? null;
}

/** Regions of a scope with the ones above it, so that a tree can be drawn from its root. */
export async function listRegions(
  db: Queryable,
  scope: Scope,
  page: { readonly parent: string | null; readonly after: string | null; readonly limit: number },
): Promise<Region[]> {
  const { rows } = await db.query<{ code: string; name: string; level: Region['level']; parent: string | null }>(
    `select r.code, r.name, r.level, r.parent from regions r
     where (r.code like coalesce($1, (select region_code from clinics where code = $2)) || '%'
            or coalesce($1, (select region_code from clinics where code = $2)) like r.code || '%')
       and ($3::text is null or r.parent = $3) and ($4::text is null or r.code > $4)
     order by r.code limit $5`,
    [scope.regionPrefix, scope.clinicCode, page.parent, page.after, page.limit],
  );
  return rows;
}

/**
 * Loads regions from a CSV with the columns code and name, parents before children by the length of their codes.
 * Running it again changes nothing but names. @returns how many it holds
 */
export async function seedRegions(db: Db, file: string): Promise<number> {
  const rows: unknown[] = parse(await readFile(file), { columns: true, bom: true, trim: true, skip_empty_lines: true });
  const regions = rows.map((row) => {
    const { code, name } = row as { code?: string; name?: string };
    if (!code || !name) throw new DomainError('config_invalid', `${file}: each row needs a code and a name`);
    return regionOf(code, name);
  });
  regions.sort((a, b) => a.code.length - b.code.length);
  await db.transaction(async (tx) => {
    for (const length of [4, 6, 9, 12]) {
      const level = regions.filter((region) => region.code.length === length);
      await tx.query(
        `insert into regions (code, name, level, parent)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
         on conflict (code) do update set name = excluded.name`,
        [
          level.map((region) => region.code),
          level.map((region) => region.name),
          level.map((region) => region.level),
          level.map((region) => region.parent),
        ],
      );
    }
  });
  return regions.length;
}
