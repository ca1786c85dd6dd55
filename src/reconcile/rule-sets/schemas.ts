import { type Static, Type } from 'typebox';
import { ts, tsOrNull } from '../../platform/db.ts';
import type { RuleSetBody } from '../parameters.ts';
import type { RuleSetChanges } from './changes.ts';
import type { Proposal, ProposalEvent } from './proposals.store.ts';
import type { Rollout } from './rollout.ts';
import type { Run } from './runs.store.ts';
import type { RunResult } from './summary.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: 'date-time' });
const closed = { additionalProperties: false } as const;
const Values = Type.Record(Type.String(), Type.Unknown());

/** What holds for every clinic, in words. */
export const RULE_SETS = { zh: '规则集', en: 'rule sets' };
export const Id = Type.Object({ id: Type.String({ format: 'uuid' }) });
export const STATES = ['draft', 'proposed', 'live', 'superseded', 'rejected', 'withdrawn'] as const;

/** What is to be changed: see changes.ts. */
export const Changes = Type.Unsafe<RuleSetChanges>(
  Type.Object(
    {
      rules: Type.Optional(
        Type.Record(
          Type.String(),
          Type.Object(
            {
              version: Type.Optional(Type.Integer({ minimum: 1 })),
              off: Type.Optional(
                nullable(
                  Type.Enum(['take_back', 'leave'], {
                    description:
                      'Turn it off; what it found is taken back, or left (looked at on, nothing new). null: turn it on',
                  }),
                ),
              ),
              parameters: Type.Optional(Values),
            },
            closed,
          ),
          { description: 'By rule id', examples: [{ A5: { parameters: { minGap: 5 } }, A4: { off: 'take_back' } }] },
        ),
      ),
      window: Type.Optional(Values),
      decision: Type.Optional(Values),
    },
    { ...closed, description: 'Only what is to be different; null sets a parameter back to its default' },
  ),
);

const Name = Type.String({ minLength: 1, maxLength: 100, description: 'What people call it' });
const Reason = Type.String({ minLength: 1, maxLength: 2000, description: 'Why, in plain words' });
const ReassessFrom = nullable(
  Type.String({
    format: 'date-time',
    description: 'Also assess again, once in force, every subject since then; null: only what is open',
  }),
);
const Revision = Type.Integer({ minimum: 1, description: 'The revision that you looked at' });
const Note = Type.Optional(Type.String({ maxLength: 2000 }));

export const DraftBody = Type.Object(
  {
    name: Name,
    reason: Reason,
    changes: Changes,
    from: Type.Optional(
      nullable(Type.String({ format: 'uuid', description: 'Begin from this earlier set instead of the one in force' })),
    ),
    reassessFrom: Type.Optional(ReassessFrom),
  },
  closed,
);
export const ReviseBody = Type.Object(
  {
    revision: Revision,
    name: Type.Optional(Name),
    reason: Type.Optional(Reason),
    changes: Type.Optional(Changes),
    reassessFrom: Type.Optional(ReassessFrom),
    note: Note,
  },
  closed,
);
export const StepBody = Type.Object({ revision: Revision, note: Note }, closed);
export const BacktestBody = Type.Object(
  {
    from: Time,
    to: Time,
    ruleSetId: Type.Optional(Type.String({ format: 'uuid', description: 'A rule set of any state; or send changes' })),
    changes: Type.Optional(Changes),
    name: Type.Optional(Name),
  },
  closed,
);

const Difference = Type.Object({ path: Type.String(), before: Type.Unknown(), after: Type.Unknown() });
export const RuleSetItem = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  reason: Type.String(),
  state: Type.Enum([...STATES]),
  source: Type.Enum(['api', 'files', 'command']),
  version: Type.String({ description: 'Hash of its text: what assessments name' }),
  baseVersion: nullable(Type.String()),
  authors: Type.Array(Type.String(), { description: 'Who wrote in it or published it: none of them may approve it' }),
  proposedBy: nullable(Type.String()),
  proposedAt: nullable(Time),
  decidedBy: nullable(Type.String()),
  decidedAt: nullable(Time),
  liveFrom: nullable(Time),
  liveUntil: nullable(Time),
  reassessFrom: nullable(Time),
  revision: Type.Integer(),
  createdAt: Time,
  updatedAt: Time,
});
const RolloutView = Type.Object({
  state: Type.Enum(['running', 'done', 'superseded']),
  total: Type.Integer(),
  seen: Type.Integer(),
  reassessed: Type.Integer(),
  failed: Type.Integer(),
  lastError: nullable(Type.String()),
  startedAt: Time,
  updatedAt: Time,
});
const Example = Type.Object({
  incidentKey: Type.String(),
  subject: Type.String(),
  clinicCode: Type.String(),
  at: Time,
  reason: nullable(Type.String()),
  zh: nullable(Type.String()),
  en: nullable(Type.String()),
  alertId: nullable(Type.String()),
});
const Counts = {
  before: Type.Integer(),
  after: Type.Integer(),
  added: Type.Integer(),
  removed: Type.Integer(),
};
const Result = Type.Object({
  alerts: Type.Object({ ...Counts, kept: Type.Integer() }),
  confirmed: Type.Object({ before: Type.Integer(), lost: Type.Integer() }),
  dismissed: Type.Object({ before: Type.Integer(), removed: Type.Integer() }),
  rules: Type.Array(
    Type.Object({
      rule: Type.String(),
      ...Counts,
      confirmedLost: Type.Integer(),
      dismissedRemoved: Type.Integer(),
      outcomes: Type.Record(Type.String(), Type.Integer()),
      examples: Type.Object({
        added: Type.Array(Example),
        removed: Type.Array(Example),
        confirmedLost: Type.Array(Example),
      }),
    }),
  ),
  changes: Type.Array(Difference),
  notTested: Type.Array(Type.String(), { description: 'Changes that stored facts cannot show' }),
});
export const RunItem = Type.Object({
  id: Type.String({ format: 'uuid' }),
  kind: Type.Enum(['backtest', 'shadow']),
  ruleSetId: nullable(Type.String()),
  name: Type.String(),
  version: Type.String(),
  baseVersion: Type.String(),
  from: nullable(Time),
  to: nullable(Time),
  state: Type.Enum(['running', 'done', 'stopped']),
  stopReason: nullable(Type.String()),
  total: nullable(Type.Integer()),
  subjects: Type.Integer(),
  replayed: Type.Integer(),
  notReplayable: Type.Record(Type.String(), Type.Integer()),
  lastError: nullable(Type.String()),
  createdBy: Type.String(),
  createdAt: Time,
  updatedAt: Time,
  result: nullable(Result),
});
export const RuleSetDetail = Type.Object({
  ...RuleSetItem.properties,
  rules: Type.Array(
    Type.Object({
      id: Type.String(),
      version: Type.Integer(),
      off: Type.Optional(Type.Enum(['take_back', 'leave'])),
      parameters: Values,
    }),
  ),
  window: Values,
  decision: Values,
  differences: Type.Array(Difference, { description: 'From the set that was in force when it was drafted' }),
  history: Type.Array(
    Type.Object({
      at: Time,
      actor: Type.String(),
      action: Type.String(),
      note: nullable(Type.String()),
      detail: Type.Unknown(),
    }),
  ),
  rollout: nullable(RolloutView),
  shadow: nullable(RunItem),
});

export const itemOf = (proposal: Proposal): Static<typeof RuleSetItem> => ({
  id: proposal.id,
  name: proposal.name,
  reason: proposal.reason,
  state: proposal.state,
  source: proposal.source,
  version: proposal.version,
  baseVersion: proposal.baseVersion,
  authors: [...proposal.authors],
  proposedBy: proposal.proposedBy,
  proposedAt: tsOrNull(proposal.proposedAt),
  decidedBy: proposal.decidedBy,
  decidedAt: tsOrNull(proposal.decidedAt),
  liveFrom: tsOrNull(proposal.liveFrom),
  liveUntil: tsOrNull(proposal.liveUntil),
  reassessFrom: tsOrNull(proposal.reassessFrom),
  revision: proposal.revision,
  createdAt: ts(proposal.createdAt),
  updatedAt: ts(proposal.updatedAt),
});

/** @param result of a run that has not ended: as it stands */
export const runOf = (run: Run, result: RunResult | null = run.result): Static<typeof RunItem> => ({
  id: run.id,
  kind: run.kind,
  ruleSetId: run.proposalId,
  name: run.name,
  version: run.version,
  baseVersion: run.baseVersion,
  from: tsOrNull(run.from),
  to: tsOrNull(run.to),
  state: run.state,
  stopReason: run.stopReason,
  total: run.total,
  subjects: run.subjects,
  replayed: run.replayed,
  notReplayable: { ...run.notReplayable },
  lastError: run.lastError,
  createdBy: run.createdBy,
  createdAt: ts(run.createdAt),
  updatedAt: ts(run.updatedAt),
  result: result as Static<typeof Result> | null,
});

export const detailOf = (of: {
  readonly proposal: Proposal;
  readonly body: RuleSetBody;
  readonly differences: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
  readonly events: readonly ProposalEvent[];
  readonly rollout: Rollout | null;
  readonly shadow: Run | null;
}): Static<typeof RuleSetDetail> => ({
  ...itemOf(of.proposal),
  rules: of.body.rules.map((rule) => ({ ...rule, parameters: { ...rule.parameters } })),
  window: { ...of.body.window },
  decision: { ...of.body.decision },
  differences: [...of.differences],
  history: of.events.map((event) => ({ ...event, at: ts(event.at) })),
  rollout: of.rollout && {
    state: of.rollout.state,
    total: of.rollout.total,
    seen: of.rollout.seen,
    reassessed: of.rollout.reassessed,
    failed: of.rollout.failed,
    lastError: of.rollout.lastError,
    startedAt: ts(of.rollout.startedAt),
    updatedAt: ts(of.rollout.updatedAt),
  },
  shadow: of.shadow && runOf(of.shadow),
});
