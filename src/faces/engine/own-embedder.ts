import type { RgbImage } from '../../media/image.ts';
import { alignment } from '../align.ts';
import { cutArcfaceChip } from '../arcface-align.ts';
import { type Embedder, meanOfLooks } from '../embedder.ts';
import type { Point } from '../geometry.ts';
import type { ModelCard } from '../model-card.ts';
import { warp } from '../resample.ts';
import { dotProduct, templateVector } from '../template.ts';
import { gatherer } from './batching-engine.ts';
import { DESCRIPTOR_CHIP_SIZE } from './engine.ts';
import { checkInputDims, type OwnSession, openOwnSession, unusable } from './own-session.ts';
import { pictureTensor } from './picture-tensor.ts';
import { probePictures } from './probe-pictures.ts';

const MAX_BATCH = 8;
/** A template shorter than this before it is brought to unit length is next to nothing enlarged. */
const LEAST_LENGTH = 1e-6;
/** Two quite different pictures that are alike as this say that the network does not look. */
const ALL_ALIKE = 0.999_999;

/**
 * An operator's own embedder, tried on pictures before it serves. Throws `integrity` when the file is damaged, takes other
 * pictures or gives other numbers than its card says, gives numbers that are none, or gives the same for every picture.
 */
export async function openOwnEmbedder(options: {
  readonly card: ModelCard;
  readonly cardPath: string;
  readonly name: string;
  readonly threads: number;
}): Promise<Embedder> {
  const { card, name } = options;
  const session = await openOwnSession(options);
  try {
    const { batches } = checkInputDims(session, card.input);
    const [output, ...more] = session.outputNames;
    if (output === undefined || more.length > 0)
      throw unusable(name, `it has ${session.outputNames.length} outputs instead of one`);
    const network = networkOf(session, card, output, batches);
    await tryOut(network, card, name);
    return embedderOf(card, gatherer(network, MAX_BATCH), () => session.close());
  } catch (error) {
    await session.close();
    throw error;
  }
}

type Network = (chips: readonly RgbImage[]) => Promise<Float32Array[]>;

function networkOf(session: OwnSession, card: ModelCard, output: string, batches: boolean): Network {
  const run = async (chips: readonly RgbImage[]): Promise<Float32Array[]> => {
    const [answer] = await session.run(pictureTensor(chips, card.input), [output]);
    const perChip = (answer?.data.length ?? 0) / chips.length;
    if (answer === undefined || perChip !== card.dimension)
      throw unusable(session.file, `it gives ${perChip} numbers for a face, its card says ${card.dimension}`);
    return chips.map((_, i) => answer.data.slice(i * perChip, (i + 1) * perChip));
  };
  return async (chips) => {
    if (batches) return chips.length === 0 ? [] : run(chips);
    const vectors: Float32Array[] = [];
    for (const chip of chips) vectors.push(...(await run([chip])));
    return vectors;
  };
}

/** Looks whether the network answers to pictures as an embedder does, one by one and several at once. */
async function tryOut(network: Network, card: ModelCard, name: string): Promise<void> {
  const pictures = probePictures(card.input);
  const vectors = (await network(pictures)).map((vector) => {
    if (vector.some((value) => !Number.isFinite(value))) throw unusable(name, 'it gives numbers that are none (NaN)');
    if (Math.hypot(...vector) < LEAST_LENGTH) throw unusable(name, 'it gives a template without length');
    return templateVector([vector]);
  });
  const [first] = vectors;
  if (first && vectors.every((vector) => dotProduct(first, vector) > ALL_ALIKE))
    throw unusable(name, 'it gives the same template for pictures that are quite different');
}

function embedderOf(card: ModelCard, network: Network, close: () => Promise<void>): Embedder {
  const side = card.input.width;
  return {
    templateVersion: card.templateVersion,
    dimension: card.dimension,
    cut: ({ image, landmarks }) => {
      const cut = card.alignment === 'arcface-five-point' ? cutArcfaceChip : cutDlibChip;
      const crop = cut(image, landmarks, side);
      return crop ? [crop] : [];
    },
    describe: (crops) => meanOfLooks(crops, network, { mirrored: card.mirror === true }),
    close,
  };
}

/** dlib's chip in another size than the built-in network's. */
function cutDlibChip(image: RgbImage, landmarks: readonly Point[], side: number): RgbImage | null {
  const toImage = alignment(landmarks);
  const scale = DESCRIPTOR_CHIP_SIZE / side;
  return toImage && warp(image, { ...toImage, a: toImage.a * scale, b: toImage.b * scale }, side, side);
}
