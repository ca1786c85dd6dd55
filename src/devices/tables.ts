import { defineTable } from '../platform/working-set/table.ts';
import type { CameraOptions, ScenePoint, SourceKind } from './camera.store.ts';

/** Rows of this room's tables as the database returns them; times in epoch ms. */

export interface CameraRow {
  readonly id: string;
  readonly clinic_code: string;
  readonly name: string;
  readonly scene_point: ScenePoint;
  readonly required_med_types: string[];
  readonly source_url_enc: Buffer | null;
  readonly source_kind: SourceKind;
  readonly options: CameraOptions;
  readonly enabled: boolean;
  readonly created_at: number;
  readonly updated_at: number;
}

export const camerasTable = defineTable<CameraRow>()({
  name: 'cameras',
  columns: {
    id: 'text',
    clinic_code: 'text',
    name: 'text',
    scene_point: 'text',
    required_med_types: 'text[]',
    source_url_enc: 'bytea',
    source_kind: 'text',
    options: 'jsonb',
    enabled: 'boolean',
    created_at: 'timestamptz',
    updated_at: 'timestamptz',
  },
  key: ['id'],
  page: 'never',
  indexes: { clinic: (row) => row.clinic_code },
});

export interface ClockOffsetRow {
  readonly camera_id: string;
  readonly measured_at: number;
  /** device − true */
  readonly offset_ms: number;
  readonly uncertainty_ms: number;
  readonly source: string;
}

export const clockOffsetsTable = defineTable<ClockOffsetRow>()({
  name: 'camera_clock_offsets',
  columns: {
    camera_id: 'text',
    measured_at: 'timestamptz',
    offset_ms: 'bigint',
    uncertainty_ms: 'int',
    source: 'text',
  },
  key: ['camera_id', 'measured_at'],
  // A camera's own pages: its newest offsets that have left are remembered by those who read them.
  page: { clinic: 'camera_id', at: 'measured_at' },
  indexes: { camera: (row) => row.camera_id },
});
