import { Type } from 'typebox';
import { percent, rounded } from './period.ts';
import { clear, defineRule } from './rule.ts';

/** 诊断聚集: one diagnosis at half of all visits, and rare elsewhere (DOMAIN.md 2.4 B8). */
export const diagnosisCluster = defineRule({
  id: 'B8',
  version: 1,
  names: { zh: '诊断聚集', en: 'Diagnosis cluster' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '近60日',
  subjects: ['clinic_period'],
  supervised: '机构',
  dataNeeded: ['2203', '2207', '县域同类机构统计'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'medium',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    minVisits: Type.Integer({
      minimum: 20,
      maximum: 100_000,
      default: 200,
      unit: 'visits',
      description: 'Least visits with a diagnosis in the month and the 29 days before it',
    }),
    minShare: Type.Number({
      minimum: 0.1,
      maximum: 1,
      default: 0.5,
      unit: 'share',
      description: 'Least share of the commonest diagnosis',
    }),
    timesCounty: Type.Number({
      minimum: 1,
      maximum: 100,
      default: 5,
      unit: 'times',
      description: 'Least multiple of its share in the other clinics of the county',
    }),
    minDiagnosed: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      unit: 'share',
      description: 'Where fewer visits tell a diagnosis, those that do prove nothing',
    }),
    minCountyVisits: Type.Integer({
      minimum: 20,
      maximum: 1_000_000,
      default: 500,
      unit: 'visits',
      description: 'Diagnosed visits of other clinics of the county in 30 days that must be known',
    }),
    seasonal: Type.Array(Type.String({ maxLength: 20 }), {
      default: ['J00', 'J02', 'J03', 'J06', 'J09', 'J10', 'J11', 'J20', 'J22'],
      description: 'Categories that have seasons: colds and influenza',
    }),
    seasonMonths: Type.Array(Type.Integer({ minimum: 1, maximum: 12 }), {
      default: [11, 12, 1, 2, 3],
      description: 'Months of those seasons',
    }),
  }),
  evaluate: (facts, limits) => {
    const { diagnoses, peers, clinic, month } = facts;
    const { top, diagnosed, settled } = diagnoses;
    if (top === null || diagnosed < limits.minVisits)
      return clear('few_visits', '有诊断的就诊太少。', 'Too few visits with a diagnosis.');
    const share = top.n / diagnosed;
    const evidence = {
      code: top.code,
      n: top.n,
      people: top.people,
      diagnosed,
      settled,
      share: rounded(share),
      from: diagnoses.from,
      countyShare: peers === null || peers.diagnosed === 0 ? null : rounded(peers.sameDiagnosis / peers.diagnosed),
      countyVisits: peers?.diagnosed ?? 0,
      county: peers?.county ?? null,
      peersDay: peers?.day ?? null,
    };
    if (share < limits.minShare) return { ...clear('mixed', '诊断构成正常。', 'Diagnoses are mixed.'), evidence };
    const season = limits.seasonMonths.includes(Number(month.slice(5)));
    if (season && limits.seasonal.includes(top.code))
      return { ...clear('in_season', '属当季多发疾病。', 'A disease of the season.'), evidence };
    if (diagnosed < settled * limits.minDiagnosed)
      return {
        outcome: 'undetermined',
        reason: 'diagnoses_missing',
        zh: '多数就诊未上传诊断，无法判断构成。',
        en: 'Most visits told no diagnosis: what the others tell proves nothing.',
        class: 'data',
        evidence,
      };
    if (peers === null || peers.diagnosed < limits.minCountyVisits)
      return {
        outcome: 'undetermined',
        reason: 'peers_unknown',
        zh: '同县其他机构的诊断统计尚不足，无法比较。',
        en: 'Too little is known of the diagnoses of the other clinics of the county.',
        evidence,
      };
    if (share < (limits.timesCounty * peers.sameDiagnosis) / peers.diagnosed)
      return { ...clear('like_county', '全县均多发。', 'Common in the whole county.'), evidence };
    return {
      outcome: 'hit',
      reason: 'one_diagnosis',
      zh: `诊断 ${top.code} 占 ${percent(share)}（${top.n}/${diagnosed}），同县其他机构为 ${percent(peers.sameDiagnosis / peers.diagnosed)}。`,
      en: `The diagnosis ${top.code} stands at ${percent(share)} of the visits (${top.n} of ${diagnosed}); in the other clinics of the county at ${percent(peers.sameDiagnosis / peers.diagnosed)}.`,
      incidentKey: `clinic-month:${clinic.code}:${month}:B8`,
      evidence,
    };
  },
});
