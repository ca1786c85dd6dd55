import sharp, { type OverlayOptions } from 'sharp';
import { fromRgb, type YuvImage } from '../../src/media/yuv.ts';
import { photoOf } from './footage.ts';

/** Pictures of a room that never was: a photograph as a camera would show it, shifted, turned, zoomed, lit, hidden, blurred. */
export interface RoomPicture {
  /** Which of the sample photographs, 1 to 6. */
  readonly room: number;
  /** Pixels of a picture 640 wide. */
  readonly shift?: readonly [number, number];
  /** Degrees. */
  readonly turn?: number;
  readonly zoom?: number;
  /** Brightness is multiplied. */
  readonly light?: number;
  readonly mono?: boolean;
  /** Sigma in pixels of a picture 640 wide. */
  readonly blur?: number;
  /** A grey lid over this share of the picture, from the left. */
  readonly lid?: number;
  /** Somebody in front: centre and width in shares of the picture's width, over its whole height. */
  readonly person?: readonly [number, number];
  readonly noise?: number;
  /** The camera's name and clock in the corners. */
  readonly text?: string;
}

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = 200;
const walls = new Map<number, Promise<Buffer>>();

function wall(room: number): Promise<Buffer> {
  const known = walls.get(room);
  if (known) return known;
  const made = sharp(photoOf(room))
    .resize({ width: WIDTH + 2 * MARGIN, height: HEIGHT + 2 * MARGIN, fit: 'cover' })
    .removeAlpha()
    .png()
    .toBuffer();
  walls.set(room, made);
  return made;
}

/** 640×360. @param seed of its noise */
export async function roomPicture(asked: RoomPicture, seed = 1): Promise<YuvImage> {
  const { shift = [0, 0], turn = 0, zoom = 1, light = 1, mono = false, blur = 0, lid = 0, noise = 3 } = asked;
  const turned = await sharp(await wall(asked.room))
    .rotate(turn, { background: '#404040' })
    .png()
    .toBuffer({ resolveWithObject: true });
  const [w, h] = [Math.round(WIDTH / zoom), Math.round(HEIGHT / zoom)];
  const flat = await sharp(turned.data)
    .extract({
      left: Math.round((turned.info.width - w) / 2 + shift[0]),
      top: Math.round((turned.info.height - h) / 2 + shift[1]),
      width: w,
      height: h,
    })
    .resize(WIDTH, HEIGHT, { fit: 'fill' })
    .png()
    .toBuffer();
  const layers: OverlayOptions[] = [];
  const plain = (width: number, height: number, grey: number): Promise<Buffer> =>
    sharp({ create: { width, height, channels: 3, background: { r: grey, g: grey, b: grey } } })
      .png()
      .toBuffer();
  if (asked.person) {
    const [at, wide] = asked.person;
    const photo = sharp(photoOf((asked.room % 6) + 1)).resize(Math.round(WIDTH * wide), HEIGHT, { fit: 'cover' });
    const left = Math.round(WIDTH * (at - wide / 2));
    const width = Math.min(Math.round(WIDTH * wide), WIDTH - Math.max(0, left)) - Math.max(0, -left);
    if (width > 1) {
      const input = await photo
        .extract({ left: Math.max(0, -left), top: 0, width, height: HEIGHT })
        .png()
        .toBuffer();
      layers.push({ input, left: Math.max(0, left), top: 0 });
    }
  }
  if (lid > 0) layers.push({ input: await plain(Math.max(1, Math.round(WIDTH * lid)), HEIGHT, 96), left: 0, top: 0 });
  let picture = sharp(await sharp(flat).composite(layers).png().toBuffer());
  if (blur > 0) picture = sharp(await picture.blur(blur).png().toBuffer());
  picture = picture.linear(light, 0);
  if (mono) picture = sharp(await picture.greyscale().png().toBuffer()).toColourspace('srgb');
  if (asked.text !== undefined) {
    const input = Buffer.from(
      `<svg width="${WIDTH}" height="30"><text x="8" y="22" font-size="20" fill="white">${asked.text}</text></svg>`,
    );
    const plainly = await picture.png().toBuffer();
    picture = sharp(
      await sharp(plainly)
        .composite([{ input, left: 0, top: 4 }])
        .png()
        .toBuffer(),
    );
  }
  const { data } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const image = fromRgb({ width: WIDTH, height: HEIGHT, data: new Uint8Array(data) });
  const next = random(seed);
  const luma = image.data as Uint8Array;
  for (let i = 0; i < WIDTH * HEIGHT; i++)
    luma[i] = Math.max(
      16,
      Math.min(235, Math.round((luma[i] as number) + noise * 2 * (next() + next() + next() - 1.5))),
    );
  return image;
}

function random(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
