import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { Audit } from './audit.ts';
import { CLINIC_CODE, type Clinic, getClinic, listClinics, putClinic } from './clinics.store.ts';
import './fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema } from './paging.ts';
import { getRegion, listRegions, putRegion, REGION_CODE, regionOf } from './regions.store.ts';
import { actorOf, assertClinicInScope, findClinicInScope, noSuchClinic, regionInScope, scopeOf } from './scope.ts';

export interface ClinicsRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly audit: Audit;
}

const RegionAnswer = Type.Object({
  code: Type.String(),
  name: Type.String(),
  level: Type.String({ description: 'city, county, township, village' }),
  parent: Type.Union([Type.String(), Type.Null()]),
});

const OpenHoursForm = Type.Object({
  days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { minItems: 1, maxItems: 7, description: '1: Monday' }),
  from: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' }),
  to: Type.String({ pattern: '^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$', description: 'At or before from: after midnight' }),
});

const ClinicMode = Type.Union([Type.Literal('mirror'), Type.Literal('hook')]);

const ClinicAnswer = Type.Object({
  code: Type.String(),
  name: Type.String(),
  regionCode: Type.String(),
  openHours: Type.Array(OpenHoursForm),
  mode: ClinicMode,
  faceRecognition: Type.Boolean(),
});

const answerOf = (clinic: Clinic) => ({
  ...clinic,
  openHours: clinic.openHours.map((hours) => ({ ...hours, days: [...hours.days] })),
});

export const clinicsRoutes =
  (deps: ClinicsRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, audit } = deps;

    app.get(
      '/v1/regions',
      {
        schema: {
          summary: 'My region, what lies in it, and what it lies in',
          operationId: 'listRegions',
          tags: ['regions'],
          querystring: Type.Object({
            ...PageQuery,
            parent: Type.Optional(Type.String({ pattern: REGION_CODE, description: 'Only its children' })),
          }),
          response: { 200: pageSchema(RegionAnswer) },
        },
        config: { right: 'clinics.read' },
      },
      async (request) => {
        const { limit, cursor, parent } = request.query;
        const page = { parent: parent ?? null, after: decodeCursor(cursor, /^\d+$/), limit: limit + 1 };
        const rows = await listRegions(db, scopeOf(request.principal), page);
        return pageOf(rows, limit, (region) => region.code);
      },
    );

    app.put(
      '/v1/regions/:code',
      {
        schema: {
          summary: 'Register or rename a region; level and parent follow from its code',
          operationId: 'putRegion',
          tags: ['regions'],
          params: Type.Object({ code: Type.String({ pattern: REGION_CODE }) }),
          body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }) }),
          response: { 200: RegionAnswer },
        },
        config: { right: 'clinics.write' },
      },
      async (request) => {
        const region = regionOf(request.params.code, request.body.name);
        if (!regionInScope(scopeOf(request.principal), region.code)) {
          throw new DomainError('not_found', `the region ${region.code} does not lie in yours`);
        }
        await db.transaction(async (tx) => {
          await putRegion(tx, region);
          await audit.record(tx, {
            actor: actorOf(request.principal),
            action: 'region.put',
            subjectKind: 'region',
            subjectId: region.code,
            outcome: 'done',
          });
        });
        return region;
      },
    );

    app.get(
      '/v1/clinics',
      {
        schema: {
          summary: 'Clinics of my region',
          operationId: 'listClinics',
          tags: ['clinics'],
          querystring: Type.Object({
            ...PageQuery,
            regionCode: Type.Optional(Type.String({ pattern: REGION_CODE, description: 'Only those in this region' })),
          }),
          response: { 200: pageSchema(ClinicAnswer) },
        },
        config: { right: 'clinics.read' },
      },
      async (request) => {
        const { limit, cursor, regionCode } = request.query;
        const rows = await listClinics(db, scopeOf(request.principal), {
          ...(regionCode === undefined ? {} : { regionPrefix: regionCode }),
          after: decodeCursor(cursor),
          limit: limit + 1,
        });
        const page = pageOf(rows, limit, (clinic) => clinic.code);
        return { ...page, items: page.items.map(answerOf) };
      },
    );

    app.get(
      '/v1/clinics/:code',
      {
        schema: {
          summary: 'One clinic',
          operationId: 'getClinic',
          tags: ['clinics'],
          params: Type.Object({ code: Type.String() }),
          response: { 200: ClinicAnswer },
        },
        config: { right: 'clinics.read' },
      },
      async (request) => {
        const { code } = await assertClinicInScope(db, request.principal, request.params.code);
        const clinic = await getClinic(db, code);
        if (clinic === null) throw noSuchClinic(code);
        return answerOf(clinic);
      },
    );

    app.put(
      '/v1/clinics/:code',
      {
        schema: {
          summary: 'Register or change a clinic: region, opening hours, mode, face recognition',
          operationId: 'putClinic',
          tags: ['clinics'],
          params: Type.Object({ code: Type.String({ pattern: CLINIC_CODE }) }),
          body: Type.Object({
            name: Type.String({ minLength: 1, maxLength: 200 }),
            regionCode: Type.String({ pattern: REGION_CODE }),
            openHours: Type.Array(OpenHoursForm, { default: [], maxItems: 50 }),
            mode: Type.Union([Type.Literal('mirror'), Type.Literal('hook')], { default: 'mirror' }),
            faceRecognition: Type.Boolean({ default: true }),
          }),
          response: { 200: ClinicAnswer },
        },
        config: { right: 'clinics.write' },
      },
      async (request) => {
        const { body, principal } = request;
        const { code } = request.params;
        const scope = scopeOf(principal);
        const elsewhere = (await getClinic(db, code)) !== null && (await findClinicInScope(db, scope, code)) === null;
        if (elsewhere) throw noSuchClinic(code);
        if (!regionInScope(scope, body.regionCode) || (await getRegion(db, body.regionCode)) === null) {
          throw new DomainError('invalid_input', `the region ${body.regionCode} is not known in yours`, {
            remedy: 'Register it with PUT /v1/regions/{code}, or correct the code.',
          });
        }
        const clinic: Clinic = { code, ...body };
        await db.transaction(async (tx) => {
          await putClinic(tx, deps, clinic);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'clinic.put',
            subjectKind: 'clinic',
            subjectId: code,
            outcome: 'done',
            detail: { mode: clinic.mode, faceRecognition: clinic.faceRecognition, regionCode: clinic.regionCode },
          });
        });
        return answerOf(clinic);
      },
    );
  };
