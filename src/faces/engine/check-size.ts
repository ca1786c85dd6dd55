import type { RgbImage } from '../../media/image.ts';
import { DomainError } from '../../platform/errors.ts';
import { TINY_INPUT_STEP } from './engine.ts';

/** Throws `invalid_input` unless every picture is `side` × `side` and has as many bytes as that takes. */
export function checkSquares(pictures: readonly RgbImage[], side: number): void {
  for (const picture of pictures) {
    checkBytes(picture);
    if (picture.width !== side || picture.height !== side)
      throw new DomainError(
        'invalid_input',
        `A picture of ${picture.width}×${picture.height} where ${side}×${side} is needed.`,
      );
  }
}

/** Throws `invalid_input` unless both sides are multiples of 32, as the tiny detector wants. */
export function checkTinyInput(picture: RgbImage): void {
  checkBytes(picture);
  const fits = (side: number) => side > 0 && side % TINY_INPUT_STEP === 0;
  if (!fits(picture.width) || !fits(picture.height))
    throw new DomainError(
      'invalid_input',
      `The sides of ${picture.width}×${picture.height} are not multiples of ${TINY_INPUT_STEP}.`,
    );
}

function checkBytes({ width, height, data }: RgbImage): void {
  if (data.length !== width * height * 3)
    throw new DomainError(
      'invalid_input',
      `A picture of ${width}×${height} has ${data.length} bytes instead of ${width * height * 3}.`,
    );
}
