import { type Queryable, type Tx, ts } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { tellOutbox } from '../platform/tell.ts';
import type { AccessStore } from './store.ts';
import type { ClinicRow, RegionRow } from './tables.ts';

export function createPgAccessStore(tx: Tx, deps: { readonly outbox: Outbox }): AccessStore {
  return {
    ...pgRegions(tx),

    async clinic(code) {
      const { rows } = await tx.query<ClinicRow & Record<string, unknown>>(
        'select code, name, region_code, open_hours, mode, face_recognition, created_at from clinics where code = $1',
        [code],
      );
      return rows[0] ?? null;
    },

    async putClinic(row) {
      await tx.query(
        `insert into clinics (code, name, region_code, open_hours, mode, face_recognition, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (code) do update set name = excluded.name, region_code = excluded.region_code,
           open_hours = excluded.open_hours, mode = excluded.mode, face_recognition = excluded.face_recognition`,
        [
          row.code,
          row.name,
          row.region_code,
          JSON.stringify(row.open_hours),
          row.mode,
          row.face_recognition,
          ts(row.created_at),
        ],
      );
    },

    tell: tellOutbox(tx, deps.outbox),
  };
}

export const pgRegions = (db: Queryable): Pick<AccessStore, 'region' | 'putRegion'> => ({
  async region(code) {
    const { rows } = await db.query<RegionRow & Record<string, unknown>>(
      'select code, name, level, parent from regions where code = $1',
      [code],
    );
    return rows[0] ?? null;
  },

  async putRegion(row) {
    await db.query(
      `insert into regions (code, name, level, parent) values ($1, $2, $3, $4)
       on conflict (code) do update set name = excluded.name`,
      [row.code, row.name, row.level, row.parent],
    );
  },
});
