import { Type } from 'typebox';
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
import { clear, defineRule } from './rule.ts';

/** 顺序批量: settlements follow a list of households or of people, one after the other. */
export const inOrder = defineRule({
  id: 'B3',
  version: 1,
  names: { zh: '顺序批量结算', en: 'Settled in the order of a list' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '机构',
  dataNeeded: ['2207', '家庭户号', '接种日备案', '摄像机人脸', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'medium',
  class: 'fraud',
  basis: ['claims', 'presence'],
  parameters: Type.Object({
    minInOrder: Type.Integer({
      minimum: 3,
      maximum: 100,
      default: 6,
      unit: 'people',
      description: 'So many in a row whose household or person numbers only rise, or only fall',
    }),
    maxSeenShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      unit: 'share',
      description: 'When somebody came for more of them than this, it was chance',
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: isClosedBook,
  evaluate: (facts, { minInOrder, maxSeenShare }) => {
    if (facts.vaccinationDay) return clear('vaccination_day', '已备案接种日。', 'A vaccination day was filed.');
    const rows = booked(facts);
    const runs = [
      ...runsIn(rows, ({ psnNo }) => psnNo, minInOrder),
      ...runsIn(rows, ({ book }) => book.household, minInOrder),
    ];
    if (runs.length === 0) return clear('none', '没有按顺序结算。', 'Settlements follow no list.');
    const unseen = runs.filter((run) => shareSeen(run) <= maxSeenShare);
    if (unseen.length === 0) return clear('people_seen', '多数参保人到场。', 'For most of them somebody came.');
    const named = [...new Set(unseen.flat())];
    const unexplained = named.filter((row) => !somebodyCame(row));
    const longest = Math.max(...unseen.map((run) => run.length));
    return {
      outcome: 'hit',
      reason: 'in_order',
      zh: `连续 ${longest} 笔结算按户号或人员编号顺序进行，其中多数未见参保人到场。`,
      en: `${longest} settlements in a row follow the order of household or person numbers, and for most nobody was seen to come.`,
      incidentKey: dayIncident(facts, 'B3'),
      setlIds: setlIdsOf(unexplained),
      evidence: {
        longest,
        count: named.length,
        unexplained: unexplained.length,
        settlementIds: settlementIdsOf(unexplained),
      },
    };
  },
});

/** Numbers of one length count like numbers: the longer is the greater. */
const compare = (a: string, b: string): number =>
  a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;

/** Stretches in which a number only rises or only falls. A family that comes together is one. */
function runsIn(rows: readonly Booked[], numberOf: (row: Booked) => string | null, least: number): Booked[][] {
  const steps: { readonly number: string | null; readonly rows: Booked[] }[] = [];
  for (const row of rows) {
    const number = numberOf(row);
    const last = steps.at(-1);
    const family = last?.rows.at(-1)?.book.household ?? null;
    if (last && ((number !== null && last.number === number) || (family !== null && family === row.book.household))) {
      last.rows.push(row);
    } else steps.push({ number, rows: [row] });
  }
  const runs: Booked[][] = [];
  for (const direction of [1, -1]) {
    let run: typeof steps = [];
    const end = (): void => {
      if (run.length >= least) runs.push(run.flatMap((step) => step.rows));
    };
    for (const step of steps) {
      const last = run.at(-1)?.number ?? null;
      const follows = last !== null && step.number !== null && compare(step.number, last) * direction > 0;
      if (follows) run.push(step);
      else {
        end();
        run = step.number === null ? [] : [step];
      }
    }
    end();
  }
  return runs;
}
