import type { RgbImage } from '../../media/image.ts';
import type { ModelCard } from '../model-card.ts';
import { suppressOverlaps } from '../nms.ts';
import { drawRegion } from '../resample.ts';
import type { EngineDetection, FaceEngine } from './engine.ts';
import { checkInputDims, type OwnSession, openOwnSession, unusable } from './own-session.ts';
import { pictureTensor } from './picture-tensor.ts';
import { probePictures } from './probe-pictures.ts';

/** Boxes that overlap by more are one face; a graph may have sorted them out itself. */
const MAX_OVERLAP = 0.5;

export interface OwnDetector {
  /** Faces of one picture of any size, boxes in its pixels, best first. */
  detect(picture: RgbImage, options: { readonly minScore: number }): Promise<EngineDetection[]>;
  /** Whether it also takes the place of the quick detector. */
  readonly forAll: boolean;
  close(): Promise<void>;
}

/**
 * An operator's own face detector, tried on pictures before it serves. Throws `integrity` when the file is damaged, takes
 * other pictures than its card says, or gives no boxes n×4 with n scores.
 */
export async function openOwnDetector(options: {
  readonly card: ModelCard;
  readonly detector: NonNullable<ModelCard['detector']>;
  readonly cardPath: string;
  readonly name: string;
  readonly threads: number;
}): Promise<OwnDetector> {
  const { detector, name } = options;
  const session = await openOwnSession(options);
  try {
    const { anySize } = checkInputDims(session, detector.input);
    for (const output of Object.values(detector.outputs))
      if (!session.outputNames.includes(output))
        throw unusable(name, `it has no output ${output}, but ${session.outputNames.join(', ')}`);
    const detect = detectorOf(session, detector, anySize);
    for (const picture of probePictures(detector.input)) await detect(picture, { minScore: 0 });
    return { detect, forAll: detector.use === 'all', close: () => session.close() };
  } catch (error) {
    await session.close();
    throw error;
  }
}

function detectorOf(
  session: OwnSession,
  { input, outputs }: NonNullable<ModelCard['detector']>,
  anySize: boolean,
): OwnDetector['detect'] {
  return async (picture, { minScore }) => {
    // A graph that takes one size only is shown the whole picture in it, black to the right and below.
    const scale = anySize ? 1 : Math.max(picture.width / input.width, picture.height / input.height);
    const whole = { x: 0, y: 0, width: input.width * scale, height: input.height * scale };
    const shown = anySize ? picture : drawRegion(picture, whole, input.width, input.height);
    const [boxes, scores] = await session.run(pictureTensor([shown], input), [outputs.boxes, outputs.scores]);
    const found = readBoxes(session.file, boxes, scores).map(({ box, score }) => ({
      box: { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale },
      score,
    }));
    return suppressOverlaps(
      found.filter(({ box, score }) => score > minScore && box.width > 0 && box.height > 0),
      MAX_OVERLAP,
    );
  };
}

interface Numbers {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

function readBoxes(file: string, boxes: Numbers | undefined, scores: Numbers | undefined): EngineDetection[] {
  const count = scores?.data.length ?? 0;
  if (!boxes || !scores || boxes.data.length !== count * 4 || (count > 0 && boxes.dims.at(-1) !== 4))
    throw unusable(
      file,
      `its boxes (${boxes?.dims.join('×')}) and scores (${scores?.dims.join('×')}) are not n×4 and n`,
    );
  return Array.from({ length: count }, (_, i) => {
    const [left = 0, top = 0, right = 0, bottom = 0] = boxes.data.subarray(i * 4, i * 4 + 4);
    const score = scores.data[i] ?? 0;
    if (![left, top, right, bottom, score].every(Number.isFinite))
      throw unusable(file, 'it gives numbers that are none (NaN)');
    if (score < -1e-3 || score > 1.001)
      throw unusable(file, `it gives a score of ${score}, which is not within 0 and 1`);
    return {
      box: { x: left, y: top, width: right - left, height: bottom - top },
      score: Math.min(1, Math.max(0, score)),
    };
  });
}

/** The engine with an operator's own detector in the place of its thorough one, or of both. */
export const withDetector = (engine: FaceEngine, own: OwnDetector): FaceEngine => ({
  name: engine.name,
  version: `${engine.version} with a detector of its own`,
  detectSsd: (picture, options) => own.detect(picture, options),
  detectTiny: (picture, options) => (own.forAll ? own.detect(picture, options) : engine.detectTiny(picture, options)),
  landmarks: (chips) => engine.landmarks(chips),
  describe: (chips) => engine.describe(chips),
  async close() {
    await own.close();
    await engine.close();
  },
});
