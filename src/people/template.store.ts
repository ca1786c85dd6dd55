import type { Keyring } from '../platform/crypto.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { TemplateRow } from './tables.ts';

/** A face as a vector. Only vectors of one `modelVersion` may be compared. */
export interface StoredTemplate {
  /** Unit length. */
  readonly template: Float32Array;
  /** Model card id and version of the pipeline that made it. */
  readonly modelVersion: string;
  /** 0..1 */
  readonly quality: number;
  /** The same face by other models, while one takes another's place. */
  readonly also?: readonly OtherTemplate[];
}

/** A face by another model than its first template. */
export type OtherTemplate = Pick<StoredTemplate, 'template' | 'modelVersion'>;

export interface NewTemplate extends StoredTemplate {
  readonly retentionClass: string;
  readonly createdAt: number;
}

/** Where templates are kept: the database, or bulk work's memory before it. */
export interface TemplateStore {
  /** Stores each under a fresh opaque id. @returns the ids in order */
  addTemplates(templates: readonly NewTemplate[]): Promise<string[]>;
  /** Forgets them for good. */
  deleteTemplates(ids: readonly string[]): Promise<void>;
}

/**
 * A row for a template under a fresh opaque id, encrypted under the biometric key with that id as its context, so that no
 * row can be passed off as another's.
 */
export function sealedTemplate(keyring: Keyring, options: NewTemplate): TemplateRow {
  const id = newId();
  return {
    id,
    template_enc: keyring.seal('biometric', bytesOf(options.template), id),
    dimension: options.template.length,
    model_version: options.modelVersion,
    quality: options.quality,
    retention_class: options.retentionClass,
    created_at: options.createdAt,
  };
}

/** The same, sealed only when somebody looks at the bytes: most of what a camera revises is never written. */
export function lateSealedTemplate(keyring: Keyring, options: NewTemplate): TemplateRow {
  const id = newId();
  let sealed: Buffer | undefined;
  return {
    id,
    get template_enc() {
      sealed ??= keyring.seal('biometric', bytesOf(options.template), id);
      return sealed;
    },
    dimension: options.template.length,
    model_version: options.modelVersion,
    quality: options.quality,
    retention_class: options.retentionClass,
    created_at: options.createdAt,
  };
}

/** The template of a row. @throws DomainError `integrity` when the row was changed */
export function openedTemplate(
  keyring: Keyring,
  row: Pick<TemplateRow, 'id' | 'template_enc' | 'dimension' | 'model_version' | 'quality'>,
): StoredTemplate {
  const template = floatsOf(keyring.open('biometric', row.template_enc, row.id));
  if (template.length !== row.dimension) {
    throw new DomainError('integrity', `template ${row.id} has ${template.length} numbers, not ${row.dimension}`);
  }
  return { template, modelVersion: row.model_version, quality: row.quality };
}

export const createPgTemplateStore = (tx: Queryable, keyring: Keyring): TemplateStore => ({
  async addTemplates(templates) {
    if (templates.length === 0) return [];
    const rows = templates.map((template) => sealedTemplate(keyring, template));
    const beside = templates.flatMap((template, i) =>
      (template.also ?? []).map((other) => ({
        ...sealedTemplate(keyring, { ...template, ...other }),
        of_id: rows[i]?.id ?? null,
      })),
    );
    await insertTemplates(tx, [...rows.map((row) => ({ ...row, of_id: null })), ...beside]);
    return rows.map((row) => row.id);
  },
  async deleteTemplates(ids) {
    await deleteTemplates(tx, ids);
  },
});

async function insertTemplates(
  tx: Queryable,
  rows: readonly (TemplateRow & { readonly of_id: string | null })[],
): Promise<void> {
  await tx.query(
    `insert into biometric.templates
       (id, template_enc, dimension, model_version, quality, retention_class, created_at, of_id)
     select * from unnest($1::uuid[], $2::bytea[], $3::int[], $4::text[], $5::real[], $6::text[], $7::timestamptz[], $8::uuid[])
     on conflict (of_id, model_version) where of_id is not null do nothing`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.template_enc),
      rows.map((row) => row.dimension),
      rows.map((row) => row.model_version),
      rows.map((row) => row.quality),
      rows.map((row) => row.retention_class),
      rows.map((row) => ts(row.created_at)),
      rows.map((row) => row.of_id),
    ],
  );
}

/** Stores the same face by another model beside its first template; the one that is there already stays. */
export async function addTemplateBeside(
  tx: Tx,
  keyring: Keyring,
  ofId: string,
  other: OtherTemplate & { readonly createdAt: number },
): Promise<void> {
  const { rows } = await tx.query<Pick<TemplateRow, 'quality' | 'retention_class'>>(
    'select quality, retention_class from biometric.templates where id = $1 for share',
    [ofId],
  );
  const [first] = rows;
  if (first === undefined) return;
  const template = { ...other, quality: first.quality, retentionClass: first.retention_class };
  await insertTemplates(tx, [{ ...sealedTemplate(keyring, template), of_id: ofId }]);
}

/**
 * Gives the template by `version` that stands beside a first one its place: the first one's id stays, what stood beside it goes.
 * @returns how many
 */
export async function promoteBeside(
  tx: Tx,
  keyring: Keyring,
  firstIds: readonly string[],
  version: string,
): Promise<number> {
  if (firstIds.length === 0) return 0;
  const { rows } = await tx.query<
    Pick<TemplateRow, 'id' | 'template_enc' | 'dimension' | 'model_version' | 'quality'> & { of_id: string }
  >(
    `select id, template_enc, dimension, model_version, quality, of_id from biometric.templates
     where of_id = any($1::uuid[]) and model_version = $2`,
    [firstIds, version],
  );
  const places = rows.map((row) => row.of_id);
  await tx.query('delete from biometric.templates where of_id = any($1::uuid[])', [places]);
  await tx.query(
    `update biometric.templates t set template_enc = u.enc, dimension = u.dimension, model_version = $4
     from unnest($1::uuid[], $2::bytea[], $3::int[]) as u (id, enc, dimension) where t.id = u.id`,
    [
      places,
      rows.map((row) => keyring.seal('biometric', bytesOf(openedTemplate(keyring, row).template), row.of_id)),
      rows.map((row) => row.dimension),
      version,
    ],
  );
  return rows.length;
}

/** Stores one template. @returns its id */
export async function putTemplate(tx: Tx, keyring: Keyring, options: NewTemplate): Promise<string> {
  const [id] = await createPgTemplateStore(tx, keyring).addTemplates([options]);
  if (id === undefined) throw new DomainError('internal', 'the template was not stored');
  return id;
}

/** Opens the templates of `ids`; ids that are not kept any more are absent from the answer. */
export async function getTemplates(
  db: Queryable,
  keyring: Keyring,
  ids: readonly string[],
): Promise<Map<string, StoredTemplate>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<
    Pick<TemplateRow, 'id' | 'template_enc' | 'dimension' | 'model_version' | 'quality'> & { of_id: string | null }
  >(
    `select id, template_enc, dimension, model_version, quality, of_id from biometric.templates
     where id = any($1::uuid[]) or of_id = any($1::uuid[])`,
    [ids],
    'people-templates',
  );
  const templates = new Map<string, StoredTemplate>();
  const beside = new Map<string, OtherTemplate[]>();
  for (const row of rows) {
    const opened = openedTemplate(keyring, row);
    if (row.of_id === null) templates.set(row.id, opened);
    else beside.set(row.of_id, [...(beside.get(row.of_id) ?? []), opened]);
  }
  for (const [id, also] of beside) {
    const first = templates.get(id);
    if (first) templates.set(id, { ...first, also });
  }
  return templates;
}

/** Forgets templates for good. */
export async function deleteTemplates(db: Queryable, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return (
    await db.query('delete from biometric.templates where id = any($1::uuid[]) or of_id = any($1::uuid[])', [ids])
  ).rowCount;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** float32 little-endian, whatever the machine's own order. */
function bytesOf(template: Float32Array): Buffer {
  if (LITTLE_ENDIAN) return Buffer.from(template.buffer, template.byteOffset, template.byteLength);
  const bytes = Buffer.alloc(template.length * 4);
  template.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes;
}

function floatsOf(bytes: Buffer): Float32Array {
  const template = new Float32Array(Math.floor(bytes.length / 4));
  for (let i = 0; i < template.length; i++) template[i] = bytes.readFloatLE(i * 4);
  return template;
}
