import { randomBytes } from 'node:crypto';
import { verifyAudit } from '../access/audit.ts';
import type { Role } from '../access/principal.ts';
import { getRegion, putRegion, regionOf } from '../access/regions.store.ts';
import { USER_ROLES } from '../access/rights.ts';
import { createUser } from '../access/users.store.ts';
import { loadConfig } from '../platform/config.ts';
import { DomainError } from '../platform/errors.ts';
import { createLogger } from '../platform/log.ts';
import { type MigrationReport, migrate } from '../platform/migrate.ts';
import { MIGRATIONS_DIR, openRuntime, type Runtime } from '../platform/runtime.ts';
import { provideDatabase } from './up.ts';

/** Runs `work` with the installation's database, starting the embedded one for as long as it takes where it is not running. */
export async function withRuntime<T>(
  work: (runtime: Runtime) => Promise<T>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  const config = loadConfig({ LOG_LEVEL: 'warn', ...env });
  const database = await provideDatabase(config, createLogger({ process: 'cli', level: config.LOG_LEVEL }));
  try {
    const runtime = await openRuntime({ config: { ...config, DATABASE_URL: database.url }, process: 'cli' });
    try {
      return await work(runtime);
    } finally {
      await runtime.close();
    }
  } finally {
    await database.stop();
  }
}

export async function runMigrate(): Promise<MigrationReport> {
  const config = loadConfig({ LOG_LEVEL: 'warn', ...process.env });
  const database = await provideDatabase(config, createLogger({ process: 'migrate', level: config.LOG_LEVEL }));
  try {
    return await migrate({ connectionString: database.url, dir: MIGRATIONS_DIR });
  } finally {
    await database.stop();
  }
}

/** The first account of an installation, or one more. */
export async function addUser(options: {
  username: string;
  role: string;
  region: string;
  clinic?: string;
}): Promise<{ username: string; password?: string }> {
  if (!USER_ROLES.some((role) => role === options.role)) {
    throw new DomainError('invalid_input', `there is no role ${options.role}`, {
      remedy: `Take one of ${USER_ROLES.join(', ')}.`,
    });
  }
  const role = options.role as Role;
  const given = process.env.CLAIMSIGHT_PASSWORD;
  const password = given ?? randomBytes(12).toString('base64url');
  return withRuntime(async ({ db, clock }) => {
    if (options.clinic === undefined && (await getRegion(db, options.region)) === null)
      await putRegion(db, regionOf(options.region, options.region));
    const scope =
      options.clinic === undefined
        ? { regionCode: options.region, clinicCode: null }
        : { regionCode: null, clinicCode: options.clinic };
    const user = await createUser(db, clock, {
      username: options.username,
      displayName: options.username,
      role,
      password,
      ...scope,
    });
    return { username: user.username, ...(given === undefined ? { password } : {}) };
  });
}

/** Recomputes the audit trail's commitments. */
export async function runAuditVerify(options: { data?: string }): ReturnType<typeof verifyAudit> {
  const env = options.data === undefined ? process.env : { ...process.env, CLAIMSIGHT_DATA_DIR: options.data };
  return withRuntime((runtime) => verifyAudit(runtime), env);
}
