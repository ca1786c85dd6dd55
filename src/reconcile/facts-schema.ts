import { FACTS_SCHEMA, type Facts } from './facts.ts';

/**
 * What facts of an earlier schema mean in the next one, by the schema that they have. Raising FACTS_SCHEMA asks for an
 * entry here, or for none where the meaning cannot be told: such facts are then not replayed, and are counted as that.
 */
export const UPGRADES: ReadonlyMap<number, (facts: Facts) => Facts> = new Map();

export type Readable =
  | { readonly facts: Facts; readonly why: null }
  /** `reason`: a stable code to count by; `why`: in plain words. */
  | { readonly facts: null; readonly reason: string; readonly why: string };

/** Stored facts as the rules of this program read them. Never guesses. */
export function readableFacts(
  stored: Facts,
  upgrades: ReadonlyMap<number, (facts: Facts) => Facts> = UPGRADES,
  newest: number = FACTS_SCHEMA,
): Readable {
  let facts = stored;
  if (facts.schema > newest) {
    const why = `these facts have schema ${facts.schema}, of a newer program; this one reads up to ${newest}`;
    return { facts: null, reason: `facts_schema_${facts.schema}_is_newer`, why };
  }
  while (facts.schema < newest) {
    const upgrade = upgrades.get(facts.schema);
    if (upgrade === undefined) {
      const why = `these facts have schema ${facts.schema}; what they mean in schema ${newest} cannot be told`;
      return { facts: null, reason: `facts_schema_${facts.schema}_has_no_upgrade`, why };
    }
    facts = upgrade(facts);
  }
  return { facts, why: null };
}
