import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DomainError } from '../../platform/errors.ts';
import type { AlertClass } from '../alert.ts';

/** Pure: what an operator says about which alerts a person should see (config/review/alarm-budget.yaml). */

const closed = { additionalProperties: false } as const;
const OrNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()], { default: null });
const Share = (fallback: number) => Type.Number({ minimum: 0, maximum: 1, default: fallback });

const BudgetFields = {
  perDay: OrNull(Type.Integer({ minimum: 0, maximum: 100_000 })),
  perThousandClinics: OrNull(Type.Number({ minimum: 0, maximum: 100_000 })),
  regions: Type.Record(Type.String({ pattern: '^\\d{2,12}$' }), Type.Integer({ minimum: 0, maximum: 100_000 }), {
    default: {},
  }),
};
const BudgetSchema = Type.Object(BudgetFields, { ...closed, default: {} });
const FraudBudgetSchema = Type.Object(BudgetFields, { ...closed, default: { perThousandClinics: 8 } });
export type Budget = Static<typeof BudgetSchema>;

const RulePriorSchema = Type.Object(
  {
    mean: Type.Number({ minimum: 0.001, maximum: 0.999 }),
    strength: Type.Number({ minimum: 1, maximum: 10_000 }),
    minutes: Type.Number({ minimum: 0.5, maximum: 10_000 }),
    settleHours: Type.Optional(Type.Number({ minimum: 0, maximum: 720 })),
  },
  closed,
);
/** How often a rule is right before anybody said so, and what a review of it takes. */
export type RulePrior = Static<typeof RulePriorSchema>;

const PolicySchema = Type.Object(
  {
    mode: Type.Enum(['strict', 'learning'], { default: 'strict' }),
    leastPrecision: Share(0.8),
    fillAt: Type.Array(Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' }), {
      minItems: 1,
      maxItems: 48,
      default: ['07:00'],
    }),
    settleHours: Type.Number({ minimum: 0, maximum: 720, default: 24 }),
    budgets: Type.Object(
      { fraud: FraudBudgetSchema, evidence: BudgetSchema, device: BudgetSchema, data: BudgetSchema },
      { ...closed, default: {} },
    ),
    sample: Type.Object(
      {
        perDay: Type.Integer({ minimum: 0, maximum: 10_000, default: 5 }),
        seed: Type.Integer({ default: 1 }),
      },
      { ...closed, default: {} },
    ),
    fairness: Type.Object(
      {
        windowDays: Type.Integer({ minimum: 1, maximum: 3650, default: 90 }),
        confidence: Type.Number({ minimum: 0.5, maximum: 0.999, default: 0.95 }),
        leastShown: Type.Integer({ minimum: 1, maximum: 100_000, default: 20 }),
        maxRatio: OrNull(Type.Number({ minimum: 1, maximum: 100 })),
        maxDifference: OrNull(Type.Number({ minimum: 0, maximum: 1 })),
      },
      { ...closed, default: { maxRatio: 1.5 } },
    ),
    halfLifeDays: Type.Number({ minimum: 1, maximum: 10_000, default: 180 }),
    combine: Type.Object(
      {
        baseRate: Type.Number({ minimum: 0.0001, maximum: 0.5, default: 0.005 }),
        share: Share(0.5),
        mostGain: Type.Number({ minimum: 0, maximum: 10, default: 1.5 }),
      },
      { ...closed, default: {} },
    ),
    default: Type.Object(RulePriorSchema.properties, {
      ...closed,
      default: { mean: 0.1, strength: 20, minutes: 8 },
    }),
    rules: Type.Record(Type.String({ pattern: '^[A-Z][A-Z0-9]{0,7}(/[a-z0-9_]+)?$' }), RulePriorSchema, {
      default: {},
    }),
  },
  closed,
);
export type AlarmBudgetFile = Static<typeof PolicySchema>;

export interface AlarmPolicy extends AlarmBudgetFile {
  /** The prior of a rule, or of one reason of it, with the key under which what reviewers found is counted. */
  priorOf(ruleId: string, reason: string): { readonly key: string; readonly prior: RulePrior };
}

/** @param source named in errors. @throws DomainError `config_invalid` naming the entry */
export function alarmPolicyOf(given: unknown, source = 'alarm budget'): AlarmPolicy {
  const value: unknown = Value.Default(PolicySchema, structuredClone(given ?? {}));
  if (!Value.Check(PolicySchema, value)) {
    const [first] = Value.Errors(PolicySchema, value);
    throw new DomainError('config_invalid', `${source}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`, {
      remedy: 'See the comments in that file.',
    });
  }
  const { rules } = value;
  return {
    ...value,
    priorOf: (ruleId, reason) => {
      const narrow = `${ruleId}/${reason}`;
      const key = Object.hasOwn(rules, narrow) ? narrow : ruleId;
      return { key, prior: (Object.hasOwn(rules, key) ? rules[key] : undefined) ?? value.default };
    },
  };
}

/** Alerts of this class are shown as they come: no precision is asked of them, and nothing limits their number. */
export function isUnlimited(policy: AlarmPolicy, alertClass: AlertClass): boolean {
  const { perDay, perThousandClinics, regions } = policy.budgets[alertClass];
  const noPrecision = alertClass !== 'fraud' || policy.mode === 'learning';
  return noPrecision && perDay === null && perThousandClinics === null && Object.keys(regions).length === 0;
}

/** Whether alerts of this class are shown as soon as there is room, not at the moments of `fillAt`. */
export const isShownAtOnce = (policy: AlarmPolicy, alertClass: AlertClass): boolean =>
  alertClass !== 'fraud' || policy.mode === 'learning';

/** Reviews a day of the whole installation; Infinity: no limit. */
export function installationLimit(budget: Budget, clinics: number): number {
  if (budget.perDay !== null) return budget.perDay;
  return budget.perThousandClinics === null
    ? Number.POSITIVE_INFINITY
    : Math.ceil((budget.perThousandClinics * clinics) / 1000);
}
