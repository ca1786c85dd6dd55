import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DomainError } from '../../platform/errors.ts';
import { checkSum, fileOfCard } from '../load-model-card.ts';
import type { ModelCard } from '../model-card.ts';
import type { PictureTensor } from './picture-tensor.ts';
import { sessionOptions } from './session-options.ts';

/** A network of an operator's own: one picture tensor in, named tensors out. */
export interface OwnSession {
  readonly file: string;
  readonly inputDims: readonly (number | string)[];
  readonly outputNames: readonly string[];
  /** Throws `integrity` when the network fails, or gives something else than 32-bit floating point numbers. */
  run(
    pictures: PictureTensor,
    outputs: readonly string[],
  ): Promise<{ readonly data: Float32Array; readonly dims: readonly number[] }[]>;
  close(): Promise<void>;
}

/**
 * Opens a card's own file in onnxruntime on the CPU, from the very bytes that were compared with the card's checksum. Throws
 * `integrity` when the file is another or is no ONNX network with one picture as its input.
 */
export async function openOwnSession(options: {
  readonly card: ModelCard;
  readonly cardPath: string;
  readonly name: string;
  readonly threads: number;
}): Promise<OwnSession> {
  const { card, cardPath, name, threads } = options;
  const bytes = await readFile(await fileOfCard(cardPath, name));
  checkSum(createHash('sha256').update(bytes).digest('hex'), card, name);
  const session = await InferenceSession.create(
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    sessionOptions(threads),
  ).catch((error: unknown) => {
    throw unusable(name, 'it is no ONNX network that can be loaded, in one file', error);
  });
  const [input, ...more] = session.inputMetadata;
  if (
    input === undefined ||
    more.length > 0 ||
    !input.isTensor ||
    input.type !== 'float32' ||
    input.shape.length !== 4
  ) {
    await session.release();
    throw unusable(name, 'its input is not one picture tensor of 32-bit floating point numbers with four sides');
  }
  return {
    file: name,
    inputDims: input.shape,
    outputNames: session.outputNames,
    async run({ data, dims }, outputs) {
      const answer = await session
        .run({ [input.name]: new Tensor('float32', data, dims) }, [...outputs])
        .catch((error: unknown) => {
          throw unusable(name, `it cannot work on a picture of ${dims.join('×')}`, error);
        });
      return outputs.map((output) => {
        const tensor = answer[output];
        if (tensor === undefined || !('data' in tensor) || !(tensor.data instanceof Float32Array))
          throw unusable(name, `its output ${output} holds no 32-bit floating point numbers`);
        return { data: tensor.data, dims: tensor.dims };
      });
    },
    close: () => session.release(),
  };
}

/** A file of an operator's own that cannot serve. */
export const unusable = (name: string, what: string, cause?: unknown): DomainError =>
  new DomainError(
    'integrity',
    `The model file ${name} cannot be used: ${what}.`,
    { remedy: 'Export it again as docs/face-models.md says (one file, float32), or go back to the card used before.' },
    cause === undefined ? undefined : { cause },
  );

/** A side that the graph leaves open is a name, or a number below one. */
const isFixed = (side: number | string | undefined): side is number => typeof side === 'number' && side > 0;

/**
 * Holds the sides that a network fixes against those that the card gives. Throws `integrity` when they differ.
 * @returns whether it takes several pictures at once, and pictures of any size
 */
export function checkInputDims(
  { file, inputDims }: Pick<OwnSession, 'file' | 'inputDims'>,
  form: { readonly width: number; readonly height: number; readonly layout?: 'NCHW' | 'NHWC' },
): { readonly batches: boolean; readonly anySize: boolean } {
  const { width, height, layout = 'NCHW' } = form;
  const wanted = layout === 'NCHW' ? [1, 3, height, width] : [1, height, width, 3];
  if (wanted.some((side, i) => isFixed(inputDims[i]) && inputDims[i] !== side))
    throw unusable(
      file,
      `its input is ${inputDims.join('×')}, the card says ${layout} of ${width}×${height}, one or any number of pictures`,
    );
  const sides = layout === 'NCHW' ? inputDims.slice(2) : inputDims.slice(1, 3);
  return { batches: !isFixed(inputDims[0]), anySize: !sides.some(isFixed) };
}
