import { Type } from 'typebox';
import type { Interval } from '../facts.ts';
import { intersect, lengthOf } from '../intervals.ts';
import { clear, defineRule } from './rule.ts';

const MINUTE_MS = 60_000;
const WORDS: Readonly<Record<string, { zh: string; en: string }>> = {
  covered: { zh: '被遮挡', en: 'was covered' },
  moved: { zh: '被移动或改变角度', en: 'was moved or turned' },
  frozen: { zh: '画面静止', en: 'showed a frozen picture' },
  defocused: { zh: '画面失焦', en: 'was out of focus' },
  low_bit_rate: { zh: '码率过低、画面模糊', en: 'sent a picture of too few bits' },
  gaps: { zh: '码流断续', en: 'sent a stream in pieces' },
};
/** These are tampering as little as neglect is: the camera, its settings or its network want care. */
const SLIGHT = new Set(['frozen', 'defocused', 'low_bit_rate', 'gaps']);

/** 遮挡/移位/改角度: the camera worked and did not see what it stands for. About the camera, never about a patient. */
export const cameraCovered = defineRule({
  id: 'E2',
  version: 1,
  names: { zh: '摄像机遮挡、移位或改角度', en: 'Camera covered or moved' },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次中断',
  subjects: ['camera'],
  supervised: '设备',
  dataNeeded: ['设备状态', '开诊时间', '停机备案', '布局变更备案'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十六条', '第三十九条'],
  causeNo: [5, 9],
  severity: 'medium',
  class: 'device',
  basis: ['presence'],
  parameters: Type.Object({
    minMinutes: Type.Number({
      minimum: 0,
      maximum: 1440,
      default: 5,
      unit: 'minutes',
      description: 'So long within opening hours',
    }),
  }),
  evaluate: (facts, { minMinutes }) => {
    const { outage } = facts;
    if (outage === null || !facts.enabled) return clear('no_outage', '没有中断。', 'There was no outage.');
    const end = outage.to ?? outage.from + facts.lastedMs;
    const blocked = outage.states.filter(({ state }) => state in WORDS);
    const [first] = blocked;
    if (first === undefined) return clear('other_outage', '不是遮挡或移位。', 'It was neither covered nor moved.');
    const filed = [...facts.filed, ...(facts.filedLayout ?? [])];
    const spans = blocked.flatMap(({ from, to }) => unfiled({ from, to: Math.min(to ?? end, end) }, filed));
    const openMs = lengthOf(intersect(spans, facts.openHours));
    const evidence = {
      state: first.state,
      from: first.from,
      to: blocked.at(-1)?.to ?? null,
      openMinutes: Math.floor(openMs / MINUTE_MS),
    };
    if (spans.length === 0) return { ...clear('filed', '已备案。', 'It was filed.'), evidence };
    if (openMs < minMinutes * MINUTE_MS) return { ...clear('short', '时间很短。', 'It was short.'), evidence };
    const words = WORDS[first.state] ?? { zh: '', en: '' };
    return {
      outcome: 'hit',
      reason: first.state,
      zh: `开诊时间内摄像机${words.zh} ${evidence.openMinutes} 分钟，请恢复原状；不涉及对参保人的判断。`,
      en: `The camera ${words.en} for ${evidence.openMinutes} minutes of the opening hours: please put it right. Nothing is said of any patient.`,
      severity: blocked.every(({ state }) => SLIGHT.has(state)) ? 'low' : 'medium',
      evidence,
    };
  },
});

/** What of a stretch no filing covers. */
export function unfiled(
  span: { from: number; to: number },
  filed: readonly Interval[],
): { from: number; to: number }[] {
  let left = [span];
  for (const { from, to } of filed) {
    const end = to ?? Number.POSITIVE_INFINITY;
    left = left.flatMap((part) =>
      [
        { from: part.from, to: Math.min(part.to, from) },
        { from: Math.max(part.from, end), to: part.to },
      ].filter((piece) => piece.to > piece.from),
    );
  }
  return left;
}
