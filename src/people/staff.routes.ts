import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { actorOf, assertClinicInScope } from '../access/scope.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Queryable, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { PeopleDeps } from './deps.ts';
import {
  checkFiledCamera,
  FILING_KINDS,
  type FilingKind,
  listFilings,
  putFilings,
  signFiling,
} from './filings.write.ts';
import { maskName } from './identity.ts';
import { FilingAnswer, isoOf, isoOrNull, NullableTime, nullable, PsnNo, StaffAnswer, Time } from './people.schemas.ts';
import { portraitTemplatesOf } from './people.store.ts';
import { putStaff, staffContext, staffIdOf } from './staff.write.ts';

async function describeStaff(db: Queryable, keyring: Keyring, where: { clinicCode: string; id: string | null }) {
  const { rows } = await db.query<{
    id: string;
    clinic_code: string;
    staff_no: string;
    psn_no: string | null;
    name_enc: Buffer | null;
    active_from: number;
    active_to: number | null;
  }>(
    `select id, clinic_code, staff_no, psn_no, name_enc, active_from, active_to from staff
     where clinic_code = $1 and ($2::uuid is null or id = $2) order by staff_no limit 1000`,
    [where.clinicCode, where.id],
  );
  const ids = rows.map((row) => row.id);
  const portraits = await portraitTemplatesOf(db, 'staff', ids);
  return rows.map((row) => ({
    id: row.id,
    clinicCode: row.clinic_code,
    staffNo: row.staff_no,
    psnNo: row.psn_no,
    name: row.name_enc === null ? null : maskName(keyring.openText('identity', row.name_enc, staffContext(row.id))),
    activeFrom: isoOf(row.active_from),
    activeTo: isoOrNull(row.active_to),
    hasPortrait: portraits.has(row.id),
  }));
}

export const staffRoutes =
  (deps: PeopleDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, keyring, clock, audit } = deps;

    app.put(
      '/v1/staff',
      {
        schema: {
          summary: 'Register or change a member of a clinic’s staff; what is left out stays as it is',
          operationId: 'putStaff',
          tags: ['people'],
          body: Type.Object({
            clinicCode: Type.String(),
            staffNo: Type.String({ minLength: 1, maxLength: 30, description: 'National code, or HIS operator number' }),
            name: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
            psnNo: Type.Optional(PsnNo),
            activeFrom: Type.Optional(Time),
            activeTo: Type.Optional(NullableTime),
          }),
          response: { 200: StaffAnswer },
        },
        config: { right: 'people.write' },
      },
      async (request) => {
        const { body, principal } = request;
        const { code: clinicCode } = await assertClinicInScope(db, principal, body.clinicCode);
        const id = staffIdOf(clinicCode, body.staffNo);
        const activeTo = body.activeTo == null ? body.activeTo : Date.parse(body.activeTo);
        const activeFrom = body.activeFrom === undefined ? null : Date.parse(body.activeFrom);
        if (activeTo != null && activeTo <= (activeFrom ?? 0)) {
          throw new DomainError('invalid_input', 'activeTo must be later than activeFrom');
        }
        await db.transaction(async (tx) => {
          const { staffNo, name = null, psnNo = null } = body;
          await putStaff(tx, deps, [{ clinicCode, staffNo, name, psnNo, activeFrom, activeTo }]);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'staff.put',
            subjectKind: 'staff',
            subjectId: id,
            outcome: 'done',
            detail: { what: Object.keys(body) },
          });
        });
        const [stored] = await describeStaff(db, keyring, { clinicCode, id });
        if (stored === undefined) throw new DomainError('not_found', 'there is no such member of staff here');
        return stored;
      },
    );

    app.get(
      '/v1/staff',
      {
        schema: {
          summary: 'Staff of a clinic',
          operationId: 'listStaff',
          tags: ['people'],
          querystring: Type.Object({ clinicCode: Type.String() }),
          response: { 200: Type.Object({ items: Type.Array(StaffAnswer) }) },
        },
        config: { right: 'people.read' },
      },
      async (request) => {
        const { code } = await assertClinicInScope(db, request.principal, request.query.clinicCode);
        return { items: await describeStaff(db, keyring, { clinicCode: code, id: null }) };
      },
    );

    app.post(
      '/v1/filings',
      {
        schema: {
          summary: 'File an outage, a home visit, a vaccination day or a change of the cameras (报备)',
          operationId: 'fileEvent',
          tags: ['people'],
          body: Type.Object({
            clinicCode: Type.String(),
            what: Type.Unsafe<FilingKind>({ type: 'string', enum: [...FILING_KINDS] }),
            psnNo: Type.Optional(nullable(PsnNo)),
            cameraId: Type.Optional(
              nullable(
                Type.String({
                  maxLength: 64,
                  description:
                    'The one camera that an outage or a change of the layout is about; left out: the whole clinic',
                }),
              ),
            ),
            from: Time,
            to: Type.Optional(NullableTime),
            reason: Type.Optional(
              Type.String({ maxLength: 200, description: 'Why: power cut, maintenance, the camera is replaced' }),
            ),
          }),
          response: { 201: FilingAnswer },
        },
        config: { right: 'filings.write' },
      },
      async (request, reply) => {
        const { body, principal } = request;
        const { code: clinicCode } = await assertClinicInScope(db, principal, body.clinicCode);
        const from = Date.parse(body.from);
        const to = body.to == null ? null : Date.parse(body.to);
        if (to !== null && to <= from) throw new DomainError('invalid_input', 'to must be later than from');
        const { psnNo = null, cameraId = null, what } = body;
        const filing = { clinicCode, what, psnNo, cameraId, from, to };
        await checkFiledCamera(db, filing);
        const id = await db.transaction(async (tx) => {
          const [made] = await putFilings(tx, deps, [filing]);
          await signFiling(tx, made ?? '', { reason: body.reason?.trim() || null, by: actorOf(principal) });
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'filing.put',
            subjectKind: 'clinic',
            subjectId: clinicCode,
            outcome: 'done',
            detail: { what, from: ts(from), ...(cameraId === null ? {} : { cameraId }) },
          });
          return made ?? '';
        });
        return reply.code(201).send({
          ...filing,
          id,
          from: isoOf(from),
          to: isoOrNull(to),
          reason: body.reason?.trim() || null,
          filedBy: actorOf(principal),
          createdAt: isoOf(clock.now()),
        });
      },
    );

    app.get(
      '/v1/filings',
      {
        schema: {
          summary: 'What a clinic filed for a time',
          operationId: 'listFilings',
          tags: ['people'],
          querystring: Type.Object({ clinicCode: Type.String(), from: Time, to: Time }),
          response: { 200: Type.Object({ items: Type.Array(FilingAnswer) }) },
        },
        config: { right: 'clinics.read' },
      },
      async (request) => {
        const { code } = await assertClinicInScope(db, request.principal, request.query.clinicCode);
        const [from, to] = [Date.parse(request.query.from), Date.parse(request.query.to)];
        const filings = await listFilings(db, { clinicCode: code, from, to });
        return {
          items: filings.map((filing) => ({
            ...filing,
            from: isoOf(filing.from),
            to: isoOrNull(filing.to),
            createdAt: isoOf(filing.createdAt),
          })),
        };
      },
    );
  };
