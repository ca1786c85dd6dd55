import { readFile } from 'node:fs/promises';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { DomainError } from '../platform/errors.ts';

const Settings = Type.Object(
  {
    pinBeforeSeconds: Type.Number({ minimum: 0, maximum: 3600 }),
    pinAfterSeconds: Type.Number({ minimum: 0, maximum: 3600 }),
    missedAfterSeconds: Type.Number({ minimum: 0, maximum: 86_400 }),
    mostMomentsPerAlert: Type.Integer({ minimum: 1, maximum: 1000 }),
  },
  { additionalProperties: false },
);

/** What is kept around an alert, and how long a still is waited for. */
export type EvidenceSettings = Static<typeof Settings>;

/** Reads config/evidence.yaml. @throws DomainError `config_invalid` naming the entry */
export async function loadEvidenceSettings(path: string): Promise<EvidenceSettings> {
  const value: unknown = parse(await readFile(path, 'utf8'));
  if (!Value.Check(Settings, value)) {
    const [first] = Value.Errors(Settings, value);
    throw new DomainError('config_invalid', `${path}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`, {
      remedy: 'See the comments in that file.',
    });
  }
  return value;
}
