import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { DomainError } from '../../platform/errors.ts';
import { addWorkingDays, type WorkCalendar } from '../../reconcile/local-time.ts';
import { ALERT_STATES, type AlertState } from './states.ts';

const closed = { additionalProperties: false } as const;
const WorkingDays = Type.Integer({ minimum: 1, maximum: 400 });

const FlowSchema = Type.Object(
  {
    limits: Type.Object(Object.fromEntries(ALERT_STATES.map((state) => [state, Type.Optional(WorkingDays)])), {
      ...closed,
      default: {},
    }),
    escalateAfter: Type.Integer({ minimum: 0, maximum: 400, default: 2 }),
    appealWithin: Type.Integer({ minimum: 0, maximum: 400, default: 10 }),
    finalReviewLevel: Type.Enum(['city', 'county', 'township'], { default: 'county' }),
    lockMinutes: Type.Integer({ minimum: 1, maximum: 480, default: 15 }),
    longestSnoozeDays: Type.Integer({ minimum: 1, maximum: 400, default: 14 }),
    secondLookShare: Type.Number({ minimum: 0, maximum: 1, default: 0.05 }),
    measures: Type.Array(
      Type.Object(
        {
          kind: Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$' }),
          zh: Type.String({ minLength: 1 }),
          en: Type.String({ minLength: 1 }),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    attachments: Type.Object(
      {
        most: Type.Integer({ minimum: 0, maximum: 100, default: 10 }),
        mostMegabytes: Type.Number({ minimum: 0.1, maximum: 20, default: 10 }),
      },
      { ...closed, default: {} },
    ),
  },
  closed,
);
export type FlowFile = Static<typeof FlowSchema>;

export interface FlowPolicy extends Omit<FlowFile, 'limits'> {
  readonly limits: Readonly<Partial<Record<AlertState, number>>>;
  /** When a state entered at a moment should be over, epoch ms; null: no limit. */
  dueAt(state: AlertState, enteredAt: number): number | null;
  /** So many working days later. */
  later(at: number, workingDays: number): number;
}

/** @param source named in errors. @throws DomainError `config_invalid` naming the entry */
export function flowPolicyOf(
  given: unknown,
  days: { readonly calendar: WorkCalendar; readonly timeZone: string },
  source = 'review flow',
): FlowPolicy {
  const value: unknown = Value.Default(FlowSchema, structuredClone(given ?? {}));
  if (!Value.Check(FlowSchema, value)) {
    const [first] = Value.Errors(FlowSchema, value);
    throw new DomainError('config_invalid', `${source}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`, {
      remedy: 'See the comments in that file.',
    });
  }
  const limits: FlowPolicy['limits'] = value.limits;
  const later = (at: number, workingDays: number): number =>
    addWorkingDays(at, workingDays, days.timeZone, days.calendar);
  return {
    ...value,
    limits,
    later,
    dueAt: (state, enteredAt) => {
      const limit = limits[state];
      return limit === undefined ? null : later(enteredAt, limit);
    },
  };
}
