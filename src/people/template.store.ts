import type { Keyring } from '../platform/crypto.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';

/** A face as a vector. Only vectors of one `modelVersion` may be compared. */
export interface StoredTemplate {
  /** Unit length. */
  readonly template: Float32Array;
  /** Model card id and version of the pipeline that made it. */
  readonly modelVersion: string;
  /** 0..1 */
  readonly quality: number;
}

/**
 * Stores a template under a fresh opaque id, encrypted under the biometric key with that id as its context, so that no
 * row can be passed off as another's.
 */
export async function putTemplate(
  tx: Tx,
  keyring: Keyring,
  options: StoredTemplate & { readonly retentionClass: string; readonly createdAt: number },
): Promise<string> {
  const id = newId();
  await tx.query(
    `insert into biometric.templates (id, template_enc, dimension, model_version, quality, retention_class, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      keyring.seal('biometric', bytesOf(options.template), id),
      options.template.length,
      options.modelVersion,
      options.quality,
      options.retentionClass,
      ts(options.createdAt),
    ],
  );
  return id;
}

/** Opens the templates of `ids`; ids that are not kept any more are absent from the answer. */
export async function getTemplates(
  db: Queryable,
  keyring: Keyring,
  ids: readonly string[],
): Promise<Map<string, StoredTemplate>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.query<{
    id: string;
    template_enc: Buffer;
    dimension: number;
    model_version: string;
    quality: number;
  }>('select id, template_enc, dimension, model_version, quality from biometric.templates where id = any($1::uuid[])', [
    ids,
  ]);
  return new Map(
    rows.map((row) => {
      const template = floatsOf(keyring.open('biometric', row.template_enc, row.id));
      if (template.length !== row.dimension) {
        throw new DomainError('integrity', `template ${row.id} has ${template.length} numbers, not ${row.dimension}`);
      }
      return [row.id, { template, modelVersion: row.model_version, quality: row.quality }];
    }),
  );
}

/** Forgets templates for good. */
export async function deleteTemplates(db: Queryable, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  return (await db.query('delete from biometric.templates where id = any($1::uuid[])', [ids])).rowCount;
}

/** float32 little-endian, whatever the machine's own order. */
function bytesOf(template: Float32Array): Buffer {
  const bytes = Buffer.alloc(template.length * 4);
  template.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes;
}

function floatsOf(bytes: Buffer): Float32Array {
  const template = new Float32Array(bytes.length / 4);
  for (let i = 0; i < template.length; i++) template[i] = bytes.readFloatLE(i * 4);
  return template;
}
