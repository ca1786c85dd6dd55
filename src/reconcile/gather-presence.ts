import type { AppearanceFact } from './appearance-facts.ts';
import { bestOf, clusterFaces, type FaceJudge, type FaceSample, type Portrait } from './face-judge.ts';
import type { CandidateFact, Facts, PresenceFacts } from './facts.ts';
import { appearancesIn, type SeenAppearance, tellingOf } from './gather-cameras.ts';
import { ageYearsAt, candidatesOf } from './gather-people.ts';
import type { Span } from './intervals.ts';
import type { WindowParameters } from './parameters.ts';
import type { Places } from './places.ts';
import { type Candidate, portraitAgeYears, portraitOf } from './portraits.ts';
import type { ReconcileStore } from './store.ts';
import { type CameraTelling, reachOf, type WindowFacts, windowAround } from './window.ts';

export interface GatherContext {
  readonly store: ReconcileStore;
  readonly now: number;
  readonly timeZone: string;
  readonly judge: FaceJudge;
  readonly parameters: WindowParameters;
  /** False: the whole installation runs without face recognition. */
  readonly faceRecognition: boolean;
  /** How far ahead of an opening the cameras are checked. */
  readonly openingLookAheadMs: number;
  /** Where regions lie. */
  readonly places: Places;
  /** Appearances are kept at least this long; what was seen earlier is known from stored facts alone. */
  readonly presenceKeptMs: number;
  /** The subject's newest stored facts; null: none. */
  previous(): Promise<Facts | null>;
}

/** Whether appearances of that time may have been erased already. */
export const isPast = (context: Pick<GatherContext, 'now' | 'presenceKeptMs'>, from: number): boolean =>
  context.now > from + context.presenceKeptMs - ERASURE_SLACK_MS;

const ERASURE_SLACK_MS = 3_600_000;

/**
 * Beyond their retention, appearances that are gone are carried over from the stored facts: erased is not unseen. What
 * was never complete stays so for ever.
 */
export function carryOver(fresh: PresenceFacts, before: PresenceFacts | null): PresenceFacts {
  const here = new Map(fresh.appearances.map((appearance) => [appearance.id, appearance]));
  const old = new Map((before?.appearances ?? []).map((appearance) => [appearance.id, appearance]));
  const kept = [...new Set([...old.keys(), ...here.keys()])].flatMap((id) => {
    const was = old.get(id);
    const is = here.get(id);
    return (is?.hasTemplate || !was?.hasTemplate ? (is ?? was) : was) ?? [];
  });
  const complete = before?.complete === true && fresh.complete;
  return {
    ...fresh,
    coverage: before === null ? fresh.coverage : Math.min(before.coverage, fresh.coverage),
    complete,
    footageLost: !complete,
    claimedPortrait: fresh.claimedPortrait ?? before?.claimedPortrait ?? null,
    appearances: kept.toSorted((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1)),
  };
}

/** Everything that cameras could see and saw around one claim: three reads. */
export async function gatherPresence(context: GatherContext, claim: PresenceClaim): Promise<PresenceFacts> {
  const fresh = await gatherFresh(context, claim);
  if (!isPast(context, fresh.window.from)) return fresh;
  const before = await context.previous();
  return carryOver(fresh, before?.kind === 'settlement' || before?.kind === 'visit' ? before.presence : null);
}

interface PresenceClaim {
  readonly clinicCode: string;
  readonly psnNo: string | null;
  readonly birth: string | null;
  readonly at: number;
  readonly medType: string | null;
  readonly faceRecognition: boolean;
}

/** What is asked of the cameras about a claim. */
export function presenceAsked(
  parameters: WindowParameters,
  clinicCode: string,
  at: number,
): Parameters<ReconcileStore['presence']>[0] {
  const reach = reachOf(parameters);
  return { clinicCode, at, span: { from: at - reach.beforeMs, to: at + reach.afterMs } };
}

/** Whose faces are asked for about a claim. */
export const peopleAsked = (
  clinicCode: string,
  psnNo: string | null,
  others: Span | null,
): Parameters<ReconcileStore['people']>[0] => ({ clinicCode, psnNos: psnNo === null ? [] : [psnNo], others });

async function gatherFresh(context: GatherContext, claim: PresenceClaim): Promise<PresenceFacts> {
  const { store, now, judge, parameters } = context;
  const { at, clinicCode, medType, psnNo } = claim;
  const told = await store.presence(presenceAsked(parameters, clinicCode, at));
  const cameras = told.cameras.map(tellingOf);
  const seen = windowAround({ at, medType, now, cameras, parameters });
  const rows = appearancesIn(told.appearances, cameras, seen.window);
  if (claim.faceRecognition && !seen.complete && !seen.footageLost && !isPast(context, seen.window.from)) {
    const early = await gatherEarly(context, claim, { cameras, seen, rows });
    if (early !== null) return { ...commonOf(context, claim, seen), ...early };
  }
  // Who else settled may explain a face: where none was seen, nobody is asked.
  const others = rows.some(({ templateId }) => templateId !== null) ? seen.window : null;
  const people = claim.faceRecognition
    ? candidatesOf(await store.people(peopleAsked(clinicCode, psnNo, others)), { psnNo, at })
    : { candidates: [], claimedIsStaff: false };
  const templates = claim.faceRecognition
    ? await templatesOf(store, rows, people.candidates)
    : new Map<string, FaceSample>();

  const portraits = people.candidates.map((row) => ({ row, portrait: portraitOf(row, templates, judge, at) }));
  const claimed = portraits.find(({ row }) => row.role === 'claimed');
  const of = (role: CandidateFact['role']): Portrait[] =>
    portraits.flatMap(({ row, portrait }) => (row.role === role && portrait ? [portrait] : []));
  const groups = { staff: of('staff'), proxy: of('proxy'), household: of('household'), other: of('other') };
  const samples = rows.map((row) => sampleOf(row, templates, judge));
  const shown = rows.map((row) => presentationOf(row, templates, judge, claimed?.portrait ?? null));
  const clusters = clusterFaces(judge, samples);
  const appearanceOf = appearancesBefore(cameras, seen);
  return {
    ...commonOf(context, claim, seen),
    appearances: rows.map((row, i): AppearanceFact => {
      const sample = samples[i] ?? null;
      const best = (group: readonly Portrait[]) => (sample === null ? null : bestOf(judge, sample, group));
      return {
        ...appearanceOf(row),
        // Of a model that serves no more: a face that nobody can be told from, not a passer-by without one.
        hasTemplate: sample !== null || isOfAnotherModel(row, templates, judge),
        claimed:
          sample === null || claimed?.portrait == null
            ? null
            : judge.compare(sample, claimed.portrait, claimed.portrait.ageYears),
        staff: best(groups.staff),
        proxy: best(groups.proxy),
        household: best(groups.household),
        other: best(groups.other),
        cluster: clusters[i] ?? null,
        ...shown[i],
      };
    }),
    candidates: portraits.flatMap(({ row, portrait }) =>
      row.role === 'claimed' ? [] : [{ role: row.role, ref: row.ref, hasPortrait: portrait !== null }],
    ),
    claimedPortrait: claimedPortraitOf(claimed, templates, at),
    claimedIsStaff: people.claimedIsStaff,
  };
}

/**
 * A window that goes on: nothing follows yet from who was not seen, or from a stranger, so that of everyone before the
 * cameras only those are looked for who may be the insured person or a registered proxy of his. null: one of his household
 * was seen, and the clinic may be asked at once to register him: then everyone matters.
 */
async function gatherEarly(
  { store, judge }: GatherContext,
  { clinicCode, psnNo, at }: PresenceClaim,
  { cameras, seen, rows }: { cameras: readonly CameraTelling[]; seen: WindowFacts; rows: readonly SeenAppearance[] },
): Promise<Pick<PresenceFacts, 'early' | 'appearances' | 'candidates' | 'claimedPortrait' | 'claimedIsStaff'> | null> {
  const { candidates, claimedIsStaff } = candidatesOf(await store.people(peopleAsked(clinicCode, psnNo, null)), {
    psnNo,
    at,
  });
  const own = candidates.filter(({ role }) => role === 'claimed' || role === 'proxy' || role === 'household');
  const known = own.some(({ templateId }) => templateId !== null);
  const templates = await templatesOf(store, known ? rows : [], own);
  const portraits = own.map((row) => ({ row, portrait: portraitOf(row, templates, judge, at) }));
  const of = (role: Candidate['role']): Portrait[] =>
    portraits.flatMap(({ row, portrait }) => (row.role === role && portrait ? [portrait] : []));
  const [himself, proxies, kin] = [of('claimed')[0] ?? null, of('proxy'), of('household')];
  const entitled = himself === null ? proxies : [himself, ...proxies];
  const recognised: { row: SeenAppearance; sample: FaceSample }[] = [];
  for (const row of rows) {
    const sample = sampleOf(row, templates, judge);
    if (sample === null) continue;
    if (kin.some((portrait) => judge.matches(sample, portrait))) return null;
    if (entitled.some((portrait) => judge.matches(sample, portrait))) recognised.push({ row, sample });
  }
  const clusters = clusterFaces(
    judge,
    recognised.map(({ sample }) => sample),
  );
  const appearanceOf = appearancesBefore(cameras, seen);
  return {
    early: true,
    appearances: recognised.map(
      ({ row, sample }, i): AppearanceFact => ({
        ...appearanceOf(row),
        hasTemplate: true,
        claimed: himself && judge.compare(sample, himself, himself.ageYears),
        staff: null,
        proxy: bestOf(judge, sample, proxies),
        household: null,
        other: null,
        cluster: clusters[i] ?? null,
      }),
    ),
    candidates: portraits.flatMap(({ row, portrait }) =>
      row.role === 'proxy' ? [{ role: row.role, ref: row.ref, hasPortrait: portrait !== null }] : [],
    ),
    claimedPortrait: claimedPortraitOf(
      portraits.find(({ row }) => row.role === 'claimed'),
      templates,
      at,
    ),
    claimedIsStaff,
  };
}

/** What is said of a window whoever was seen in it. */
function commonOf({ judge, parameters }: GatherContext, claim: PresenceClaim, seen: WindowFacts) {
  return {
    at: claim.at,
    ...seen,
    minCoverage: parameters.minCoverage,
    card: judge.card,
    faceRecognition: claim.faceRecognition,
    claimedAgeYears: ageYearsAt(claim.birth, claim.at),
    limits: {
      portraitQualityMin: parameters.portraitQualityMin,
      // Beyond either the verdict names the portrait's age, not a likeness in between.
      portraitMaxAgeYears: Math.min(parameters.portraitMaxAgeYears, judge.maxPortraitAgeYears),
      minAgeYears: parameters.minAgeYears,
      unjudgedMinStayMs: parameters.unjudgedMinStayMs,
      missedMax: parameters.missedMax,
      explainedMarginLlr: parameters.explainedMarginLlr,
      llrCap: parameters.llrCap,
    },
  };
}

type Comparisons = 'hasTemplate' | 'claimed' | 'staff' | 'proxy' | 'household' | 'other' | 'cluster';

/** An appearance as facts have it, but for whose face it is. */
function appearancesBefore(cameras: readonly CameraTelling[], { cameras: windows, counterMoment }: WindowFacts) {
  const atCounter = new Set(windows.filter(({ counter }) => counter).map(({ cameraId }) => cameraId));
  const scenePoints = new Map(cameras.map(({ id, scenePoint }) => [id, scenePoint]));
  return (row: SeenAppearance): Omit<AppearanceFact, Comparisons> => ({
    id: row.id,
    cameraId: row.cameraId,
    scenePoint: scenePoints.get(row.cameraId) ?? 'unknown',
    from: row.from,
    to: row.to,
    state: row.state,
    revision: row.revision,
    faces: row.faces,
    quality: row.quality,
    atCounter: atCounter.has(row.cameraId) && row.from < counterMoment.to && row.to >= counterMoment.from,
  });
}

/** Opens the templates of faces and portraits, each once. */
export async function templatesOf(
  store: ReconcileStore,
  appearances: readonly SeenAppearance[],
  portraits: readonly Pick<Candidate, 'templateId'>[],
): Promise<ReadonlyMap<string, FaceSample>> {
  const ids = new Set<string>();
  for (const { templateId } of appearances) if (templateId !== null) ids.add(templateId);
  for (const { templateId } of portraits) if (templateId !== null) ids.add(templateId);
  return ids.size === 0 ? new Map() : store.templates([...ids]);
}

/** What is told of an appearance that may be a picture: nothing rests on it, but people want to know. */
function presentationOf(
  row: SeenAppearance,
  templates: ReadonlyMap<string, FaceSample>,
  judge: FaceJudge,
  claimed: Portrait | null,
): Pick<AppearanceFact, 'presentation'> {
  const { presentation, ...face } = row;
  if (presentation === undefined || presentation.kind === null) return {};
  const { kind, strength, looks } = presentation;
  const sample = sampleOf(face, templates, judge);
  const compared = sample === null || claimed === null ? null : judge.compare(sample, claimed, claimed.ageYears);
  return { presentation: { kind, strength, looks, claimed: compared } };
}

/** The face of an appearance, if the model in use can compare it and it is a face, not a picture of one. */
export function sampleOf(
  row: Pick<SeenAppearance, 'templateId' | 'presentation'>,
  templates: ReadonlyMap<string, FaceSample>,
  judge: FaceJudge,
): FaceSample | null {
  if (row.presentation !== undefined) return null;
  const sample = row.templateId === null ? undefined : templates.get(row.templateId);
  return sample && judge.comparable(sample) ? sample : null;
}

function isOfAnotherModel(
  { templateId }: Pick<SeenAppearance, 'templateId'>,
  templates: ReadonlyMap<string, FaceSample>,
  judge: FaceJudge,
): boolean {
  const sample = templateId === null ? undefined : templates.get(templateId);
  return sample !== undefined && !judge.comparable(sample);
}

const ageOf = (takenOn: string | null, at: number): { readonly ageYears?: number } =>
  takenOn === null ? {} : { ageYears: Math.round(portraitAgeYears(takenOn, at) * 10) / 10 };

function claimedPortraitOf(
  claimed: { readonly row: Candidate; readonly portrait: Portrait | null } | undefined,
  templates: ReadonlyMap<string, FaceSample>,
  at: number,
): PresenceFacts['claimedPortrait'] {
  const sample = claimed?.row.templateId == null ? undefined : templates.get(claimed.row.templateId);
  if (!claimed || !sample) return null;
  return {
    quality: Math.round(sample.quality * 10_000) / 10_000,
    takenOn: claimed.row.takenOn,
    ...ageOf(claimed.row.takenOn, at),
    comparable: claimed.portrait !== null,
    ...(claimed.row.disputed && { disputed: true }),
  };
}
