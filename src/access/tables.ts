import { defineTable } from '../platform/working-set/table.ts';
import type { Clinic } from './clinics.store.ts';
import type { OpenHours } from './open-hours.ts';
import type { Region } from './regions.store.ts';

/** Rows of this room's tables as the database returns them; times in epoch ms. */

export interface RegionRow {
  readonly code: string;
  readonly name: string;
  readonly level: Region['level'];
  readonly parent: string | null;
}

export const regionsTable = defineTable<RegionRow>()({
  name: 'regions',
  columns: { code: 'text', name: 'text', level: 'text', parent: 'text' },
  key: ['code'],
  page: 'never',
  indexes: {},
});

export interface ClinicRow {
  readonly code: string;
  readonly name: string;
  readonly region_code: string;
  readonly open_hours: OpenHours[];
  readonly mode: Clinic['mode'];
  readonly face_recognition: boolean;
  readonly created_at: number;
}

export const clinicsTable = defineTable<ClinicRow>()({
  name: 'clinics',
  columns: {
    code: 'text',
    name: 'text',
    region_code: 'text',
    open_hours: 'jsonb',
    mode: 'text',
    face_recognition: 'boolean',
    created_at: 'timestamptz',
  },
  key: ['code'],
  page: 'never',
  indexes: {},
});
