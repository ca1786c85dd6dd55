import { Type } from 'typebox';
import type { ClinicDayFacts, DaySettlementFact } from '../facts.ts';
import {
  type Booked,
  booked,
  dayIncident,
  isClosedBook,
  setlIdsOf,
  settlementIdsOf,
  shareSeen,
  somebodyCame,
} from './day-book.ts';
import { isConfirmed } from './presence.ts';
import { clear, defineRule } from './rule.ts';

const MINUTE_MS = 60_000;

/** 批量集中结算: more in a few minutes than patients can be seen, and most of them did not come. */
export const burst = defineRule({
  id: 'B2',
  version: 1,
  names: { zh: '批量集中结算', en: 'Burst of settlements' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['2207', '接种日备案', '摄像机人脸', '医保终端人脸核验', '代办登记'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'medium',
  class: 'fraud',
  basis: ['claims', 'presence'],
  parameters: Type.Object({
    minSettlements: Type.Integer({
      minimum: 2,
      maximum: 100,
      default: 5,
      unit: 'settlements',
      description: 'So many within the span',
    }),
    withinMinutes: Type.Number({ minimum: 1, maximum: 240, default: 10, unit: 'minutes', description: 'The span' }),
    minGaps: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 4,
      unit: 'gaps',
      description: 'Or so many gaps in a row that are short',
    }),
    shortGapSeconds: Type.Number({
      minimum: 1,
      maximum: 3600,
      default: 60,
      unit: 'seconds',
      description: 'A gap is short below this',
    }),
    maxSeenShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      unit: 'share',
      description: 'When somebody came for more of them than this, it was a queue',
    }),
    minNobody: Type.Integer({
      minimum: 2,
      maximum: 100,
      default: 4,
      unit: 'settlements',
      description:
        'Nobody at the counter for so many of them, and for most, and all but one of so many cannot be faces that were seen elsewhere: these alone are named',
    }),
    minWitnesses: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 2,
      unit: 'settlements',
      description:
        'On that day the counter’s cameras saw people at so many others (recognised ones count twice): they look there, and their clocks are right',
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: isClosedBook,
  evaluate: (facts, limits) => {
    if (facts.vaccinationDay) return clear('vaccination_day', '已备案接种日。', 'A vaccination day was filed.');
    const bursts = burstsIn(booked(facts), limits);
    if (bursts.length === 0) return clear('none', '没有集中结算。', 'Settlements were spread out.');
    const unseen = bursts.filter((rows) => shareSeen(rows) <= limits.maxSeenShare);
    if (unseen.length === 0) {
      return clear('people_seen', '集中结算的多数参保人到场。', 'For most of them somebody came: it was a queue.');
    }
    const rows = unseen.flat();
    const unexplained = rows.filter((row) => !somebodyCame(row));
    const alone = unexplained.filter((row) => isNobodyThere(row, facts.minCoverage));
    if (
      alone.length >= limits.minNobody &&
      alone.length > limits.maxSeenShare * rows.length &&
      alone.length - facesElsewhere(alone) >= limits.minNobody - 1 &&
      areCamerasGood(facts, limits.minWitnesses)
    ) {
      return {
        outcome: 'hit',
        reason: 'burst_nobody_there',
        zh: `短时间内集中结算 ${rows.length} 笔，其中 ${alone.length} 笔结算时柜台除医务人员外无人；当日其他就诊均能拍到。`,
        en: `${rows.length} settlements within minutes; at ${alone.length} of them nobody but staff was at the counter, where others were seen that day.`,
        incidentKey: dayIncident(facts, 'B2'),
        setlIds: setlIdsOf(alone),
        evidence: {
          bursts: unseen.length,
          count: rows.length,
          unexplained: unexplained.length,
          nobody: alone.length,
          from: rows[0]?.at ?? null,
          to: rows.at(-1)?.at ?? null,
          settlementIds: settlementIdsOf(alone),
        },
      };
    }
    return {
      outcome: 'hit',
      reason: 'burst',
      zh: `短时间内集中结算 ${rows.length} 笔，其中 ${unexplained.length} 笔未见参保人到场。`,
      en: `${rows.length} settlements within minutes; for ${unexplained.length} of them nobody was seen to come.`,
      incidentKey: dayIncident(facts, 'B2'),
      setlIds: setlIdsOf(unexplained),
      evidence: {
        bursts: unseen.length,
        count: rows.length,
        unexplained: unexplained.length,
        from: rows[0]?.at ?? null,
        to: rows.at(-1)?.at ?? null,
        settlementIds: settlementIdsOf(unexplained),
      },
    };
  },
});

const isAtCounter = (row: DaySettlementFact): boolean =>
  row.clustersAtCounter.length > 0 || row.unjudgedAtCounter || row.claimedClusters.length > 0;

/** The cameras saw all of it, and nobody who could have come for it. */
const isNobodyThere = (row: DaySettlementFact, minCoverage: number): boolean =>
  row.complete && row.coverage >= minCoverage && !isAtCounter(row) && !row.proxyUnseenPossible;

/** Faces that may have been one of them and were missed at the counter: each can have been one, not all. */
const facesElsewhere = (rows: readonly DaySettlementFact[]): number =>
  new Set(rows.flatMap(({ possibleClusters }) => possibleClusters)).size;

/** That day they saw people at other settlements, and missed few of those whom the terminal knew: they look there, and their clocks are right. */
function areCamerasGood(facts: ClinicDayFacts, minWitnesses: number): boolean {
  const others = facts.settlements.filter(({ reversed, homeVisit }) => !reversed && !homeVisit);
  // Somebody who was recognised is worth two who merely stood there.
  const witnesses = others.reduce(
    (sum, row) => sum + (row.claimedClusters.length > 0 ? 2 : Number(isAtCounter(row))),
    0,
  );
  const missed = others.filter((row) => isConfirmed(row) && isNobodyThere(row, facts.minCoverage)).length;
  return witnesses >= minWitnesses && witnesses >= 3 * missed;
}

/** Stretches of settlements that are a burst by the one measure or the other; overlapping ones are one. */
function burstsIn(
  rows: readonly Booked[],
  limits: { minSettlements: number; withinMinutes: number; minGaps: number; shortGapSeconds: number },
): Booked[][] {
  const inBurst = new Array<boolean>(rows.length).fill(false);
  const mark = (from: number, to: number): void => {
    for (let i = from; i <= to; i++) inBurst[i] = true;
  };
  const at = (i: number): number => rows[i]?.at ?? Number.NaN;
  for (let first = 0, last = 0; first < rows.length; first++) {
    if (last < first) last = first;
    while (last + 1 < rows.length && at(last + 1) - at(first) <= limits.withinMinutes * MINUTE_MS) last++;
    if (last - first + 1 >= limits.minSettlements) mark(first, last);
  }
  for (let first = 0; first < rows.length; ) {
    let last = first;
    while (last + 1 < rows.length && at(last + 1) - at(last) < limits.shortGapSeconds * 1000) last++;
    if (last - first >= limits.minGaps) mark(first, last);
    first = last + 1;
  }
  const bursts: Booked[][] = [];
  for (const [i, row] of rows.entries()) {
    if (!inBurst[i]) continue;
    const near = i > 0 && inBurst[i - 1] && row.at - at(i - 1) <= limits.withinMinutes * MINUTE_MS;
    const last = bursts.at(-1);
    if (near && last) last.push(row);
    else bursts.push([row]);
  }
  return bursts;
}
