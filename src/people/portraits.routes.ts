import '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { getClinic } from '../access/clinics.store.ts';
import '../access/fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema, UUID_FORM } from '../access/paging.ts';
import type { Principal } from '../access/principal.ts';
import { actorOf, assertClinicInScope, scopeOf } from '../access/scope.ts';
import { DomainError } from '../platform/errors.ts';
import type { PeopleDeps } from './deps.ts';
import { BinaryFile, isoOf, isoOrNull, PortraitAnswer, PsnNo, uploadBody } from './people.schemas.ts';
import type { SubjectKind } from './people.store.ts';
import { noSuchPerson, peoplePrefix, personsWithin } from './people-scope.ts';
import { assertPicture, MAX_PICTURE_BYTES } from './picture-file.ts';
import { FILE_REFUSALS } from './portrait-refusals.ts';
import { listPortraits, type Portrait, portraitsOf, submitPortrait } from './portraits.store.ts';
import { listStaff } from './staff.write.ts';

export const portraitAnswer = (portrait: Portrait) => ({
  id: portrait.id,
  subjectKind: portrait.subjectKind,
  subjectRef: portrait.subjectRef,
  state: portrait.state,
  reasons: portrait.reasons.map((reason) => ({ ...reason })),
  quality: portrait.quality,
  takenOn: portrait.takenOn,
  createdAt: isoOf(portrait.createdAt),
  decidedAt: isoOrNull(portrait.decidedAt),
});

/** @throws DomainError `conflict`: nothing is stored where faces may not be compared */
export function assertFaceRecognitionOn(on: boolean, where: string): void {
  if (on) return;
  throw new DomainError('conflict', `face recognition is switched off ${where}: no portrait is taken in`, {
    remedy: 'Everything else works without. An administrator can switch it on.',
    reason: FILE_REFUSALS.face_recognition_off.code,
  });
}

const noSuchPortrait = () => new DomainError('not_found', 'there is no such portrait here');

export const portraitsRoutes =
  (deps: PeopleDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, blobs, audit } = deps;
    app.addContentTypeParser(
      ['image/jpeg', 'image/png', 'application/octet-stream'],
      { parseAs: 'buffer', bodyLimit: MAX_PICTURE_BYTES },
      (_request, body, done) => done(null, body),
    );

    const submit = async (
      request: FastifyRequest,
      subject: { kind: SubjectKind; ref: string },
      takenOn: string | undefined,
    ) => {
      const image = await pictureOf(request);
      const mediaType = assertPicture(image);
      const portrait = await db.transaction(async (tx) => {
        const stored = await submitPortrait(tx, deps, {
          subjectKind: subject.kind,
          subjectRef: subject.ref,
          image,
          mediaType,
          takenOn: takenOn ?? null,
        });
        await audit.record(tx, {
          actor: actorOf(request.principal),
          action: 'portrait.submit',
          subjectKind: subject.kind,
          subjectId: subject.ref,
          outcome: 'done',
          detail: { portraitId: stored.id },
        });
        return stored;
      });
      return portraitAnswer(portrait);
    };

    const assertPerson = async (principal: Principal, psnNo: string): Promise<void> => {
      const prefix = await peoplePrefix(db, scopeOf(principal));
      if (!(await personsWithin(db, prefix, [psnNo])).has(psnNo)) throw noSuchPerson();
    };

    const submission = {
      querystring: Type.Object({
        takenOn: Type.Optional(Type.String({ format: 'date', description: 'When it was taken, if known' })),
      }),
      response: { 202: PortraitAnswer },
      body: uploadBody({
        'image/jpeg': { contentMediaType: 'image/jpeg' },
        'image/png': { contentMediaType: 'image/png' },
        'multipart/form-data': { type: ['object', 'null'], properties: { file: BinaryFile }, required: ['file'] },
      }),
      tags: ['people'],
    };
    const description =
      'A JPEG or PNG as the body, or as the file of a form. It is looked at soon after: accepted, or quarantined with all reasons.';

    app.post(
      '/v1/people/:psnNo/portrait',
      {
        bodyLimit: MAX_PICTURE_BYTES,
        schema: {
          ...submission,
          summary: 'Send an enrollee’s portrait',
          description,
          operationId: 'submitPersonPortrait',
          params: Type.Object({ psnNo: PsnNo }),
        },
        config: { right: 'people.write' },
      },
      async (request, reply) => {
        assertFaceRecognitionOn(deps.faceRecognition, 'in this installation');
        await assertPerson(request.principal, request.params.psnNo);
        const subject = { kind: 'enrollee', ref: request.params.psnNo } as const;
        return reply.code(202).send(await submit(request, subject, request.query.takenOn));
      },
    );

    app.post(
      '/v1/staff/:id/portrait',
      {
        bodyLimit: MAX_PICTURE_BYTES,
        schema: {
          ...submission,
          summary: 'Send the portrait of a member of staff',
          description,
          operationId: 'submitStaffPortrait',
          params: Type.Object({ id: Type.String() }),
        },
        config: { right: 'people.write' },
      },
      async (request, reply) => {
        assertFaceRecognitionOn(deps.faceRecognition, 'in this installation');
        const { id } = request.params;
        const [member] = UUID_FORM.test(id) ? await listStaff(db, [id]) : [];
        if (member === undefined) throw new DomainError('not_found', 'there is no such member of staff here');
        const { code } = await assertClinicInScope(db, request.principal, member.clinicCode);
        assertFaceRecognitionOn((await getClinic(db, code))?.faceRecognition === true, 'at this clinic');
        return reply.code(202).send(await submit(request, { kind: 'staff', ref: id }, request.query.takenOn));
      },
    );

    const find = async (principal: Principal, id: string): Promise<Portrait> => {
      const scope = scopeOf(principal);
      const [portrait] = UUID_FORM.test(id)
        ? await listPortraits(db, {
            ...scope,
            peoplePrefix: await peoplePrefix(db, scope),
            state: null,
            id,
            after: null,
            limit: 1,
          })
        : [];
      if (portrait === undefined) throw noSuchPortrait();
      return portrait;
    };

    app.get(
      '/v1/portraits',
      {
        schema: {
          summary: 'Portraits of my region by state, for instance those in quarantine',
          operationId: 'listPortraits',
          tags: ['people'],
          querystring: Type.Object({ ...PageQuery, state: Type.Optional(PortraitAnswer.properties.state) }),
          response: { 200: pageSchema(PortraitAnswer) },
        },
        config: { right: 'people.read' },
      },
      async (request) => {
        const { limit, cursor, state } = request.query;
        const scope = scopeOf(request.principal);
        const rows = await listPortraits(db, {
          ...scope,
          peoplePrefix: await peoplePrefix(db, scope),
          state: state ?? null,
          id: null,
          after: decodeCursor(cursor, UUID_FORM),
          limit: limit + 1,
        });
        const page = pageOf(rows, limit, (portrait) => portrait.id);
        return { ...page, items: page.items.map(portraitAnswer) };
      },
    );

    app.get(
      '/v1/portraits/:id',
      {
        schema: {
          summary: 'What became of a portrait',
          operationId: 'getPortrait',
          tags: ['people'],
          params: Type.Object({ id: Type.String() }),
          response: { 200: PortraitAnswer },
        },
        config: { right: 'people.read' },
      },
      async (request) => portraitAnswer(await find(request.principal, request.params.id)),
    );

    const look = async (request: FastifyRequest, portrait: Portrait, purpose: string): Promise<Buffer> => {
      const record = (outcome: 'done' | 'failed'): Promise<void> =>
        audit.record(db, {
          actor: actorOf(request.principal),
          action: 'portrait.view',
          subjectKind: portrait.subjectKind,
          subjectId: portrait.subjectRef,
          purpose,
          outcome,
          detail: { portraitId: portrait.id },
        });
      try {
        if (portrait.blobSha256 === null) throw noSuchPortrait();
        const image = await blobs.get(portrait.blobSha256);
        await record('done');
        return image;
      } catch (error) {
        await record('failed');
        throw error;
      }
    };

    const viewing = {
      tags: ['people'],
      querystring: Type.Object({
        purpose: Type.String({
          minLength: 2,
          maxLength: 200,
          default: 'review',
          description: 'Kept in the audit trail',
        }),
      }),
      produces: ['image/jpeg', 'image/png'],
    };

    app.get(
      '/v1/portraits/:id/image',
      {
        schema: {
          ...viewing,
          summary: 'The picture of a portrait; each look is written down',
          operationId: 'viewPortrait',
          params: Type.Object({ id: Type.String() }),
        },
        config: { right: 'faces.read' },
      },
      async (request, reply) => {
        const portrait = await find(request.principal, request.params.id);
        return sendImage(reply, await look(request, portrait, request.query.purpose));
      },
    );

    app.get(
      '/v1/people/:psnNo/portrait',
      {
        schema: {
          ...viewing,
          summary: 'The picture of the portrait in use; each look is written down',
          operationId: 'viewPersonPortrait',
          params: Type.Object({ psnNo: PsnNo }),
        },
        config: { right: 'faces.read' },
      },
      async (request, reply) => {
        await assertPerson(request.principal, request.params.psnNo);
        const all = await portraitsOf(db, 'enrollee', request.params.psnNo);
        const portrait = all.find(({ state }) => state === 'accepted');
        if (portrait === undefined) throw noSuchPortrait();
        return sendImage(reply, await look(request, portrait, request.query.purpose));
      },
    );
  };

interface ImageReply {
  header(name: string, value: string): ImageReply;
  send(body: Buffer): unknown;
}

const sendImage = (reply: ImageReply, image: Buffer): unknown =>
  reply
    .header('content-type', assertPicture(image))
    .header('cache-control', 'private, no-store')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .send(image);

/** The picture of a request: its body, or the first file of its form. */
export async function pictureOf(request: FastifyRequest): Promise<Buffer> {
  if (Buffer.isBuffer(request.body)) return request.body;
  if (request.isMultipart()) {
    const file = await request.file({ limits: { fileSize: MAX_PICTURE_BYTES, files: 1 } });
    if (file !== undefined) return file.toBuffer();
  }
  throw new DomainError('unsupported_media', 'no picture came with this request', {
    remedy: 'Send it as the body with content-type image/jpeg or image/png, or as the file of a form.',
  });
}
