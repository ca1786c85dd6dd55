import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { planFootage } from '../../../src/demo/footage/timeline.ts';
import { loadScenario, parseScenario, ScenarioSchema } from '../../../src/demo/scenario.ts';
import { scriptOf } from '../../../src/demo/script.ts';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';

const scenario = (changes: Record<string, unknown> = {}) => ({
  title: { zh: '测试', en: 'Test' },
  startsAt: '2026-03-17T08:00:00+08:00',
  endsAt: '2026-03-17T08:10:00+08:00',
  clinic: {
    code: 'H41162400123',
    name: '演示',
    region: '411624101001',
    openHours: [{ days: [2], from: '08:00', to: '09:00' }],
  },
  cameras: [{ id: 'c1', scenePoint: 'counter' }],
  people: [{ id: 'a', psnNo: 'P1', name: '甲', sex: 'female', birth: '1960-01-01', face: { sample: 1, index: 0 } }],
  scenes: [
    {
      id: 's1',
      title: { zh: '一', en: 'one' },
      present: [
        { who: 'a', from: '08:02:00', to: '08:02:30' },
        { who: 'a', from: '08:02:20', to: '08:03:00', place: 'left' },
      ],
      outages: [{ what: 'offline', from: '08:05:00', to: '08:06:00' }],
      claims: [{ at: '08:02:10', do: 'visit', who: 'a' }],
    },
  ],
  ...changes,
});
const at = (time: string): number => Date.parse(`2026-03-17T${time}+08:00`);

describe('a scenario', () => {
  it('of the demo, and the published form, are in step', async () => {
    const demo = await loadScenario(join(PROGRAM_DIR, 'config', 'demo', 'village-morning.yaml'));
    expect(demo.scenes.length).toBeGreaterThanOrEqual(11);
    expect(ScenarioSchema.type).toBe('object');
  });

  it.each([
    [
      'somebody unknown',
      { scenes: [{ id: 's', title: { zh: '', en: '' }, claims: [{ at: '08:01:00', do: 'settle', who: 'nobody' }] }] },
      /names nobody/,
    ],
    [
      'a time outside the morning',
      { scenes: [{ id: 's', title: { zh: '', en: '' }, present: [{ who: 'a', from: '07:00:00', to: '07:01:00' }] }] },
      /must lie between/,
    ],
    ['an end before the start', { endsAt: '2026-03-17T07:00:00+08:00' }, /must be a moment after/],
    ['a misspelt key', { scens: [] }, /scens is no key/],
    [
      'a face of no photograph',
      { people: [{ id: 'a', psnNo: 'P1', name: '甲', sex: 'female', birth: '1960-01-01', face: { index: 0 } }] },
      /either `sample` or `photo`/,
    ],
  ])('with %s is refused with the place', (_what, changes, message) => {
    expect(() => parseScenario(scenario(changes), '/')).toThrow(message);
  });

  it('may be JSON or YAML', () => {
    expect(stringify(scenario())).toContain('startsAt');
    expect(parseScenario(scenario(), '/').scenes[0]?.claims[0]?.at).toBe(at('08:02:10'));
  });
});

it('films the morning without a gap: people where they stay, darkness where there is no power, an empty room elsewhere', () => {
  const parsed = parseScenario(scenario(), '/');
  const pieces = planFootage(parsed, parsed.cameras[0] as (typeof parsed.cameras)[number]);
  expect(pieces.map((piece) => [piece.kind, piece.from, piece.to])).toEqual([
    ['empty', at('08:00:00'), at('08:02:00')],
    ['people', at('08:02:00'), at('08:03:00')],
    ['empty', at('08:03:00'), at('08:05:00')],
    ['off', at('08:05:00'), at('08:06:00')],
    ['empty', at('08:06:00'), at('08:10:00')],
  ]);
  expect(pieces[1]?.actors.map((actor) => [actor.fromS, actor.toS])).toEqual([
    [0, 30],
    [20, 60],
  ]);
});

it('sends a whole visit’s messages before its settlement, in the order of the interface', () => {
  const steps = scriptOf(parseScenario(scenario(), '/'));
  expect(steps.map((step) => step.do)).toEqual(['register', 'diagnose', 'fees', 'settle']);
  expect(steps.at(-1)?.at).toBe(at('08:02:10'));
});
