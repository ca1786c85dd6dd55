import type { Queryable } from '../../platform/db.ts';

export interface ClinicEntry {
  readonly code: string;
  readonly regionCode: string;
  readonly mode: 'mirror' | 'hook';
}

export interface ClinicDirectory {
  /** null: not registered. What was not there is asked for again each time; what was is remembered for a while. */
  find(code: string): Promise<ClinicEntry | null>;
}

const REMEMBERED_MS = 15_000;
const MOST_REMEMBERED = 20_000;

export function createClinicDirectory(options: { readonly db: Queryable }): ClinicDirectory {
  const remembered = new Map<string, { readonly entry: ClinicEntry; readonly until: number }>();
  return {
    async find(code) {
      const known = remembered.get(code);
      if (known && known.until > performance.now()) return known.entry;
      const { rows } = await options.db.query<ClinicEntry>(
        'select code, region_code as "regionCode", mode from clinics where code = $1',
        [code],
        'claims-clinic',
      );
      const entry = rows[0] ?? null;
      if (remembered.size > MOST_REMEMBERED) remembered.clear();
      if (entry) remembered.set(code, { entry, until: performance.now() + REMEMBERED_MS });
      else remembered.delete(code);
      return entry;
    },
  };
}
