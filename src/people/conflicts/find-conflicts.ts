import { binFor, judge } from '../../faces/compare.ts';
import { searchGallery } from '../../faces/gallery/search.ts';
import { galleryThresholds, strictestThresholds, thresholdFor } from '../../faces/gallery/thresholds.ts';
import type { ModelCard } from '../../faces/model-card.ts';
import { dotProduct } from '../../faces/template.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Db } from '../../platform/db.ts';
import type { GalleryKeeper } from '../gallery/keeper.ts';
import { type MemberDetail, memberDetails } from '../gallery/members.store.ts';
import { vectorsOf } from '../gallery/vectors.ts';
import { listHousehold } from '../people.store.ts';
import { type Portrait, portraitsOf } from '../portraits.store.ts';
import type { FoundConflict } from './conflicts.store.ts';

export interface ConflictDeps {
  readonly db: Db;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly keeper: GalleryKeeper;
  readonly card: ModelCard;
  minAgeYears(): number;
}

/** More would be a fault of the card, not of the portraits. */
const MOST_FOUND = 20;
/** Digits of the regions that are searched, the largest that the card does for: the township, else the village. */
const PREFIXES = [9, 12];
const YEAR_MS = 365.25 * 86_400_000;

/**
 * Who else has this portrait's face, among the people of its township (or village, if the card does for no more) and of its
 * household, at the strictest threshold that the card proves; and whether it is the face of the portrait that it replaced. Nothing is found of small children, of portraits by
 * another model, or where the card proves no threshold for so many people.
 */
export async function findConflicts(deps: ConflictDeps, portrait: Portrait): Promise<FoundConflict[]> {
  const { db, keeper, clock } = deps;
  if (portrait.templateId === null) return [];
  const { version } = keeper.model;
  const vector = (await vectorsOf(deps, version, [portrait.templateId])).get(portrait.templateId);
  const own = (await memberDetails(db, [portrait.templateId])).get(portrait.templateId);
  if (vector === undefined || own === undefined || isTooYoung(own, deps, clock.now())) return [];
  return [...(await sameFace(deps, own, vector)), ...(await otherFace(deps, own, vector, portrait))];
}

async function sameFace(deps: ConflictDeps, own: MemberDetail, vector: Float32Array): Promise<FoundConflict[]> {
  const { db, keeper, clock } = deps;
  const open = await galleryFor(deps, own);
  if (open === null) return [];
  const { gallery, calibrationId } = open;
  const bins = strictestThresholds(deps.card);
  const [result] = await searchGallery(gallery, [vector], {
    limit: MOST_FOUND + 1,
    atLeast: Math.min(...bins.map(({ score }) => score)),
    vectorsOf: (ids) => vectorsOf(deps, keeper.model.version, ids),
  });
  const found = result?.found ?? [];
  const details = await memberDetails(
    db,
    found.map(({ id }) => id),
  );
  return found.flatMap(({ id, cosine }): FoundConflict[] => {
    const other = details.get(id);
    if (other === undefined || isOne(own, other) || isTooYoung(other, deps, clock.now())) return [];
    const threshold = thresholdFor(bins, Math.min(own.quality, other.quality));
    if (threshold === undefined || cosine < threshold.score) return [];
    return [
      {
        kind: 'same_face_two_people',
        side: sideOf(own),
        other: sideOf(other),
        score: cosine,
        threshold: threshold.score,
        llr: llrOf(deps.card, cosine, own.quality, other.quality),
        gallerySize: gallery.size,
        modelVersion: keeper.model.version,
        calibrationId,
      },
    ];
  });
}

/** The largest gallery around a person that the card does for; null: none. */
async function galleryFor({ db, keeper, card }: ConflictDeps, own: MemberDetail) {
  const household = own.subjectKind === 'enrollee' ? await listHousehold(db, own.subjectRef) : [];
  const others = household.map(({ psnNo }) => psnNo);
  const region = own.regionCode ?? '';
  const prefixes = new Set(PREFIXES.flatMap((digits) => (region.length >= 6 ? [region.slice(0, digits)] : [])));
  for (const prefix of prefixes) {
    const { gallery } = await keeper.open({ kind: 'region', prefix, others });
    const thresholds = galleryThresholds(card, gallery.size);
    if (thresholds.calibrated) return { gallery, calibrationId: thresholds.calibrationId };
  }
  return null;
}

/** Whether the newest portrait before this one shows somebody else, beyond what the same face ever does. */
async function otherFace(
  deps: ConflictDeps,
  own: MemberDetail,
  vector: Float32Array,
  portrait: Portrait,
): Promise<FoundConflict[]> {
  const { db, keeper, card } = deps;
  const { calibration } = card;
  const all = await portraitsOf(db, portrait.subjectKind, portrait.subjectRef);
  const before = all
    .filter(({ id, state, templateId }) => id !== portrait.id && state === 'superseded' && templateId !== null)
    .sort((a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0))[0];
  if (calibration === null || before?.templateId == null) return [];
  const old = (await vectorsOf(deps, keeper.model.version, [before.templateId])).get(before.templateId);
  if (old === undefined) return [];
  const years = yearsBetween(before.takenOn, portrait.takenOn);
  const [quality, portraitQuality] = [own.quality, before.quality ?? 0];
  const cosine = Math.min(1, Math.max(-1, dotProduct(vector, old)));
  const judged = judge({ cosine, quality, portraitQuality, portraitAgeYears: years }, card);
  if (judged.zone !== 'beyond_genuine_tail') return [];
  const side = sideOf(own);
  return [
    {
      kind: 'two_faces_one_person',
      side,
      other: { ...side, portraitId: before.id },
      score: cosine,
      threshold: binFor(calibration, Math.min(quality, portraitQuality))?.mismatchCut ?? -1,
      llr: judged.llr / Math.LN10,
      gallerySize: 1,
      modelVersion: keeper.model.version,
      calibrationId: calibration.id,
    },
  ];
}

/** The same person, whatever he is enrolled as: a doctor is insured himself. */
const isOne = (a: MemberDetail, b: MemberDetail): boolean =>
  a.templateId === b.templateId ||
  (a.subjectKind === b.subjectKind && a.subjectRef === b.subjectRef) ||
  (a.psnNo !== null && a.psnNo === b.psnNo);

const isTooYoung = ({ birth }: MemberDetail, { minAgeYears }: ConflictDeps, now: number): boolean =>
  birth !== null && (now - Date.parse(`${birth}T00:00:00Z`)) / YEAR_MS < minAgeYears();

const sideOf = ({ portraitId, subjectKind, subjectRef, regionCode }: MemberDetail): FoundConflict['side'] => ({
  portraitId,
  subjectKind,
  subjectRef,
  regionCode: regionCode ?? '',
});

const llrOf = (card: ModelCard, cosine: number, quality: number, portraitQuality: number): number =>
  judge({ cosine: Math.min(1, cosine), quality, portraitQuality }, card).llr / Math.LN10;

function yearsBetween(one: string | null, other: string | null): number {
  if (one === null || other === null) return 0;
  return Math.abs(Date.parse(`${one}T00:00:00Z`) - Date.parse(`${other}T00:00:00Z`)) / YEAR_MS;
}
