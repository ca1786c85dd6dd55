import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';
import { createRuleSet, loadRuleSet } from '../../../src/reconcile/parameters.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rules-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const message = (name: string, content: string): Promise<string> =>
  writeFile(join(dir, name), content)
    .then(() => loadRuleSet(dir))
    .then(
      () => 'accepted',
      (error: Error) => error.message.replace(dir, ''),
    );

it('reads what ships, which is the defaults', async () => {
  expect((await loadRuleSet(join(PROGRAM_DIR, 'config', 'rules'))).version).toBe(createRuleSet().version);
});

it('takes what an operator writes, and gives the set another version', async () => {
  await writeFile(join(dir, 'A4.yaml'), 'minSettlements: 5\n');
  await writeFile(join(dir, 'window.yaml'), 'beforeMin: 15\n');
  const set = await loadRuleSet(dir);
  expect(set.rules.find(({ rule }) => rule.id === 'A4')?.parameters).toEqual({ minSettlements: 5 });
  expect(set.window.beforeMs).toBe(900_000);
  expect(set.version).not.toBe(createRuleSet().version);
});

it('names the file and the key of what it cannot use', async () => {
  expect(await message('A4.yaml', 'minSettlement: 5')).toContain(
    '/A4.yaml cannot be used: there is no parameter minSettlement',
  );
});
it('names a value out of bounds', async () => {
  expect(await message('window.yaml', 'minCoverage: 1.5')).toMatch(
    /window.yaml cannot be used: minCoverage must be <= 1/,
  );
});
it('names a file without a rule', async () => {
  expect(await message('Z9.yaml', 'x: 1')).toContain('there is no rule Z9');
});
it('names a file that is not YAML, or holds no keys', async () => {
  expect(await message('A4.yaml', '{[')).toContain('it is not YAML');
  expect(await message('A4.yaml', '- 1')).toContain('it holds no keys');
});
