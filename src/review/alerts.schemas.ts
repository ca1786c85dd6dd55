import { type Static, Type } from 'typebox';
import { PageQuery } from '../access/paging.ts';
import {
  AlertStateSchema,
  Bilingual,
  ClassSchema,
  Fen,
  NextCursor,
  Nullable,
  PhaseSchema,
  SeveritySchema,
  Time,
  Uuid,
} from './common.schemas.ts';
import { ALERT_STATES } from './flow/states.ts';
import { STEPS } from './flow/transitions.ts';

/** An alert as lists and the live stream carry it: no name, no face, no ID number. */
export const AlertItem = Type.Object({
  id: Uuid,
  incidentKey: Type.String(),
  phase: PhaseSchema,
  phases: Type.Array(PhaseSchema, { description: 'Phases of all findings that hit; `phase` is the leading one' }),
  class: ClassSchema,
  severity: SeveritySchema,
  state: AlertStateSchema,
  stateReason: Nullable(Type.String({ description: 'Code of why it was dismissed or withdrawn' })),
  subjectKind: Type.Enum(['settlement', 'person', 'staff', 'clinic', 'camera']),
  title: Bilingual,
  clinic: Type.Object({ code: Type.String(), name: Type.String() }),
  region: Type.Object({ code: Type.String(), name: Type.String() }),
  cameraId: Nullable(Type.String()),
  psnNo: Nullable(Type.String({ description: 'Opaque person number; null where the alert is about no person' })),
  rules: Type.Array(Type.String({ description: 'id@version of each rule that hit', examples: ['A1@1'] })),
  setlIds: Type.Array(Type.String()),
  fundFen: Fen,
  occurredAt: Time,
  raisedAt: Time,
  updatedAt: Time,
  version: Type.Integer({ description: 'Send it back with an action: a stale one answers 409' }),
  queueState: Type.Enum(['shown', 'waiting'], { description: '已展示 · 排队等待 (alarm budget)' }),
  shownAt: Nullable(Time),
  waitReason: Nullable(
    Type.Enum(['under_precision', 'settling', 'over_budget', 'fairness_bound'], {
      description: '把握不足 · 等待撤销与补传 · 超出当日预算 · 公平性限制; null: it is shown',
    }),
  ),
  pRight: Nullable(
    Type.Number({
      description: 'Probability that at least half of the fund money it names is fraud; class fraud only',
    }),
  ),
  expectedFen: Nullable(Type.Integer({ description: 'Expected confirmed fund loss, fen; class fraud only' })),
  reviewMinutes: Nullable(Type.Number({ description: 'What a review takes; class fraud only' })),
  dueAt: Nullable(Type.String({ format: 'date-time', description: 'When the state that it is in should be over' })),
  assignee: Nullable(Type.String({ description: 'Login of whoever has it' })),
  lockedBy: Nullable(Type.String({ description: 'Login of whoever looks at it now' })),
  snoozedUntil: Nullable(Type.String({ format: 'date-time' })),
  escalated: Type.Boolean(),
});
export type AlertItem = Static<typeof AlertItem>;

/** Several values of one filter are alternatives: `?state=new&state=first_review`. */
export const AlertFilter = {
  phase: Type.Optional(Type.Array(PhaseSchema)),
  class: Type.Optional(Type.Array(ClassSchema)),
  severity: Type.Optional(Type.Array(SeveritySchema)),
  state: Type.Optional(Type.Array(AlertStateSchema)),
  queue: Type.Optional(
    Type.Enum(['shown', 'waiting'], {
      default: 'shown',
      description: 'waiting: those that the alarm budget does not show yet; supervisors only',
    }),
  ),
  rule: Type.Optional(Type.Array(Type.String({ maxLength: 40, description: 'A1, or A1@1' }))),
  clinic: Type.Optional(Type.String({ maxLength: 12, description: 'fixmedins_code' })),
  region: Type.Optional(
    Type.String({ pattern: '^\\d{4,12}$', description: 'Code of a region; what lies in it counts' }),
  ),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Occurred at or after' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Occurred before' })),
  q: Type.Optional(
    Type.String({ maxLength: 100, description: 'Start of an id: alert, setl_id, psn_no, clinic code, camera, visit' }),
  ),
} as const;

export const AlertListQuery = Type.Object({ ...AlertFilter, ...PageQuery });
export type AlertListQuery = Static<typeof AlertListQuery>;

export const AlertList = Type.Object({ items: Type.Array(AlertItem), nextCursor: NextCursor });
export type AlertList = Static<typeof AlertList>;

const Counts = <K extends string>(keys: readonly K[]) =>
  Type.Object(
    Object.fromEntries(keys.map((key) => [key, Type.Integer()])) as Record<K, ReturnType<typeof Type.Integer>>,
  );

/** For the console's header: what stands, and all states. */
export const AlertSummary = Type.Object({
  standing: Type.Integer({ description: 'All but excluded, archived and withdrawn' }),
  byPhase: Counts(['pre', 'in', 'post']),
  byClass: Counts(['fraud', 'evidence', 'device', 'data']),
  bySeverity: Counts(['high', 'medium', 'low']),
  byState: Counts(ALERT_STATES),
  fundFen: Type.Integer({ description: 'Fund money of the standing alerts of class fraud, fen' }),
  seq: Type.Integer({ description: 'Number of the newest event: a stream begun behind it misses nothing' }),
});
export type AlertSummary = Static<typeof AlertSummary>;

/** DOMAIN: the list of reasons for which a suspicion turns out to be none. */
export const DISMISS_REASONS = [
  'data_quality',
  'proxy',
  'home_visit',
  'twins',
  'device_fault',
  'catalogue_mapping',
  'other',
] as const;
/** How a reviewer made sure that the insured person was there. */
export const INSURED_MET = ['id_card', 'called', 'in_person'] as const;
export type InsuredMet = (typeof INSURED_MET)[number];
export type DismissReason = (typeof DISMISS_REASONS)[number];

export const AlertParams = Type.Object({ id: Uuid });
export const ImageParams = Type.Object({
  id: Uuid,
  imageId: Type.String({
    pattern: '^(portrait|shot|still)-[0-9a-f-]{36}$',
    description: 'From the detail of this alert',
  }),
});

/** `data` of one server-sent event; its `id` is `seq`. */
export const AlertStreamEvent = Type.Object({
  seq: Type.Integer(),
  action: Type.Enum(
    [
      'raised',
      'revised',
      'withdrawn',
      'returned',
      ...STEPS,
      'undone',
      'assigned',
      'snoozed',
      'escalated',
      'settled',
      'shown',
      'waits',
    ],
    {
      description:
        'settled: the findings of an alert that people closed or have gone on with went away; it stays where it is · lapse: the clinic did not explain in time · shown: it passed the alarm budget · waits: it leaves the screens, and waits for the alarm budget',
    },
  ),
  at: Time,
  actor: Type.String(),
  reason: Nullable(Type.String()),
  alert: AlertItem,
});
export type AlertStreamEvent = Static<typeof AlertStreamEvent>;
