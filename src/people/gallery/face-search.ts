import { judge } from '../../faces/compare.ts';
import { searchGallery } from '../../faces/gallery/search.ts';
import {
  type GalleryThresholds,
  galleryThresholds,
  SEARCH_FPIR,
  thresholdFor,
} from '../../faces/gallery/thresholds.ts';
import type { ModelCard } from '../../faces/model-card.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Db } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { GalleryKeeper } from './keeper.ts';
import { countAll, type GalleryScope, type MemberDetail, memberDetails } from './members.store.ts';
import { vectorsOf } from './vectors.ts';

/** A face that is looked for. */
export interface Probe {
  readonly vector: Float32Array;
  readonly modelVersion: string;
  /** 0..1 */
  readonly quality: number;
}

/**
 * What a find is worth. above_threshold: as near as a stranger hardly ever is in a gallery of this size · below_threshold:
 * among the nearest, which somebody always is · no_threshold: one of the two pictures is too poor for a threshold ·
 * too_young: faces of small children are too alike
 */
export type SearchZone = 'above_threshold' | 'below_threshold' | 'no_threshold' | 'too_young';

export const SEARCH_ZONE_WORDS: Readonly<Record<SearchZone, { readonly zh: string; readonly en: string }>> = {
  above_threshold: { zh: '高于本库检索阈值，可作线索', en: 'Above the threshold of this gallery: worth a look.' },
  below_threshold: { zh: '低于检索阈值，仅为最相近者', en: 'Below the threshold: only the nearest that there is.' },
  no_threshold: { zh: '图像质量不足，不设阈值，仅供参考', en: 'One of the pictures is too poor for a threshold.' },
  too_young: { zh: '年龄过小，人脸难以区分，仅供参考', en: 'Too young: such faces cannot be told apart.' },
};

/** Shown with every list of candidates. */
export const HINT_WORDS = {
  zh: '检索结果只是线索，不是身份结论；不得单凭检索结果认定冒名或作出不利处理。',
  en: 'A list of candidates is a hint, not an identity: nothing may be held against anybody on its account alone.',
} as const;

export interface Candidate extends MemberDetail {
  /** Exact cosine. */
  readonly score: number;
  /** log10 of the likelihood ratio of this one comparison, capped. */
  readonly llr: number;
  /** The same against having searched as many: what is left after that many chances to be alike. */
  readonly llrInGallery: number;
  readonly zone: SearchZone;
  /** The threshold that it was held against. */
  readonly threshold: number | null;
}

export interface SearchAnswer {
  readonly thresholds: Extract<GalleryThresholds, { calibrated: true }>;
  /** Nearest first. */
  readonly candidates: readonly Candidate[];
  readonly gallerySize: number;
  readonly compared: number;
  readonly otherVersion: number;
  readonly withoutPortrait: number | null;
  /** Nobody at or above the threshold was passed over. */
  readonly complete: boolean;
}

export interface SearchDeps {
  readonly db: Db;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly keeper: GalleryKeeper;
  readonly card: ModelCard;
  /** A younger face proves nothing. */
  minAgeYears(): number;
}

/** A city: whoever asks for everybody needs a card that does for at least so many, however few are enrolled today. */
export const LEAST_CITY = 100_000;

const YEAR_MS = 365.25 * 86_400_000;
/** Everybody near the threshold is ranked, so many are told at most. */
const MOST_FOUND = 200;

/** @throws DomainError `conflict` with the reason when the model card does not do for a gallery of this size */
export function assertCalibrated(
  card: ModelCard,
  scope: GalleryScope['kind'],
  size: number,
): Extract<GalleryThresholds, { calibrated: true }> {
  const needed = scope === 'all' ? Math.max(size, LEAST_CITY) : size;
  const thresholds = galleryThresholds(card, needed);
  if (thresholds.calibrated) return thresholds;
  const { reason, largest, zh, en } = thresholds;
  throw new DomainError('conflict', en, {
    reason,
    zh,
    gallerySize: size,
    neededSize: needed,
    largest,
    fpir: SEARCH_FPIR,
    remedy:
      scope === 'all'
        ? '请改为检索机构服务范围，或换用按此规模标定的人脸模型 · Search the clinic’s catchment, or use a model card whose calibration does for so many people (docs/face-search.md).'
        : '请换用按此规模标定的人脸模型 · Use a model card whose calibration does for so many people (docs/face-search.md).',
  });
}

/** Looks for a face. @throws DomainError `conflict`: not calibrated for that many, or made by another model */
export async function searchFaces(deps: SearchDeps, probe: Probe, scope: GalleryScope): Promise<SearchAnswer> {
  const { db, card, keeper } = deps;
  const { version } = keeper.model;
  if (probe.modelVersion !== version || probe.vector.length !== keeper.model.dimension)
    throw new DomainError('conflict', 'this face was described by another model than the one in use', {
      reason: 'other_model',
      zh: '该人脸由其他模型提取，无法与当前人脸库比对',
      remedy: 'Search by a picture instead, or take a newer appearance.',
    });
  // Before the gallery is opened: a city's is opened only where it may be searched.
  if (scope.kind === 'all') assertCalibrated(card, 'all', (await countAll(db, version)).comparable);
  const open = await keeper.open(scope);
  const thresholds = assertCalibrated(card, scope.kind, open.gallery.size);
  const atLeast = Math.min(...thresholds.bins.map(({ score }) => score));
  const [result] = await searchGallery(open.gallery, [probe.vector], {
    limit: MOST_FOUND,
    atLeast,
    vectorsOf: (ids) => vectorsOf(deps, version, ids),
  });
  const found = result?.found ?? [];
  const details = await memberDetails(
    db,
    found.map(({ id }) => id),
  );
  const compared = result?.compared ?? 0;
  return {
    thresholds,
    gallerySize: open.gallery.size,
    compared,
    otherVersion: open.otherVersion,
    withoutPortrait: open.withoutPortrait,
    complete: result?.complete ?? true,
    candidates: found.flatMap(({ id, cosine }) => {
      const member = details.get(id);
      return member === undefined ? [] : [candidateOf(deps, probe, { member, cosine, compared, thresholds })];
    }),
  };
}

function candidateOf(
  { card, clock, minAgeYears }: SearchDeps,
  probe: Probe,
  from: {
    readonly member: MemberDetail;
    readonly cosine: number;
    readonly compared: number;
    readonly thresholds: SearchAnswer['thresholds'];
  },
): Candidate {
  const { member, cosine, compared, thresholds } = from;
  const now = clock.now();
  const yearsSince = (day: string | null): number =>
    day === null ? 0 : Math.max(0, (now - Date.parse(`${day}T00:00:00Z`)) / YEAR_MS);
  const judged = judge(
    {
      cosine: Math.min(1, Math.max(-1, cosine)),
      quality: probe.quality,
      portraitQuality: member.quality,
      portraitAgeYears: yearsSince(member.takenOn),
    },
    card,
  );
  const threshold = thresholdFor(thresholds.bins, Math.min(probe.quality, member.quality));
  const zone = (): SearchZone => {
    if (member.birth !== null && yearsSince(member.birth) < minAgeYears()) return 'too_young';
    if (threshold === undefined) return 'no_threshold';
    return cosine >= threshold.score ? 'above_threshold' : 'below_threshold';
  };
  const llr = judged.llr / Math.LN10;
  return {
    ...member,
    score: rounded(cosine),
    llr: rounded(llr),
    llrInGallery: rounded(llr - Math.log10(Math.max(1, compared))),
    zone: zone(),
    threshold: threshold?.score ?? null,
  };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
