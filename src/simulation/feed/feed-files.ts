import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DomainError } from '../../platform/errors.ts';
import { openPacked, type PackedFile } from './packed-file.ts';

const TRUTH = /^truth\b/i;
const FEED_FILE = /\.(ndjson|jsonl)(\.gz)?$/i;

/** Whether a file is the truth of a city, under whatever ending. */
export const isTruthFile = (path: string): boolean => TRUTH.test(basename(path));

export interface FeedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** The files of a feed, in the order of their names: every *.ndjson or *.ndjson.gz but the truth. */
export async function listFeedFiles(dir: string): Promise<FeedFile[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new DomainError('not_found', `The folder ${dir} cannot be read (${error.code ?? 'error'}).`, {
      remedy: 'Give the folder of a feed: meta.json and *.ndjson.',
    });
  });
  const files: FeedFile[] = [];
  for (const name of names.filter((each) => FEED_FILE.test(each) && !isTruthFile(each)).toSorted()) {
    const path = join(dir, name);
    const { size } = await stat(path);
    files.push({ name, path, bytes: size });
  }
  return files;
}

/**
 * Opens a file of a feed. Whatever reads a feed for the product goes through here, so that the truth stays out of its reach:
 * a file of that name is refused, a link to one too. @throws DomainError `forbidden`
 */
export async function openFeedFile(path: string): Promise<PackedFile> {
  if (isTruthFile(path) || isTruthFile(await realpath(path).catch(() => path)))
    throw new DomainError('forbidden', `${basename(path)} holds the truth of a city: only the scorer may read it.`, {
      remedy: 'Give the feed without its truth; claimsight score reads that by itself.',
    });
  return openPacked(path);
}
