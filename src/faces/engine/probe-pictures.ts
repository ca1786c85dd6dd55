import type { RgbImage } from '../../media/image.ts';

/**
 * Pictures that a network is tried on before it serves: a light and a dark half, a coloured slope, and a grid. Quite different from each other, the same each time.
 */
export function probePictures({ width, height }: { readonly width: number; readonly height: number }): RgbImage[] {
  const drawn = (colour: (x: number, y: number) => readonly [number, number, number]): RgbImage => {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at += 3) data.set(colour(x / width, y / height), at);
    return { width, height, data };
  };
  return [
    drawn((x) => (x < 0.5 ? [220, 190, 170] : [30, 40, 60])),
    drawn((x, y) => [Math.round(255 * y), Math.round(255 * x), Math.round(255 * (1 - y))]),
    drawn((x, y) => ((Math.floor(x * 9) + Math.floor(y * 7)) % 2 === 0 ? [250, 120, 20] : [10, 90, 140])),
  ];
}
