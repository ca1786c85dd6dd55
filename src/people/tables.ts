import { defineTable } from '../platform/working-set/table.ts';
import type { FilingKind } from './filings.write.ts';
import type { Person, StatusKind, SubjectKind } from './people.store.ts';
import type { PortraitRefusal } from './portrait-refusals.ts';
import type { PortraitState } from './portraits.store.ts';

/**
 * Rows of this room's tables as the database returns them; times in epoch ms, dates yyyy-mm-dd. What belongs to an
 * enrollee leaves memory as soon as it is written (a city has millions), and so do portraits and templates: they are read
 * by `MemoryPeople` (memory-people.ts). Staff and filings stay.
 */

export interface PersonRow {
  readonly psn_no: string;
  readonly name_enc: Buffer | null;
  readonly certno_enc: Buffer | null;
  readonly certno_blind: Buffer | null;
  readonly cert_type: string;
  readonly sex: Person['sex'];
  readonly birth: string | null;
  readonly household: string | null;
  readonly region_code: string | null;
  readonly retention_class: string;
  readonly created_at: number;
  readonly updated_at: number;
}

export const personsTable = defineTable<PersonRow>()({
  name: 'persons',
  columns: {
    psn_no: 'text',
    name_enc: 'bytea',
    certno_enc: 'bytea',
    certno_blind: 'bytea',
    cert_type: 'text',
    sex: 'text',
    birth: 'date',
    household: 'text',
    region_code: 'text',
    retention_class: 'text',
    created_at: 'timestamptz',
    updated_at: 'timestamptz',
  },
  key: ['psn_no'],
  page: 'once_written',
  indexes: { household: (row) => row.household },
});

export interface PersonStatusRow {
  readonly id: string;
  readonly psn_no: string;
  readonly what: StatusKind;
  readonly from_at: number;
  readonly to_at: number | null;
  readonly institution: string | null;
  readonly source: string;
  readonly created_at: number;
}

export const personStatusTable = defineTable<PersonStatusRow>()({
  name: 'person_status',
  columns: {
    id: 'uuid',
    psn_no: 'text',
    what: 'text',
    from_at: 'timestamptz',
    to_at: 'timestamptz',
    institution: 'text',
    source: 'text',
    created_at: 'timestamptz',
  },
  key: ['id'],
  page: 'once_written',
  indexes: { psn: (row) => row.psn_no },
});

export interface StaffRow {
  readonly id: string;
  readonly clinic_code: string;
  readonly staff_no: string;
  readonly psn_no: string | null;
  readonly name_enc: Buffer | null;
  readonly active_from: number;
  readonly active_to: number | null;
  readonly created_at: number;
}

export const staffTable = defineTable<StaffRow>()({
  name: 'staff',
  columns: {
    id: 'uuid',
    clinic_code: 'text',
    staff_no: 'text',
    psn_no: 'text',
    name_enc: 'bytea',
    active_from: 'timestamptz',
    active_to: 'timestamptz',
    created_at: 'timestamptz',
  },
  key: ['id'],
  page: 'never',
  indexes: { clinic: (row) => row.clinic_code, psn: (row) => row.psn_no, no: (row) => row.staff_no },
});

export interface StaffSignInRow {
  readonly id: string;
  readonly staff_id: string;
  readonly clinic_code: string;
  readonly from_at: number;
  readonly to_at: number | null;
}

export const staffSignInsTable = defineTable<StaffSignInRow>()({
  name: 'staff_sign_ins',
  columns: { id: 'uuid', staff_id: 'uuid', clinic_code: 'text', from_at: 'timestamptz', to_at: 'timestamptz' },
  key: ['id'],
  page: { clinic: 'clinic_code', at: 'from_at' },
  indexes: {},
});

export interface ProxyRow {
  readonly id: string;
  readonly psn_no: string;
  readonly proxy_psn_no: string;
  readonly relation: string;
  readonly from_at: number;
  readonly to_at: number | null;
  readonly registered_by: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

export const proxiesTable = defineTable<ProxyRow>()({
  name: 'proxies',
  columns: {
    id: 'uuid',
    psn_no: 'text',
    proxy_psn_no: 'text',
    relation: 'text',
    from_at: 'timestamptz',
    to_at: 'timestamptz',
    registered_by: 'text',
    created_at: 'timestamptz',
    revoked_at: 'timestamptz',
  },
  key: ['id'],
  page: 'once_written',
  indexes: { psn: (row) => row.psn_no, proxy: (row) => row.proxy_psn_no },
});

export interface FilingRow {
  readonly id: string;
  readonly clinic_code: string;
  readonly psn_no: string | null;
  /** Null: of the whole clinic. */
  readonly camera_id: string | null;
  readonly what: FilingKind;
  readonly from_at: number;
  readonly to_at: number | null;
  readonly created_at: number;
}

export const filingsTable = defineTable<FilingRow>()({
  name: 'filings',
  columns: {
    id: 'uuid',
    clinic_code: 'text',
    psn_no: 'text',
    camera_id: 'text',
    what: 'text',
    from_at: 'timestamptz',
    to_at: 'timestamptz',
    created_at: 'timestamptz',
  },
  key: ['id'],
  page: 'never',
  indexes: { clinic: (row) => row.clinic_code },
});

export interface TemplateRow {
  readonly id: string;
  readonly template_enc: Buffer;
  readonly dimension: number;
  readonly model_version: string;
  readonly quality: number;
  readonly retention_class: string;
  readonly created_at: number;
}

export const templatesTable = defineTable<TemplateRow>()({
  name: 'biometric.templates',
  columns: {
    id: 'uuid',
    template_enc: 'bytea',
    dimension: 'int',
    model_version: 'text',
    quality: 'real',
    retention_class: 'text',
    created_at: 'timestamptz',
  },
  key: ['id'],
  page: 'once_written',
  indexes: {},
});

export interface PortraitRow {
  readonly id: string;
  readonly subject_kind: SubjectKind;
  readonly subject_ref: string;
  readonly state: PortraitState;
  readonly reasons: readonly PortraitRefusal[];
  readonly taken_on: string | null;
  readonly quality: number | null;
  readonly blob_sha256: Buffer | null;
  readonly template_id: string | null;
  readonly created_at: number;
  readonly decided_at: number | null;
}

/** `subject` index: `portraitSubject(kind, ref)`. */
export const portraitSubject = (kind: SubjectKind, ref: string): string => `${kind}|${ref}`;

export const portraitsTable = defineTable<PortraitRow>()({
  name: 'portraits',
  columns: {
    id: 'uuid',
    subject_kind: 'text',
    subject_ref: 'text',
    state: 'text',
    reasons: 'jsonb',
    taken_on: 'date',
    quality: 'real',
    blob_sha256: 'bytea',
    template_id: 'uuid',
    created_at: 'timestamptz',
    decided_at: 'timestamptz',
  },
  key: ['id'],
  page: 'once_written',
  indexes: { subject: (row) => portraitSubject(row.subject_kind, row.subject_ref) },
});
