import { describe, expect, it } from 'vitest';
import { outageFiledAt, outagesOfEach } from '../../../src/reconcile/filed-outages.ts';

const filed = (camera: string | null, from: number, to: number | null) =>
  ({ what: 'outage', psn_no: null, camera_id: camera, from_at: from, to_at: to }) as const;

describe('outages that were filed for single cameras', () => {
  it('hold nothing against a clinic only while each of its cameras was filed', () => {
    const rows = [filed('a', 0, 100), filed('b', 50, 150), filed('b', 60, 80), filed(null, 500, 600)];
    expect(outagesOfEach(rows, ['a', 'b'], 1_000)).toEqual([{ from: 50, to: 100 }]);
    expect(outagesOfEach(rows, ['b'], 1_000)).toEqual([{ from: 50, to: 150 }]);
    expect(outagesOfEach(rows, ['a', 'b', 'c'], 1_000)).toEqual([]);
    expect(outagesOfEach(rows, [], 1_000)).toEqual([]);
  });

  it('that have no end hold until the day has', () => {
    expect(outagesOfEach([filed('a', 10, null)], ['a'], 1_000)).toEqual([{ from: 10, to: 1_000 }]);
  });

  it('explain a moment when every camera that counts was filed, or the clinic', () => {
    const rows = [filed('a', 0, 100), filed(null, 200, null)];
    expect(outageFiledAt(rows, ['a'], 50)).toBe(true);
    expect(outageFiledAt(rows, ['a'], 100)).toBe(false);
    expect(outageFiledAt(rows, ['a', 'b'], 50)).toBe(false);
    expect(outageFiledAt(rows, [], 50)).toBe(false);
    expect(outageFiledAt(rows, ['b'], 300)).toBe(true);
  });
});
