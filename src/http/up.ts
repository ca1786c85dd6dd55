import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, loadConfig, PROGRAM_DIR } from '../platform/config.ts';
import { ensureDatabase, startEmbeddedPostgres } from '../platform/embedded-postgres.ts';
import { DomainError } from '../platform/errors.ts';
import { createLogger, type Logger } from '../platform/log.ts';
import { migrate } from '../platform/migrate.ts';
import { freePort, isPortFree } from '../platform/ports.ts';
import { EMBEDDED_DATABASE, MIGRATIONS_DIR } from '../platform/runtime.ts';
import { type Supervisor, supervise } from '../platform/supervisor.ts';
import { ensureConsole } from './console-build.ts';
import { checkOwnFaceModel } from './face-model-check.ts';

export interface Installation {
  readonly databaseUrl: string;
  readonly supervisor: Supervisor;
  /** Where the API listens. */
  readonly url: string;
  stop(): Promise<void>;
}

export const ROLES = ['api', 'camera', 'reconcile', 'housekeeping'] as const;

/** The address of the installation's database: the server that is named, or the embedded one, started here. */
export async function provideDatabase(
  config: Config,
  log: Logger,
  options: { fresh?: boolean } = {},
): Promise<{ url: string; stop(): Promise<void> }> {
  if (config.DATABASE_URL !== undefined) return { url: config.DATABASE_URL, stop: async () => undefined };
  await mkdir(config.dataDir, { recursive: true });
  const port = config.EMBEDDED_POSTGRES_PORT;
  const server = await startEmbeddedPostgres({ dir: config.dataDir, port, keep: true, log });
  return { url: await ensureDatabase(server, EMBEDDED_DATABASE, options), stop: () => server.stop() };
}

/** Starts all roles as processes of their own and keeps them running. */
export async function startInstallation(options: {
  readonly config: Config;
  readonly log: Logger;
  readonly database: { readonly url: string; stop(): Promise<void> };
  readonly env?: NodeJS.ProcessEnv;
  /** Folder for the processes' logs; default: this process's stderr. */
  readonly logDir?: string;
}): Promise<Installation> {
  const { config, log, database } = options;
  // Here it ends with the reason and the remedy; each process by itself would be started again and again.
  const asChildren = loadConfig({ ...process.env, ...options.env });
  if (asChildren.FACE_RECOGNITION) await checkOwnFaceModel(asChildren);
  await migrate({ connectionString: database.url, dir: MIGRATIONS_DIR });
  if (options.logDir !== undefined) await mkdir(options.logDir, { recursive: true });
  // One port for good: an API that is started again must be found where it was.
  const wanted = Number(options.env?.PORT ?? config.PORT);
  const port = wanted === 0 ? await freePort(config.HOST) : wanted;
  if (!(await isPortFree(port, config.HOST))) {
    throw new DomainError('unavailable', `nothing can listen on ${config.HOST}:${port}: it is taken, or not allowed`, {
      remedy: 'Is ClaimSight running already? Otherwise set PORT (and HOST) to a free one.',
    });
  }
  const supervisor = supervise({
    log,
    children: ROLES.map((role) => ({
      name: role,
      file: join(PROGRAM_DIR, 'workers', `${role}.ts`),
      env: {
        ...process.env,
        CLAIMSIGHT_DATA_DIR: config.dataDir,
        ...options.env,
        PORT: String(port),
        DATABASE_URL: database.url,
      },
      ...(options.logDir === undefined ? {} : { logFile: join(options.logDir, `${role}.log`) }),
    })),
  });
  const said = await supervisor.ready;
  return {
    databaseUrl: database.url,
    supervisor,
    url: String(said.get('api')?.url),
    stop: async () => {
      await supervisor.stop();
      await database.stop();
    },
  };
}

/** `claimsight up`: runs until it is told to end, or its terminal is closed. */
export async function runUp(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger({ process: 'up', level: config.LOG_LEVEL });
  await ensureConsole((line) => log.info(line));
  const database = await provideDatabase(config, log);
  const installation = await startInstallation({ config, log, database }).catch(async (error: unknown) => {
    await database.stop();
    throw error;
  });
  log.info({ url: installation.url }, 'ClaimSight is up');
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    process.once('SIGHUP', () => resolve()); // the terminal was closed
  });
  await installation.stop();
  process.exit(0);
}
