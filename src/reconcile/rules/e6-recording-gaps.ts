import { Type } from 'typebox';
import { intersect, lengthOf } from '../intervals.ts';
import { dayIncident } from './day-book.ts';
import { unfiled } from './e2-covered.ts';
import { clear, defineRule } from './rule.ts';

/** 录像缺失: of a day's opening hours less was recorded and processed than should be. Retention days have no source (no-source.ts). */
export const recordingGaps = defineRule({
  id: 'E6',
  version: 1,
  names: { zh: '录像缺失', en: 'Recording gaps' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '设备',
  dataNeeded: ['设备状态', '画面处理进度', '开诊时间', '停机备案'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十六条', '第三十九条'],
  causeNo: [5],
  severity: 'low',
  class: 'device',
  basis: ['presence'],
  parameters: Type.Object({
    leastShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.95,
      unit: 'share',
      description: 'So much of the opening hours, without filed outages, must have been recorded',
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: (facts) => facts.closed && facts.filedOutages !== undefined,
  evaluate: (facts, { leastShare }) => {
    if (facts.open.length === 0) return clear('closed_day', '当日不开诊。', 'The clinic was closed that day.');
    const openMs = lengthOf([...facts.open]);
    const asked = facts.open.flatMap((span) => unfiled(span, facts.filedOutages ?? []));
    const filedMs = openMs - lengthOf(intersect([...facts.open], asked));
    if (filedMs >= openMs) return clear('filed', '已报备停机。', 'The outage was filed.');
    // What was filed may or may not have been recorded: it counts as recorded, for nothing is held against the clinic there.
    const missingMs = Math.max(0, (1 - facts.coverage) * openMs - filedMs);
    const share = 1 - missingMs / (openMs - filedMs);
    const evidence = {
      recordedShare: Math.round(share * 10_000) / 10_000,
      missingMinutes: Math.round(missingMs / 60_000),
      filedMinutes: Math.round(filedMs / 60_000),
    };
    if (share >= leastShare) return { ...clear('recorded', '录像完整。', 'The day was recorded.'), evidence };
    return {
      outcome: 'hit',
      reason: 'gaps',
      zh: `当日开诊时间内录像缺失 ${evidence.missingMinutes} 分钟，请检查设备和存储。`,
      en: `${evidence.missingMinutes} minutes of the opening hours were not recorded: please check cameras and storage.`,
      incidentKey: dayIncident(facts, 'E6'),
      evidence,
    };
  },
});
