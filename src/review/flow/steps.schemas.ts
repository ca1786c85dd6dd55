import { type Static, Type } from 'typebox';
import { DISMISS_REASONS, INSURED_MET } from '../alerts.schemas.ts';
import { Fen, Nullable, Time, Uuid } from '../common.schemas.ts';
import { DETERMINATIONS } from './states.ts';
import { STEPS } from './transitions.ts';

const Text = (description: string, maxLength = 4000) => Type.String({ minLength: 1, maxLength, description });
const Day = Type.String({ format: 'date' });

/** Steps that a person asks for; `lapse` is the clock's. */
export const ASKED_STEPS = STEPS.filter((step) => step !== 'lapse');

/** One step. What it needs beside `step` and `version` says the table in docs/review-flow.md. */
export const StepBody = Type.Object(
  {
    step: Type.Enum(ASKED_STEPS),
    version: Type.Integer({ minimum: 1, description: 'Of the alert that you looked at; a stale one answers 409' }),
    note: Type.Optional(Type.String({ maxLength: 2000 })),
    reason: Type.Optional(
      Type.Enum([...DISMISS_REASONS], {
        description:
          '数据质量 · 代办 · 出诊 · 双胞胎 · 设备故障 · 目录映射错误 · 其他 (a note is required for the last)',
      }),
    ),
    insuredMet: Type.Optional(
      Type.Enum([...INSURED_MET], {
        description:
          'exclude: how you made sure that the insured person was there himself, by other means than a face: 查验证件 · 电话核实 · 当面核实. It teaches the face model what its scores are worth.',
      }),
    ),
    question: Type.Optional(Text('ask: what the clinic shall explain')),
    text: Type.Optional(Text('explain, appeal: in the clinic’s words', 8000)),
    attachmentIds: Type.Optional(Type.Array(Uuid, { maxItems: 100 })),
    way: Type.Optional(Type.Enum(['online', 'on_site'], { description: 'verify: 线上 · 现场' })),
    task: Type.Optional(Text('verify: what to find out')),
    result: Type.Optional(Text('report_verification: what was found', 8000)),
    officers: Type.Optional(Type.Array(Text('report_verification: who was there', 100), { minItems: 1, maxItems: 20 })),
    determination: Type.Optional(
      Type.Enum([...DETERMINATIONS], { description: '违规 · 涉嫌欺诈 (propose) · 不违规 · 数据质量 (determine)' }),
    ),
    grounds: Type.Optional(Text('propose, determine: facts and evidence', 8000)),
    amountFen: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    measures: Type.Optional(
      Type.Array(
        Type.Object({
          kind: Type.String({ maxLength: 40 }),
          amountFen: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
          dueOn: Type.Optional(Day),
          note: Type.Optional(Type.String({ maxLength: 1000 })),
        }),
        { minItems: 1, maxItems: 20 },
      ),
    ),
    measureId: Type.Optional(Uuid),
    recoveredOn: Type.Optional(Day),
    receipt: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type StepBody = Static<typeof StepBody>;

export const UndoBody = Type.Object({ version: Type.Integer({ minimum: 1 }) });

const OrNull = <T extends string>(values: readonly T[]) => Nullable(Type.Enum([...values]));

export const MeasureView = Type.Object({
  id: Uuid,
  kind: Type.String(),
  words: Type.Object({ zh: Type.String(), en: Type.String() }),
  amountFen: Fen,
  recoveredFen: Fen,
  dueOn: Nullable(Type.String()),
  note: Nullable(Type.String()),
});

/** How far an alert has come, and what was said on the way. Logins are shown, no person numbers. */
export const FlowView = Type.Object({
  dueAt: Nullable(Time),
  overdue: Type.Boolean(),
  firstReviewer: Nullable(Type.String()),
  secondReviewer: Nullable(Type.String()),
  assignee: Nullable(Type.String()),
  lockedBy: Nullable(Type.String({ description: 'Somebody else looks at it now' })),
  snoozedUntil: Nullable(Time),
  escalatedAt: Nullable(Time),
  question: Nullable(Type.String()),
  askedAt: Nullable(Time),
  explanations: Type.Array(
    Type.Object({
      id: Uuid,
      kind: Type.Enum(['explanation', 'appeal']),
      at: Time,
      by: Type.String(),
      text: Type.String(),
      late: Type.Boolean(),
      attachments: Type.Array(
        Type.Object({ id: Uuid, name: Type.String(), mediaType: Type.String(), sizeBytes: Type.Integer() }),
      ),
    }),
  ),
  task: Nullable(Type.Object({ way: Type.Enum(['online', 'on_site']), text: Type.String() })),
  verification: Nullable(Type.Object({ result: Type.String(), officers: Type.Array(Type.String()) })),
  proposal: Nullable(
    Type.Object({
      determination: Type.Enum([...DETERMINATIONS]),
      grounds: Type.String(),
      amountFen: Nullable(Fen),
      by: Type.String(),
    }),
  ),
  determination: OrNull(DETERMINATIONS),
  determinedAt: Nullable(Time),
  grounds: Nullable(Type.String()),
  amountFen: Nullable(Fen),
  measures: Type.Array(MeasureView),
});
export type FlowView = Static<typeof FlowView>;

export const StepName = Type.Enum(ASKED_STEPS);
