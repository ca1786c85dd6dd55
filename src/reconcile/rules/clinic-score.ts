import { type Static, Type } from 'typebox';
import type { Counted } from '../clinic-score/absence.ts';
import type { ClinicScoreFacts, ScoredVisit } from '../clinic-score/facts.ts';
import type { MissPrior } from '../clinic-score/miss-rate.ts';
import { missesOf } from '../clinic-score/misses.ts';
import { learned, type Population } from '../clinic-score/population.ts';
import { rightShareOf } from '../clinic-score/right-share.ts';
import { jointly, type Score, scoreOf } from '../clinic-score/score.ts';
import { SCORE_KEPT_DAYS } from '../clinic-score/tables.ts';
import { clear, type Result } from './rule.ts';

/** What the rules on a clinic's settlements of some weeks have in common. */

export const Share = (fallback: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: fallback, unit: 'share', description });
export const Visits = (fallback: number, description: string) =>
  Type.Number({ minimum: 1, maximum: 10_000, default: fallback, unit: 'visits', description });
export const Count = (maximum: number, fallback: number, unit: string, description: string) =>
  Type.Integer({ minimum: 1, maximum, default: fallback, unit, description });
const Cap = (maximum: number, fallback: number, description: string) =>
  Type.Number({ minimum: 0.1, maximum, default: fallback, unit: 'natural logarithm', description });

export const scoreParameters = ({ falseAlarm }: { readonly falseAlarm: number }) => ({
  lookBackDays: Count(SCORE_KEPT_DAYS - 2, 35, 'days', 'So many days are counted'),
  falseAlarm: Share(
    falseAlarm,
    'How probable it may be that a clinic without fault is ever named, for as long as it is watched',
  ),
  priorShare: Share(0.02, 'Share of clinics that are supposed to do it'),
  minSettlements: Count(100, 4, 'settlements', 'So many must be named'),
  minDays: Count(30, 2, 'days', 'On so many days'),
  nameFrom: Share(0.5, 'A settlement is named when it is so probable that it is not what it says'),
  settlementCap: Cap(20, 4, 'What one settlement may add at most'),
  dayCap: Cap(50, 8, 'What one day may add at most'),
});
/** What is known of cameras before they have shown it themselves. */
export const missParameters = {
  confirmedVisits: Count(
    1000,
    30,
    'visits',
    'A clinic’s only camera must have shown on so many confirmed visits how often it misses somebody',
  ),
  missMean: Share(0.05, 'How often a usual camera misses somebody, before it has shown it itself'),
  missStrength: Visits(18, 'What that is worth'),
  poorCameras: Share(0.05, 'Share of cameras that are poor'),
  poorMiss: Share(0.2, 'How often a poor camera misses somebody'),
  assumedVisits: Visits(
    1000,
    'What these assumptions, and those on honest visits, are worth beside what all clinics of the installation showed',
  ),
};
const Miss = Type.Object(missParameters);

export const missPriorOf = (
  { missMean, missStrength, poorCameras, poorMiss, assumedVisits }: Static<typeof Miss>,
  population: Population | undefined,
): MissPrior => ({
  mean: learned(missMean, population?.missed, assumedVisits),
  strength: missStrength,
  poorShare: poorCameras,
  poorMean: poorMiss,
});

/** Whether the cameras may be witnesses: two look after one another; one must have shown how often it misses somebody. */
export const areCamerasKnown = (
  facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>,
  { confirmedVisits }: Pick<Static<typeof Miss>, 'confirmedVisits'>,
): boolean => facts.cameras.length > 1 || missesOf(facts).confirmed >= confirmedVisits;

const Common = Type.Object(scoreParameters({ falseAlarm: 0.002 }));
type Parameters = Static<typeof Common>;

/** How a rule speaks of what it found. */
export interface Wording {
  readonly rule: string;
  readonly reason: string;
  readonly words: (settlements: number) => { readonly zh: string; readonly en: string };
  /** Left out: the rule's own. */
  readonly class?: Result['class'];
  readonly severity?: Result['severity'];
  /** Left out: the span, as one part for each. */
  readonly part?: string;
  /** Left out: the clinic's, of this rule and span. */
  readonly incidentKey?: string;
}

/** What differs where it is not a clinic that is scored. */
export interface Manner {
  /** For which spans there is one hit each. Left out: weeks. */
  readonly by?: 'week' | 'month';
  /** What the other question says of the same settlements (natural logarithm of its evidence): asked together. Left out: asked alone. */
  readonly beside?: number;
  /** So much of the evidence is explained otherwise (natural logarithm). */
  readonly explained?: number;
  /** Which settlements may be named. Left out: all. */
  readonly mayName?: (visit: ScoredVisit) => boolean;
  /** What else is told of each that is named. */
  readonly also?: (visit: ScoredVisit) => Readonly<Record<string, unknown>>;
}

/** Scores a clinic (a doctor, a card); when honest visits do not explain it, one hit for each week that has settlements to name. */
export function scored(
  facts: Scored,
  observations: readonly Counted[],
  parameters: Parameters,
  numbers: Readonly<Record<string, unknown>>,
  wordingOf: (span: string, named: readonly Counted[]) => Wording,
  { by = 'week', beside, explained = 0, mayName = () => true, also = () => ({}) }: Manner = {},
): Result | readonly Result[] {
  const alone = lessened(scoreOf(observations, parameters), explained, parameters.priorShare);
  const score = beside === undefined ? alone : together(alone, beside, parameters.priorShare);
  const evidence = {
    ...numbers,
    logEvidence: rounded(alone.logEvidence, 2),
    ...(beside === undefined ? {} : { logEvidenceTogether: rounded(score.logEvidence, 2) }),
    counted: observations.length,
    strange: observations.filter(({ strange }) => strange).length,
  };
  if (score.logEvidence < -Math.log(parameters.falseAlarm)) {
    return {
      ...clear('explained', '摄像机漏拍和正常就诊可以解释。', 'Honest visits, and what cameras miss, explain it.'),
      evidence,
    };
  }
  const named = observations.flatMap((observation, i): Named[] => {
    const p = score.each[i] ?? 0;
    const { visit } = observation;
    return p >= parameters.nameFrom && visit.setlId !== null && mayName(visit) ? [{ ...observation, p }] : [];
  });
  if (named.length < parameters.minSettlements || new Set(named.map(({ day }) => day)).size < parameters.minDays) {
    return { ...clear('few', '可指明的结算不足。', 'Too few settlements could be named.'), evidence };
  }
  return bySpan(named, by).map(([span, list]) =>
    resultOf(facts, { by, span }, list, score, evidence, wordingOf(span, list), also),
  );
}

type Scored = Pick<ClinicScoreFacts, 'clinic'>;
type Named = Counted & { readonly p: number };

/** Honest visits of another kind explain so much of it. */
const lessened = (score: Score, explained: number, priorShare: number): Score =>
  explained === 0 ? score : withEvidence(score, score.logEvidence - explained, priorShare);

/** With what the other question says: the clinic may do it in this way, in the other, or in both. */
function together(score: Score, beside: number, priorShare: number): Score {
  const { logEvidence, inThisWay } = jointly(score.logEvidence, beside);
  return {
    ...withEvidence(score, logEvidence, priorShare),
    each: score.each.map((p) => p * inThisWay),
  };
}

const withEvidence = (score: Score, logEvidence: number, priorShare: number): Score => ({
  ...score,
  logEvidence,
  posterior: 1 / (1 + Math.exp(-(Math.log(priorShare / (1 - priorShare)) + logEvidence))),
});

/** By the Monday of their week, or their month. */
function bySpan(named: readonly Named[], by: 'week' | 'month'): [string, Named[]][] {
  const spans = new Map<string, Named[]>();
  for (const settlement of named) {
    const span = by === 'week' ? weekOf(settlement.visit.day) : settlement.visit.day.slice(0, 7);
    const list = spans.get(span);
    if (list) list.push(settlement);
    else spans.set(span, [settlement]);
  }
  return [...spans.entries()];
}

/** The Monday of a day's week; both yyyy-mm-dd. */
export function weekOf(day: string): string {
  const number = Date.parse(day) / 86_400_000;
  // Day 0 was a Thursday.
  return new Date((number - ((((number + 3) % 7) + 7) % 7)) * 86_400_000).toISOString().slice(0, 10);
}

/** The incident of what a clinic's score asks of a week. */
export const scoreIncident = (clinicCode: string, week: string, rule: string): string =>
  `clinic-score:${clinicCode}:${week}:${rule}`;

function resultOf(
  facts: Scored,
  { by, span }: { readonly by: 'week' | 'month'; readonly span: string },
  named: readonly Named[],
  score: Score,
  numbers: Readonly<Record<string, unknown>>,
  { rule, reason, words, class: of, severity, part, incidentKey }: Wording,
  also: NonNullable<Manner['also']>,
): Result {
  const setlIds = named.flatMap(({ visit }) => visit.setlId ?? []).sort();
  const right = rightShareOf(named.map(({ visit, p }) => ({ p, weight: visit.fundFen })));
  const lossFen = named.reduce((sum, { visit, p }) => sum + visit.fundFen * p, 0);
  return {
    outcome: 'hit',
    reason,
    ...words(setlIds.length),
    ...(of === undefined ? {} : { class: of }),
    ...(severity === undefined ? {} : { severity }),
    part: part ?? span,
    incidentKey: incidentKey ?? scoreIncident(facts.clinic.code, span, rule),
    setlIds,
    evidence: {
      ...numbers,
      [by]: span,
      pClinic: rounded(score.posterior, 4),
      share: rounded(score.share, 3),
      since: score.since === null ? null : new Date(score.since * 86_400_000).toISOString().slice(0, 10),
      pRight: rounded(score.posterior * right, 4),
      expectedLossFen: Math.round(score.posterior * lossFen),
      named: named.map(({ visit, p }) => ({
        setlId: visit.setlId,
        day: visit.day,
        ...also(visit),
        p: rounded(p, 3),
      })),
    },
  };
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Why no score can be reckoned; null: it can. */
export const scoreObstacle = (facts: {
  readonly clinic: Pick<ClinicScoreFacts['clinic'], 'faceRecognition'>;
}): Result | null =>
  facts.clinic.faceRecognition
    ? null
    : {
        outcome: 'undetermined',
        reason: 'face_recognition_off',
        zh: '未启用人脸识别，无法区分就诊人与医务人员。',
        en: 'Face recognition is off: visitors cannot be told from staff.',
      };
