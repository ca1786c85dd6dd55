import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { Audit } from '../../access/audit.ts';
import type { Scope } from '../../access/principal.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Db, ts, tsOrNull } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { DecisionParameters } from '../parameters.ts';
import type { InStore } from '../pg-store.ts';
import { tellHolding } from './gate.ts';
import { BREAKER_COLUMNS } from './pg.ts';
import { EVERYWHERE, type HoldBreakerRow } from './tables.ts';

export interface HoldingDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly inStore: InStore;
  /** As they are at the moment. */
  readonly parameters: () => DecisionParameters;
}

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: 'date-time' });
const ScopeName = Type.String({
  pattern: '^(\\*|\\d{6})$',
  description: '*: the whole installation; else a county’s six digits',
});
const BreakerItem = Type.Object({
  scope: ScopeName,
  state: Type.Enum(['open', 'closed'], { description: 'open: no hold is placed here, what would hold is reviewed' }),
  openedAt: Time,
  closesAt: nullable(Time),
  wanted: Type.Integer({ description: 'Holds that were wanted within the window when it opened' }),
  decided: Type.Integer({ description: 'Decisions made within that window' }),
  withheld: Type.Integer({ description: 'Holds that became reviews since it opened' }),
  closedAt: nullable(Time),
  closedBy: nullable(Type.String()),
  note: nullable(Type.String()),
});
const Holding = Type.Object({
  paused: Type.Boolean({ description: 'Whether holding is paused anywhere that the caller may see' }),
  breakers: Type.Array(BreakerItem),
  window: Type.Object({
    minutes: Type.Number(),
    held: Type.Integer({ description: 'Holds placed within the window' }),
    withheld: Type.Integer({ description: 'Holds that became reviews within the window' }),
    decided: Type.Integer(),
  }),
});
const Resume = Type.Object(
  { note: Type.String({ minLength: 1, maxLength: 1000, description: 'Why, in plain words' }) },
  { additionalProperties: false },
);

const itemOf = (row: HoldBreakerRow): Static<typeof BreakerItem> => ({
  scope: row.scope,
  state: row.state,
  openedAt: ts(row.opened_at),
  closesAt: tsOrNull(row.closes_at),
  wanted: row.wanted,
  decided: row.decided,
  withheld: row.withheld,
  closedAt: tsOrNull(row.closed_at),
  closedBy: row.closed_by,
  note: row.note,
});

/** A breaker's people: whose region covers its scope. A city's covers the installation. */
export const mayClose = ({ regionPrefix, clinicCode }: Scope, scope: string): boolean =>
  clinicCode === null &&
  (regionPrefix === null || (scope === EVERYWHERE ? regionPrefix.length <= 4 : scope.startsWith(regionPrefix)));

/** What of holding somebody may see: his region's breakers and counts, and whether the installation's is open. */
export async function readHolding(deps: Pick<HoldingDeps, 'db' | 'clock' | 'parameters'>, scope: Scope) {
  const { breakerWindowMinutes: minutes } = deps.parameters();
  const prefix = scope.clinicCode?.slice(1, 7) ?? scope.regionPrefix ?? '';
  const { rows } = await deps.db.query<HoldBreakerRow & Record<string, unknown>>(
    `select ${BREAKER_COLUMNS} from hold_breakers
     where scope = $1 or scope like $2 || '%' or $2 like scope || '%' order by scope`,
    [EVERYWHERE, prefix],
  );
  const since = ts(deps.clock.now() - minutes * 60_000);
  const counts = await deps.db.query<{ held: number; withheld: number; decided: number }>(
    `select (select count(*) from hold_attempts where at >= $1 and held and region like $2 || '%') as held,
       (select count(*) from hold_attempts where at >= $1 and not held and region like $2 || '%') as withheld,
       (select count(*) from decisions where decided_at >= $1 and substr(clinic_code, 2, 6) like $2 || '%') as decided`,
    [since, prefix.slice(0, 6)],
  );
  const window = { minutes, ...(counts.rows[0] ?? { held: 0, withheld: 0, decided: 0 }) };
  return { paused: rows.some(({ state }) => state === 'open'), breakers: rows.map(itemOf), window };
}

/** A person lets holding go on. @throws DomainError `not_found`, `conflict` */
export async function resumeHolding(
  deps: Pick<HoldingDeps, 'clock' | 'inStore'>,
  scope: string,
  actor: string,
  note: string,
): Promise<void> {
  await deps.inStore(async (store) => {
    const [breaker] = await store.holdBreakers([scope]);
    if (breaker?.state !== 'open') {
      throw new DomainError('conflict', 'holding is not paused there', {
        remedy: 'Read it again: it goes on already.',
      });
    }
    const now = deps.clock.now();
    const closed: HoldBreakerRow = {
      ...breaker,
      ...{ state: 'closed', closes_at: null, closed_at: now, closed_by: actor, note, updated_at: now },
    };
    store.putHoldBreaker(closed);
    tellHolding(store, closed, { clinicCode: '', now });
  });
}

export const holdingRoutes =
  (deps: HoldingDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/holding',
      {
        config: { right: 'decisions.read' },
        schema: {
          summary: 'Whether holds are placed: the circuit breakers',
          tags: ['decisions'],
          operationId: 'getHolding',
          response: { 200: Holding },
        },
      },
      async (request) => readHolding(deps, scopeOf(request.principal)),
    );

    app.post(
      '/v1/holding/:scope/resume',
      {
        config: { right: 'decisions.act' },
        schema: {
          summary: 'Let holding go on after it was paused',
          tags: ['decisions'],
          operationId: 'resumeHolding',
          params: Type.Object({ scope: ScopeName }),
          body: Resume,
          response: { 200: Holding },
        },
      },
      async (request) => {
        const scope = scopeOf(request.principal);
        const { scope: name } = request.params;
        if (!mayClose(scope, name)) throw new DomainError('not_found', `there is no breaker ${name} here`);
        const actor = actorOf(request.principal);
        await resumeHolding(deps, name, actor, request.body.note);
        await deps.audit.record(deps.db, {
          actor,
          action: 'holding.resume',
          subjectKind: 'holding',
          subjectId: name,
          purpose: request.body.note,
          outcome: 'done',
          detail: {},
        });
        return readHolding(deps, scope);
      },
    );
  };
