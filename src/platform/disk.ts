import { statfs } from 'node:fs/promises';
import { DomainError } from './errors.ts';

const LEAST_FREE_BYTES = 256 * 1024 * 1024;

/** @throws DomainError `unavailable` when a database would soon fill the disk of `dir` */
export async function assertSpace(dir: string): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize >= LEAST_FREE_BYTES) return;
  throw new DomainError('unavailable', `less than ${LEAST_FREE_BYTES >> 20} MiB are free on the disk of ${dir}`, {
    remedy: 'Free space, or move the data folder (CLAIMSIGHT_DATA_DIR).',
  });
}
