import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';
import { FEED_KINDS } from '../../../src/simulation/feed/feed-line.ts';
import { readAll } from './feed-support.ts';

const doc = (name: string): Promise<string> => readFile(join(PROGRAM_DIR, 'docs/feed', name), 'utf8');

/** Validates with another program than ours, as the author of another generator would. */
async function validator(name: string): Promise<(value: unknown) => string> {
  const ajv = new Ajv2020({ strict: false });
  const validate = ajv.compile(JSON.parse(await doc(name)));
  return (value) => (validate(value) ? '' : ajv.errorsText(validate.errors));
}

const rows = async (name: string): Promise<Record<string, unknown>[]> =>
  (await doc(name))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('the example in the documents', () => {
  it('holds to the published schemas', async () => {
    const line = await validator('feed.schema.json');
    for (const row of await rows('example/feed.ndjson')) expect(line(row)).toBe('');
    const truth = await validator('truth.schema.json');
    for (const row of await rows('example/truth.ndjson')) expect(truth(row)).toBe('');
    const meta = await validator('meta.schema.json');
    expect(meta(JSON.parse(await doc('example/meta.json')))).toBe('');
  });

  it('shows every kind of line, and is read without a warning', async () => {
    const { lines, warnings } = await readAll(join(PROGRAM_DIR, 'docs/feed/example'));
    expect(warnings).toEqual([]);
    expect(lines).toHaveLength((await rows('example/feed.ndjson')).length);
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(new Set(FEED_KINDS));
  });

  it('has a truth for each of its settlements', async () => {
    const setlIds = (await rows('example/feed.ndjson')).flatMap((row) => {
      const { request, response } = row as {
        request?: { infno: string };
        response?: { output: { setlinfo?: { setl_id: string } } };
      };
      return request?.infno === '2207' ? [response?.output.setlinfo?.setl_id] : [];
    });
    const truth = (await rows('example/truth.ndjson')).flatMap(({ setl_id }) =>
      setl_id === undefined ? [] : [setl_id],
    );
    expect(truth).toEqual(setlIds);
  });
});

describe('the published schema of a line', () => {
  it('refuses what the reader refuses', async () => {
    const line = await validator('feed.schema.json');
    const at = '2026-03-02T08:00:00+08:00';
    expect(line({ at, kind: 'watermark', camera: 'K1', until: at })).toBe('');
    expect(line({ at, kind: 'watermark', camera: 'K1' })).not.toBe('');
    expect(line({ at, kind: 'watermark', camera: 'K1', until: 'soon' })).not.toBe('');
    expect(line({ at, kind: 'device', camera: 'K1', state: 'sleepy', from: at })).not.toBe('');
    expect(line({ at, kind: 'clinic', fixmedins_code: 'X Y', region: '4116' })).not.toBe('');
  });
});
