import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { PROGRAM_DIR } from '../../../../src/platform/config.ts';
import { createRuleSet, type RuleSetBody, versionOf } from '../../../../src/reconcile/parameters.ts';
import { changedBody, differences } from '../../../../src/reconcile/rule-sets/changes.ts';
import { readRuleSetFile } from '../../../../src/reconcile/rule-sets/rule-set-file.ts';
import { catalogue } from '../../../../src/reconcile/rules/catalogue.ts';

const base = createRuleSet().body;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rule-set-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const read = async (content: string, name = 'candidate.yaml'): Promise<RuleSetBody> => {
  const path = join(dir, name);
  await writeFile(path, content);
  return readRuleSetFile(path, base, catalogue);
};
const refused = (content: string): Promise<string> =>
  read(content).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

it('lays a file of changes over the set in force', async () => {
  const body = await read(
    'rules:\n  A4: { off: leave }\n  A5: { parameters: { minGap: 4 } }\nwindow: { missedMax: 0.01 }\n',
  );
  expect(differences(base, body).map(({ path }) => path)).toEqual([
    'rules.A4.off',
    'rules.A5.minGap',
    'window.missedMax',
  ]);
});

it('reads back what was exported, as YAML or JSON, whatever is in force', async () => {
  const whole = changedBody(base, { rules: { A3: { off: 'take_back' } }, decision: { workingDays: 7 } }, catalogue);
  expect(versionOf(await read(stringify({ version: versionOf(whole), name: '旧规则', ...whole })))).toBe(
    versionOf(whole),
  );
  expect(versionOf(await read(JSON.stringify(whole), 'candidate.json'))).toBe(versionOf(whole));
});

it('takes a folder in the form of config/rules for a whole set', async () => {
  const body = await readRuleSetFile(join(PROGRAM_DIR, 'config', 'rules'), base, catalogue);
  expect(versionOf(body)).toBe(versionOf(base));
});

it('turns a rule off by its file', async () => {
  await writeFile(join(dir, 'A4.yaml'), 'off: leave\nminSettlements: 4\n');
  const body = await readRuleSetFile(dir, base, catalogue);
  expect(body.rules.find(({ id }) => id === 'A4')).toEqual({
    id: 'A4',
    version: 1,
    off: 'leave',
    parameters: { minSettlements: 4 },
  });
  await writeFile(join(dir, 'A4.yaml'), 'off: yes please\n');
  await expect(readRuleSetFile(dir, base, catalogue)).rejects.toThrow('off is one of take_back, leave');
});

it('names what is wrong in a file', async () => {
  expect(await refused('{[')).toContain('neither YAML nor JSON');
  expect(await refused('rule: {}')).toContain('there is no part rule');
  expect(await refused('rules: { A5: { minGap: 4 } }')).toContain(
    'rules.A5 has no minGap; there are version, off and parameters',
  );
  expect(await refused('rules: [{ id: A5 }]')).toContain('lacks its id or version');
  expect(await refused('rules: { A5: { parameters: { minGap: lots } } }')).toContain('minGap must be');
  await expect(readRuleSetFile(join(dir, 'none.yaml'), base, catalogue)).rejects.toThrow('there is no such file');
});
