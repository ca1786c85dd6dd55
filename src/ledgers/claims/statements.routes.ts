import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { scopeOf } from '../../access/scope.ts';
import { type Db, ts } from '../../platform/db.ts';

const Nullable = Type.Union([Type.String(), Type.Null()]);
const Count = Type.Union([Type.Integer(), Type.Null()]);
const StatementSchema = Type.Object({
  msgid: Type.String(),
  infno: Type.String({ description: '3201, 3202: a reconciliation; 5203, 5204: a pull' }),
  clinicCode: Type.String(),
  from: Type.String({ format: 'date-time' }),
  to: Type.String({ format: 'date-time', description: 'Behind the last moment of the period' }),
  insutype: Nullable,
  told: Type.Integer({ description: 'Settlements, or numbers pulled, that there should be' }),
  known: Type.Integer({ description: 'Of them known here' }),
  missing: Type.Integer(),
  toldFundFen: Count,
  knownFundFen: Count,
  receivedAt: Type.String({ format: 'date-time' }),
});

interface Row extends Record<string, unknown> {
  msgid: string;
  infno: string;
  clinicCode: string;
  from: number;
  to: number;
  insutype: string | null;
  told: number;
  known: number;
  toldFundFen: number | null;
  knownFundFen: number | null;
  receivedAt: number;
}

const LIST = `select s.msgid, s.infno, s.clinic_code as "clinicCode", s.from_at as "from", s.to_at as "to", s.insutype,
    coalesce(s.settlements, cardinality(s.setl_ids) + cardinality(s.mdtrt_ids)) as told,
    (case when s.settlements is not null then l.n
      else (select count(*) from settlement_key k where k.setl_id = any(s.setl_ids))
        + (select count(distinct e.mdtrt_id) from claim_events e where e.mdtrt_id = any(s.mdtrt_ids) and e.clinic_code = s.clinic_code)
      end)::int as known,
    s.fund_fen as "toldFundFen", case when s.fund_fen is not null then l.fund end as "knownFundFen", s.received_at as "receivedAt"
  from claim_statements s join clinics c on c.code = s.clinic_code
  left join lateral (select count(*)::int as n, coalesce(sum(fund_fen), 0)::bigint as fund from settlements t
    where s.settlements is not null and t.clinic_code = s.clinic_code and t.at >= s.from_at and t.at < s.to_at
      and t.reversed_at is null and (s.insutype is null or t.insutype = s.insutype)) l on true
  where ($1::text is null or c.region_code like $1 || '%') and ($2::text is null or c.code = $2)
    and ($3::text is null or s.clinic_code = $3) and ($4::timestamptz is null or s.to_at > $4)
    and ($5::timestamptz is null or s.from_at < $5)
  order by s.received_at desc, s.msgid limit $6`;

/** What reconciliations and pulls told, beside what has come. */
export const claimStatementRoutes =
  ({ db }: { readonly db: Db }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/claims/statements',
      {
        config: { right: 'claims.read' },
        schema: {
          summary: 'Completeness: what reconciliations (3201, 3202) and pulls (5203, 5204) told, and what has come',
          tags: ['claims'],
          operationId: 'listClaimStatements',
          querystring: Type.Object({
            clinicCode: Type.Optional(Type.String()),
            from: Type.Optional(Type.String({ format: 'date-time' })),
            to: Type.Optional(Type.String({ format: 'date-time' })),
            limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
          }),
          response: { 200: Type.Object({ items: Type.Array(StatementSchema) }) },
        },
      },
      async (request) => {
        const { regionPrefix, clinicCode } = scopeOf(request.principal);
        const { query } = request;
        const { rows } = await db.query<Row>(LIST, [
          ...[regionPrefix, clinicCode, query.clinicCode ?? null, query.from ?? null, query.to ?? null, query.limit],
        ]);
        return {
          items: rows.map((row) => ({
            ...row,
            from: ts(row.from),
            to: ts(row.to),
            receivedAt: ts(row.receivedAt),
            missing: Math.max(0, row.told - row.known),
          })),
        };
      },
    );
  };
