import { describe, expect, it } from 'vitest';
import type { CameraClockFacts } from '../../../../src/reconcile/book/facts.ts';
import { clockStepMs } from '../../../../src/reconcile/book/gather-clock.ts';
import type { ClinicFacts } from '../../../../src/reconcile/facts.ts';
import { createRuleSet } from '../../../../src/reconcile/parameters.ts';
import { clockDrift } from '../../../../src/reconcile/rules/e5-clock-drift.ts';
import { ask, says } from '../facts.ts';

const HOUR_S = 3600;
const clock = (seconds: number | null, over: Partial<CameraClockFacts<ClinicFacts>> = {}) => ({
  kind: 'camera_clock' as const,
  schema: 1,
  clinic: { code: 'H41162400123', regionCode: '4116', faceRecognition: true, mode: 'mirror' as const },
  cameraId: 'cam-1',
  scenePoint: 'counter',
  enabled: true,
  offsetMs: seconds === null ? null : seconds * 1000,
  uncertaintyMs: 5000,
  deviceYear: null,
  ...over,
});

describe('E5 时钟漂移', () => {
  it.each<[string, ReturnType<typeof clock>, string]>([
    ['right', clock(10), 'clear right'],
    ['half a minute', clock(30), 'clear right'],
    ['a warning', clock(-45), 'clear drift_warning'],
    ['a minute', clock(60), 'clear drift_warning'],
    ['two minutes', clock(-120), 'hit drift'],
    ['eight hours', clock(8 * HOUR_S + 90), 'hit time_zone'],
    ['eight hours behind', clock(-8 * HOUR_S), 'hit time_zone'],
    ['seven hours', clock(7 * HOUR_S), 'hit drift'],
    ['1970', clock(-56 * 365 * 24 * HOUR_S, { deviceYear: 1970 }), 'hit reset'],
    ['2000', clock(-26 * 365 * 24 * HOUR_S, { deviceYear: 2000 }), 'hit reset'],
    ['a year ahead', clock(365 * 24 * HOUR_S, { deviceYear: 2027 }), 'hit drift'],
    ['never measured', clock(null), 'undetermined never_measured'],
    ['switched off', clock(500, { enabled: false }), 'clear disabled'],
  ])('%s', (_, facts, expected) => expect(says('E5', facts)).toBe(expected));

  it('is one matter of one camera', () => {
    expect(ask('E5', clock(-120))[0]).toMatchObject({
      class: 'device',
      incidentKey: 'camera-clock:cam-1',
      setlIds: [],
    });
  });

  it('tells warnings where an operator wants them', () => {
    const [{ parameters } = { parameters: {} }] = createRuleSet({
      rules: [clockDrift],
      valuesOf: (name) => (name === 'E5' ? { tellWarnings: true } : {}),
    }).rules;
    expect(clockDrift.outcomesFor(clock(45), parameters)[0]).toMatchObject({ outcome: 'hit', reason: 'drift_warning' });
  });

  it('does not change its facts with each measurement', () => {
    expect([20_000, 300_000, 9 * 3_600_000].map(clockStepMs)).toEqual([5_000, 10_000, 60_000]);
  });
});
