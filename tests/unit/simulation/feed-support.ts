import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import type { NormalLine } from '../../../src/simulation/feed/normal-line.ts';
import { openFeed, type ReadFeedOptions, type RefusedLines } from '../../../src/simulation/feed/read-feed.ts';

export type Line = Record<string, unknown>;

export const CLINIC = 'H41162400123';
export const AT = '2026-03-02T08:00:00+08:00';
export const META = { dimension: 4, timeZone: 'Asia/Shanghai', seed: 1, parameters: {}, calibration: null };

/** Base64 of float32. */
export const template = (...values: number[]): string =>
  Buffer.from(Float32Array.from(values).buffer).toString('base64');

export const ndjson = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** Gone when the file's tests are over. */
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((dir) => rm(dir, { recursive: true, force: true }))));

/** A folder with these files; objects become JSON, lists NDJSON, names that end in .gz are packed. */
export async function folderOf(files: Readonly<Record<string, unknown>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-feed-'));
  folders.push(dir);
  for (const [name, content] of Object.entries(files)) {
    const text =
      typeof content === 'string' ? content : Array.isArray(content) ? ndjson(content) : JSON.stringify(content);
    await writeFile(join(dir, name), name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return dir;
}

export interface ReadResult {
  readonly lines: NormalLine[];
  readonly warnings: readonly string[];
  readonly refused: Readonly<Record<string, RefusedLines>>;
}

export async function readAll(dir: string, options: ReadFeedOptions = {}): Promise<ReadResult> {
  const feed = await openFeed(dir, options);
  const lines: NormalLine[] = [];
  for await (const { line } of feed.lines()) lines.push(line);
  return { lines, warnings: [...feed.warnings.keys()], refused: Object.fromEntries(feed.refused) };
}

/** Reads some lines as a feed of their own. */
export const readLines = async (lines: readonly Line[], meta: unknown = META): Promise<ReadResult> =>
  readAll(await folderOf({ 'meta.json': meta, 'feed.ndjson': lines }));
