import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJournal, type Journal } from '../../../src/platform/journal.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await createTestRuntime();
});
afterAll(async () => runtime.close());

const dirOf = (name: string): string => join(runtime.config.dataDir, name);
const journalIn = (name: string): Journal<number> =>
  createJournal<number>({ ...runtime, dir: dirOf(name), name: 'test' });

it('loses nothing that is written while what stands there is handed on, and hands on each once', async () => {
  const journal = journalIn('busy');
  const handed: number[] = [];
  const drain = () =>
    journal.drain(async (entry) => {
      handed.push(entry);
      await pause(1);
    });
  const writes: Promise<void>[] = [];
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 10; i++) writes.push(journal.append(round * 10 + i));
    await Promise.race([drain(), writes.at(-1)]);
  }
  await Promise.all(writes);
  while ((await drain()) > 0);
  expect(handed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(await readdir(dirOf('busy'))).toEqual([]);
});

it('waits for what is being written before it takes a file away', async () => {
  const journal = createJournal<string>({ ...runtime, dir: dirOf('slow'), name: 'test' });
  await journal.append('short');
  const [file = ''] = await readdir(dirOf('slow'));
  const sizeOf = async (): Promise<number> => (await stat(join(dirOf('slow'), file))).size;
  const before = await sizeOf();
  const long = 'x'.repeat(48 * 1024 * 1024);
  const writing = journal.append(long);
  while ((await sizeOf()) === before);
  const handed: string[] = [];
  const drain = () => journal.drain(async (entry) => void handed.push(entry));
  await drain();
  await writing;
  await drain();
  expect(handed.map(({ length }) => length)).toEqual(['short'.length, long.length]);
});

it('keeps the first that fails, with all behind it, for the next time', async () => {
  const journal = journalIn('failing');
  for (const entry of [1, 2, 3]) await journal.append(entry);
  const first: number[] = [];
  const stopped = await journal.drain(async (entry) => {
    if (entry === 2) throw new Error('the database is away');
    first.push(entry);
  });
  expect([stopped, first]).toEqual([1, [1]]);
  const later: number[] = [];
  expect(await journal.drain(async (entry) => void later.push(entry))).toBe(2);
  expect(later).toEqual([2, 3]);
});
