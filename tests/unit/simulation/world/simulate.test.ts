import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFeed } from '../../../../src/simulation/feed/read-feed.ts';
import { openFeedFolder } from '../../../../src/simulation/world/feed-folder.ts';
import { runSimulate } from '../../../../src/simulation/world/simulate.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'simulate-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const simulate = (emit: string, seed = 1, clinics = 4) =>
  runSimulate({ seed, clinics, days: 2, emit, fraud: 0.02, quiet: true });
const sha = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('claimsight simulate', () => {
  it('writes a feed that the product’s reader takes without a word, and says what is in it', async () => {
    const emit = join(dir, 'feed');
    const result = await simulate(emit);
    expect((await readdir(emit)).toSorted()).toEqual(['feed.ndjson', 'meta.json', 'truth.ndjson']);
    const feed = await openFeed(emit);
    let lines = 0;
    for await (const batch of feed.batches()) lines += batch.length;
    expect([...feed.warnings]).toEqual([]);
    expect(lines).toBe(result.lines);
    expect(Object.values(result.counts).reduce((sum, count) => sum + count, 0)).toBe(lines);
    const truth = (await readFile(join(emit, 'truth.ndjson'), 'utf8'))
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(truth.filter((row) => row.row === 'settlement')).toHaveLength(result.settlements);
    expect(truth.filter((row) => row.row === 'clinic')).toHaveLength(4);
    expect(feed.meta.dimension).toBe(128);
    expect(feed.meta.card.calibration?.bins).toHaveLength(3);
    const { parameters } = JSON.parse(await readFile(join(emit, 'meta.json'), 'utf8'));
    expect(parameters.fraud.share).toBe(0.02);
  });

  it('writes the same bytes for the same seed, over an earlier feed too', async () => {
    const emit = join(dir, 'again');
    await simulate(emit, 2);
    const first = await Promise.all(['feed.ndjson', 'truth.ndjson', 'meta.json'].map((name) => sha(join(emit, name))));
    await simulate(emit, 3);
    expect(await sha(join(emit, 'feed.ndjson'))).not.toBe(first[0]);
    await simulate(emit, 2);
    const last = await Promise.all(['feed.ndjson', 'truth.ndjson', 'meta.json'].map((name) => sha(join(emit, name))));
    expect(last).toEqual(first);
  });

  it('writes the same bytes with several threads', async () => {
    const [one, two] = [join(dir, 'one'), join(dir, 'two')];
    const options = { seed: 4, clinics: 7, days: 2, quiet: true };
    const [a, b] = [
      await runSimulate({ ...options, emit: one }),
      await runSimulate({ ...options, emit: two, threads: 2 }),
    ];
    expect(b.counts).toEqual(a.counts);
    for (const name of ['feed.ndjson', 'truth.ndjson', 'meta.json']) {
      expect(await sha(join(two, name)), name).toBe(await sha(join(one, name)));
    }
  }, 60_000);

  it('touches no folder that holds something else', async () => {
    const emit = join(dir, 'photos');
    await mkdir(emit);
    await writeFile(join(emit, 'holiday.jpg'), 'x');
    await expect(simulate(emit)).rejects.toThrow('holiday.jpg');
    expect(await readdir(emit)).toEqual(['holiday.jpg']);
    const other = join(dir, 'other');
    await mkdir(other);
    await writeFile(join(other, 'meta.json'), '{"name":"something else"}');
    await expect(simulate(other)).rejects.toThrow('no feed of this command');
    const file = join(dir, 'file');
    await writeFile(file, 'x');
    await expect(simulate(file)).rejects.toThrow('cannot be made');
  });

  it('leaves an earlier feed whole when a later run breaks, and nothing that looks like one', async () => {
    const emit = join(dir, 'broken');
    await simulate(emit);
    const before = await sha(join(emit, 'feed.ndjson'));
    const folder = await openFeedFolder(emit);
    folder.line('region', '{}');
    await folder.abandon();
    expect((await readdir(emit)).toSorted()).toEqual(['feed.ndjson', 'meta.json', 'truth.ndjson']);
    expect(await sha(join(emit, 'feed.ndjson'))).toBe(before);
    // A run that was killed leaves parts, which the next one replaces.
    await writeFile(join(emit, 'feed.ndjson.part'), 'half a line');
    await simulate(emit);
    expect((await readdir(emit)).toSorted()).toEqual(['feed.ndjson', 'meta.json', 'truth.ndjson']);
  });

  it.each([
    [{ seed: -1, clinics: 4, days: 2 }, '--seed'],
    [{ seed: 1, clinics: 0, days: 2 }, '--clinics'],
    [{ seed: 1, clinics: 4, days: 2.5 }, '--days'],
    [{ seed: 1, clinics: 4, days: 2, fraud: 0.9 }, 'fraud.share'],
  ])('says what is wrong with %j', async (options, says) => {
    const emit = join(dir, 'never');
    await expect(runSimulate({ ...options, emit, quiet: true })).rejects.toThrow(says);
    await expect(readdir(emit)).rejects.toThrow('ENOENT');
  });
});
