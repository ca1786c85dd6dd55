import type { Principal } from '../access/principal.ts';
import { hasRight } from '../access/rights.ts';
import { PRESENTATION_WORDS, type Presentation } from '../faces/presentation/presentation.ts';
import type { Clock } from '../platform/clock.ts';
import { type Queryable, ts, tsOrNull } from '../platform/db.ts';
import { findingsOf } from './alert.store.ts';
import { type Finding, numbersOf, ruleIdOf } from './alert.ts';
import type { AlertDetail, DecisionView, FindingView, Timeline, Who } from './alert-detail.schemas.ts';
import { getAlert, itemOf, type NamedAlert, sightOf } from './alert-list.store.ts';
import { type ClaimDeps, claimsOf, type DetailClaim } from './detail-claims.ts';
import { type AlertImages, appearancesToShow, imagesOf } from './detail-images.ts';
import {
  type SceneAppearance,
  type SceneCamera,
  type SceneState,
  type Span,
  sceneAppearances,
  sceneCameras,
  sceneShots,
  sceneStates,
  sceneWatermarks,
} from './detail-scene.ts';
import { favoursOf } from './favour.ts';
import { flowOf } from './flow/flow.store.ts';
import { detailForClinic, flowViewOf } from './flow/flow-view.ts';
import type { FlowPolicy } from './flow/policy.ts';
import { ASKED_STEPS } from './flow/steps.schemas.ts';
import { stepsFor } from './flow/take-step.ts';
import { mayUndo } from './flow/undo.ts';
import { appearanceIdsIn } from './incident-context.ts';
import { mostTelling, whoOf } from './who.ts';
import { decisionWords, historyWords } from './words/decision.ts';
import { findingWords } from './words/finding.ts';
import { ruleWordsOf } from './words/rules.ts';
import { claimKindWords, deviceWords, whoWords } from './words/scene.ts';

export interface AlertDetailDeps extends ClaimDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly flow: FlowPolicy;
}

const MINUTE_MS = 60_000;

/** Everything that a decision about an alert needs. @throws DomainError `not_found` outside the caller's scope */
export async function alertDetailOf(deps: AlertDetailDeps, principal: Principal, id: string): Promise<AlertDetail> {
  const { db } = deps;
  const alert = await getAlert(db, sightOf(principal), id);
  const picture = await pictureOf(deps, alert);
  const findings = await findingsOf(db, alert.incidentKey);
  const detail: AlertDetail = {
    ...itemOf(alert),
    words: picture.claims[0]?.view.words ?? { zh: alert.titleZh, en: alert.titleEn },
    claims: picture.claims.map((claim) => claim.view),
    claimsTotal: picture.claimsTotal,
    portraits: [...picture.images.portraits],
    bestShots: [...picture.images.shots],
    snapshots: [...picture.images.snapshots],
    timeline: await timelineOf(db, picture),
    findings: viewFindings(alert, findings),
    inFavour: inFavourOf(picture.claims),
    decisions: await decisionsOf(deps, alert, picture.claims),
    footage: await footageOf(db, alert, picture.cameras),
    ...(await stepsAndFlow(deps, principal, alert)),
    maySeeFaces: hasRight(principal.role, 'faces.read'),
    history: await historyOf(db, alert.id),
  };
  return hasRight(principal.role, 'alerts.explain') ? detailForClinic(detail) : detail;
}

async function stepsAndFlow(
  deps: AlertDetailDeps,
  principal: Principal,
  alert: NamedAlert,
): Promise<Pick<AlertDetail, 'flow' | 'steps' | 'measureKinds' | 'mayUndo'>> {
  const stored = await flowOf(deps.db, alert.id);
  const view = await flowViewOf({ db: deps.db, flow: deps.flow, now: deps.clock.now() }, alert, stored);
  return {
    flow: view,
    steps: stepsFor(principal, alert, stored, ASKED_STEPS),
    measureKinds: deps.flow.measures.map(({ kind, zh, en }) => ({ kind, words: { zh, en } })),
    mayUndo: await mayUndo(deps.db, principal, alert),
  };
}

/** What the pictures and the time axis share. */
export interface AlertPicture {
  readonly alert: NamedAlert;
  readonly claims: readonly DetailClaim[];
  readonly claimsTotal: number;
  readonly cameras: readonly SceneCamera[];
  readonly span: Span;
  readonly appearances: readonly SceneAppearance[];
  readonly states: readonly SceneState[];
  readonly images: AlertImages;
}

export async function pictureOf(deps: AlertDetailDeps, alert: NamedAlert): Promise<AlertPicture> {
  const { db } = deps;
  const { claims, total } = await claimsOf(deps, alert);
  const cameras = await sceneCameras(db, alert.clinicCode, alert.occurredAt);
  const span = spanOf(alert, claims);
  const appearances = await sceneAppearances(db, alert.clinicCode, cameras, span);
  const moments = claims.flatMap((claim) => claim.settlement?.at ?? []);
  const named = new Set([
    ...alert.findings.flatMap((finding) => appearanceIdsIn(finding.evidence)),
    ...claims.flatMap((claim) => claim.head?.appearanceId ?? []),
  ]);
  const shown = appearancesToShow(appearances, named, moments.length > 0 ? moments : [alert.occurredAt]);
  const shots = await sceneShots(db, cameras, shown);
  return {
    alert,
    claims,
    claimsTotal: total,
    cameras,
    span,
    appearances,
    states: await sceneStates(db, cameras, span),
    images: await imagesOf(db, deps.keyring, alert, { claims, cameras, shots }),
  };
}

/** The stretch of time worth looking at: all windows and claims, with some minutes around. */
export function spanOf(
  alert: { readonly occurredAt: number },
  claims: readonly Pick<DetailClaim, 'head' | 'settlement' | 'events'>[],
): Span {
  const times = [
    alert.occurredAt - 30 * MINUTE_MS,
    alert.occurredAt + 10 * MINUTE_MS,
    ...claims.flatMap((claim) => [
      ...(claim.head ? [claim.head.windowFrom, claim.head.windowTo] : []),
      ...(claim.settlement ? [claim.settlement.at] : []),
    ]),
  ];
  return { from: Math.min(...times) - 5 * MINUTE_MS, to: Math.max(...times) + 5 * MINUTE_MS };
}

async function timelineOf(db: Queryable, picture: AlertPicture): Promise<Timeline> {
  const { span, claims, cameras } = picture;
  const judged = judgedAppearances(claims);
  const watermarks = await sceneWatermarks(db, cameras);
  const within = (at: number): boolean => at >= span.from && at <= span.to;
  return {
    from: ts(span.from),
    to: ts(span.to),
    appearances: picture.appearances.map((appearance) => {
      const { who, zone } = judged.get(appearance.id) ?? { who: 'unknown' as const, zone: null };
      const presentation = presentationView(appearance.presentation);
      return {
        id: appearance.id,
        cameraId: appearance.cameraId,
        scenePoint: appearance.scenePoint,
        from: ts(appearance.from),
        to: ts(appearance.to),
        zone,
        who,
        whoWords: presentation ? { ...MAY_BE_A_PICTURE } : { ...whoWords(who) },
        quality: appearance.quality,
        open: appearance.open,
        presentation,
      };
    }),
    claims: claims
      .flatMap((claim) => claim.events)
      .filter((event) => within(event.at))
      .map((event) => ({
        kind: event.kind,
        at: ts(event.at),
        label: { ...claimKindWords(event.kind) },
        setlId: event.setlId,
        reversed: event.reversedAt !== null,
      }))
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    devices: picture.states.map((state) => ({
      cameraId: state.cameraId,
      scenePoint: state.scenePoint,
      state: state.state,
      label: { ...deviceWords(state.state) },
      from: ts(Math.max(state.from, span.from)),
      to: tsOrNull(state.to === null ? null : Math.min(state.to, span.to)),
    })),
    windows: claims.flatMap((claim) =>
      claim.head === null
        ? []
        : [{ setlId: claim.view.setlId, from: ts(claim.head.windowFrom), to: ts(claim.head.windowTo) }],
    ),
    watermarks: watermarks.map(({ cameraId, until }) => ({ cameraId, until: ts(until) })),
    watermark: watermarks.length === 0 ? null : ts(Math.min(...watermarks.map(({ until }) => until))),
  };
}

const MAY_BE_A_PICTURE = { zh: '疑似照片或屏幕', en: 'A picture, it may be' } as const;

function presentationView(presentation: Presentation | null) {
  if (presentation === null || presentation.kind === null) return null;
  const { kind, strength } = presentation;
  return { kind, strength, words: { ...PRESENTATION_WORDS[kind] } };
}

const ZONES: Readonly<Record<string, string>> = {
  match: 'match',
  uncertain: 'between',
  beyond_genuine_tail: 'mismatch',
};

/** Who each appearance was, as the newest assessments judged. */
function judgedAppearances(
  claims: readonly DetailClaim[],
): ReadonlyMap<string, { readonly who: Who; readonly zone: string | null }> {
  const judged = new Map<string, { who: Who; zone: string | null }>();
  for (const { facts } of claims) {
    if (facts === null || !('presence' in facts) || facts.presence === null) continue;
    for (const appearance of facts.presence.appearances) {
      const who = whoOf(appearance);
      const before = judged.get(appearance.id);
      judged.set(appearance.id, {
        who: before === undefined ? who : mostTelling(before.who, who),
        zone: before?.zone ?? (appearance.claimed === null ? null : (ZONES[appearance.claimed.zone] ?? null)),
      });
    }
  }
  return judged;
}

/** The findings as they are now; of an alert that was taken back, the ones it stood on. */
function viewFindings(alert: NamedAlert, current: readonly Finding[]): FindingView[] {
  const live = current
    .filter((finding) => finding.outcome !== 'clear' || alert.findings.some(({ id }) => id === finding.id))
    .map((finding) => ({ ...finding, rule: `${finding.ruleId}@${finding.ruleVersion}` }));
  const gone = alert.findings.filter((finding) => !live.some(({ id }) => id === finding.id));
  const order = ['hit', 'undetermined', 'error', 'clear'];
  return [...live, ...gone]
    .map((finding): FindingView => {
      const ruleId = ruleIdOf(finding.rule);
      const rule = ruleWordsOf(ruleId);
      return {
        id: finding.id,
        rule: finding.rule,
        name: { ...rule.name },
        phase: finding.phase,
        class: finding.class,
        severity: finding.severity,
        outcome: finding.outcome,
        reason: finding.reason,
        words: { ...findingWords({ ...finding, ruleId }) },
        law: rule.law === null ? null : { ...rule.law },
        caseCauses: [...rule.caseCauses],
        basis: [...finding.basis],
        setlIds: [...finding.setlIds],
        numbers: { ...numbersOf(finding.evidence) },
        updatedAt: ts(finding.updatedAt),
      };
    })
    .sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
}

function inFavourOf(claims: readonly DetailClaim[]): AlertDetail['inFavour'] {
  const favours = claims.flatMap(({ facts }) => (facts?.kind === 'settlement' ? favoursOf(facts) : []));
  return favours.filter((favour, i) => favours.findIndex(({ code }) => code === favour.code) === i);
}

async function decisionsOf(
  deps: AlertDetailDeps,
  alert: NamedAlert,
  claims: readonly DetailClaim[],
): Promise<DecisionView[]> {
  const { rows } = await deps.db.query<{
    id: string;
    decision: DecisionView['decision'];
    state: DecisionView['state'];
    reasons: DecisionView['reasons'];
    deadline_at: number | null;
    default_action: string;
    alternative: DecisionView['alternative'];
    setl_id: string | null;
    settlement_id: string | null;
    decided_at: number;
    release_reason: string | null;
  }>(
    `select id, decision, state, reasons, deadline_at, default_action, alternative, setl_id, settlement_id, decided_at,
       release_reason
     from decisions
     where clinic_code = $1 and (subject_key = $2 or setl_id = any($3::text[]) or settlement_id = any($4::uuid[])
                                 or (mdtrt_id is not null and mdtrt_id = any($5::text[])))
     order by decided_at desc limit 50`,
    [
      alert.clinicCode,
      alert.incidentKey,
      alert.setlIds,
      claims.flatMap((claim) => claim.view.settlementId ?? []),
      claims.flatMap((claim) => claim.view.mdtrtId ?? []),
    ],
  );
  return rows.map((row) => ({
    id: row.id,
    decision: row.decision,
    state: row.state,
    words: {
      ...decisionWords(
        {
          decision: row.decision,
          state: row.state,
          deadlineAt: row.deadline_at,
          settled: row.settlement_id !== null || row.setl_id !== null,
        },
        deps.timeZone,
      ),
    },
    reasons: row.reasons,
    deadline: tsOrNull(row.deadline_at),
    default: row.default_action,
    alternative: row.alternative,
    setlId: row.setl_id,
    decidedAt: ts(row.decided_at),
    releaseReason: row.release_reason,
  }));
}

async function footageOf(
  db: Queryable,
  alert: NamedAlert,
  cameras: readonly SceneCamera[],
): Promise<AlertDetail['footage']> {
  const { rows } = await db.query<{ camera_id: string; from_at: number; to_at: number }>(
    'select camera_id, from_at, to_at from footage_pins where alert_id = $1 and released_at is null order by from_at, camera_id',
    [alert.id],
  );
  return rows.map((row) => {
    const offsetMs = cameras.find((camera) => camera.id === row.camera_id)?.offsetMs ?? 0;
    return { cameraId: row.camera_id, from: ts(row.from_at - offsetMs), to: ts(row.to_at - offsetMs) };
  });
}

async function historyOf(db: Queryable, alertId: string): Promise<AlertDetail['history']> {
  const { rows } = await db.query<{
    seq: number;
    at: number;
    actor: string;
    action: string;
    reason: string | null;
    note: string | null;
  }>(
    `select seq, at, actor, action, reason, detail ->> 'note' as note from alert_events where alert_id = $1 order by seq`,
    [alertId],
  );
  return rows.map((row) => ({
    seq: row.seq,
    at: ts(row.at),
    actor: row.actor,
    action: row.action,
    reason: row.reason,
    note: row.note,
    words: { ...historyWords(row.action, row.reason) },
  }));
}
