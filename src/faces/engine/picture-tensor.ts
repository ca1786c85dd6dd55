import type { RgbImage } from '../../media/image.ts';

/** How a network wants a picture. */
export interface PictureForm {
  readonly width: number;
  readonly height: number;
  readonly channels: 'RGB' | 'BGR';
  readonly layout?: 'NCHW' | 'NHWC';
  readonly mean: readonly number[];
  readonly divisor: number | readonly number[];
}

export interface PictureTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/**
 * Pictures of one size as a network's numbers: `(value − mean) ÷ divisor` per channel, values 0..255, mean and divisor in the
 * order of the network's own channels; channel by channel (NCHW) or pixel by pixel (NHWC).
 */
export function pictureTensor(pictures: readonly RgbImage[], form: PictureForm): PictureTensor {
  const [width, height] = [pictures[0]?.width ?? form.width, pictures[0]?.height ?? form.height];
  const byChannel = (form.layout ?? 'NCHW') === 'NCHW';
  const pixels = width * height;
  const data = new Float32Array(pictures.length * pixels * 3);
  for (let channel = 0; channel < 3; channel++) {
    const from = form.channels === 'RGB' ? channel : 2 - channel;
    const mean = form.mean[channel] ?? 0;
    const divisor = typeof form.divisor === 'number' ? form.divisor : (form.divisor[channel] ?? 1);
    const step = byChannel ? 1 : 3;
    pictures.forEach((picture, n) => {
      let to = n * pixels * 3 + (byChannel ? channel * pixels : channel);
      for (let at = from; at < pixels * 3; at += 3, to += step) data[to] = ((picture.data[at] ?? 0) - mean) / divisor;
    });
  }
  const dims = byChannel ? [pictures.length, 3, height, width] : [pictures.length, height, width, 3];
  return { data, dims };
}
