import { Type } from 'typebox';
import { clear, defineRule } from './rule.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** 布局未报备变更: the view differs from the reference for good, and no change of the layout was filed. */
export const layoutChanged = defineRule({
  id: 'E3',
  version: 1,
  names: { zh: '布局未报备变更', en: 'Layout changed without filing' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '当次中断',
  subjects: ['camera'],
  supervised: '机构',
  dataNeeded: ['设备状态（移位）', '布局变更备案'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十六条', '第三十九条'],
  causeNo: [5],
  severity: 'low',
  class: 'device',
  basis: ['presence'],
  parameters: Type.Object({
    lastingHours: Type.Number({
      minimum: 1,
      maximum: 24,
      default: 20,
      unit: 'hours',
      description: 'A view that stays changed so long was changed for good',
    }),
    filedDays: Type.Number({
      minimum: 0,
      maximum: 365,
      default: 7,
      unit: 'days',
      description: 'A filing so long before the change still stands for it',
    }),
  }),
  evaluate: (facts, { lastingHours, filedDays }) => {
    const { outage } = facts;
    if (outage === null || !facts.enabled) return clear('no_outage', '没有中断。', 'There was no outage.');
    const moved = outage.states.find(({ state }) => state === 'moved');
    if (moved === undefined) return clear('not_moved', '画面没有移位。', 'The view was not moved.');
    const end = moved.to ?? outage.to ?? outage.from + facts.lastedMs;
    const filed = (facts.filedLayout ?? []).some(
      ({ from, to }) => from <= end && (to === null || to >= moved.from - filedDays * DAY_MS),
    );
    if (filed) return clear('filed', '布局变更已备案。', 'The change was filed.');
    const hours = Math.round((end - moved.from) / HOUR_MS);
    const evidence = { movedFrom: moved.from, movedTo: moved.to, hours };
    if (end - moved.from < lastingHours * HOUR_MS)
      return { ...clear('put_back', '很快复原。', 'It was put back soon.'), evidence };
    return {
      outcome: 'hit',
      reason: 'not_filed',
      zh: '摄像机画面长时间与基准画面不同，且未备案布局变更，请报备或复原。',
      en: 'The view has differed from the reference for long, and no change was filed: please file it or put it back.',
      evidence,
    };
  },
});
