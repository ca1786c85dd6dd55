import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Scope } from '../../access/principal.ts';
import { findClinicInScope, scopeOf } from '../../access/scope.ts';
import type { Db } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { plainWords, safePsnNo } from './plain-words.ts';
import {
  type ClaimEvent,
  eventsOfVisit,
  type FeeLine,
  feeLinesOfVisit,
  getSettlement,
  pageSettlements,
  type Settlement,
} from './settlement.store.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);
const Fen = Type.Union([Type.Integer(), Type.Null()], { description: 'Integer fen' });
const Words = Type.Object({ zh: Type.String(), en: Type.String() });
const Moment = Type.String({ format: 'date-time' });

const SettlementSchema = Type.Object({
  id: Type.String(),
  at: Type.String(),
  msgid: Type.String(),
  setlId: Nullable,
  mdtrtId: Nullable,
  clinicCode: Type.String(),
  psnNo: Nullable,
  medType: Nullable,
  insutype: Nullable,
  certType: Nullable,
  devNo: Nullable,
  totalFen: Fen,
  fundFen: Fen,
  accountFen: Fen,
  cashFen: Fen,
  reversedAt: Nullable,
  reversedBy: Nullable,
});

const EventSchema = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  at: Type.String(),
  msgid: Type.String(),
  words: Words,
  reversedAt: Nullable,
  notes: Type.Array(Type.Object({ code: Type.String(), field: Nullable })),
});

const FeeLineSchema = Type.Object({
  at: Type.String(),
  feedetlSn: Type.String(),
  medListCodg: Nullable,
  name: Nullable,
  cnt: Nullable,
  price: Nullable,
  amountFen: Fen,
  inScopeFen: Fen,
  cancelledAt: Nullable,
});

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

const shownSettlement = (settlement: Settlement) => ({
  ...settlement,
  psnNo: safePsnNo(settlement.psnNo),
  at: iso(settlement.at),
  reversedAt: isoOrNull(settlement.reversedAt),
});

const shownEvent = (event: ClaimEvent) => ({
  id: event.id,
  kind: event.kind,
  at: iso(event.at),
  msgid: event.msgid,
  words: plainWords(event),
  reversedAt: isoOrNull(event.reversedAt),
  notes: [...event.body.notes],
});

const shownLine = (line: FeeLine) => ({ ...line, at: iso(line.at), cancelledAt: isoOrNull(line.cancelledAt) });

const Visit = Type.Object({ events: Type.Array(EventSchema), feeLines: Type.Array(FeeLineSchema) });

export const settlementRoutes =
  (deps: { readonly db: Db }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db } = deps;

    const visitOf = async (mdtrtId: string | null, clinicCode: string) => ({
      events: mdtrtId === null ? [] : (await eventsOfVisit(db, mdtrtId, clinicCode)).map(shownEvent),
      feeLines: mdtrtId === null ? [] : (await feeLinesOfVisit(db, mdtrtId, clinicCode)).map(shownLine),
    });

    app.get(
      '/v1/claims/settlements',
      {
        schema: {
          summary: 'Settlements in order of time, the newest first',
          operationId: 'listSettlements',
          tags: ['claims'],
          querystring: Type.Object({
            clinic: Type.Optional(Type.String({ maxLength: 12 })),
            from: Type.Optional(Moment),
            to: Type.Optional(Moment),
            psnNo: Type.Optional(Type.String({ maxLength: 64 })),
            reversed: Type.Optional(Type.Boolean({ description: 'true: those that were taken back too' })),
            cursor: Type.Optional(Type.String({ maxLength: 200 })),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
          }),
          response: { 200: Type.Object({ items: Type.Array(SettlementSchema), nextCursor: Nullable }) },
        },
        config: { right: 'claims.read' },
      },
      async (request) => {
        const { clinic, from, to, psnNo, reversed = false, cursor, limit = 50 } = request.query;
        const items = await pageSettlements(db, {
          scope: scopeOf(request.principal),
          clinicCode: clinic ?? null,
          psnNo: psnNo ?? null,
          from: from === undefined ? null : Date.parse(from),
          to: to === undefined ? null : Date.parse(to),
          includeReversed: reversed,
          before: cursor === undefined ? null : positionOf(cursor),
          limit: limit + 1,
        });
        const page = items.slice(0, limit);
        const last = page.at(-1);
        return {
          items: page.map(shownSettlement),
          nextCursor: items.length > limit && last ? cursorOf(last) : null,
        };
      },
    );

    app.get(
      '/v1/claims/settlements/:setlId',
      {
        schema: {
          summary: 'One settlement with its visit: what was said of it, in plain words, and its fee lines',
          operationId: 'getSettlement',
          tags: ['claims'],
          params: Type.Object({ setlId: Type.String({ maxLength: 64, description: 'setl_id, or the id of ours' }) }),
          response: { 200: Type.Object({ settlement: SettlementSchema, ...Visit.properties }) },
        },
        config: { right: 'claims.read' },
      },
      async (request) => {
        const { setlId } = request.params;
        const settlement =
          (await getSettlement(db, { setlId })) ?? (UUID.test(setlId) ? await getSettlement(db, { id: setlId }) : null);
        if (!settlement || !(await clinicIsInScope(db, scopeOf(request.principal), settlement.clinicCode))) {
          throw new DomainError('not_found', `there is no settlement ${setlId} here`);
        }
        return {
          settlement: shownSettlement(settlement),
          ...(await visitOf(settlement.mdtrtId, settlement.clinicCode)),
        };
      },
    );

    app.get(
      '/v1/claims/visits/:clinicCode/:mdtrtId',
      {
        schema: {
          summary: 'What was said of one visit, in plain words',
          operationId: 'getVisit',
          tags: ['claims'],
          params: Type.Object({ clinicCode: Type.String({ maxLength: 12 }), mdtrtId: Type.String({ maxLength: 64 }) }),
          response: { 200: Visit },
        },
        config: { right: 'claims.read' },
      },
      async (request) => {
        const { clinicCode, mdtrtId } = request.params;
        const visit = (await clinicIsInScope(db, scopeOf(request.principal), clinicCode))
          ? await visitOf(mdtrtId, clinicCode)
          : { events: [], feeLines: [] };
        if (visit.events.length === 0) throw new DomainError('not_found', `there is no visit ${mdtrtId} here`);
        return visit;
      },
    );
  };

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

const clinicIsInScope = async (db: Db, scope: Scope, code: string): Promise<boolean> =>
  (await findClinicInScope(db, scope, code)) !== null;

const cursorOf = (settlement: Settlement): string =>
  Buffer.from(JSON.stringify([settlement.at, settlement.id])).toString('base64url');

/** @throws DomainError `invalid_input` */
function positionOf(cursor: string): { readonly at: number; readonly id: string } {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(at) && typeof id === 'string' && UUID.test(id)) return { at: Number(at), id };
  } catch {
    // said below
  }
  throw new DomainError('invalid_input', 'this cursor is not one of ours', { remedy: 'Begin again without a cursor.' });
}
