import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DomainError } from '../platform/errors.ts';
import { type CalibrationSample, planSamples, sampleOf } from './calibration-samples.ts';
import { composeCard } from './compose-card.ts';
import { openApparentReader } from './engine/apparent.ts';
import { loadModelCard } from './load-model-card.ts';
import { openAnalyzer } from './open-analyzer.ts';
import { listPhotos } from './photo-folder.ts';
import { type Progress, progressOnStderr } from './progress.ts';

export interface FaceCalibrateOptions {
  /** DIR/person/photo.jpg */
  readonly images: string;
  /** Where the model card goes. */
  readonly out: string;
  /** Path of the card of the model to calibrate; the built-in one unless given. */
  readonly card?: string;
  /** What the photographs are, for the card. */
  readonly dataName?: string;
  /** What they are not, for the card. */
  readonly limits?: string;
  readonly threads?: number;
  readonly modelDir?: string;
  /** Told after each photograph; writes to stderr unless given. */
  readonly onProgress?: Progress;
}

export interface FaceCalibrateResult {
  readonly out: string;
  readonly calibrationId: string;
  readonly people: number;
  readonly photos: number;
  readonly photosWithoutFace: number;
  readonly bins: readonly { name: string; genuinePairs: number; matchCut: number; mismatchCut: number }[];
}

const UNKNOWN_LIMITS =
  'Photographs of unknown origin, camera pictures imitated from them: an upper bound on what real cameras will see.';

/**
 * Builds a model card from a folder of photographs: each as a portrait, as it is and as a camera would have seen it. Only
 * figures are written, and only when all is done. Throws `invalid_input` when there are too few people.
 */
export async function runFaceCalibrate(options: FaceCalibrateOptions): Promise<FaceCalibrateResult> {
  const photos = planSamples(await listPhotos(options.images));
  await checkPlace(options);
  const {
    analyzer,
    card: model,
    close,
  } = await openAnalyzer({
    ...(options.card !== undefined && { card: options.card }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.modelDir !== undefined && { modelDir: options.modelDir }),
  });
  const looks = await openApparentReader({
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.modelDir !== undefined && { modelDir: options.modelDir }),
  });
  const samples: CalibrationSample[] = [];
  try {
    const onProgress = options.onProgress ?? progressOnStderr('photographs');
    for (const [i, { photo, ...plan }] of photos.entries()) {
      const sample = await sampleOf(analyzer, photo, { ...plan, looks });
      if (sample) samples.push(sample);
      onProgress(i + 1, photos.length);
    }
  } finally {
    await looks.close();
    await close();
  }
  const card = composeCard(
    samples,
    {
      dataName: options.dataName ?? 'photographs given to face-calibrate',
      limits: options.limits ?? UNKNOWN_LIMITS,
      photos: photos.length,
    },
    model,
  );
  const temporary = `${options.out}.${randomUUID()}.tmp`;
  await writeFile(temporary, `${JSON.stringify(card, null, 2)}\n`);
  await rename(temporary, options.out);
  const { id, people, photosWithoutFace, bins } = card.calibration;
  return {
    out: options.out,
    calibrationId: id,
    people,
    photos: photos.length,
    photosWithoutFace,
    bins: bins.map(({ name, genuinePairs, matchCut, mismatchCut }) => ({ name, genuinePairs, matchCut, mismatchCut })),
  };
}

/** A card names files beside itself: its calibrated copy must lie in the same folder. */
async function checkPlace({ card, out }: FaceCalibrateOptions): Promise<void> {
  if (card === undefined) return;
  const { files } = await loadModelCard(card);
  if (files !== undefined && resolve(dirname(out)) !== resolve(dirname(card)))
    throw new DomainError('invalid_input', `The card ${out} would not lie beside the model files of ${card}.`, {
      remedy: `Write it into ${dirname(card)}.`,
    });
}
