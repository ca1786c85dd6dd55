import '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema, UUID_FORM } from '../../access/paging.ts';
import type { Principal } from '../../access/principal.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import { csvText } from '../../platform/csv-text.ts';
import { DomainError } from '../../platform/errors.ts';
import type { PeopleDeps } from '../deps.ts';
import {
  BinaryFile,
  isoOf,
  isoOrNull,
  NullableString,
  NullableTime,
  nullable,
  Time,
  uploadBody,
} from '../people.schemas.ts';
import { peopleImport } from '../people.topics.ts';
import { assertFaceRecognitionOn } from '../portraits.routes.ts';
import { hasPortraits, IMPORT_KINDS, type ImportKind } from './feeds.ts';
import { addImport, type ImportJob, listImports, listRefusals, type Refusal } from './imports.store.ts';
import { isRefusalCode, REFUSALS } from './refusals.ts';

const MAX_CSV_BYTES = 64 * 1024 * 1024;
const MAX_ZIP_BYTES = 256 * 1024 * 1024;

const ImportAnswer = Type.Object({
  id: Type.String(),
  kind: Type.Unsafe<ImportKind>({ type: 'string', enum: [...IMPORT_KINDS] }),
  state: Type.Unsafe<ImportJob['state']>({ type: 'string', enum: ['waiting', 'running', 'done', 'failed'] }),
  fileName: Type.String(),
  total: nullable(Type.Integer({ description: 'Rows and pictures; null until counted' })),
  done: Type.Integer(),
  accepted: Type.Integer(),
  refused: Type.Integer(),
  error: nullable(Type.String({ description: 'Why the file as a whole could not be read' })),
  requestedBy: Type.String(),
  createdAt: Time,
  finishedAt: NullableTime,
});

const RefusalAnswer = Type.Object({
  row: Type.Integer({ description: 'Line of the CSV (the header is 1); of a picture its number in the zip' }),
  file: nullable(Type.String({ description: 'Name of the picture' })),
  reason: Type.String(),
  zh: Type.String(),
  en: Type.String(),
  detail: NullableString,
});

const answerOf = (job: ImportJob) => ({
  id: job.id,
  kind: job.kind,
  state: job.state,
  fileName: job.fileName,
  total: job.total,
  done: job.done,
  accepted: job.accepted,
  refused: job.refused,
  error: job.error,
  requestedBy: job.requestedBy,
  createdAt: isoOf(job.createdAt),
  finishedAt: isoOrNull(job.finishedAt),
});

const refusalAnswer = (refusal: Refusal) => ({
  ...refusal,
  ...(isRefusalCode(refusal.reason) ? REFUSALS[refusal.reason] : { zh: refusal.reason, en: refusal.reason }),
});

export const importsRoutes =
  (deps: PeopleDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, blobs, audit, outbox } = deps;

    app.post(
      '/v1/imports',
      {
        schema: {
          summary: 'Import a feed: form with kind, file (CSV) and, for people and staff, portraits (zip)',
          description: 'Columns of each kind: docs/feeds.md. Works in the background; ask GET /v1/imports/{id}.',
          operationId: 'startImport',
          tags: ['imports'],
          body: uploadBody({
            'multipart/form-data': {
              type: ['object', 'null'],
              properties: {
                kind: { type: 'string', enum: [...IMPORT_KINDS] },
                file: BinaryFile,
                portraits: BinaryFile,
              },
              required: ['kind', 'file'],
            },
          }),
          response: { 202: ImportAnswer },
        },
        config: { right: 'people.write' },
      },
      async (request, reply) => {
        const { principal } = request;
        const form = await readForm(request);
        if (form.portraits !== null) assertFaceRecognitionOn(deps.faceRecognition, 'in this installation');
        const id = await db.transaction(async (tx) => {
          const csv = await blobs.put(tx, form.csv, { mediaType: 'text/csv', retentionClass: 'import' });
          const zip =
            form.portraits === null
              ? null
              : await blobs.put(tx, form.portraits, { mediaType: 'application/zip', retentionClass: 'import' });
          const importId = await addImport(tx, {
            kind: form.kind,
            fileName: form.fileName,
            csvSha256: csv.sha256,
            portraitsSha256: zip?.sha256 ?? null,
            requestedBy: actorOf(principal),
            scope: scopeOf(principal),
            createdAt: clock.now(),
          });
          await outbox.add(tx, peopleImport, { importId }, { dedupeKey: importId });
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'import.start',
            subjectKind: 'import',
            subjectId: importId,
            outcome: 'done',
            detail: { kind: form.kind, bytes: csv.sizeBytes, portraits: zip !== null },
          });
          return importId;
        });
        return reply.code(202).send(answerOf(await find(principal, id)));
      },
    );

    const find = async (principal: Principal, id: string): Promise<ImportJob> => {
      const [job] = UUID_FORM.test(id) ? await listImports(db, scopeOf(principal), { id, after: null, limit: 1 }) : [];
      if (job === undefined) throw new DomainError('not_found', 'there is no such import here');
      return job;
    };

    app.get(
      '/v1/imports',
      {
        schema: {
          summary: 'Imports of my region, newest first',
          operationId: 'listImports',
          tags: ['imports'],
          querystring: Type.Object(PageQuery),
          response: { 200: pageSchema(ImportAnswer) },
        },
        config: { right: 'people.write' },
      },
      async (request) => {
        const { limit, cursor } = request.query;
        const after = decodeCursor(cursor, UUID_FORM);
        const rows = await listImports(db, scopeOf(request.principal), { id: null, after, limit: limit + 1 });
        const page = pageOf(rows, limit, (job) => job.id);
        return { ...page, items: page.items.map(answerOf) };
      },
    );

    app.get(
      '/v1/imports/:id',
      {
        schema: {
          summary: 'How far an import is',
          operationId: 'getImport',
          tags: ['imports'],
          params: Type.Object({ id: Type.String() }),
          response: { 200: ImportAnswer },
        },
        config: { right: 'people.write' },
      },
      async (request) => answerOf(await find(request.principal, request.params.id)),
    );

    app.get(
      '/v1/imports/:id/refusals',
      {
        schema: {
          summary: 'Which rows and pictures were refused, and why; as JSON in pages, or ?format=csv whole',
          operationId: 'listImportRefusals',
          tags: ['imports'],
          params: Type.Object({ id: Type.String() }),
          querystring: Type.Object({
            ...PageQuery,
            format: Type.Union([Type.Literal('json'), Type.Literal('csv')], { default: 'json' }),
          }),
          response: {
            200: {
              content: {
                'application/json': { schema: pageSchema(RefusalAnswer) },
                'text/csv': { schema: Type.String() },
              },
            },
          },
        },
        config: { right: 'people.write' },
      },
      async (request, reply) => {
        const job = await find(request.principal, request.params.id);
        const { limit, cursor, format } = request.query;
        if (format === 'csv') {
          const all = await listRefusals(db, job.id, { after: 0, limit: null });
          reply.header('content-disposition', `attachment; filename="refusals-${job.id}.csv"`);
          return reply.type('text/csv; charset=utf-8').send(refusalsCsv(all));
        }
        const after = Number(decodeCursor(cursor, /^\d{1,9}$/) ?? 0);
        const rows = await listRefusals(db, job.id, { after, limit: limit + 1 });
        const page = pageOf(rows, limit, () => String(after + limit));
        return reply.type('application/json').send({ ...page, items: page.items.map(refusalAnswer) });
      },
    );
  };

function refusalsCsv(refusals: readonly Refusal[]): string {
  const rows = refusals.map(refusalAnswer).map((row) => [row.row, row.file, row.reason, row.zh, row.en, row.detail]);
  return csvText(['行号 row', '照片 file', '代码 reason', '原因', 'explanation', '细节 detail'], rows);
}

interface ImportForm {
  readonly kind: ImportKind;
  readonly fileName: string;
  readonly csv: Buffer;
  readonly portraits: Buffer | null;
}

async function readForm(request: FastifyRequest): Promise<ImportForm> {
  if (!request.isMultipart()) {
    throw new DomainError('unsupported_media', 'an import is a form', {
      remedy: 'Send multipart/form-data with kind, file and, for people and staff, portraits.',
    });
  }
  let kind: unknown;
  let csv: { name: string; content: Buffer } | null = null;
  let portraits: Buffer | null = null;
  for await (const part of request.parts({ limits: { fileSize: MAX_ZIP_BYTES, files: 2, fields: 10 } })) {
    if (part.type === 'field') {
      if (part.fieldname === 'kind') kind = part.value;
    } else if (part.fieldname === 'file') {
      csv = { name: part.filename, content: await part.toBuffer() };
    } else if (part.fieldname === 'portraits') {
      portraits = await part.toBuffer();
    } else {
      throw new DomainError('invalid_input', `the form has an unknown file ${part.fieldname.slice(0, 40)}`, {
        remedy: 'Call the CSV file and the zip portraits.',
      });
    }
  }
  const known = IMPORT_KINDS.find((name) => name === kind);
  if (known === undefined) {
    throw new DomainError('invalid_input', 'kind says what the file holds', {
      remedy: `One of ${IMPORT_KINDS.join(', ')}.`,
    });
  }
  if (csv === null || csv.content.length === 0) {
    throw new DomainError('invalid_input', 'the CSV is missing or empty', { remedy: 'Send it as the field file.' });
  }
  if (csv.content.length > MAX_CSV_BYTES) {
    throw new DomainError('payload_too_large', 'the CSV has more than 64 MB', { remedy: 'Split it.' });
  }
  if (portraits !== null && !hasPortraits(known)) {
    throw new DomainError('invalid_input', `a file of ${known} comes without portraits`);
  }
  return { kind: known, fileName: csv.name.slice(0, 200), csv: csv.content, portraits };
}
