import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { ensureModels } from '../../models/build/ensure-models.ts';
import { locateFfmpeg } from '../media/ffmpeg/locate.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import { type Db, openDb } from '../platform/db.ts';
import { ensureDatabase, findEmbeddedPostgres, startEmbeddedPostgres } from '../platform/embedded-postgres.ts';
import { DomainError } from '../platform/errors.ts';
import { createLogger } from '../platform/log.ts';
import { loadRuleSet, openRuleSet } from '../reconcile/parameters.ts';
import { bodyOf, listProposals, liveProposal } from '../reconcile/rule-sets/proposals.store.ts';
import { checkFaceModel, checkPortraitTemplates } from './face-model-check.ts';

export interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly found: string;
  readonly remedy?: string;
}

/** Tries everything that an installation needs, each on its own, and says what to do about what is missing. */
export async function runDoctor(): Promise<{ ok: boolean; checks: Check[] }> {
  const checks: Check[] = [];
  const attempt = async (id: string, what: () => Promise<string>): Promise<void> => {
    try {
      checks.push({ id, ok: true, found: await what() });
    } catch (error) {
      const remedy = error instanceof DomainError ? error.details.remedy : undefined;
      checks.push({ id, ok: false, found: (error as Error).message, ...(remedy === undefined ? {} : { remedy }) });
    }
  };
  let config: Config | undefined;
  await attempt('configuration', async () => {
    config = loadConfig(process.env);
    return 'every variable is understood';
  });
  const known = config;
  if (known) {
    await attempt('data folder', () => checkDataDir(known.dataDir));
    await attempt('database', () => checkDatabase(known));
    await attempt('rule set', () => checkRuleSet(known));
    await attempt('queues', () => checkQueues(known));
    await attempt('ffmpeg', async () => {
      const binary = locateFfmpeg(process.env);
      if (binary.localOnly)
        throw new DomainError('config_invalid', 'only the npm build of 2018, for files and this machine', {
          remedy: binary.warning ?? '',
        });
      return `${binary.path} (${binary.origin})`;
    });
    await attempt('face networks', async () => {
      await ensureModels({ dir: known.MODELS_DIR });
      return `five networks in ${known.MODELS_DIR}`;
    });
    await attempt('face model', async () =>
      known.FACE_RECOGNITION ? checkFaceModel(known) : 'face recognition is switched off (FACE_RECOGNITION)',
    );
    await attempt('portraits', () => checkTemplates(known));
  }
  for (const check of checks) {
    process.stderr.write(
      `${check.ok ? '✓' : '✗'} ${check.id}: ${check.found}\n${check.remedy === undefined ? '' : `  → ${check.remedy}\n`}`,
    );
  }
  return { ok: checks.every((check) => check.ok), checks };
}

async function checkDataDir(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  await access(dir, constants.W_OK);
  const { bavail, bsize } = await statfs(dir);
  const gib = (bavail * bsize) / 2 ** 30;
  if (gib < 5)
    throw new DomainError('unavailable', `${gib.toFixed(1)} GiB free in ${dir}`, {
      remedy: 'Free space or move the data folder (CLAIMSIGHT_DATA_DIR).',
    });
  return `${dir}, ${gib.toFixed(0)} GiB free`;
}

async function checkDatabase(config: Config): Promise<string> {
  if (config.DATABASE_URL === undefined) {
    const server = await startEmbeddedPostgres({
      dir: config.dataDir,
      port: config.EMBEDDED_POSTGRES_PORT,
      log: createLogger({ process: 'doctor', level: 'error' }),
    });
    try {
      return await serverVersion(await ensureDatabase(server, 'claimsight'));
    } finally {
      await server.stop();
    }
  }
  return serverVersion(config.DATABASE_URL);
}

async function serverVersion(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return `PostgreSQL ${rows[0]?.server_version}`;
  } catch (error) {
    throw new DomainError(
      'unavailable',
      (error as Error).message,
      { remedy: 'Check DATABASE_URL, and that the server is up.' },
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Whether this program can run the rule set in force; it is not asked to start a database for that. */
async function checkRuleSet(config: Config): Promise<string> {
  await loadRuleSet(config.RULES_DIR);
  const db = await openRunningDb(config);
  if (db === null) return 'the files can be used; which set is in force is seen when ClaimSight runs';
  try {
    const { rows } = await db.query<{ known: boolean }>(
      `select to_regclass('rule_set_proposals') is not null as known`,
    );
    const live = rows[0]?.known === true ? await liveProposal(db) : null;
    if (live === null) return 'the files can be used; the first start puts them into force';
    const { missing } = openRuleSet(await bodyOf(db, live.version), { version: live.version });
    if (missing.length > 0) {
      throw new DomainError('config_invalid', missing.map(({ why }) => why).join('; '), {
        remedy: 'Draft a rule set that names versions of this program, and have it approved: docs/rule-sets.md.',
      });
    }
    const waiting = (await listProposals(db, { state: null, after: null, limit: 100 })).filter(
      ({ source, state }) => source === 'files' && state === 'draft',
    );
    return `${live.name} ${live.version.slice(0, 12)}${waiting.length === 0 ? '' : '; what was changed in the files waits as a draft'}`;
  } finally {
    await db.close();
  }
}

/** The installation's database where it runs; null: none does. */
async function openRunningDb(config: Config): Promise<Db | null> {
  const connectionString = config.DATABASE_URL ?? (await findEmbeddedPostgres(config.dataDir, 'claimsight'));
  if (connectionString === null) return null;
  const log = createLogger({ process: 'doctor', level: 'error' });
  return openDb({ connectionString, applicationName: 'claimsight doctor', log });
}

async function checkTemplates(config: Config): Promise<string> {
  if (!config.FACE_RECOGNITION) return 'face recognition is switched off (FACE_RECOGNITION)';
  const db = await openRunningDb(config);
  if (db === null) return 'seen when ClaimSight runs';
  try {
    return await checkPortraitTemplates(db, config);
  } finally {
    await db.close();
  }
}

async function checkQueues(config: Config): Promise<string> {
  if (config.REDIS_URL === undefined) return 'in PostgreSQL';
  const redis = new Redis(config.REDIS_URL, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return `Redis: ${await redis.ping()}`;
  } catch (error) {
    throw new DomainError(
      'unavailable',
      (error as Error).message,
      { remedy: 'Check REDIS_URL, or unset it: the queues are then in PostgreSQL.' },
      { cause: error },
    );
  } finally {
    redis.disconnect();
  }
}
