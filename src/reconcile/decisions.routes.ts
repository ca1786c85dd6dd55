import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import type { Audit } from '../access/audit.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema } from '../access/paging.ts';
import type { Scope } from '../access/principal.ts';
import { actorOf, scopeOf } from '../access/scope.ts';
import { type Db, type Queryable, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { effective } from './decide.ts';
import { DECISION_COLUMNS, decisionEvents } from './decision.store.ts';
import type { StoredDecision } from './decision-rows.ts';
import { confirmDecision, type DecisionActionDeps, releaseDecision } from './decisions-by-people.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: 'date-time' });

const DecisionItem = Type.Object({
  id: Type.String({ format: 'uuid' }),
  clinicCode: Type.String(),
  psnNo: nullable(Type.String()),
  mdtrtId: nullable(Type.String()),
  setlId: nullable(Type.String()),
  settlementId: nullable(Type.String()),
  msgid: Type.String(),
  clearingMonth: Type.String(),
  fundFen: nullable(Type.Integer()),
  decision: Type.Enum(['allow', 'review', 'hold'], { description: 'What was decided' }),
  effective: Type.Enum(['allow', 'review', 'hold'], { description: 'What the clinic is to do now' }),
  state: Type.Enum(['standing', 'released', 'confirmed', 'superseded']),
  reasons: Type.Array(
    Type.Object({ code: Type.String(), rule: nullable(Type.String()), zh: Type.String(), en: Type.String() }),
  ),
  deadline: nullable(Time),
  default: Type.Literal('allow'),
  alternative: nullable(Type.Object({ kind: Type.String(), zh: Type.String(), en: Type.String() })),
  releaseReason: nullable(Type.String()),
  everHeld: Type.Boolean(),
  decidedAt: Time,
  updatedAt: Time,
});
const DecisionDetail = Type.Object({
  ...DecisionItem.properties,
  history: Type.Array(
    Type.Object({
      at: Time,
      actor: Type.String(),
      action: Type.String(),
      before: Type.Unknown(),
      after: Type.Unknown(),
      note: nullable(Type.String()),
    }),
  ),
});

const Id = Type.Object({ id: Type.String({ format: 'uuid' }) });
const Release = Type.Object(
  {
    means: Type.Enum(['id_card_witnessed', 'reviewer'], {
      description: 'id_card_witnessed: an ID card was shown and a witness checked it; reviewer: a reviewer’s word',
    }),
    note: Type.String({ minLength: 1, maxLength: 1000, description: 'Why, in plain words' }),
    witness: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Who saw the ID card: staff number or office; needed for it',
      }),
    ),
  },
  { additionalProperties: false },
);
const Confirm = Type.Object(
  { note: Type.String({ minLength: 1, maxLength: 1000, description: 'Why, in plain words' }) },
  { additionalProperties: false },
);
const ListQuery = Type.Object({
  ...PageQuery,
  decision: Type.Optional(Type.Enum(['allow', 'review', 'hold'])),
  state: Type.Optional(Type.Enum(['standing', 'released', 'confirmed', 'superseded'])),
  clinicCode: Type.Optional(Type.String()),
  psnNo: Type.Optional(Type.String()),
});

export interface DecisionRoutesDeps extends DecisionActionDeps {
  readonly db: Db;
  readonly audit: Audit;
}

const itemOf = (row: StoredDecision): Static<typeof DecisionItem> => ({
  id: row.id,
  clinicCode: row.clinicCode,
  psnNo: row.psnNo,
  mdtrtId: row.mdtrtId,
  setlId: row.setlId,
  settlementId: row.settlementId,
  msgid: row.msgid,
  clearingMonth: row.clearingMonth,
  fundFen: row.fundFen,
  decision: row.decision,
  effective: effective(row.decision, row.state),
  state: row.state,
  reasons: [...row.reasons],
  deadline: tsOrNull(row.deadlineAt),
  default: 'allow',
  alternative: row.alternative,
  releaseReason: row.releaseReason,
  everHeld: row.everHeld,
  decidedAt: ts(row.decidedAt),
  updatedAt: ts(row.updatedAt),
});

const IN_SCOPE = `exists (select 1 from clinics c where c.code = clinic_code
  and ($1::text is null or c.region_code like $1 || '%') and ($2::text is null or c.code = $2))`;

/** Decisions in the caller's scope, newest first. */
export async function listDecisions(db: Queryable, scope: Scope, query: Static<typeof ListQuery>) {
  const [at, id] = decodeCursor(query.cursor, /^\d+_[0-9a-f-]{36}$/)?.split('_') ?? [];
  const { rows } = await db.query<StoredDecision>(
    `select ${DECISION_COLUMNS} from decisions where ${IN_SCOPE}
       and ($3::text is null or decision = $3) and ($4::text is null or state = $4)
       and ($5::text is null or clinic_code = $5) and ($6::text is null or psn_no = $6)
       and ($7::timestamptz is null or (decided_at, id) < ($7, $8::uuid))
     order by decided_at desc, id desc limit $9`,
    [
      scope.regionPrefix,
      scope.clinicCode,
      query.decision ?? null,
      query.state ?? null,
      query.clinicCode ?? null,
      query.psnNo ?? null,
      at === undefined ? null : ts(Number(at)),
      id ?? null,
      query.limit + 1,
    ],
  );
  return pageOf(rows, query.limit, (row) => `${row.decidedAt}_${row.id}`);
}

/** One decision in scope. @throws DomainError `not_found` */
export async function getDecision(db: Queryable, scope: Scope, id: string): Promise<StoredDecision> {
  const { rows } = await db.query<StoredDecision>(
    `select ${DECISION_COLUMNS} from decisions where ${IN_SCOPE} and id = $3`,
    [scope.regionPrefix, scope.clinicCode, id],
  );
  if (!rows[0]) throw new DomainError('not_found', `there is no decision ${id} here`);
  return rows[0];
}

export const decisionRoutes =
  (deps: DecisionRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const detailOf = async (db: Db, row: StoredDecision): Promise<Static<typeof DecisionDetail>> => ({
      ...itemOf(row),
      history: (await decisionEvents(db, row.id)).map((event) => ({ ...event, at: ts(event.at) })),
    });

    app.get(
      '/v1/decisions',
      {
        config: { right: 'decisions.read' },
        schema: {
          summary: 'Decisions on settlements, newest first',
          tags: ['decisions'],
          operationId: 'listDecisions',
          querystring: ListQuery,
          response: { 200: pageSchema(DecisionItem) },
        },
      },
      async (request) => {
        const page = await listDecisions(deps.db, scopeOf(request.principal), request.query);
        return { items: page.items.map(itemOf), nextCursor: page.nextCursor };
      },
    );

    app.get(
      '/v1/decisions/:id',
      {
        config: { right: 'decisions.read' },
        schema: {
          summary: 'One decision with its history',
          tags: ['decisions'],
          operationId: 'getDecision',
          params: Id,
          response: { 200: DecisionDetail },
        },
      },
      async (request) => detailOf(deps.db, await getDecision(deps.db, scopeOf(request.principal), request.params.id)),
    );

    app.post(
      '/v1/decisions/:id/release',
      {
        config: { right: 'decisions.act' },
        schema: {
          summary: 'Let a hold go: one person suffices',
          tags: ['decisions'],
          operationId: 'releaseDecision',
          params: Id,
          body: Release,
          response: { 200: DecisionDetail },
        },
      },
      async (request) => {
        const { id } = await getDecision(deps.db, scopeOf(request.principal), request.params.id);
        const after = await releaseDecision(deps, id, actorOf(request.principal), request.body);
        await record(request.principal, 'decision.release', after, request.body.note);
        return detailOf(deps.db, after);
      },
    );

    app.post(
      '/v1/decisions/:id/confirm',
      {
        config: { right: 'decisions.act' },
        schema: {
          summary: 'Confirm a hold: the second different person makes it stand',
          tags: ['decisions'],
          operationId: 'confirmDecision',
          params: Id,
          body: Confirm,
          response: { 200: DecisionDetail },
        },
      },
      async (request) => {
        const { id } = await getDecision(deps.db, scopeOf(request.principal), request.params.id);
        const after = await confirmDecision(deps, id, actorOf(request.principal), request.body.note);
        await record(request.principal, 'decision.confirm', after, request.body.note);
        return detailOf(deps.db, after);
      },
    );

    const record = (
      principal: Parameters<typeof actorOf>[0],
      action: string,
      decision: StoredDecision,
      purpose: string,
    ): Promise<void> =>
      deps.audit.record(deps.db, {
        actor: actorOf(principal),
        action,
        subjectKind: 'decision',
        subjectId: decision.id,
        purpose,
        outcome: 'done',
        detail: { state: decision.state },
      });
  };
