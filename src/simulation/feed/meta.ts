import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IANAZone } from 'luxon';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { ModelCard } from '../../faces/model-card.ts';
import { DomainError } from '../../platform/errors.ts';
import { CalibrationField, readFeedCard } from './calibration.ts';
import { createFeedClock } from './feed-time.ts';
import { MaybeTime, maybe } from './field-schemas.ts';

export const DEFAULT_TIME_ZONE = 'Asia/Shanghai';

export const MetaSchema = Type.Object(
  {
    format: maybe(Type.String(), 'claimsight-feed/1'),
    dimension: maybe(
      Type.Integer({ minimum: 1, maximum: 4096 }),
      'how many numbers a template has; absent: as many as the first has',
    ),
    timeZone: maybe(Type.String({ minLength: 1 }), `an IANA time zone; absent: ${DEFAULT_TIME_ZONE}`),
    from: MaybeTime('first moment that the feed covers'),
    to: MaybeTime('last moment that the feed covers'),
    seed: Type.Optional(Type.Unknown({ description: 'the seed of the generator' })),
    parameters: Type.Optional(
      Type.Unknown({ description: 'every parameter that the generator used, in its own form' }),
    ),
    templateVersion: maybe(Type.String({ minLength: 1 }), 'what made the templates; all of a feed can be compared'),
    siteCalibrated: maybe(
      Type.Boolean(),
      "true where the calibration comes from this city's own confirmed visits: only then may a face alone hold a settlement; default false",
    ),
    calibration: CalibrationField,
  },
  { additionalProperties: true, description: 'meta.json of a feed.' },
);

/** What `meta.json` says, in one form. */
export interface ReadMeta {
  /** null: the first template tells it. */
  readonly dimension: number | null;
  readonly timeZone: string;
  /** Epoch ms; null where it is not told. */
  readonly from: number | null;
  readonly to: number | null;
  readonly seed: unknown;
  readonly parameters: unknown;
  /** For `createFaceJudge`; its `calibration` is null where the feed has none that can be used. */
  readonly card: ModelCard;
  readonly warnings: readonly string[];
}

const REMEDY = 'See docs/feed-format.md and docs/feed/meta.schema.json.';

/** Reads DIR/meta.json. @throws DomainError `not_found` without one, `invalid_input` when it cannot be used */
export async function readMeta(dir: string): Promise<ReadMeta> {
  const path = join(dir, 'meta.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new DomainError('not_found', `There is no ${path} (${error.code ?? 'it cannot be read'}).`, {
      remedy: 'A feed is a folder with meta.json and *.ndjson; make one with: claimsight simulate --emit DIR',
    });
  });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    throw new DomainError('invalid_input', `${path} is not JSON: ${said}`, { remedy: REMEDY }, { cause: error });
  }
  return metaOf(value, path);
}

export function metaOf(value: unknown, source: string): ReadMeta {
  if (!Value.Check(MetaSchema, value)) {
    const [first] = Value.Errors(MetaSchema, value);
    const field = first?.instancePath.slice(1) || 'it';
    throw new DomainError('invalid_input', `${source}: ${field} ${first?.message ?? 'has another form'}.`, {
      remedy: REMEDY,
    });
  }
  const timeZone = value.timeZone ?? DEFAULT_TIME_ZONE;
  if (!IANAZone.isValidZone(timeZone))
    throw new DomainError('invalid_input', `${source}: timeZone must be an IANA name such as ${DEFAULT_TIME_ZONE}.`, {
      remedy: REMEDY,
    });
  const { card, warnings } = readFeedCard(value);
  const dimension = value.dimension ?? (card.dimension > 0 ? card.dimension : null);
  const clock = createFeedClock(timeZone);
  const time = (moment: string | number | null | undefined, isEnd: boolean): number | null => {
    const ms = moment === null || moment === undefined ? Number.NaN : clock.msOf(moment, isEnd);
    return Number.isNaN(ms) ? null : ms;
  };
  return {
    dimension,
    timeZone,
    from: time(value.from, false),
    to: time(value.to, true),
    seed: value.seed ?? null,
    parameters: value.parameters ?? null,
    card,
    warnings,
  };
}
