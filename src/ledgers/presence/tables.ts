import type { Presentation } from '../../faces/presentation/presentation.ts';
import { defineTable } from '../../platform/working-set/table.ts';
import type { AppearanceLifecycle } from './appearance.store.ts';
import type { DeviceState } from './device-state.store.ts';

/** Rows of this ledger as the database returns them; times in epoch ms, of devices unless said otherwise. */

export interface DeviceStateRow {
  readonly id: string;
  readonly camera_id: string;
  readonly state: DeviceState;
  readonly from_at: number;
  readonly to_at: number | null;
  readonly reason: string | null;
}

export const deviceStatesTable = defineTable<DeviceStateRow>()({
  name: 'device_states',
  columns: {
    id: 'uuid',
    camera_id: 'text',
    state: 'text',
    from_at: 'timestamptz',
    to_at: 'timestamptz',
    reason: 'text',
  },
  key: ['camera_id', 'from_at'],
  // A camera's own pages: its newest states that have left are remembered by those who read them.
  page: { clinic: 'camera_id', at: 'from_at' },
  indexes: { camera: (row) => row.camera_id },
});

export interface WatermarkRow {
  readonly camera_id: string;
  readonly until_at: number;
  readonly frames_read: number;
  readonly frames_dropped: number;
  /** True time. */
  readonly updated_at: number;
}

export const watermarksTable = defineTable<WatermarkRow>()({
  name: 'camera_watermarks',
  columns: {
    camera_id: 'text',
    until_at: 'timestamptz',
    frames_read: 'bigint',
    frames_dropped: 'bigint',
    updated_at: 'timestamptz',
  },
  key: ['camera_id'],
  page: 'never',
  indexes: {},
});

export interface AppearanceRow {
  readonly id: string;
  readonly camera_id: string;
  readonly clinic_code: string;
  readonly state: AppearanceLifecycle;
  readonly from_at: number;
  readonly to_at: number;
  readonly faces: number;
  readonly quality: number;
  readonly template_id: string | null;
  readonly revision: number;
  /** What speaks for a picture in the face's place; null: nobody looked. */
  readonly presentation: Presentation | null;
  readonly retention_class: string;
  /** True time. */
  readonly received_at: number;
  /** True time. */
  readonly updated_at: number;
}

export const appearancesTable = defineTable<AppearanceRow>()({
  name: 'appearances',
  columns: {
    id: 'uuid',
    camera_id: 'text',
    clinic_code: 'text',
    state: 'text',
    from_at: 'timestamptz',
    to_at: 'timestamptz',
    faces: 'int',
    quality: 'real',
    template_id: 'uuid',
    revision: 'int',
    presentation: 'jsonb',
    retention_class: 'text',
    received_at: 'timestamptz',
    updated_at: 'timestamptz',
  },
  key: ['id', 'from_at'],
  page: { clinic: 'clinic_code', at: 'from_at' },
  indexes: { id: (row) => row.id },
});

/** The national terminal's face check (authNo). */
export interface TerminalAuthRow {
  readonly id: string;
  readonly clinic_code: string;
  readonly psn_no: string;
  readonly auth_no: string | null;
  readonly ok: boolean;
  /** True time. */
  readonly at: number;
  readonly created_at: number;
}

export const terminalAuthsTable = defineTable<TerminalAuthRow>()({
  name: 'terminal_auths',
  columns: {
    id: 'uuid',
    clinic_code: 'text',
    psn_no: 'text',
    auth_no: 'text',
    ok: 'boolean',
    at: 'timestamptz',
    created_at: 'timestamptz',
  },
  key: ['id'],
  page: { clinic: 'clinic_code', at: 'at' },
  indexes: { psn: (row) => row.psn_no },
  firstStands: true,
});
