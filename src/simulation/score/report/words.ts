import type { Bilingual } from '../../../review/words/bilingual.ts';
import type { MistakeKind } from '../mistakes.ts';
import type { FigureName } from '../score.ts';

type Unit = 'share' | 'per10k' | 'count' | 'days' | 'ratio';
export interface FigureWords {
  readonly name: Bilingual;
  readonly unit: Unit;
  readonly group: 'found' | 'harm' | 'use' | 'baseline';
  /** What it is held to, and whether a value holds it. */
  readonly goal?: { readonly text: string; readonly met: (value: number) => boolean };
}

const atLeast = (share: number) => ({ text: `≥ ${share * 100} %`, met: (value: number) => value >= share });
const atMost = (limit: number) => ({ text: `≤ ${limit}`, met: (value: number) => value <= limit });

export const FIGURE_WORDS: Readonly<Record<FigureName, FigureWords>> = {
  casePrecision: {
    name: { zh: '线索准确率', en: 'Precision of cases' },
    unit: 'share',
    group: 'found',
    goal: atLeast(0.8),
  },
  casePrecisionLow: {
    name: { zh: '准确率下限（95 %）', en: 'Its lower end (95 %)' },
    unit: 'share',
    group: 'found',
    goal: atLeast(0.7),
  },
  recallConcentratedVisible: {
    name: { zh: '集中欺诈找回率（药品类除外）', en: 'Recall, concentrated, without drug schemes' },
    unit: 'share',
    group: 'found',
    goal: atLeast(0.6),
  },
  recallConcentrated: { name: { zh: '集中欺诈找回率', en: 'Recall, concentrated' }, unit: 'share', group: 'found' },
  recallScattered: { name: { zh: '零散欺诈找回率', en: 'Recall, scattered' }, unit: 'share', group: 'found' },
  recallAll: { name: { zh: '全部欺诈找回率', en: 'Recall, all fraud' }, unit: 'share', group: 'found' },
  medianDaysToGhostClinic: {
    name: { zh: '发现空刷机构的中位天数', en: 'Median days to a ghost clinic' },
    unit: 'days',
    group: 'found',
    goal: atMost(10),
  },
  shown: { name: { zh: '展示的欺诈疑点', en: 'Fraud alerts shown' }, unit: 'count', group: 'found' },
  alertsPerDay: { name: { zh: '每天展示', en: 'Shown per day' }, unit: 'count', group: 'found', goal: atMost(50) },
  honestHeldPer10k: {
    name: { zh: '诚实结算被暂缓（每万笔）', en: 'Honest held, per 10k' },
    unit: 'per10k',
    group: 'harm',
    goal: atMost(1),
  },
  honestMismatchPer10k: {
    name: { zh: '本人被判人证不符（每万笔）', en: 'Honest mismatches, per 10k' },
    unit: 'per10k',
    group: 'harm',
    goal: atMost(1),
  },
  honestProxyHarmPer10k: {
    name: { zh: '诚实代办受损（每万笔）', en: 'Honest proxies harmed, per 10k' },
    unit: 'per10k',
    group: 'harm',
    goal: atMost(1),
  },
  honestNamedPer10k: {
    name: { zh: '诚实结算被点名（每万笔）', en: 'Honest named, per 10k' },
    unit: 'per10k',
    group: 'harm',
  },
  blindWindowFraudAlerts: {
    name: { zh: '盲窗欺诈疑点', en: 'Fraud alerts out of blind windows' },
    unit: 'count',
    group: 'harm',
    goal: atMost(0),
  },
  cleanClinicsAccused: {
    name: { zh: '清白机构被点名', en: 'Clean clinics accused' },
    unit: 'count',
    group: 'harm',
    goal: atMost(3),
  },
  listedAnswered: {
    name: { zh: '名单人员预结算被拦', en: 'Listed people answered' },
    unit: 'share',
    group: 'use',
    goal: atLeast(0.95),
  },
  strangerMismatch: { name: { zh: '冒名者判不符', en: 'Strangers judged a mismatch' }, unit: 'share', group: 'use' },
  falsePerTrue: { name: { zh: '每条真线索的误报', en: 'False cases per true one' }, unit: 'ratio', group: 'baseline' },
  baselineFalsePerTrue: {
    name: { zh: '基线：每条真线索的误报', en: 'The same, baseline' },
    unit: 'ratio',
    group: 'baseline',
  },
  baselinePrecision: { name: { zh: '基线准确率', en: 'Precision of the baseline' }, unit: 'share', group: 'baseline' },
};

export const GROUP_WORDS: Readonly<Record<FigureWords['group'], Bilingual>> = {
  found: { zh: '找到了什么', en: 'What was found' },
  harm: { zh: '伤害了谁', en: 'Whom it harmed' },
  use: { zh: '在柜台有多大用', en: 'Use at the counter' },
  baseline: { zh: '与基线相比', en: 'Against the baseline' },
};

const SCHEMES: Readonly<Record<string, Bilingual>> = {
  none: { zh: '诚实', en: 'honest' },
  ghost: { zh: '空刷', en: 'ghost' },
  held_cards: { zh: '压卡', en: 'held cards' },
  staff_swiping: { zh: '村医代刷', en: 'staff swiping' },
  impostor_kin: { zh: '亲属冒名', en: 'impostor, kin' },
  impostor_other: { zh: '他人冒名', en: 'impostor, other' },
  phantom_drugs: { zh: '虚开药品', en: 'phantom drugs' },
  substitution: { zh: '串换', en: 'substitution' },
  trace_code_again: { zh: '追溯码重复', en: 'trace code again' },
  dead_or_inpatient: { zh: '死亡或住院', en: 'dead or inpatient' },
  false_receipts: { zh: '虚假入库', en: 'false receipts' },
};
export const schemeWords = (scheme: string): Bilingual => SCHEMES[scheme] ?? { zh: scheme, en: '' };

const CAME: Readonly<Record<string, Bilingual>> = {
  self: { zh: '本人', en: 'self' },
  proxy: { zh: '代办人', en: 'proxy' },
  staff: { zh: '村医', en: 'staff' },
  other: { zh: '他人', en: 'somebody else' },
  nobody: { zh: '无人', en: 'nobody' },
  unknown: { zh: '不详', en: 'not told' },
};
export const cameWords = (came: string): Bilingual => CAME[came] ?? { zh: came, en: '' };

const REASONS: Readonly<Record<string, Bilingual>> = {
  matched: { zh: '相符', en: 'matched' },
  every_face_differs: { zh: '所有人脸都不符', en: 'every face differs' },
  proxy_registered: { zh: '已登记代办', en: 'proxy registered' },
  not_yet: { zh: '画面未到', en: 'not yet' },
  footage_lost: { zh: '画面丢失', en: 'footage lost' },
  blind_window: { zh: '盲窗', en: 'blind window' },
  nobody_seen: { zh: '无人', en: 'nobody seen' },
  staff_only: { zh: '只有村医', en: 'staff only' },
  nobody_at_counter: { zh: '柜台无人', en: 'nobody at the counter' },
  no_portrait: { zh: '无底照', en: 'no portrait' },
  portrait_poor: { zh: '底照差', en: 'portrait poor' },
  portrait_too_old: { zh: '底照过旧', en: 'portrait too old' },
  portrait_disputed: { zh: '底照有冲突', en: 'portrait disputed' },
  too_young: { zh: '年龄太小', en: 'too young' },
  no_face_quality: { zh: '人脸不清', en: 'no usable face' },
  between: { zh: '介于两可', en: 'between' },
  presentation_suspected: { zh: '疑似照片或屏幕', en: 'a picture, it may be' },
  may_have_been_missed: { zh: '可能漏拍', en: 'may have been missed' },
  staff_portrait_missing: { zh: '村医无底照', en: 'staff portrait missing' },
  face_recognition_off: { zh: '未启用', en: 'faces off' },
  uncalibrated_model: { zh: '未校准', en: 'uncalibrated' },
  none: { zh: '未说明', en: 'not told' },
};
export const reasonWords = (reason: string): Bilingual => REASONS[reason] ?? { zh: reason, en: '' };

export const MISTAKE_WORDS: Readonly<Record<MistakeKind, { readonly title: Bilingual; readonly order: Bilingual }>> = {
  falseAlert: {
    title: { zh: '误报', en: 'False alerts' },
    order: {
      zh: '展示过、点名的基金多半诚实；按诚实基金金额排序。',
      en: 'Shown, and most of the fund money they name is honest; by honest money.',
    },
  },
  honestHeld: {
    title: { zh: '被暂缓的诚实患者', en: 'Honest people held' },
    order: { zh: '任何时候被暂缓过；按金额排序。', en: 'Held at any time; by money.' },
  },
  honestMismatch: {
    title: { zh: '被判人证不符的本人', en: 'Honest mismatches' },
    order: { zh: '最终判定；似然比最低的在前。', en: 'Final verdicts; the lowest likelihood ratio first.' },
  },
  proxyHarm: {
    title: { zh: '受损的诚实代办人', en: 'Honest proxies harmed' },
    order: { zh: '被暂缓，或任何时候被欺诈疑点点名。', en: 'Held, or named by a fraud alert at any time.' },
  },
  blindAlert: {
    title: { zh: '盲窗欺诈疑点', en: 'Fraud alerts out of blind windows' },
    order: {
      zh: '只凭人脸或在场，而当时摄像机看不见。',
      en: 'On face or presence alone, while the cameras could not see.',
    },
  },
  cleanClinicAccused: {
    title: { zh: '被点名的清白机构', en: 'Clean clinics accused' },
    order: {
      zh: '疑点对象为机构，而该机构没有集中欺诈。',
      en: 'Alerts about a clinic that has no concentrated fraud.',
    },
  },
  missedClinic: {
    title: { zh: '漏掉的欺诈机构', en: 'Fraudulent clinics missed' },
    order: { zh: '从未有一条正确的疑点被展示；按损失排序。', en: 'Never a right alert shown; by loss.' },
  },
  missedSettlement: {
    title: { zh: '漏掉的欺诈结算', en: 'Fraudulent settlements missed' },
    order: { zh: '没有被展示的疑点点名；按损失排序。', en: 'Named by no shown alert; by loss.' },
  },
  listedMissed: {
    title: { zh: '放过的名单人员', en: 'Listed people let through' },
    order: {
      zh: '预结算时已在死亡或住院名单上，却未被暂缓或复核。',
      en: 'Already listed dead or inpatient when asked about, neither held nor reviewed.',
    },
  },
};
