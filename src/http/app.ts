import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import cookie from '@fastify/cookie';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../platform/clock.ts';
import { PROGRAM_DIR } from '../platform/config.ts';
import type { Db } from '../platform/db.ts';
import { DomainError, httpStatusOf } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { createValidatorCompiler, refuseUnstorableText } from './request-validation.ts';
import { ErrorResponse } from './schemas.ts';

export interface AppOptions {
  readonly log: Logger;
  readonly db: Db;
  readonly clock: Clock;
  readonly trustProxy: boolean;
  /** Authentication and rights: first of all, for all routes. */
  readonly access: FastifyPluginAsync;
  /** The rooms' routes. */
  readonly routes: readonly FastifyPluginAsync[];
  /** Folder of the built console, or null when it has not been built. */
  readonly consoleDir: string | null;
}

export type App = FastifyInstance;

/** The console loads nothing from elsewhere; Ant Design writes its styles into the page. */
const CONSOLE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const UPLOAD_LIMIT_BYTES = 2 * 1024 * 1024 * 1024;
/** For one address and minute. The claims of a whole city are about ten a second at their peak, from a few mirrors. */
const REQUESTS_PER_MINUTE = 12_000;

/** The HTTP application; does not listen. */
export async function buildApp(options: AppOptions): Promise<App> {
  const app: FastifyInstance = fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId(),
    trustProxy: options.trustProxy,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
  });

  app.setValidatorCompiler(createValidatorCompiler());
  app.addHook('preHandler', refuseUnstorableText);
  app.setErrorHandler((error: FastifyError | DomainError | Error, request, reply) => {
    const failure = asDomainError(error);
    const status = httpStatusOf(failure.code);
    if (status >= 500)
      request.log.error({ err: error, reqId: request.id, route: request.routeOptions.url }, 'a request failed');
    const { remedy, ...details } = failure.details;
    return reply.code(status).send({
      error: {
        code: failure.code,
        message: failure.message,
        ...(remedy === undefined ? {} : { remedy }),
        ...(status < 500 && Object.keys(details).length > 0 ? { details } : {}),
      },
    });
  });

  await app.register(cookie);
  await app.register(multipart, { limits: { fileSize: UPLOAD_LIMIT_BYTES, files: 4 } });
  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE,
    timeWindow: '1 minute',
    errorResponseBuilder: () => new DomainError('rate_limited', 'too many requests', { remedy: 'Wait a minute.' }),
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: await apiInfo(),
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: 'cs_session' },
          key: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ session: [] }, { key: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, i) => (json.$id as string | undefined) ?? `def-${i}`,
    },
  });
  app.addSchema(ErrorResponse);
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/v1/') || route.schema === undefined) return;
    route.schema.response = {
      ...(route.schema.response as object | undefined),
      '4xx': { $ref: 'Error#' },
      '5xx': { $ref: 'Error#' },
    };
  });
  app.addHook('onSend', async (request, reply) => {
    reply
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY');
    // Deadlines are told by our clock, not by the reader's.
    if (request.url.startsWith('/v1/')) reply.header('x-server-time', new Date(options.clock.now()).toISOString());
    else if (!request.url.startsWith('/docs')) reply.header('content-security-policy', CONSOLE_POLICY);
  });

  await options.access(app, {});
  for (const routes of options.routes) await app.register(routes);
  await app.register(systemRoutes(options.db));
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { docExpansion: 'list' } });
  await serveConsole(app, options.consoleDir);
  return app;
}

async function apiInfo(): Promise<{ title: string; version: string; description: string }> {
  const { version } = JSON.parse(await readFile(join(PROGRAM_DIR, 'package.json'), 'utf8')) as { version: string };
  return {
    title: 'ClaimSight 鉴医',
    version,
    description:
      '医保智能场景监控接口。Times are ISO 8601 in UTC, money is integer fen, lists are paged by an opaque cursor. ' +
      'Errors carry a stable code, a plain message and, where there is one, a remedy.',
  };
}

const systemRoutes =
  (db: Db): FastifyPluginAsync =>
  async (app) => {
    app.get(
      '/v1/health',
      {
        schema: {
          summary: 'Whether this process can work: its database answers',
          operationId: 'getHealth',
          tags: ['system'],
          response: { 200: Type.Object({ ok: Type.Boolean() }) },
        },
        config: { public: true },
      },
      async () => {
        await db.query('select 1').catch((error: Error) => {
          throw new DomainError('unavailable', 'the database does not answer', {}, { cause: error });
        });
        return { ok: true };
      },
    );
  };

async function serveConsole(app: FastifyInstance, dir: string | null): Promise<void> {
  if (dir !== null) {
    await app.register(fastifyStatic, {
      root: dir,
      wildcard: false,
      cacheControl: false,
      // Assets carry their hash in their name; the page that names them must always be the newest.
      setHeaders: (response, path) => {
        response.header(
          'cache-control',
          path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const wantsPage =
      request.method === 'GET' &&
      !request.url.startsWith('/v1/') &&
      (request.headers.accept ?? '').includes('text/html');
    if (wantsPage && dir !== null) return reply.header('cache-control', 'no-cache').sendFile('index.html');
    throw new DomainError('not_found', `there is no ${request.method} ${request.url.split('?')[0]}`, {
      remedy: 'See /docs for what there is.',
    });
  });
}

/** What Fastify and its plugins throw, in our words. */
function asDomainError(error: FastifyError | DomainError | Error): DomainError {
  if (error instanceof DomainError) return error;
  const { statusCode = 500, validation, code } = error as FastifyError;
  if (validation)
    return new DomainError(
      'invalid_input',
      error.message,
      { remedy: 'See /docs for the form of this request.' },
      { cause: error },
    );
  if (statusCode === 413 || code === 'FST_REQ_FILE_TOO_LARGE')
    return new DomainError('payload_too_large', 'the request is too large', {}, { cause: error });
  if (statusCode === 415)
    return new DomainError('unsupported_media', 'this content type is not understood here', {}, { cause: error });
  if (statusCode === 429) return new DomainError('rate_limited', error.message, {}, { cause: error });
  if (statusCode >= 400 && statusCode < 500)
    return new DomainError('invalid_input', error.message, {}, { cause: error });
  return new DomainError('internal', 'something went wrong here; it has been logged', {}, { cause: error });
}
