import sharp from 'sharp';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { roomOf } from '../../../../src/demo/footage/cutouts.ts';
import { fromRgb } from '../../../../src/media/yuv.ts';
import { type View, viewOf } from '../../../../src/vision/view/view.ts';
import { createViewJudge, type KnownView, type ViewJudge } from '../../../../src/vision/view/view-judge.ts';
import { ViewLimitsSchema } from '../../../../src/vision/view/view-limits.ts';
import { type RoomPicture, roomPicture } from '../../../support/rooms.ts';

const limits = Value.Create(ViewLimitsSchema);
const drawn = new Map<string, Promise<View>>();
/** Four different noises of a picture are enough. */
const view = (picture: RoomPicture, n: number): Promise<View> => {
  const key = JSON.stringify([picture, n % 4]);
  const known = drawn.get(key) ?? roomPicture(picture, (n % 4) + 1).then(viewOf);
  drawn.set(key, known);
  return known;
};

type Scene = readonly [seconds: number, picture: (second: number) => RoomPicture];
const still = (seconds: number, picture: Omit<RoomPicture, 'room'> = {}, room = 5): Scene => [
  seconds,
  () => ({ room, ...picture }),
];

/** A keyframe every two seconds; lists what was the matter from when to when it was told over, in seconds. */
async function play(scenes: readonly Scene[], judge: ViewJudge = createViewJudge({ limits })) {
  const told: { state: string; from: number; seenAt: number; over: number | null }[] = [];
  let at = 0;
  for (const [seconds, picture] of scenes) {
    for (let second = 0; second < seconds; second += 2, at += 2_000) {
      if (!judge.due(at)) continue;
      judge.look(at, await view(picture(second), at / 2_000));
      const { trouble } = judge;
      const last = told.at(-1);
      if (last && last.over === null && trouble?.state !== last.state) last.over = at / 1000;
      if (trouble && (last === undefined || last.over !== null || trouble.state !== last.state))
        told.push({ state: trouble.state, from: trouble.from / 1000, seenAt: at / 1000, over: null });
    }
  }
  return told;
}
const CALM = still(60);

describe('what a camera sees against what it should see', () => {
  it('is in order through people, clouds, night and flicker', async () => {
    const walk: Scene = [60, (second) => ({ room: 5, person: [second / 60, 0.45] })];
    expect(await play([CALM, walk, still(40, { light: 0.5 }), still(40, { light: 1.4 })])).toEqual([]);
    const night = { mono: true, light: 0.6, noise: 6 };
    expect(await play([CALM, still(200, night), CALM])).toEqual([]);
    const lamp: Scene = [60, (second) => ({ room: 5, light: second % 8 === 0 ? 0.4 : 1.2 })];
    expect(await play([CALM, lamp])).toEqual([]);
  });

  it('somebody who stands right before it for two minutes is no other view', async () => {
    expect(await play([CALM, still(120, { person: [0.5, 0.6] }), CALM])).toEqual([]);
  });

  it.each<[string, Omit<RoomPicture, 'room'>, string]>([
    ['covered by a lid', { lid: 1 }, 'covered'],
    ['covered for the most part', { lid: 0.85 }, 'covered'],
    ['covered while its clock shows on', { lid: 1, text: '2026-03-02 09:00:00 收费处' }, 'covered'],
    ['shifted', { shift: [80, 0] }, 'moved'],
    ['turned', { turn: 8 }, 'moved'],
    ['zoomed', { zoom: 1.25 }, 'moved'],
    ['out of focus', { blur: 5 }, 'defocused'],
    ['out of focus at half the light', { blur: 6, light: 0.7 }, 'defocused'],
  ])('%s: told from where it began, and over when it is put right', async (_, picture, state) => {
    const told = await play([CALM, still(100, picture), still(40)]);
    expect(told.map((each) => each.state)).toEqual([state]);
    const [only] = told;
    expect(Math.abs((only?.from ?? 0) - 60)).toBeLessThanOrEqual(6);
    expect(only?.seenAt).toBeLessThanOrEqual(60 + { covered: 16, moved: 45, defocused: 75 }[state as 'moved']);
    expect(only?.over).toBeLessThanOrEqual(170);
    expect(only?.over).toBeGreaterThanOrEqual(160);
  });

  it('is not told of a hand that passes, nor of a lens that finds its focus', async () => {
    expect(await play([CALM, still(4, { lid: 1 }), still(30), still(14, { blur: 6 }), still(30)])).toEqual([]);
  });

  it('a nudge of two hundredths is none', async () => {
    expect(await play([CALM, still(100, { shift: [13, 0] })])).toEqual([]);
  });

  it('shows another place altogether: told after minutes, from its beginning', async () => {
    const told = await play([CALM, still(260, {}, 2)]);
    expect(told.map(({ state }) => state)).toEqual(['moved']);
    expect(Math.abs((told[0]?.from ?? 0) - 60)).toBeLessThanOrEqual(6);
  });

  it('is not covered where a film is cut to a plainer place for half a minute', async () => {
    const seen = async (picture: Buffer, n: number): Promise<View> => {
      const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      return viewOf(
        fromRgb({ width: info.width, height: info.height, data: data.map((value, i) => value + ((i * n) % 3)) }),
      );
    };
    const plainer = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="360"><rect width="640" height="360" fill="#b9a58c"/>
        <rect y="252" width="640" height="108" fill="#5d4a3a"/><rect x="64" y="72" width="77" height="216" fill="#3b5a43"/>
        <rect x="448" y="36" width="128" height="90" fill="#e8e8e0"/><rect x="192" y="216" width="224" height="22" fill="#2d2d33"/></svg>`,
    );
    const judge = createViewJudge({ limits });
    const room = await roomOf(640, 360);
    for (let at = 0; at < 60_000; at += 2_000) judge.look(at, await seen(room, at / 2_000));
    for (let at = 60_000; at < 90_000; at += 2_000) {
      judge.look(at, await seen(plainer, at / 2_000));
      expect(judge.trouble).toBeNull();
    }
  });

  it('holds a reference view against it that a person took, from the first picture on', async () => {
    const reference: KnownView = { view: await view({ room: 5 }, 0), origin: 'reference', sharpness: null };
    const judge = createViewJudge({ limits, known: [reference] });
    expect((await play([still(60, { shift: [100, 30] })], judge)).map(({ state }) => state)).toEqual(['moved']);
    expect(judge.trouble?.reason).toContain('16%');
  });

  it('remembers what was learned before', async () => {
    const learned: KnownView[] = [];
    await play([CALM], createViewJudge({ limits, onLearned: (known) => void learned.push(known) }));
    expect(learned.map(({ origin, view: { mono } }) => [origin, mono])).toEqual([['learned', false]]);
    const again = createViewJudge({ limits, known: learned });
    expect((await play([still(90, { blur: 6 })], again)).map(({ state }) => state)).toEqual(['defocused']);
  });

  it('says nothing of a plain wall', async () => {
    const plain = createViewJudge({ limits });
    expect(await play([still(60, { blur: 60 }), still(60, { blur: 50, light: 0.8 })], plain)).toEqual([]);
  });
});
