import type { Keyring } from '../../platform/crypto.ts';
import type { Queryable } from '../../platform/db.ts';
import { getTemplates, type StoredTemplate } from '../template.store.ts';

/** A stored face as `version` has it: its own template, or the one beside it; null: there is none. */
export const vectorBy = ({ template, modelVersion, also }: StoredTemplate, version: string): Float32Array | null =>
  modelVersion === version ? template : (also?.find((other) => other.modelVersion === version)?.template ?? null);

/** The float32 vectors of templates, by their ids; those that are gone, or of another model, are absent. */
export async function vectorsOf(
  deps: { readonly db: Queryable; readonly keyring: Keyring },
  version: string,
  ids: readonly string[],
): Promise<Map<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>();
  for (const [id, stored] of await getTemplates(deps.db, deps.keyring, ids)) {
    const vector = vectorBy(stored, version);
    if (vector !== null) vectors.set(id, vector);
  }
  return vectors;
}
