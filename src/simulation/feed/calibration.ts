import { type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Calibration, ModelCard, QualityBin } from '../../faces/model-card.ts';
import { parseModelCard } from '../../faces/model-card.ts';
import { DomainError } from '../../platform/errors.ts';
import { readBin } from './calibration-bin.ts';
import { type RawCalibration, RawCalibrationSchema } from './calibration-schema.ts';

/** What stands where a card tells nothing: as the built-in model's card was made. */
const DEFAULTS = { llrCap: 6.9, llrFloor: -6.9, matchFmr: 1e-4, mismatchFnmr: 1e-3, maxPortraitAgeYears: 10 };

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface FeedCard {
  /** For the judge. `calibration` null: nothing can be said about any face, everything is `uncalibrated_model`. */
  readonly card: ModelCard;
  readonly warnings: readonly string[];
}

/**
 * The model card of a feed, from `meta.calibration`: a whole card, its `calibration`, or one bin's fields by themselves;
 * with tables or with two normal distributions. What only describes may be absent. Never throws: what cannot be used is
 * left out with a warning, and nothing is then said about faces.
 */
export function readFeedCard(meta: Fields): FeedCard {
  const warnings: string[] = [];
  const warn = (what: string): void => {
    if (!warnings.includes(what)) warnings.push(what);
  };
  const given = meta.calibration ?? meta.modelCard ?? meta.card ?? null;
  const outer = isFields(given) && isFields(given.calibration) ? given : {};
  const inner = isFields(given) && isFields(given.calibration) ? given.calibration : given;
  const calibration = readCalibration(inner, warn);
  if (calibration === null)
    warn(
      'meta.json has no calibration that can be used: no face will be compared, every verdict is uncalibrated_model',
    );
  const text = (name: string, otherwise: string): string => {
    const value = meta[name] ?? outer[name];
    return typeof value === 'string' && value !== '' ? value : otherwise;
  };
  const dimension = [meta.dimension, outer.dimension].find((value) => Number.isInteger(value)) ?? 0;
  const card: ModelCard = {
    id: text('modelId', typeof outer.id === 'string' && outer.id !== '' ? outer.id : 'feed'),
    version: text('version', '1'),
    templateVersion: text('templateVersion', `feed-${String(dimension)}`),
    input: { width: 0, height: 0, channels: 'RGB', mean: [0, 0, 0], divisor: 1 },
    alignment: 'none: templates come from a feed',
    pipeline: ['feed'],
    metric: 'cosine',
    dimension: Number(dimension),
    licence: { package: 'none', weights: 'none' },
    sha256: {},
    siteCalibrated: (meta.siteCalibrated ?? outer.siteCalibrated) === true,
    calibration,
  };
  try {
    return { card: parseModelCard(card, 'of meta.json'), warnings };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    warn(`${error.message} No face will be compared.`);
    return { card: { ...card, calibration: null }, warnings };
  }
}

function readCalibration(given: unknown, warn: (what: string) => void): Calibration | null {
  if (!isFields(given)) return null;
  const raw = Array.isArray(given.bins) ? given : { ...given, bins: [given] };
  if (!fits(RawCalibrationSchema, raw, warn)) return null;
  const limits = {
    llrCap: positive(raw.llrCap, DEFAULTS.llrCap),
    llrFloor: -positive(-(raw.llrFloor ?? Number.NaN), -DEFAULTS.llrFloor),
    matchFmr: rate(raw.matchFmr, DEFAULTS.matchFmr),
    mismatchFnmr: rate(raw.mismatchFnmr, DEFAULTS.mismatchFnmr),
  };
  const sorted = raw.bins.toSorted((a, b) => (a.minQuality ?? 0) - (b.minQuality ?? 0));
  const names = binNames(sorted.map(({ name }) => name));
  const bins: QualityBin[] = [];
  for (const [i, bin] of sorted.entries()) {
    const read = readBin(bin, names[i] ?? 'medium', limits, warn);
    const floor = bin.minQuality ?? 0;
    if (read === null) warn(`the quality bin from ${floor} has neither a table nor two distributions: left out`);
    else if (bins.some(({ minQuality }) => minQuality === floor))
      warn(`two quality bins from ${floor}: one is left out`);
    else bins.push(read);
  }
  if (bins.length === 0) return null;
  const some = (value: string | null | undefined, otherwise: string): string => value || otherwise;
  const count = (value: number | null | undefined): number => Math.max(0, Math.round(value ?? 0));
  return {
    id: some(raw.id, 'feed'),
    dataName: some(raw.dataName, 'as the feed says'),
    limits: some(raw.limits, 'as the feed says'),
    people: count(raw.people),
    peopleWithSeveral: count(raw.peopleWithSeveral),
    photos: count(raw.photos),
    photosWithoutFace: count(raw.photosWithoutFace),
    genuinePairs: count(raw.genuinePairs),
    impostorPairs: count(raw.impostorPairs),
    ...limits,
    mismatchRule: some(raw.mismatchRule, 'as the feed says'),
    maxPortraitAgeYears: Math.max(0, raw.maxPortraitAgeYears ?? DEFAULTS.maxPortraitAgeYears),
    bins,
  };
}

function fits(schema: TSchema, value: unknown, warn: (what: string) => void): value is RawCalibration {
  if (Value.Check(schema, value)) return true;
  const [first] = Value.Errors(schema, value);
  warn(`meta.json: calibration${first?.instancePath ?? ''} ${first?.message ?? 'has another form'}`);
  return false;
}

const positive = (value: number | null | undefined, otherwise: number): number =>
  value !== null && value !== undefined && value > 0 ? value : otherwise;
const rate = (value: number | null | undefined, otherwise: number): number =>
  value !== null && value !== undefined && value > 0 && value < 0.5 ? value : otherwise;

const NAMES = ['low', 'medium', 'high'] as const;
const isName = (name: string | null | undefined): name is QualityBin['name'] => NAMES.some((known) => known === name);

/** Our three words for any number of bins: the lowest is low, the highest high, what lies between medium. */
function binNames(given: readonly (string | null | undefined)[]): QualityBin['name'][] {
  if (given.every(isName)) return [...given];
  return given.map((_, i) => (i === given.length - 1 ? 'high' : i === 0 ? 'low' : 'medium'));
}

export const CalibrationField = Type.Optional(
  Type.Union([RawCalibrationSchema, Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
    description:
      'A calibration in the form of a model card’s `calibration`; a whole model card is taken too. null or absent: faces are not compared.',
  }),
);
