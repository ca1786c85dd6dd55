import { Type } from 'typebox';
import type { DaySettlementFact } from '../facts.ts';
import { VERDICT_WORDS } from '../words.ts';
import { watched } from './clinic-day.ts';
import { isConfirmed } from './presence.ts';
import { clear, defineRule } from './rule.ts';

/** 人头与结算不符: many more people settled than came (Xiamen's method, DOMAIN.md 2.4 A5). */
export const headCountGap = defineRule({
  id: 'A5',
  version: 1,
  names: { zh: '人头与结算不符', en: 'Head-count gap' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['2207', '摄像机人头', '开诊时间', '代办登记', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'medium',
  class: 'fraud',
  basis: ['presence', 'claims'],
  parameters: Type.Object({
    minGap: Type.Integer({ minimum: 1, maximum: 100, default: 3, unit: 'people', description: 'Least gap' }),
    minShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      description: 'Least gap as a share of those who settled',
    }),
  }),
  // Only of a day that is over; with nobody who settled there is nothing to count.
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: (facts) => facts.closed && facts.settlements.some(({ reversed }) => !reversed),
  evaluate: (facts, { minGap, minShare }) => {
    if (!facts.complete || facts.coverage < facts.minCoverage) {
      const reason = facts.complete ? 'blind_window' : 'footage_lost';
      return {
        outcome: 'undetermined',
        reason,
        zh: '当日开诊时间内摄像机覆盖不足，无法核对人头。',
        en: 'The cameras covered too little of the opening hours to count heads.',
        evidence: { coverage: facts.coverage },
      };
    }
    const byFace = facts.clinic.faceRecognition && facts.card.calibrated;
    if (facts.clinic.faceRecognition && !facts.card.calibrated) {
      return { outcome: 'undetermined', reason: 'uncalibrated_model', ...VERDICT_WORDS.uncalibrated_model };
    }
    // Whoever was explained by another's visit needs no head of his own.
    const all = watched(facts);
    const people = peopleOf(all);
    const byTerminal = peopleOf(all.filter(isConfirmed));
    const asked = all.filter((settlement) => !byTerminal.has(personOf(settlement)));
    const byAgent = peopleOf(byFace ? asked.filter(cameByAgent) : []);
    const visitors = byFace ? facts.visitors + facts.unjudgedHeads : facts.heads;
    // Whom the terminal recognised came; where the cameras know his face, that head is his and nobody else's.
    const ownFaces = new Set(byFace ? all.filter(isConfirmed).flatMap(({ claimedClusters }) => claimedClusters) : []);
    const unexplained = people.size - byTerminal.size - byAgent.size;
    const gap = byFace
      ? unexplained - (visitors - ownFaces.size)
      : Math.min(unexplained, people.size - byAgent.size - visitors);
    const needed = Math.max(minGap, Math.ceil(people.size * minShare));
    const evidence = {
      settlements: people.size,
      visitors,
      agents: byAgent.size,
      ...(byTerminal.size === 0 ? {} : { terminalConfirmed: byTerminal.size }),
      gap,
      needed,
      coverage: facts.coverage,
    };
    if (gap < needed)
      return { ...clear('no_gap', '到诊人数与结算人数相符。', 'Visitors and settlements agree.'), evidence };
    return {
      outcome: 'hit',
      reason: 'fewer_visitors',
      zh: `当日结算 ${people.size} 人，摄像机只见到 ${visitors} 名就诊人（代办 ${byAgent.size} 人）。`,
      en: `${people.size} people settled that day; the cameras saw ${visitors} visitors (${byAgent.size} came by proxy).`,
      incidentKey: `clinic-day:${facts.clinic.code}:${facts.day}:A5`,
      setlIds: asked.flatMap(({ setlId }) => setlId ?? []),
      evidence,
    };
  },
});

const personOf = ({ psnNo, settlementId }: DaySettlementFact): string => psnNo ?? settlementId;
const peopleOf = (settlements: readonly DaySettlementFact[]): Set<string> => new Set(settlements.map(personOf));

/** The doctor himself is no visitor, and who came through another needs no head of his own. */
const cameByAgent = (settlement: DaySettlementFact): boolean =>
  settlement.claimedIsStaff ||
  (settlement.claimedClusters.length === 0 &&
    (settlement.proxyUnseenPossible || settlement.proxyClusters.length > 0 || settlement.householdClusters.length > 0));
