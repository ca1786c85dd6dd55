import { type Static, Type } from 'typebox';
import { basisOf, type CountedVisit } from '../clinic-score/facts.ts';
import { rightShareOf } from '../clinic-score/right-share.ts';
import { type Score, scoreOf } from '../clinic-score/score.ts';
import { SCORE_KEPT_DAYS } from '../clinic-score/tables.ts';
import { clear, defineRule, type Result } from './rule.ts';

const Share = (fallback: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: fallback, unit: 'share', description });
const Count = (maximum: number, fallback: number, unit: string, description: string) =>
  Type.Integer({ minimum: 1, maximum, default: fallback, unit, description });

const Parameters = Type.Object({
  lookBackDays: Count(SCORE_KEPT_DAYS - 2, 35, 'days', 'So many days are counted'),
  falseAlarm: Share(
    0.001,
    'How probable it may be that a clinic without fault is ever named, for as long as it is watched',
  ),
  priorShare: Share(0.02, 'Share of clinics that are supposed to do it'),
  minSettlements: Count(100, 3, 'settlements', 'So many must be named'),
  minDays: Count(30, 2, 'days', 'On so many days'),
  nameFrom: Share(0.6, 'A settlement is named when it is so probable that no visit stands behind it'),
  confirmedVisits: Count(
    1000,
    30,
    'visits',
    'A single camera must have shown on so many confirmed visits how often it misses somebody',
  ),
  missMean: Share(0.05, 'How often a usual camera misses somebody, before it has shown it itself'),
  missStrength: Type.Number({
    minimum: 1,
    maximum: 10_000,
    default: 18,
    unit: 'visits',
    description: 'What that is worth in visits',
  }),
  poorCameras: Share(0.05, 'Share of cameras that are poor'),
  poorMiss: Share(0.2, 'How often a poor camera misses somebody'),
  awayMean: Share(0.025, 'Share of honest settlements that nobody comes to and nobody files: home visits'),
  awayStrength: Type.Number({
    minimum: 1,
    maximum: 10_000,
    default: 60,
    unit: 'visits',
    description: 'What that is worth in visits: clinics differ',
  }),
  passers: Share(0.4, 'Share of windows in which somebody else passes a camera that does not look at the counter'),
  bystanders: Share(0.06, 'Share of moments in which somebody else stands at the counter'),
  settlementCap: Type.Number({
    minimum: 0.1,
    maximum: 20,
    default: 4,
    unit: 'natural logarithm',
    description: 'What one settlement may add at most',
  }),
  dayCap: Type.Number({
    minimum: 0.1,
    maximum: 50,
    default: 5.5,
    unit: 'natural logarithm',
    description: 'What one day may add at most: one bad day names nobody',
  }),
});

/** 机构空刷评分: over weeks more settlements without anybody at the counter than cameras and home visits explain. */
export const clinicScore = defineRule({
  id: 'S1',
  version: 1,
  names: { zh: '机构无人结算累积', en: 'Settlements without visitors, added up' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近期累计',
  subjects: ['clinic_score'],
  supervised: '机构',
  dataNeeded: ['2207', '摄像机人头与人脸', '终端核验记录', '出诊备案', '代办登记'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [20, 24],
  severity: 'high',
  class: 'fraud',
  basis: ['presence', 'claims'],
  parameters: Parameters,
  evaluate: (facts, parameters) => {
    if (!facts.clinic.faceRecognition)
      return {
        outcome: 'undetermined',
        reason: 'face_recognition_off',
        zh: '未启用人脸识别，无法区分就诊人与医务人员。',
        en: 'Face recognition is off: visitors cannot be told from staff.',
      };
    const { settlements, misses, confirmed } = basisOf(facts);
    const score = scoreOf({ settlements, cameras: misses, parameters: scoreParametersOf(parameters) });
    const numbers = {
      logEvidence: rounded(score.logEvidence, 2),
      counted: settlements.length,
      absent: settlements.filter(({ sight }) => sight !== 'came').length,
      confirmedVisits: confirmed,
      cameras: facts.cameras.map((id, i) => ({
        id,
        visits: misses[i]?.visits ?? 0,
        missed: misses[i]?.missed ?? 0,
        rate: rounded(score.missRates[i]?.mean ?? 0, 3),
        upTo: rounded(score.missRates[i]?.high ?? 0, 3),
      })),
    };
    if (score.logEvidence < -Math.log(parameters.falseAlarm)) {
      return {
        ...clear(
          'explained_by_misses',
          '未见人的结算可由摄像机漏拍和未备案出诊解释。',
          'Cameras that miss people and home visits explain the settlements without visitors.',
        ),
        evidence: numbers,
      };
    }
    const named = settlements.flatMap((settlement, i): Named[] => {
      const p = score.each[i] ?? 0;
      return p >= parameters.nameFrom && settlement.visit.setlId !== null ? [{ ...settlement, p }] : [];
    });
    if (named.length < parameters.minSettlements || new Set(named.map(({ day }) => day)).size < parameters.minDays) {
      return {
        ...clear('few', '可指明的结算不足。', 'Too few settlements could be named.'),
        evidence: numbers,
      };
    }
    const isMeasured = facts.cameras.length > 1 || confirmed >= parameters.confirmedVisits;
    return byWeek(named).map(([week, list]) => resultOf(facts.clinic.code, week, list, score, numbers, isMeasured));
  },
});

type Named = CountedVisit & { readonly p: number };

function scoreParametersOf(parameters: Static<typeof Parameters>) {
  return {
    miss: {
      mean: parameters.missMean,
      strength: parameters.missStrength,
      poorShare: parameters.poorCameras,
      poorMean: parameters.poorMiss,
    },
    away: { mean: parameters.awayMean, strength: parameters.awayStrength },
    passers: parameters.passers,
    bystanders: parameters.bystanders,
    priorShare: parameters.priorShare,
    settlementCap: parameters.settlementCap,
    dayCap: parameters.dayCap,
  };
}

/** By the Monday of their week. */
function byWeek(named: readonly Named[]): [string, Named[]][] {
  const weeks = new Map<string, Named[]>();
  for (const settlement of named) {
    const monday = settlement.day - ((((settlement.day + 3) % 7) + 7) % 7);
    const week = new Date(monday * 86_400_000).toISOString().slice(0, 10);
    const list = weeks.get(week);
    if (list) list.push(settlement);
    else weeks.set(week, [settlement]);
  }
  return [...weeks.entries()];
}

function resultOf(
  clinicCode: string,
  week: string,
  named: readonly Named[],
  score: Score,
  numbers: Readonly<Record<string, unknown>>,
  isMeasured: boolean,
): Result {
  const setlIds = named.flatMap(({ visit }) => visit.setlId ?? []).sort();
  const fundFen = named.reduce((sum, { visit }) => sum + visit.fundFen, 0);
  const lossFen = named.reduce((sum, { visit, p }) => sum + visit.fundFen * p, 0);
  const right = rightShareOf(named.map(({ visit, p }) => ({ p, weight: visit.fundFen })));
  const evidence = {
    ...numbers,
    week,
    pClinic: rounded(score.posterior, 4),
    share: rounded(score.share, 3),
    since: score.since === null ? null : new Date(score.since * 86_400_000).toISOString().slice(0, 10),
    pRight: rounded(score.posterior * right, 4),
    expectedLossFen: Math.round(score.posterior * lossFen),
    fundFen,
    named: named.map(({ visit, p }) => ({ setlId: visit.setlId, day: visit.day, p: rounded(p, 3) })),
  };
  const part = { part: week, incidentKey: `clinic-score:${clinicCode}:${week}`, setlIds, evidence };
  if (!isMeasured) {
    return {
      ...part,
      outcome: 'hit',
      reason: 'camera_check',
      class: 'evidence',
      severity: 'medium',
      zh: `该周有 ${setlIds.length} 笔结算时柜台无人；仅有一台摄像机，其漏拍率尚未得到足够核验，请先检查摄像机。`,
      en: `At ${setlIds.length} settlements of the week nobody was at the counter; how often the only camera misses people is not known well enough: check the camera first.`,
    };
  }
  return {
    ...part,
    outcome: 'hit',
    reason: 'nobody_again_and_again',
    zh: `该周有 ${setlIds.length} 笔结算时柜台无人；数周累计已远超摄像机漏拍和未备案出诊所能解释的次数。`,
    en: `At ${setlIds.length} settlements of the week nobody was at the counter; over weeks far more than missed faces and home visits explain.`,
  };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
