import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ensureModels } from '../../../models/build/ensure-models.ts';
import type { RgbImage } from '../../media/image.ts';
import { DomainError } from '../../platform/errors.ts';
import { checkSquares } from './check-size.ts';
import { LANDMARK_CHIP_SIZE } from './engine.ts';
import { sessionOptions } from './session-options.ts';

/** What a face looks like, not what the person is. For measuring look-alikes only: no decision may rest on it. */
export interface Apparent {
  readonly ageYears: number;
  readonly sex: 'male' | 'female';
}

export interface ApparentReader {
  /** One answer per upright face of 112×112. Throws `invalid_input` for a picture of another size. */
  read(chips: readonly RgbImage[]): Promise<Apparent[]>;
  close(): Promise<void>;
}

/** face-api's network for age and sex (Xception, trained on UTK and others), in onnxruntime. */
export async function openApparentReader(
  options: { readonly modelDir?: string; readonly threads?: number } = {},
): Promise<ApparentReader> {
  const { age_gender: file } = await ensureModels(options.modelDir === undefined ? {} : { dir: options.modelDir });
  const session = await InferenceSession.create(file.path, sessionOptions(options.threads ?? 1));
  return {
    async read(chips) {
      checkSquares(chips, LANDMARK_CHIP_SIZE);
      const answers: Apparent[] = [];
      for (const { width, height, data } of chips) {
        const image = new Tensor('uint8', Uint8Array.from(data), [1, height, width, 3]);
        const { age, gender } = await session.run({ image });
        const [ageYears] = numbersOf(age);
        const [male] = numbersOf(gender);
        answers.push({ ageYears: ageYears ?? 0, sex: (male ?? 0) > 0.5 ? 'male' : 'female' });
      }
      return answers;
    },
    close: () => session.release(),
  };
}

function numbersOf(value: InferenceSession.OnnxValueMapType[string] | undefined): Float32Array {
  if (value && 'data' in value && value.data instanceof Float32Array) return value.data;
  throw new DomainError('integrity', 'The network for age and sex gave no numbers.', {
    remedy: 'Delete the built models; they are built anew.',
  });
}
