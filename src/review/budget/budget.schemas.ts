import { type Static, Type } from 'typebox';
import { NextCursor, Nullable, Time, Uuid } from '../common.schemas.ts';

const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

export const PrecisionGroup = Type.Object({
  group: Type.String({ description: 'Rule (or rule/reason), H 医疗机构 or P 药店, county code; empty: overall' }),
  n: Type.Integer({ description: 'Reviewed suspicions' }),
  confirmed: Type.Integer(),
  excluded: Type.Integer(),
  excludedDataQuality: Type.Integer({ description: 'Of the excluded: for data quality' }),
  precision: Nullable(Share('confirmed ÷ reviewed; null: nothing was reviewed')),
  low: Share('Lower end of the 95 % interval'),
  high: Share('Upper end'),
});
export type PrecisionGroup = Static<typeof PrecisionGroup>;

export const RuleEstimate = Type.Object({
  rule: Type.String(),
  priorMean: Type.Number(),
  priorStrength: Type.Number(),
  confirmed: Type.Number({ description: 'As much as it still counts: half after each half-life' }),
  excluded: Type.Number(),
  pRight: Share('With what reviewers found'),
  minutes: Type.Number(),
});

export const PrecisionReport = Type.Object({
  from: Time,
  to: Time,
  overall: PrecisionGroup,
  byRule: Type.Array(PrecisionGroup),
  byClinicKind: Type.Array(PrecisionGroup),
  byRegion: Type.Array(PrecisionGroup),
  rules: Type.Array(RuleEstimate, { description: 'What the alarm budget reckons with now' }),
});
export type PrecisionReport = Static<typeof PrecisionReport>;

export const SpanQuery = Type.Object({
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Default: 90 days before `to`' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Default: now' })),
});

const Waiting = Type.Object({
  n: Type.Integer(),
  expectedFen: Type.Integer({ description: 'Expected confirmed fund loss, fen' }),
});

export const BudgetState = Type.Object({
  mode: Type.Enum(['strict', 'learning']),
  leastPrecision: Type.Number(),
  fillAt: Type.Array(Type.String()),
  nextFillAt: Time,
  day: Type.String(),
  budgets: Type.Array(
    Type.Object({
      class: Type.String(),
      region: Type.String({ description: 'empty: the whole installation' }),
      perDay: Nullable(Type.Integer({ description: 'null: no limit' })),
      shownToday: Type.Integer(),
    }),
  ),
  waiting: Waiting,
  byReason: Type.Array(Type.Object({ reason: Type.String(), ...Waiting.properties })),
  byRule: Type.Array(Type.Object({ rule: Type.String(), ...Waiting.properties })),
});
export type BudgetState = Static<typeof BudgetState>;

/** 抽查: it says where to look, not what is suspected. */
export const SampleCheck = Type.Object({
  id: Uuid,
  day: Type.String(),
  clinic: Type.Object({ code: Type.String(), name: Type.String() }),
  psnNo: Nullable(Type.String()),
  setlIds: Type.Array(Type.String()),
  occurredAt: Nullable(Time),
  fundFen: Type.Integer(),
  state: Type.Enum(['open', 'done']),
  outcome: Nullable(Type.Enum(['fine', 'wrong', 'cannot_tell'])),
  note: Nullable(Type.String()),
  createdAt: Time,
  doneAt: Nullable(Time),
});
export type SampleCheck = Static<typeof SampleCheck>;
export const SampleCheckList = Type.Object({ items: Type.Array(SampleCheck), nextCursor: NextCursor });
export type SampleCheckList = Static<typeof SampleCheckList>;

export const SampleOutcomeBody = Type.Object({
  outcome: Type.Enum(['fine', 'wrong', 'cannot_tell'], { description: '未见异常 · 确有问题 · 无法判断' }),
  note: Type.Optional(Type.String({ maxLength: 2000 })),
});

export const MissedReport = Type.Object({
  rules: Type.Array(
    Type.Object({
      rule: Type.String({ description: 'empty: all' }),
      waited: Type.Integer({ description: 'Not shown' }),
      sampled: Type.Integer(),
      checked: Type.Integer({ description: 'Of the sampled: with a clear outcome' }),
      wrong: Type.Integer(),
      missedShare: Nullable(Share('Of what was not shown, so much was wrong')),
      low: Share('Lower end of the 95 % interval'),
      high: Share('Upper end'),
      missed: Nullable(Type.Number({ description: 'So many would be found among all that was not shown' })),
    }),
  ),
});
export type MissedReport = Static<typeof MissedReport>;
