import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FEEDS, IMPORT_KINDS } from '../../../src/people/imports/feeds.ts';
import { REFUSALS } from '../../../src/people/imports/refusals.ts';
import { createPeopleWorld, importState, type PeopleWorld, refusalsOf, sendImport } from './people-world.ts';

let world: PeopleWorld;
let text: string;
beforeAll(async () => {
  [world, text] = [await createPeopleWorld(), await readFile('docs/feeds.md', 'utf8')];
});
afterAll(() => world.close());

const sectionOf = (kind: string): string => text.split(`\n## \`${kind}\``)[1]?.split('\n## ')[0] ?? '';

it('publishes every column and every reason as the program knows them', () => {
  for (const kind of IMPORT_KINDS) {
    for (const { name, zh, required, aliases, about } of FEEDS[kind].columns) {
      const row = `| \`${name}\` | ${zh} | ${(aliases ?? []).join(', ')} | ${required === true ? 'yes' : ''} | ${about} |`;
      expect(sectionOf(kind)).toContain(row);
    }
  }
  for (const [code, { zh, en }] of Object.entries(REFUSALS)) expect(text).toContain(`| \`${code}\` | ${zh} | ${en} |`);
});

it('publishes examples that are accepted as they stand', async () => {
  const caller = await world.logIn('shenqiu');
  for (const kind of IMPORT_KINDS) {
    const example = /```csv\n([\s\S]*?)```/.exec(sectionOf(kind))?.[1] ?? '';
    const { body } = await sendImport(caller, kind, example);
    await world.work();
    expect(await refusalsOf(caller, body.id)).toEqual([]);
    const state = await importState(caller, body.id);
    expect(state).toMatchObject({ state: 'done', refused: 0, error: null });
    expect(state.accepted).toBeGreaterThan(0);
  }
});
