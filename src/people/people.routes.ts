import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema } from '../access/paging.ts';
import type { Principal } from '../access/principal.ts';
import { REGION_CODE } from '../access/regions.store.ts';
import { actorOf, assertClinicInScope, scopeOf } from '../access/scope.ts';
import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { PeopleDeps } from './deps.ts';
import { type IdentifiedPerson, listPersons } from './identity.store.ts';
import { maskCertno, maskName, normaliseCertno } from './identity.ts';
import { isoOf, isoOrNull, NullableString, PersonAnswer, PersonSummary, PsnNo } from './people.schemas.ts';
import { getPerson, portraitTemplatesOf, statusesOf } from './people.store.ts';
import { noSuchPerson, peoplePrefix } from './people-scope.ts';
import { checkedPerson } from './person-input.ts';
import { putPersons } from './persons.write.ts';
import { portraitAnswer } from './portraits.routes.ts';
import { portraitsOf } from './portraits.store.ts';
import { proxyAnswer } from './proxies.routes.ts';
import { proxiesOf } from './proxies.write.ts';

const Sex = Type.Union([Type.Literal('male'), Type.Literal('female'), Type.Literal('unknown')]);
const Purpose = Type.String({ minLength: 2, maxLength: 200, description: 'Why; it is kept in the audit trail' });

/** The person if the caller may see him. @throws DomainError `not_found` */
export async function assertPersonInScope(
  deps: PeopleDeps,
  principal: Principal,
  psnNo: string,
): Promise<IdentifiedPerson> {
  const prefix = await peoplePrefix(deps.db, scopeOf(principal));
  const [person] = await listPersons(deps.db, deps.keyring, { prefix, psnNos: [psnNo], limit: 1 });
  if (person === undefined) throw noSuchPerson();
  return person;
}

async function summaries(db: Queryable, persons: readonly IdentifiedPerson[]) {
  const portraits = await portraitTemplatesOf(
    db,
    'enrollee',
    persons.map((person) => person.psnNo),
  );
  return persons.map((person) => ({
    psnNo: person.psnNo,
    name: person.name === null ? null : maskName(person.name),
    certno: person.certno === null ? null : maskCertno(person.certno),
    certType: person.certType,
    sex: person.sex,
    birthYear: person.birth === null ? null : Number(person.birth.slice(0, 4)),
    household: person.household,
    regionCode: person.regionCode,
    hasPortrait: portraits.has(person.psnNo),
  }));
}

export const peopleRoutes =
  (deps: PeopleDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, keyring, audit } = deps;

    const describe = async (person: IdentifiedPerson) => {
      const [summary] = await summaries(db, [person]);
      if (summary === undefined) throw noSuchPerson();
      const { psnNo } = person;
      const statuses = await statusesOf(db, psnNo);
      return {
        ...summary,
        statuses: statuses.map(({ psnNo: _, ...status }) => ({
          ...status,
          from: isoOf(status.from),
          to: isoOrNull(status.to),
        })),
        proxies: (await proxiesOf(db, psnNo)).map(proxyAnswer),
        portraits: (await portraitsOf(db, 'enrollee', psnNo)).map(portraitAnswer),
      };
    };

    app.put(
      '/v1/people/:psnNo',
      {
        schema: {
          summary: 'Register or change an enrollee; what is left out stays as it is',
          operationId: 'putPerson',
          tags: ['people'],
          params: Type.Object({ psnNo: PsnNo }),
          body: Type.Object({
            name: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
            certType: Type.Optional(Type.String({ pattern: '^\\d{1,6}$', description: 'psn_cert_type; 01: ID card' })),
            certno: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
            sex: Type.Optional(Sex),
            birth: Type.Optional(Type.String({ format: 'date' })),
            household: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
            regionCode: Type.Optional(Type.String({ pattern: REGION_CODE })),
          }),
          response: { 200: PersonAnswer },
        },
        config: { right: 'people.write' },
      },
      async (request) => {
        const { body, principal } = request;
        const { psnNo } = request.params;
        const prefix = await peoplePrefix(db, scopeOf(principal));
        const known = await getPerson(db, psnNo);
        if (known !== null && !(known.regionCode ?? '').startsWith(prefix)) throw noSuchPerson();
        if (body.regionCode !== undefined && !body.regionCode.startsWith(prefix)) {
          throw new DomainError('invalid_input', `the region ${body.regionCode} does not lie in yours`);
        }
        const input = checkedPerson({
          psnNo,
          name: body.name ?? null,
          certType: body.certType ?? null,
          certno: body.certno ?? null,
          sex: body.sex ?? null,
          birth: body.birth ?? null,
          household: body.household ?? null,
          regionCode: body.regionCode ?? null,
        });
        await db.transaction(async (tx) => {
          await putPersons(tx, deps, [input], prefix);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'person.put',
            subjectKind: 'person',
            subjectId: psnNo,
            outcome: 'done',
            detail: { what: Object.keys(body) },
          });
        });
        return describe(await assertPersonInScope(deps, principal, psnNo));
      },
    );

    app.get(
      '/v1/people/:psnNo',
      {
        schema: {
          summary: 'An enrollee, masked, with statuses, proxies and portraits',
          operationId: 'getPerson',
          tags: ['people'],
          params: Type.Object({ psnNo: PsnNo }),
          response: { 200: PersonAnswer },
        },
        config: { right: 'people.read' },
      },
      async (request) => describe(await assertPersonInScope(deps, request.principal, request.params.psnNo)),
    );

    app.post(
      '/v1/people/:psnNo/identity',
      {
        schema: {
          summary: 'Name and ID number in the clear; each look is written down with its purpose',
          operationId: 'revealPerson',
          tags: ['people'],
          params: Type.Object({ psnNo: PsnNo }),
          body: Type.Object({ purpose: Purpose }),
          response: {
            200: Type.Object({
              psnNo: Type.String(),
              name: NullableString,
              certType: Type.String(),
              certno: NullableString,
              birth: NullableString,
            }),
          },
        },
        config: { right: 'people.unmask' },
      },
      async (request, reply) => {
        const { principal } = request;
        const { psnNo } = request.params;
        const record = (outcome: 'done' | 'refused'): Promise<void> =>
          audit.record(db, {
            actor: actorOf(principal),
            action: 'person.unmask',
            subjectKind: 'person',
            subjectId: psnNo,
            purpose: request.body.purpose,
            outcome,
          });
        const person = await assertPersonInScope(deps, principal, psnNo).catch(async (error: unknown) => {
          await record('refused');
          throw error;
        });
        await record('done');
        reply.header('cache-control', 'no-store');
        const { name, certType, certno, birth } = person;
        return { psnNo, name, certType, certno, birth };
      },
    );

    app.post(
      '/v1/people/lookup',
      {
        schema: {
          summary: 'Find enrollees by ID number, within my region; written down',
          operationId: 'lookUpPerson',
          tags: ['people'],
          body: Type.Object({ certno: Type.String({ minLength: 4, maxLength: 50 }) }),
          response: { 200: Type.Object({ items: Type.Array(PersonSummary) }) },
        },
        config: { right: 'people.read' },
      },
      async (request) => {
        const prefix = await peoplePrefix(db, scopeOf(request.principal));
        const certno = normaliseCertno(request.body.certno);
        const found = await listPersons(db, keyring, { prefix, certno, limit: 20 });
        await audit.record(db, {
          actor: actorOf(request.principal),
          action: 'person.lookup',
          subjectKind: 'person',
          subjectId: found.length === 1 ? (found[0]?.psnNo ?? null) : null,
          outcome: 'done',
          detail: { found: found.length },
        });
        return { items: await summaries(db, found) };
      },
    );

    app.get(
      '/v1/people',
      {
        schema: {
          summary: 'Enrollees of a region, a clinic’s township or a household, masked',
          operationId: 'listPeople',
          tags: ['people'],
          querystring: Type.Object({
            ...PageQuery,
            regionCode: Type.Optional(Type.String({ pattern: REGION_CODE })),
            clinicCode: Type.Optional(Type.String()),
            household: Type.Optional(Type.String({ maxLength: 60 })),
          }),
          response: { 200: pageSchema(PersonSummary) },
        },
        config: { right: 'people.read' },
      },
      async (request) => {
        const { limit, cursor, regionCode, clinicCode, household } = request.query;
        const clinic = clinicCode === undefined ? null : await assertClinicInScope(db, request.principal, clinicCode);
        const ofClinic =
          clinic === null ? undefined : await peoplePrefix(db, { regionPrefix: null, clinicCode: clinic.code });
        const regionPrefix = [regionCode, ofClinic]
          .filter((prefix) => prefix !== undefined)
          .sort((a, b) => b.length - a.length);
        const rows = await listPersons(db, keyring, {
          prefix: await peoplePrefix(db, scopeOf(request.principal)),
          ...(regionPrefix[0] === undefined ? {} : { regionPrefix: regionPrefix[0] }),
          ...(household === undefined ? {} : { household }),
          after: decodeCursor(cursor),
          limit: limit + 1,
        });
        const page = pageOf(rows, limit, (person) => person.psnNo);
        return { ...page, items: await summaries(db, page.items) };
      },
    );
  };
