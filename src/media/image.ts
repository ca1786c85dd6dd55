/** An RGB picture in memory: `data` holds `width * height * 3` bytes, row by row, red first. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A part of a picture, copied; `rect` in whole pixels, within it. */
export function cropRgb(
  image: RgbImage,
  rect: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): RgbImage {
  const data = new Uint8Array(rect.width * rect.height * 3);
  for (let row = 0; row < rect.height; row++) {
    const from = ((rect.y + row) * image.width + rect.x) * 3;
    data.set(image.data.subarray(from, from + rect.width * 3), row * rect.width * 3);
  }
  return { width: rect.width, height: rect.height, data };
}
