import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { createStreamJudge, type StreamAmount, StreamLimitsSchema } from '../../../src/vision/stream-judge.ts';

const limits = Value.Create(StreamLimitsSchema);
const S = 1_000;

describe('gaps', () => {
  /** Keyframes every two seconds until `to`; none where `lost` says so. */
  const play = (to: number, lost: (second: number) => boolean, judge = createStreamJudge(limits)) => {
    const told: [string, number, number][] = [];
    for (let second = 0; second <= to; second += 2) {
      if (lost(second)) continue;
      judge.picture(second * S);
      const { trouble } = judge;
      if (trouble && told.at(-1)?.[1] !== trouble.from / S) told.push([trouble.state, trouble.from / S, second]);
    }
    return { told, judge };
  };

  it('none in an even stream, in a hiccup, or when frames come closer for a while', () => {
    expect(play(900, () => false).told).toEqual([]);
    expect(play(900, (second) => second > 400 && second < 412).told).toEqual([]);
    const judge = createStreamJudge(limits);
    for (let at = 0; at < 300 * S; at += at > 100 * S && at < 200 * S ? 250 : 2 * S) judge.picture(at);
    expect(judge.trouble).toBeNull();
  });

  it('told when a tenth of the time is lost again and again, from the first of them, and over when they stop', () => {
    const { told, judge } = play(600, (second) => second >= 300 && second % 60 < 12);
    expect(told.map(([state]) => state)).toEqual(['gaps']);
    expect(told[0]?.[1]).toBeGreaterThanOrEqual(296);
    expect(told[0]?.[1]).toBeLessThanOrEqual(302);
    for (let second = 602; second < 1_000; second += 2) judge.picture(second * S);
    expect(judge.trouble).toBeNull();
  });

  it('an outage of minutes is an outage, no gap', () => {
    expect(play(900, (second) => second > 300 && second < 500).told).toEqual([]);
  });
});

describe('bit rate', () => {
  const SIZE = { codec: 'h264', pixels: 1280 * 720, gopMs: 2_000 };
  const play = (
    kbps: readonly (readonly [seconds: number, kbps: number])[],
    size: Pick<StreamAmount, 'codec' | 'pixels' | 'gopMs'> = SIZE,
  ) => {
    const judge = createStreamJudge(limits);
    const told: [number, string, number][] = [];
    let at = 0;
    for (const [seconds, rate] of kbps) {
      for (let end = at + seconds; at < end; at += 10) {
        judge.amount({ ...size, from: at * S, to: (at + 10) * S, bytes: (rate * 10 * 1_000) / 8 });
        const { trouble } = judge;
        if (trouble && told.length === 0) told.push([at + 10, trouble.state, trouble.from / S]);
      }
    }
    return { told, judge };
  };

  it('enough for a still room, and a short dip is none', () => {
    expect(play([[1_200, 60]]).told).toEqual([]);
    expect(
      play([
        [600, 500],
        [200, 5],
        [600, 500],
      ]).told,
    ).toEqual([]);
  });

  it('too low for five minutes: told from its beginning, until there is clearly enough again', () => {
    const { told, judge } = play([
      [600, 500],
      [400, 8],
    ]);
    expect(told).toEqual([[900, 'low_bit_rate', 600]]);
    judge.amount({ ...SIZE, from: 1_000 * S, to: 1_010 * S, bytes: 20_000 });
    expect(judge.trouble).not.toBeNull(); // just above the limit
    judge.amount({ ...SIZE, from: 1_010 * S, to: 1_020 * S, bytes: 100_000 });
    expect(judge.trouble).toBeNull();
  });

  it('says nothing of codecs and groups that it does not know', () => {
    expect(play([[900, 1]], { ...SIZE, codec: 'vp8' }).told).toEqual([]);
    expect(play([[900, 1]], { ...SIZE, gopMs: null }).told).toEqual([]);
  });
});
