import { TRANSITIONS } from '../flow/transitions.ts';
import type { Bilingual } from './bilingual.ts';
import { localMinute } from './format.ts';

/** What a decision means for the settlement, and what happens by itself. */
export function decisionWords(
  decision: {
    readonly decision: 'allow' | 'review' | 'hold';
    readonly state: 'standing' | 'released' | 'confirmed' | 'superseded';
    readonly deadlineAt: number | null;
    readonly settled: boolean;
  },
  zone: string,
): Bilingual {
  if (decision.state === 'superseded') return { zh: '已被新的决定取代。', en: 'Replaced by a newer decision.' };
  switch (decision.decision) {
    case 'allow':
      return { zh: '放行。', en: 'Allowed.' };
    case 'review':
      return { zh: '照常结算，事后人工核查。', en: 'Settled as usual; a person looks at it afterwards.' };
    case 'hold':
      break;
  }
  if (decision.state === 'released') return { zh: '曾暂缓，现已放行。', en: 'Was held, and has been released.' };
  if (decision.state === 'confirmed') {
    return {
      zh: '暂缓已由两人确认，不列入当月清算。',
      en: 'Two people confirmed the hold: kept out of the month’s clearing.',
    };
  }
  const what: Bilingual = decision.settled
    ? { zh: '暂缓列入当月清算', en: 'Kept out of the month’s clearing for now' }
    : { zh: '请暂缓结算', en: 'Please wait with the settlement' };
  if (decision.deadlineAt === null) return { zh: `${what.zh}。`, en: `${what.en}.` };
  const deadline = localMinute(decision.deadlineAt, zone);
  return {
    zh: `${what.zh}；到 ${deadline.zh} 仍无人处理则自动放行。`,
    en: `${what.en}; released by itself on ${deadline.en} if nobody decides.`,
  };
}

const ACTIONS: Readonly<Record<string, Bilingual>> = {
  raised: { zh: '系统生成疑点', en: 'Raised' },
  revised: { zh: '系统更新疑点', en: 'Revised' },
  withdrawn: { zh: '依据消失，系统撤回', en: 'Withdrawn: its findings were taken back' },
  returned: { zh: '再次命中，重新待处理', en: 'Back: it hit again' },
  undone: { zh: '撤销上一步', en: 'The last step was taken back' },
  assigned: { zh: '指派', en: 'Assigned' },
  snoozed: { zh: '挂起', en: 'Snoozed' },
  escalated: { zh: '升级', en: 'Escalated' },
  shown: { zh: '进入处理队列', en: 'Shown to reviewers' },
  waits: { zh: '转入等待，暂不展示', en: 'Waits for its turn, not shown for now' },
  settled: { zh: '依据消失，维持人工结论', en: 'Its findings were taken back; what a person found stays' },
};

const REASONS: Readonly<Record<string, Bilingual>> = {
  data_quality: { zh: '数据质量', en: 'data quality' },
  proxy: { zh: '代办', en: 'proxy' },
  home_visit: { zh: '出诊', en: 'home visit' },
  twins: { zh: '双胞胎', en: 'twins' },
  device_fault: { zh: '设备故障', en: 'device fault' },
  catalogue_mapping: { zh: '目录映射错误', en: 'catalogue mapping' },
  other: { zh: '其他', en: 'other' },
  new_rule: { zh: '有新规则命中', en: 'a rule that had not hit before' },
  hit_again: { zh: '原规则再次命中', en: 'the same rule again' },
};

const stepWords = (step: string): Bilingual =>
  TRANSITIONS.find((row) => row.step === step)?.words ?? { zh: step, en: step };

export function historyWords(action: string, reason: string | null): Bilingual {
  const what = ACTIONS[action] ?? stepWords(action);
  const why = reason === null ? undefined : (REASONS[reason] ?? (action === 'undone' ? stepWords(reason) : undefined));
  return why === undefined ? what : { zh: `${what.zh}：${why.zh}`, en: `${what.en}: ${why.en}` };
}
