import { bestOf, clusterFaces, type FaceJudge, type FaceSample, type Portrait } from './face-judge.ts';
import type { AppearanceFact, CandidateFact, Facts, PresenceFacts } from './facts.ts';
import { appearancesIn, type SeenAppearance, tellingOf } from './gather-cameras.ts';
import { ageYearsAt, candidatesOf } from './gather-people.ts';
import type { WindowParameters } from './parameters.ts';
import type { Places } from './places.ts';
import { type Candidate, portraitOf } from './portraits.ts';
import type { ReconcileStore } from './store.ts';
import { reachOf, windowAround } from './window.ts';

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

async function gatherFresh(context: GatherContext, claim: PresenceClaim): Promise<PresenceFacts> {
  const { store, now, judge, parameters } = context;
  const { at, clinicCode, medType, psnNo } = claim;
  const reach = reachOf(parameters);
  const span = { from: at - reach.beforeMs, to: at + reach.afterMs };
  const told = await store.presence({ clinicCode, at, span });
  const cameras = told.cameras.map(tellingOf);
  const seen = windowAround({ at, medType, now, cameras, parameters });
  const rows = appearancesIn(told.appearances, cameras, seen.window);
  // Who else settled may explain a face: where none was seen, nobody is asked.
  const others = rows.some(({ templateId }) => templateId !== null) ? seen.window : null;
  const people = claim.faceRecognition
    ? candidatesOf(await store.people({ clinicCode, psnNos: psnNo === null ? [] : [psnNo], others }), { psnNo, at })
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
  const clusters = clusterFaces(judge, samples);
  const counterCameras = new Set(seen.cameras.filter(({ counter }) => counter).map(({ cameraId }) => cameraId));
  const scenePoints = new Map(cameras.map(({ id, scenePoint }) => [id, scenePoint]));

  return {
    at,
    ...seen,
    minCoverage: parameters.minCoverage,
    appearances: rows.map((row, i): AppearanceFact => {
      const sample = samples[i] ?? null;
      const best = (group: readonly Portrait[]) => (sample === null ? null : bestOf(judge, sample, group));
      return {
        id: row.id,
        cameraId: row.cameraId,
        scenePoint: scenePoints.get(row.cameraId) ?? 'unknown',
        from: row.from,
        to: row.to,
        state: row.state,
        revision: row.revision,
        faces: row.faces,
        quality: row.quality,
        hasTemplate: sample !== null,
        atCounter:
          counterCameras.has(row.cameraId) && row.from < seen.counterMoment.to && row.to >= seen.counterMoment.from,
        claimed:
          sample === null || claimed?.portrait == null
            ? null
            : judge.compare(sample, claimed.portrait, claimed.portrait.ageYears),
        staff: best(groups.staff),
        proxy: best(groups.proxy),
        household: best(groups.household),
        other: best(groups.other),
        cluster: clusters[i] ?? null,
      };
    }),
    candidates: portraits.flatMap(({ row, portrait }) =>
      row.role === 'claimed' ? [] : [{ role: row.role, ref: row.ref, hasPortrait: portrait !== null }],
    ),
    card: judge.card,
    faceRecognition: claim.faceRecognition,
    claimedPortrait: claimedPortraitOf(claimed, templates),
    claimedIsStaff: people.claimedIsStaff,
    claimedAgeYears: ageYearsAt(claim.birth, at),
    limits: {
      portraitQualityMin: parameters.portraitQualityMin,
      portraitMaxAgeYears: parameters.portraitMaxAgeYears,
      minAgeYears: parameters.minAgeYears,
      unjudgedMinStayMs: parameters.unjudgedMinStayMs,
      missedMax: parameters.missedMax,
      explainedMarginLlr: parameters.explainedMarginLlr,
      llrCap: parameters.llrCap,
    },
  };
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

/** The face of an appearance, if the model in use can compare it. */
export function sampleOf(
  row: Pick<SeenAppearance, 'templateId'>,
  templates: ReadonlyMap<string, FaceSample>,
  judge: FaceJudge,
): FaceSample | null {
  const sample = row.templateId === null ? undefined : templates.get(row.templateId);
  return sample && judge.comparable(sample) ? sample : null;
}

function claimedPortraitOf(
  claimed: { readonly row: Candidate; readonly portrait: Portrait | null } | undefined,
  templates: ReadonlyMap<string, FaceSample>,
): PresenceFacts['claimedPortrait'] {
  const sample = claimed?.row.templateId == null ? undefined : templates.get(claimed.row.templateId);
  if (!claimed || !sample) return null;
  return {
    quality: Math.round(sample.quality * 10_000) / 10_000,
    takenOn: claimed.row.takenOn,
    comparable: claimed.portrait !== null,
  };
}
