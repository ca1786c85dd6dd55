import { createPgTemplateStore } from '../../people/template.store.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Tx, ts, tsOrNull } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { tellOutbox } from '../../platform/tell.ts';
import type { PresenceStore } from './store.ts';
import type { AppearanceRow } from './tables.ts';

const DAY_MS = 86_400_000;
const COLUMNS = `id, camera_id, clinic_code, state, from_at, to_at, faces, quality, template_id, revision, presentation, retention_class,
  received_at, updated_at`;

/** The ledger's writers on the database, within one transaction. */
export function createPgPresenceStore(
  tx: Tx,
  deps: { readonly keyring: Keyring; readonly outbox: Outbox },
): PresenceStore {
  return { ...createPgTemplateStore(tx, deps.keyring), ...pgPresenceRows(tx), tell: tellOutbox(tx, deps.outbox) };
}

export const pgPresenceRows = (tx: Tx): Omit<PresenceStore, 'addTemplates' | 'deleteTemplates' | 'tell'> => ({
  async appearance({ id, from }) {
    const { rows } = await tx.query<AppearanceRow & Record<string, unknown>>(
      `select ${COLUMNS} from appearances where id = $1 and from_at = $2 for update`,
      [id, ts(from)],
    );
    return rows[0] ?? null;
  },

  async misplaced({ id, from }) {
    const { rows } = await tx.query<AppearanceRow & Record<string, unknown>>(
      `select ${COLUMNS} from appearances where id = $1 and from_at <> $2 and from_at between $3 and $4 for update`,
      [id, ts(from), ts(from - DAY_MS), ts(from + DAY_MS)],
    );
    return rows;
  },

  async putAppearance(row) {
    await tx.query(
      `insert into appearances (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       on conflict (id, from_at) do update set camera_id = excluded.camera_id, clinic_code = excluded.clinic_code,
         state = excluded.state, to_at = excluded.to_at, faces = excluded.faces, quality = excluded.quality,
         template_id = excluded.template_id, revision = excluded.revision, presentation = excluded.presentation,
         updated_at = excluded.updated_at`,
      [
        row.id,
        row.camera_id,
        row.clinic_code,
        row.state,
        ts(row.from_at),
        ts(row.to_at),
        row.faces,
        row.quality,
        row.template_id,
        row.revision,
        row.presentation === null ? null : JSON.stringify(row.presentation),
        row.retention_class,
        ts(row.received_at),
        ts(row.updated_at),
      ],
    );
  },

  async removeAppearances(rows) {
    for (const row of rows) {
      await tx.query('delete from appearances where id = $1 and from_at = $2', [row.id, ts(row.from_at)]);
    }
  },

  async raiseWatermarks(rows) {
    const { rows: raised } = await tx.query<{ camera_id: string; until_at: number }>(
      `insert into camera_watermarks as w (camera_id, until_at, frames_read, frames_dropped, updated_at)
       select * from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::timestamptz[]) as rows (camera_id)
       -- In one order, so that two writers of the same cameras never wait for each other.
       order by camera_id
       on conflict (camera_id) do update set until_at = greatest(w.until_at, excluded.until_at),
         frames_read = w.frames_read + excluded.frames_read, frames_dropped = w.frames_dropped + excluded.frames_dropped,
         updated_at = case when excluded.until_at > w.until_at then excluded.updated_at else w.updated_at end
       returning camera_id, until_at`,
      [
        rows.map((row) => row.camera_id),
        rows.map((row) => ts(row.until_at)),
        rows.map((row) => row.frames_read),
        rows.map((row) => row.frames_dropped),
        rows.map((row) => ts(row.updated_at)),
      ],
    );
    return new Map(raised.map((row) => [row.camera_id, row.until_at]));
  },

  async putDeviceState(row) {
    const { rows } = await tx.query<{ id: string }>(
      `insert into device_states as d (id, camera_id, state, from_at, to_at, reason) values ($1, $2, $3, $4, $5, $6)
       on conflict (camera_id, from_at) do update set state = excluded.state, to_at = excluded.to_at, reason = excluded.reason
       where (d.state, d.to_at) is distinct from (excluded.state, excluded.to_at)
       returning id`,
      [row.id, row.camera_id, row.state, ts(row.from_at), tsOrNull(row.to_at), row.reason],
    );
    return rows[0]?.id ?? null;
  },

  async putTerminalAuth(row) {
    await tx.query(
      `insert into terminal_auths (id, clinic_code, psn_no, auth_no, ok, at, created_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (id) do nothing`,
      [row.id, row.clinic_code, row.psn_no, row.auth_no, row.ok, ts(row.at), ts(row.created_at)],
    );
  },
});
