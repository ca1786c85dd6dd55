import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM_DIR } from '../../../../src/platform/config.ts';
import { CITY_FILE, loadCityParameters } from '../../../../src/simulation/world/parameters.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'city-parameters-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const file = async (text: string): Promise<string> => {
  const path = join(dir, `${text.length}.yaml`);
  await writeFile(path, text);
  return path;
};

describe('parameters of the city', () => {
  it('stand in one file, each with a word on what it means', async () => {
    const text = await readFile(join(PROGRAM_DIR, CITY_FILE), 'utf8');
    const silent = text.split('\n').filter((line) => /^\s+\w+: [^{]/.test(line) && !line.includes('#'));
    const told = ['elderCouple', 'elderAlone', 'threeGenerations', 'grandparentsAndChildren', 'parentsAndChild'];
    const grouped = [
      ...told,
      'middleAgedCouple',
      'powerPer',
      'networkPer',
      'movedFiled',
      'cameraPer',
      'longestDays',
      'dimension',
    ];
    const schemes = Object.keys((await loadCityParameters()).fraud.schemes);
    expect(silent.filter((line) => ![...grouped, ...schemes].some((name) => line.includes(name)))).toEqual([]);
  });

  it('take what a file says over their defaults, and leave the rest', async () => {
    const path = await file('visits:\n  perDayMean: 10\nfraud:\n  schemes: { ghost: 0.25, held_cards: 0.2 }\n');
    const parameters = await loadCityParameters({ paramsFile: path });
    expect(parameters.visits.perDayMean).toBe(10);
    expect(parameters.visits.chronicShare).toBe(0.4);
    expect(parameters.fraud.schemes.ghost).toBe(0.25);
  });

  it.each([
    ['visits:\n  perDayMeen: 10\n', 'perDayMeen'],
    ['visits:\n  perDayMean: many\n', 'visits.perDayMean'],
    ['cameras:\n  missMean: 1.5\n', 'cameras.missMean'],
    ['fraud:\n  schemes: { ghost: 0.9 }\n', 'add up to 1'],
    ['people: 3\n', 'people'],
    ['- a\n- b\n', 'by name'],
    ['visits: {\n', 'cannot be used'],
  ])('say what is wrong in %j', async (text, says) => {
    await expect(loadCityParameters({ paramsFile: await file(text) })).rejects.toThrow(says);
  });

  it('say so when there is no such file', async () => {
    await expect(loadCityParameters({ paramsFile: join(dir, 'none.yaml') })).rejects.toThrow('cannot be read');
  });
});
