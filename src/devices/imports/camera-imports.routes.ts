import '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import { BinaryFile, uploadBody } from '../../people/people.schemas.ts';
import { csvText } from '../../platform/csv-text.ts';
import { DomainError } from '../../platform/errors.ts';
import { putCamera } from '../camera.store.ts';
import type { ConnectDeps } from '../connect.deps.ts';
import { medTypesNeeding, requiredScenePoints } from '../scene-points.ts';
import { checkCameraFile, type ImportLine } from './camera-import.ts';
import type { RowNote } from './camera-rows.ts';

const MOST_BYTES = 8 * 1024 * 1024;
const IMPORTS_PER_MINUTE = 20;

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Note = Type.Object({
  field: nullable(Type.String()),
  zh: Type.String(),
  en: Type.String(),
  remedy: nullable(Type.Object({ zh: Type.String(), en: Type.String() })),
});
const Report = Type.Object({
  dryRun: Type.Boolean(),
  checksum: Type.String({ description: 'Send it with the import itself: what was checked is what is imported' }),
  total: Type.Integer(),
  accepted: Type.Integer(),
  refused: Type.Integer(),
  lines: Type.Array(
    Type.Object({
      line: Type.Integer({ description: 'Of the file; the header is 1' }),
      cameraId: nullable(Type.String()),
      result: Type.String({ description: 'new, change or refused' }),
      errors: Type.Array(Note),
      warnings: Type.Array(Note),
    }),
  ),
});

const answerOf = ({ line, cameraId, result, errors, warnings }: ImportLine) => ({
  ...{ line, cameraId, result },
  errors: [...errors],
  warnings: [...warnings],
});

function reportCsv(lines: readonly ImportLine[]): string {
  const say = (notes: readonly RowNote[], language: 'zh' | 'en'): string =>
    notes.map((note) => note[language] + (note.remedy ? ` → ${note.remedy[language]}` : '')).join('; ');
  return csvText(
    [
      '行号 line',
      '摄像头编号 camera_id',
      '结果 result',
      '栏目 column',
      '原因与办法',
      'reason and remedy',
      '提醒',
      'warning',
    ],
    lines.map(({ line, cameraId, result, errors, warnings }) => [
      ...[line, cameraId, { new: '新增 new', change: '变更 change', refused: '拒绝 refused' }[result]],
      ...[errors[0]?.field ?? null, say(errors, 'zh'), say(errors, 'en'), say(warnings, 'zh'), say(warnings, 'en')],
    ]),
  );
}

/** Many cameras at once from a table: checked first, imported then, each line with its reasons. */
export const cameraImportsRoutes =
  (deps: ConnectDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, audit } = deps;

    app.post(
      '/v1/camera-imports',
      {
        schema: {
          summary: 'Check a table of cameras line by line (dry run), or import it after that',
          description:
            'Form with `file` (CSV; columns: docs/cameras.md). First with dryRun=true; then with dryRun=false and the checksum that it ' +
            'answered. Refused lines hinder the others only unless partial=true. format=csv answers the report as a file.',
          operationId: 'importCameras',
          tags: ['cameras'],
          querystring: Type.Object({
            dryRun: Type.Boolean({ default: true }),
            partial: Type.Boolean({ default: false, description: 'Import the good lines though others are refused' }),
            checksum: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
            format: Type.Union([Type.Literal('json'), Type.Literal('csv')], { default: 'json' }),
          }),
          body: uploadBody({
            'multipart/form-data': { type: ['object', 'null'], properties: { file: BinaryFile }, required: ['file'] },
          }),
          response: {
            200: { content: { 'application/json': { schema: Report }, 'text/csv': { schema: Type.String() } } },
          },
        },
        config: { right: 'devices.write', rateLimit: { max: IMPORTS_PER_MINUTE, timeWindow: '1 minute' } },
      },
      async (request, reply) => {
        const { principal, query } = request;
        const file = await fileOf(request);
        const { checksum, lines } = await checkCameraFile(deps, scopeOf(principal), file);
        const good = lines.filter(({ row }) => row !== null);
        const refused = lines.length - good.length;
        if (!query.dryRun) {
          if (query.checksum !== checksum)
            throw new DomainError('conflict', '该文件尚未检查 / this file has not been checked', {
              remedy:
                '先以 dryRun=true 检查，再带上其 checksum 导入 / send it with dryRun=true first, then with the checksum answered',
            });
          if (refused > 0 && !query.partial)
            throw new DomainError('conflict', `有 ${refused} 行被拒绝 / ${refused} lines are refused`, {
              remedy:
                '改正后重试，或以 partial=true 只导入其余行 / correct them, or import the others with partial=true',
            });
          await store(request, good);
        }
        if (query.format === 'csv') {
          reply.header('content-disposition', 'attachment; filename="cameras-report.csv"');
          return reply.type('text/csv; charset=utf-8').send(reportCsv(lines));
        }
        return reply.type('application/json').send({
          ...{ dryRun: query.dryRun, checksum, total: lines.length, accepted: good.length, refused },
          lines: lines.map(answerOf),
        });
      },
    );

    const store = (request: FastifyRequest, lines: readonly ImportLine[]): Promise<void> =>
      db.transaction(async (tx) => {
        const points = new Map<string, Awaited<ReturnType<typeof requiredScenePoints>>>();
        for (const { row } of lines) {
          if (row === null) continue;
          const known = points.get(row.clinicCode) ?? (await requiredScenePoints(tx, row.clinicCode));
          points.set(row.clinicCode, known);
          await putCamera(tx, deps, {
            id: row.id,
            clinicCode: row.clinicCode,
            name: row.name,
            scenePoint: row.scenePoint,
            requiredMedTypes: row.medTypes ?? (known.length === 0 ? [] : medTypesNeeding(known, row.scenePoint)),
            sourceUrl: row.url,
          });
        }
        await audit.record(tx, {
          actor: actorOf(request.principal),
          action: 'cameras.import',
          subjectKind: 'camera',
          outcome: 'done',
          detail: { cameras: lines.length, ids: lines.slice(0, 200).map(({ cameraId }) => cameraId) },
        });
      });
  };

async function fileOf(request: FastifyRequest): Promise<Buffer> {
  if (!request.isMultipart())
    throw new DomainError('unsupported_media', '请以表单上传 / an import is a form', {
      remedy: 'Send multipart/form-data with file.',
    });
  let file: Buffer | null = null;
  for await (const part of request.parts({ limits: { fileSize: MOST_BYTES, files: 1 } })) {
    if (part.type === 'file' && part.fieldname === 'file') file = await part.toBuffer();
  }
  if (file === null || file.length === 0)
    throw new DomainError('invalid_input', '缺少文件 / the file is missing', { remedy: 'Send it as the field file.' });
  return file;
}
