import { type Static, Type } from 'typebox';
import { Nullable, Time } from '../common.schemas.ts';

const Rate = (description: string) =>
  Type.Object({
    n: Type.Integer(),
    hits: Type.Integer(),
    share: Nullable(Type.Number({ description })),
    low: Type.Number({ description: 'Lower end of the 95 % interval' }),
    high: Type.Number(),
  });

export const FairnessGroup = Type.Object({
  group: Type.String(),
  settlements: Type.Integer(),
  falseOfShown: Rate('excluded ÷ shown suspicions'),
  shownOfSettlements: Rate('shown suspicions ÷ settlements'),
  cannotTell: Rate('face verdicts that cannot tell ÷ verdicts'),
});

export const DimensionName = Type.Enum(['age', 'sex', 'portrait_age', 'clinic'], {
  description: '年龄段 · 性别 · 人像年龄 · 定点机构',
});

export const BrokenBound = Type.Object({
  dimension: DimensionName,
  group: Type.String(),
  brokenAt: Time,
  shown: Type.Integer(),
  excluded: Type.Integer(),
  low: Type.Number({ description: "Lower confidence bound of the group's false-alert rate" }),
  allowed: Type.Number(),
  liftedAt: Nullable(Time),
  liftedBy: Nullable(Type.String()),
  note: Nullable(Type.String()),
});

export const FairnessReport = Type.Object({
  from: Type.String(),
  to: Type.String(),
  overall: FairnessGroup,
  dimensions: Type.Array(Type.Object({ dimension: DimensionName, groups: Type.Array(FairnessGroup) })),
  bounds: Type.Array(BrokenBound, { description: 'Groups whose alerts wait, or would if nobody had lifted the bound' }),
  waiting: Type.Integer({ description: 'Alerts that wait for a bound' }),
});
export type FairnessReport = Static<typeof FairnessReport>;

export const FairnessQuery = Type.Object({
  from: Type.Optional(Type.String({ format: 'date', description: 'First day; default: as long ago as bounds look' })),
  to: Type.Optional(Type.String({ format: 'date', description: 'Last day; default: today' })),
  clinics: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 10_000,
      default: 50,
      description: 'Clinics at most, those with most shown first',
    }),
  ),
});

export const LiftBody = Type.Object({
  dimension: DimensionName,
  group: Type.String({ maxLength: 40 }),
  note: Type.String({ minLength: 1, maxLength: 2000, description: 'Why its alerts may be shown all the same' }),
});
