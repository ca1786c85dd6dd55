import { describe, expect, it } from 'vitest';
import { missedReason, planPins, planStills } from '../../../src/evidence/plan.ts';
import { loadEvidenceSettings } from '../../../src/evidence/settings.ts';

const camera = (id: string, over: { requiredMedTypes?: string[]; clockOffsetMs?: number } = {}) => ({
  id,
  requiredMedTypes: [],
  clockOffsetMs: 0,
  ...over,
});

describe('stills', () => {
  it('are ordered by the camera’s own clock, so that a wrong clock does not photograph another moment', () => {
    const [still] = planStills([camera('c1', { clockOffsetMs: -42_000 })], 1_000_000, '11');
    expect(still).toEqual({ cameraId: 'c1', plannedAt: 958_000, clockOffsetMs: -42_000 });
  });

  it('are taken by the cameras that this kind of settlement needs; by all where the kind is not known', () => {
    const cameras = [camera('counter'), camera('infusion', { requiredMedTypes: ['14'] })];
    expect(planStills(cameras, 0, '11').map(({ cameraId }) => cameraId)).toEqual(['counter']);
    expect(planStills(cameras, 0, '14').map(({ cameraId }) => cameraId)).toEqual(['counter', 'infusion']);
    expect(planStills(cameras, 0, null)).toHaveLength(2);
  });
});

describe('pins', () => {
  const around = { beforeMs: 30_000, afterMs: 90_000 };

  it('cover -30 s … +90 s of each camera; moments close together become one', () => {
    const cameras = [camera('b'), camera('a', { clockOffsetMs: 5_000 })];
    expect(planPins(cameras, [1_000_000, 1_060_000, 9_000_000], around)).toEqual([
      { cameraId: 'a', from: 975_000, to: 1_155_000 },
      { cameraId: 'a', from: 8_975_000, to: 9_095_000 },
      { cameraId: 'b', from: 970_000, to: 1_150_000 },
      { cameraId: 'b', from: 8_970_000, to: 9_090_000 },
    ]);
  });
});

describe('a still that was never taken', () => {
  const still = {
    plannedAt: 1_000_000,
    watermark: null,
    cameraState: null,
    now: 1_000_000,
    graceMs: 60_000,
    ringMs: 7_200_000,
  };

  it('is waited for while its footage may still come', () => {
    expect(missedReason(still)).toBeNull();
    expect(missedReason({ ...still, watermark: 1_030_000, cameraState: 'offline' })).toBeNull();
  });

  it('is given up with its reason once the footage has been read beyond it, or is gone', () => {
    const passed = { ...still, watermark: 1_060_000 };
    expect(missedReason({ ...passed, cameraState: 'offline' })).toBe('camera_offline');
    expect(missedReason({ ...passed, cameraState: 'dark' })).toBe('camera_not_ready');
    expect(missedReason({ ...passed, cameraState: 'ok' })).toBe('no_frame');
    expect(missedReason({ ...still, now: 8_200_000 })).toBe('footage_gone');
  });
});

it('the settings that ship can be read', async () => {
  const settings = await loadEvidenceSettings('config/evidence.yaml');
  expect(settings).toMatchObject({ pinBeforeSeconds: 30, pinAfterSeconds: 90 });
});
