import type { Right } from '../../access/principal.ts';
import type { AlertClass } from '../alert.ts';
import type { AlertState } from './states.ts';

/** Pure: every step that a person or the clock may take with an alert. What stands not here is refused. */

export const STEPS = [
  'take',
  'put_back',
  'exclude',
  'close',
  'ask',
  'explain',
  'lapse',
  'take_second',
  'verify',
  'report_verification',
  'propose',
  'agree',
  'object',
  'determine',
  'appeal',
  'handle',
  'recover',
  'archive',
  'reopen',
] as const;
export type Step = (typeof STEPS)[number];

/** What a step must bring; `take-step.ts` checks each. */
export type Need =
  | 'reason'
  | 'question'
  | 'text'
  | 'task'
  | 'result'
  | 'adverse_determination'
  | 'harmless_determination'
  | 'grounds'
  | 'measures'
  | 'recovery'
  | 'note';

/** Who may not take a step: it was he who took an earlier one. */
export type NotBy = 'first_reviewer' | 'proposer';

export interface Transition {
  readonly step: Step;
  readonly from: readonly AlertState[];
  readonly to: AlertState;
  /** Of people; `system`: the clock alone. */
  readonly right: Right | 'system';
  /** Left out: of every class. */
  readonly classes?: readonly AlertClass[];
  readonly needs: readonly Need[];
  readonly notBy?: NotBy;
  /** What it writes down beside state, time, person and note. */
  readonly records: readonly string[];
  readonly words: { readonly zh: string; readonly en: string };
}

const SUSPICIONS: readonly AlertClass[] = ['fraud', 'evidence'];

export const TRANSITIONS: readonly Transition[] = [
  {
    step: 'take',
    from: ['new'],
    to: 'first_review',
    right: 'alerts.first',
    needs: [],
    records: ['first reviewer'],
    words: { zh: '开始初审', en: 'Begin the first review' },
  },
  {
    step: 'put_back',
    from: ['first_review'],
    to: 'new',
    right: 'alerts.first',
    needs: [],
    records: ['no first reviewer'],
    words: { zh: '退回待初审', en: 'Put back among the new' },
  },
  {
    step: 'exclude',
    from: ['new', 'first_review'],
    to: 'excluded',
    right: 'alerts.first',
    needs: ['reason'],
    records: ['first reviewer', 'reason', 'disposition: not right'],
    words: { zh: '排除', en: 'Exclude' },
  },
  {
    step: 'close',
    from: ['new', 'first_review', 'explained', 'overdue'],
    to: 'archived',
    right: 'alerts.first',
    classes: ['evidence', 'device', 'data'],
    needs: ['reason'],
    records: ['reason'],
    words: { zh: '办结', en: 'Close' },
  },
  {
    step: 'ask',
    from: ['new', 'first_review'],
    to: 'asked',
    right: 'alerts.first',
    needs: ['question'],
    records: ['first reviewer', 'question'],
    words: { zh: '请机构说明', en: 'Ask the clinic' },
  },
  {
    step: 'explain',
    from: ['asked', 'overdue'],
    to: 'explained',
    right: 'alerts.explain',
    needs: ['text'],
    records: ['explanation', 'attachments', 'whether it was late'],
    words: { zh: '机构说明', en: 'The clinic explains' },
  },
  {
    step: 'lapse',
    from: ['asked'],
    to: 'overdue',
    right: 'system',
    needs: [],
    records: [],
    words: { zh: '逾期未说明', en: 'The clinic’s time is over' },
  },
  {
    step: 'take_second',
    from: ['explained', 'overdue'],
    to: 'second_review',
    right: 'alerts.second',
    classes: SUSPICIONS,
    needs: [],
    notBy: 'first_reviewer',
    records: ['second reviewer'],
    words: { zh: '开始复审', en: 'Begin the second review' },
  },
  {
    step: 'exclude',
    from: ['second_review'],
    to: 'excluded',
    right: 'alerts.second',
    needs: ['reason'],
    notBy: 'first_reviewer',
    records: ['second reviewer', 'reason', 'disposition: not right'],
    words: { zh: '复审排除', en: 'Exclude after the second review' },
  },
  {
    step: 'verify',
    from: ['second_review'],
    to: 'verification',
    right: 'alerts.second',
    classes: SUSPICIONS,
    needs: ['task'],
    notBy: 'first_reviewer',
    records: ['task', 'online or on the spot'],
    words: { zh: '转核查', en: 'Have it verified' },
  },
  {
    step: 'report_verification',
    from: ['verification'],
    to: 'final_review',
    right: 'alerts.verify',
    needs: ['result'],
    records: ['result', 'officers'],
    words: { zh: '提交核查结果', en: 'Report what was found' },
  },
  {
    step: 'propose',
    from: ['final_review'],
    to: 'proposed',
    right: 'alerts.determine',
    needs: ['adverse_determination', 'grounds'],
    records: ['determination', 'grounds', 'amount', 'first voice'],
    words: { zh: '提出认定', en: 'Propose a determination' },
  },
  {
    step: 'agree',
    from: ['proposed'],
    to: 'determined',
    right: 'alerts.determine',
    needs: [],
    notBy: 'proposer',
    records: ['second voice', 'determination', 'disposition: right'],
    words: { zh: '同意认定', en: 'Agree' },
  },
  {
    step: 'object',
    from: ['proposed'],
    to: 'final_review',
    right: 'alerts.determine',
    needs: ['note'],
    records: ['no proposal'],
    words: { zh: '不同意，退回终审', en: 'Object' },
  },
  {
    step: 'determine',
    from: ['final_review', 'proposed'],
    to: 'determined',
    right: 'alerts.determine',
    needs: ['harmless_determination', 'grounds'],
    records: ['determination', 'grounds', 'disposition: not right'],
    words: { zh: '认定不违规或数据质量', en: 'Determine: no violation' },
  },
  {
    step: 'appeal',
    from: ['determined', 'handling'],
    to: 'final_review',
    right: 'alerts.explain',
    needs: ['text'],
    records: ['appeal', 'attachments', 'no determination', 'disposition taken back'],
    words: { zh: '机构申诉', en: 'The clinic appeals' },
  },
  {
    step: 'handle',
    from: ['determined'],
    to: 'handling',
    right: 'alerts.handle',
    needs: ['measures'],
    records: ['measures with amounts'],
    words: { zh: '处理', en: 'Handle' },
  },
  {
    step: 'recover',
    from: ['handling'],
    to: 'handling',
    right: 'alerts.handle',
    needs: ['recovery'],
    records: ['money that came back'],
    words: { zh: '登记追回', en: 'Money came back' },
  },
  {
    step: 'archive',
    from: ['determined', 'handling'],
    to: 'archived',
    right: 'alerts.handle',
    needs: [],
    records: [],
    words: { zh: '归档', en: 'Archive' },
  },
  {
    step: 'archive',
    from: ['determined'],
    to: 'archived',
    right: 'alerts.determine',
    needs: [],
    records: [],
    words: { zh: '归档', en: 'Archive' },
  },
  {
    step: 'reopen',
    from: ['excluded', 'archived'],
    to: 'new',
    right: 'alerts.direct',
    needs: ['note'],
    records: ['disposition taken back', 'no reviewers'],
    words: { zh: '重新打开', en: 'Reopen' },
  },
];

/** The row for a step from a state, of those whose right one holds; null: there is none. */
export function transitionOf(
  step: Step,
  alert: { readonly state: AlertState; readonly class: AlertClass },
  mayBy: (right: Transition['right']) => boolean,
): Transition | null {
  const rows = TRANSITIONS.filter(
    (row) =>
      row.step === step &&
      row.from.includes(alert.state) &&
      (row.classes === undefined || row.classes.includes(alert.class)),
  );
  return rows.find((row) => mayBy(row.right)) ?? rows[0] ?? null;
}

/** Whether the table allows to go from one state to another by a step. */
export const allows = (step: Step, from: AlertState, to: AlertState): boolean =>
  TRANSITIONS.some((row) => row.step === step && row.to === to && row.from.includes(from));
