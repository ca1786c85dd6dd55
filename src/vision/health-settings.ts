import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { DomainError } from '../platform/errors.ts';
import { type HealthLimits, PictureLimitsSchema } from './health.ts';
import { StreamLimitsSchema } from './stream-judge.ts';
import { ViewLimitsSchema } from './view/view-limits.ts';

const Settings = Type.Object(
  {
    picture: Type.Optional(PictureLimitsSchema),
    view: Type.Optional(ViewLimitsSchema),
    stream: Type.Optional(StreamLimitsSchema),
  },
  { additionalProperties: false },
);

/** Reads config/cameras/health.yaml; what it leaves out has its default. @throws DomainError `config_invalid` naming the entry */
export async function loadHealthLimits(path: string): Promise<HealthLimits> {
  const value = Value.Default(Settings, parse(await readFile(path, 'utf8')) ?? {});
  if (!Value.Check(Settings, value)) {
    const [first] = Value.Errors(Settings, value);
    throw new DomainError('config_invalid', `${path}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`, {
      remedy: 'See the comments in that file; units are ms, luma (16 to 235) and shares.',
    });
  }
  return {
    ...Value.Create(PictureLimitsSchema),
    ...value.picture,
    view: value.view ?? Value.Create(ViewLimitsSchema),
    stream: value.stream ?? Value.Create(StreamLimitsSchema),
  };
}
