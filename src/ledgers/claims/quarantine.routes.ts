import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Audit } from '../../access/audit.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { Db } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { assertMaySeeIntake } from './intake.routes.ts';
import type { Intake, IntakeResult } from './intake.ts';
import { parseJsonBytes } from './json-body.ts';
import { shapeOf } from './message.ts';
import {
  getQuarantined,
  listQuarantine,
  type QuarantineItem,
  quarantineCounts,
  quarantinedBody,
  resolveQuarantined,
} from './quarantine.store.ts';
import { QUARANTINE_REASONS } from './refusal.ts';

export interface QuarantineRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly audit: Audit;
  readonly intake: Intake;
}

const Uuid = Type.String({ format: 'uuid' });
const Nullable = Type.Union([Type.String(), Type.Null()]);
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const State = Type.Union([Type.Literal('open'), Type.Literal('replayed'), Type.Literal('discarded')]);

const Item = Type.Object({
  id: Uuid,
  receivedAt: Type.String(),
  msgid: Nullable,
  infno: Nullable,
  clinicCode: Nullable,
  reason: Type.String(),
  reasonWords: Words,
  detail: Type.String(),
  bytes: Type.Integer(),
  state: State,
  resolvedAt: Nullable,
  resolvedBy: Nullable,
  note: Nullable,
  submittedBy: Type.String(),
});

const shown = (item: QuarantineItem) => ({
  ...item,
  receivedAt: new Date(item.receivedAt).toISOString(),
  resolvedAt: item.resolvedAt === null ? null : new Date(item.resolvedAt).toISOString(),
  reasonWords: QUARANTINE_REASONS[item.reason],
});

const ReplayResult = Type.Object({
  outcome: Type.Union([Type.Literal('accepted'), Type.Literal('duplicate'), Type.Literal('quarantined')]),
  reason: Nullable,
  detail: Nullable,
});

const replayResult = (result: IntakeResult) =>
  result.outcome === 'quarantined'
    ? { outcome: result.outcome, reason: result.reason, detail: result.detail }
    : { outcome: result.outcome, reason: null, detail: null };

export const claimQuarantineRoutes =
  (deps: QuarantineRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, keyring, audit, intake } = deps;
    const noSuch = (id: string): DomainError =>
      new DomainError('not_found', `there is no quarantined message ${id} here`);
    const resolved = (): DomainError =>
      new DomainError('conflict', 'this message does not lie in quarantine any more', {
        remedy: 'Load the list again.',
      });

    app.get(
      '/v1/claims/quarantine',
      {
        schema: {
          summary: 'Messages that could not be understood, newest first',
          operationId: 'listClaimQuarantine',
          tags: ['claims'],
          querystring: Type.Object({
            reason: Type.Optional(Type.String()),
            infno: Type.Optional(Type.String()),
            state: Type.Optional(Type.Union([State, Type.Literal('all')])),
            cursor: Type.Optional(Uuid),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
          }),
          response: {
            200: Type.Object({
              items: Type.Array(Item),
              nextCursor: Nullable,
              counts: Type.Record(Type.String(), Type.Integer(), { description: 'In this state, by reason' }),
            }),
          },
        },
        config: { signedIn: true },
      },
      async (request) => {
        assertMaySeeIntake(request.principal);
        const scope = scopeOf(request.principal);
        const { reason, infno, cursor, limit = 50 } = request.query;
        const state = request.query.state === 'all' ? null : (request.query.state ?? 'open');
        const items = await listQuarantine(db, {
          scope,
          reason: reason ?? null,
          infno: infno ?? null,
          state,
          before: cursor ?? null,
          limit: limit + 1,
        });
        const page = items.slice(0, limit);
        return {
          items: page.map(shown),
          nextCursor: items.length > limit ? (page.at(-1)?.id ?? null) : null,
          counts: await quarantineCounts(db, { scope, state }),
        };
      },
    );

    app.get(
      '/v1/claims/quarantine/:id',
      {
        schema: {
          summary: 'One quarantined message: its reason and the names in it, without their values',
          operationId: 'getClaimQuarantined',
          tags: ['claims'],
          params: Type.Object({ id: Uuid }),
          response: { 200: Type.Object({ ...Item.properties, shape: Type.Array(Type.String()) }) },
        },
        config: { signedIn: true },
      },
      async (request) => {
        assertMaySeeIntake(request.principal);
        const { id } = request.params;
        const item = await getQuarantined(db, scopeOf(request.principal), id);
        const body = item && (await quarantinedBody(db, keyring, id));
        if (!item || !body) throw noSuch(id);
        return { ...shown(item), shape: shapeOfBytes(body) };
      },
    );

    app.post(
      '/v1/claims/quarantine/:id/replay',
      {
        schema: {
          summary: 'Try a quarantined message again',
          operationId: 'replayClaimQuarantined',
          tags: ['claims'],
          params: Type.Object({ id: Uuid }),
          response: { 200: ReplayResult },
        },
        config: { right: 'claims.map' },
      },
      async (request) => {
        const { id } = request.params;
        const actor = actorOf(request.principal);
        if (!(await getQuarantined(db, scopeOf(request.principal), id))) throw noSuch(id);
        const result = await intake.replay(id, actor);
        if (result === null) throw resolved();
        await audit.record(db, {
          actor,
          action: 'claim.replay',
          subjectKind: 'claim_quarantine',
          subjectId: id,
          outcome: result.outcome === 'quarantined' ? 'refused' : 'done',
        });
        return replayResult(result);
      },
    );

    app.post(
      '/v1/claims/quarantine/:id/discard',
      {
        schema: {
          summary: 'Set a quarantined message aside for good; it stays on record and in the counts',
          operationId: 'discardClaimQuarantined',
          tags: ['claims'],
          params: Type.Object({ id: Uuid }),
          body: Type.Object({ note: Type.String({ minLength: 1, maxLength: 500, description: 'Why' }) }),
          response: { 200: Item },
        },
        config: { right: 'claims.map' },
      },
      async (request) => {
        const { id } = request.params;
        const { note } = request.body;
        const actor = actorOf(request.principal);
        const scope = scopeOf(request.principal);
        if (!(await getQuarantined(db, scope, id))) throw noSuch(id);
        await db.transaction(async (tx) => {
          if (!(await resolveQuarantined(tx, id, { state: 'discarded', at: clock.now(), by: actor, note })))
            throw resolved();
          await audit.record(tx, {
            actor,
            action: 'claim.discard',
            subjectKind: 'claim_quarantine',
            subjectId: id,
            purpose: note,
            outcome: 'done',
          });
        });
        const item = await getQuarantined(db, scope, id);
        if (!item) throw noSuch(id);
        return shown(item);
      },
    );
  };

/** Empty for what is not JSON. */
function shapeOfBytes(body: Buffer): string[] {
  try {
    return shapeOf(parseJsonBytes(body));
  } catch {
    return [];
  }
}
