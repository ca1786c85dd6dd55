import { Type } from 'typebox';
import { clear, defineRule } from './rule.ts';

const MINUTE_MS = 60_000;

/** 开诊前摄像机未就绪: told before the first patient comes, so that it can be put right. */
export const cameraNotReady = defineRule({
  id: 'P1',
  version: 1,
  names: { zh: '开诊前摄像机未就绪', en: 'Camera not ready before opening' },
  phase: 'pre',
  resultType: '可疑',
  timeSpan: '当次中断',
  subjects: ['camera'],
  supervised: '设备',
  dataNeeded: ['设备状态', '开诊时间', '停机备案'],
  legalBasis: [],
  causeNo: [],
  severity: 'medium',
  class: 'device',
  basis: ['presence'],
  parameters: Type.Object({
    minutesBefore: Type.Number({
      minimum: 0,
      maximum: 240,
      default: 15,
      unit: 'minutes',
      description: 'So long before opening the cameras are checked',
    }),
    minSeconds: Type.Number({
      minimum: 0,
      maximum: 3600,
      default: 60,
      unit: 'seconds',
      description: 'An outage must have lasted so long',
    }),
  }),
  evaluate: (facts, { minutesBefore, minSeconds }) => {
    const { outage } = facts;
    if (outage === null || !facts.enabled) return clear('no_outage', '没有中断。', 'There was no outage.');
    const leadMs = minutesBefore * MINUTE_MS;
    const filed = (at: number): boolean => facts.filed.some(({ from, to }) => at >= from && (to === null || at < to));
    const opening = facts.openings.find(
      (at) => outage.from <= at && (outage.to === null || outage.to > at - leadMs) && !filed(at),
    );
    if (opening === undefined) {
      return clear('not_before_opening', '不在开诊之前，或已报备。', 'Not before opening, or filed.');
    }
    if (facts.lastedMs < minSeconds * 1000) return clear('short', '中断时间很短。', 'The outage was short.');
    const ended = outage.to !== null;
    return {
      outcome: 'hit',
      reason: 'not_ready',
      zh: ended ? '开诊前摄像机曾未就绪，现已恢复。' : '即将开诊，摄像机未就绪，请检查电源和网络。',
      en: ended
        ? 'The camera was not ready before opening; it has recovered.'
        : 'The clinic is about to open and the camera is not ready: please check power and network.',
      evidence: {
        state: outage.states[0]?.state ?? null,
        outageFrom: outage.from,
        outageTo: outage.to,
        opensAt: opening,
      },
    };
  },
});
