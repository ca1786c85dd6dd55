/** An RGB picture in memory: `data` holds `width * height * 3` bytes, row by row, red first. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
