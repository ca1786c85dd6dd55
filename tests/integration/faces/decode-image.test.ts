import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/media/decode-image.ts';

const twoColours = (format: 'jpeg' | 'png' | 'webp', orientation?: number) => {
  const left = { create: { width: 20, height: 20, channels: 3 as const, background: '#ff0000' } };
  const picture = sharp({ create: { width: 40, height: 20, channels: 3, background: '#0000ff' } }).composite([
    { input: left, left: 0, top: 0 },
  ]);
  return (orientation ? picture.withMetadata({ orientation }) : picture).toFormat(format, { quality: 95 }).toBuffer();
};

describe('decoding photographs', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('reads %s', async (format) => {
    const { width, height, data } = await decodeImage(await twoColours(format));
    expect([width, height, data.length]).toEqual([40, 20, 40 * 20 * 3]);
    expect(data[0]).toBeGreaterThan(200);
  });

  it('turns a telephone photograph upright as its EXIF orientation says', async () => {
    const { width, height, data } = await decodeImage(await twoColours('jpeg', 6));
    expect([width, height]).toEqual([20, 40]);
    expect(data[(5 * 20 + 10) * 3]).toBeGreaterThan(200);
    expect(data[(35 * 20 + 10) * 3]).toBeLessThan(60);
  });

  it('lays a transparent picture on white and makes a grey one RGB', async () => {
    const clear = sharp({ create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
    expect([...(await decodeImage(await clear.png().toBuffer())).data]).toEqual(new Array(48).fill(255));
    const grey = sharp({ create: { width: 4, height: 4, channels: 3, background: '#808080' } }).greyscale();
    expect((await decodeImage(await grey.png().toBuffer())).data).toHaveLength(48);
  });

  it('makes a very large picture smaller', async () => {
    const large = await sharp({ create: { width: 600, height: 300, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer();
    expect(await decodeImage(large, { maxSide: 200 })).toMatchObject({ width: 200, height: 100 });
  });

  it('refuses what is not a whole picture, with a remedy', async () => {
    const jpeg = await twoColours('jpeg');
    for (const broken of [
      Buffer.alloc(0),
      Buffer.from('hello'),
      jpeg.subarray(0, jpeg.length - 200),
      Buffer.alloc(2000, 0xff),
    ])
      await expect(decodeImage(broken)).rejects.toMatchObject({
        code: 'unsupported_media',
        details: { remedy: expect.stringContaining('JPEG') },
      });
  });

  it('refuses a picture that would fill the memory, before decoding it', async () => {
    const bomb = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"><rect width="9" height="9"/></svg>`,
    );
    await expect(decodeImage(bomb)).rejects.toMatchObject({
      code: expect.stringMatching(/payload_too_large|unsupported_media/),
    });
  });
});
