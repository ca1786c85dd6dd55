import { describe, expect, it } from 'vitest';
import { findPlacement, IN_PLACE, matchBlocks } from '../../../../src/vision/view/align.ts';
import { viewOf } from '../../../../src/vision/view/view.ts';
import { type RoomPicture, roomPicture } from '../../../support/rooms.ts';

const LEAST = { matched: 0.35, blocks: 12 };
const pictured = async (picture: RoomPicture, seed = 2) => viewOf(await roomPicture(picture, seed));

describe.each([3, 5])('the view of room %i', (room) => {
  it.each<[string, Omit<RoomPicture, 'room'>]>([
    ['in twice the noise', { noise: 6 }],
    ['in a third of the light', { light: 0.33 }],
    ['in half as much light again', { light: 1.5 }],
    ['by infrared light', { mono: true, light: 0.7 }],
  ])('stays in its place %s', async (_, changed) => {
    const there = matchBlocks(await pictured({ room }, 1), await pictured({ room, ...changed }));
    expect(there.blocks).toBeGreaterThan(40);
    expect(there.matched).toBeGreaterThan(0.8);
    expect(there.lost).toBeLessThan(0.1);
  });

  it.each<[string, Omit<RoomPicture, 'room'>, object]>([
    ['shifted to the right', { shift: [64, 0] }, { dx: -0.1, dy: 0, turn: 0, zoom: 1 }],
    ['shifted down and left, in other light', { shift: [-90, 40], light: 0.6 }, { dx: 0.14, dy: -0.0625, turn: 0 }],
    ['turned', { turn: 7 }, { turn: 7, zoom: 1 }],
    ['zoomed in', { zoom: 1.2 }, { zoom: 1.2, turn: 0 }],
    ['zoomed out', { zoom: 0.8 }, { zoom: 0.8, turn: 0 }],
    ['turned, shifted and noisy', { turn: -5, shift: [40, -20], noise: 6 }, { turn: -5 }],
  ])('%s is found where it went', async (_, changed, expected) => {
    const reference = await pictured({ room }, 1);
    const view = await pictured({ room, ...changed });
    expect(matchBlocks(reference, view).matched).toBeLessThan(0.45);
    const found = findPlacement(reference, view, LEAST);
    expect(found).not.toBeNull();
    if (found === null) return;
    const tolerance = { dx: 0.01, dy: 0.01, turn: 1, zoom: 0.03 };
    for (const [key, value] of Object.entries(expected)) {
      const told = found[key as keyof typeof tolerance];
      expect(Math.abs(told - value), `${key} ${told}`).toBeLessThan(tolerance[key as keyof typeof tolerance]);
    }
    expect(matchBlocks(reference, view, found).matched).toBeGreaterThan(0.8);
  });

  it('is not found in another room, nor behind a lid', async () => {
    const reference = await pictured({ room }, 1);
    expect(findPlacement(reference, await pictured({ room: room + 1 }), LEAST)).toBeNull();
    expect(findPlacement(reference, await pictured({ room, lid: 1 }), LEAST)).toBeNull();
    expect(matchBlocks(reference, await pictured({ room, lid: 1 }), IN_PLACE).lost).toBeGreaterThan(0.9);
  });

  it('is told sharp from blurred in any light, and by noise neither', async () => {
    const sharp = (await pictured({ room }, 1)).acuity;
    for (const picture of [{ light: 0.5 }, { light: 1.2 }, { noise: 6 }, { noise: 1 }])
      expect((await pictured({ room, ...picture })).acuity / sharp, JSON.stringify(picture)).toBeGreaterThan(0.7);
    for (const picture of [
      { blur: 2.5 },
      { blur: 5 },
      { blur: 12 },
      { blur: 5, noise: 6 },
      { blur: 5, text: '2026-03-02 09:00:00 收费处' },
    ])
      expect((await pictured({ room, ...picture })).acuity / sharp, JSON.stringify(picture)).toBeLessThan(0.55);
  });
});
