import { type Tx, ts } from '../platform/db.ts';
import type { DeviceStore } from './store.ts';
import type { CameraRow, ClockOffsetRow } from './tables.ts';

/** NOTIFY channel of changes to cameras; the payload is the camera's id. */
export const CAMERA_CHANNEL = 'claimsight_cameras';

export const createPgDeviceStore = (tx: Tx): DeviceStore => ({
  async camera(id) {
    const { rows } = await tx.query<CameraRow & Record<string, unknown>>(
      `select id, clinic_code, name, scene_point, required_med_types, source_url_enc, source_kind, options, enabled,
         created_at, updated_at
       from cameras where id = $1`,
      [id],
    );
    return rows[0] ?? null;
  },

  async putCamera(row, { withSource }) {
    await tx.query(
      `insert into cameras (id, clinic_code, name, scene_point, required_med_types, source_url_enc, source_kind, options, enabled,
         created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       on conflict (id) do update set clinic_code = excluded.clinic_code, name = excluded.name, scene_point = excluded.scene_point,
         required_med_types = excluded.required_med_types, options = excluded.options, enabled = excluded.enabled,
         source_url_enc = case when $12 then excluded.source_url_enc else cameras.source_url_enc end,
         source_kind = case when $12 then excluded.source_kind else cameras.source_kind end,
         updated_at = excluded.updated_at`,
      [
        row.id,
        row.clinic_code,
        row.name,
        row.scene_point,
        row.required_med_types,
        row.source_url_enc,
        row.source_kind,
        JSON.stringify(row.options),
        row.enabled,
        ts(row.created_at),
        ts(row.updated_at),
        withSource,
      ],
    );
    await tx.query('select pg_notify($1, $2)', [CAMERA_CHANNEL, row.id]);
  },

  async newestOffset(cameraId) {
    const { rows } = await tx.query<ClockOffsetRow & Record<string, unknown>>(
      `select camera_id, measured_at, offset_ms, uncertainty_ms, source from camera_clock_offsets
       where camera_id = $1 order by measured_at desc limit 1`,
      [cameraId],
    );
    return rows[0] ?? null;
  },

  async putOffset(row) {
    await tx.query(
      `insert into camera_clock_offsets (camera_id, measured_at, offset_ms, uncertainty_ms, source)
       values ($1, $2, $3, $4, $5)
       on conflict (camera_id, measured_at) do update set offset_ms = excluded.offset_ms,
         uncertainty_ms = excluded.uncertainty_ms, source = excluded.source`,
      [row.camera_id, ts(row.measured_at), row.offset_ms, row.uncertainty_ms, row.source],
    );
  },
});
