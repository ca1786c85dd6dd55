import { describe, expect, it } from 'vitest';
import { calmed } from '../../../src/vision/calm.ts';
import { roomPicture } from '../../support/rooms.ts';

describe('a picture whose colours are noise', () => {
  it('is searched in grey, where the detector still sees faces', async () => {
    const room = await roomPicture({ room: 1 });
    const data = room.data.slice();
    const colours = room.width * room.height;
    for (let i = colours; i < data.length; i++)
      data[i] = Math.max(0, Math.min(255, (data[i] ?? 0) + ((i * 7_919) % 41) - 20));
    const calm = calmed({ ...room, data });
    expect(calm.data.subarray(colours).every((value) => value === 128)).toBe(true);
    expect(Buffer.compare(calm.data.subarray(0, colours), room.data.subarray(0, colours))).toBe(0);
  });

  it('is not any colourful room, nor an ordinary sensor at night', async () => {
    for (const room of [1, 3, 6]) {
      const picture = await roomPicture({ room, noise: 8 });
      expect(calmed(picture)).toBe(picture);
    }
  });
});
