import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { createFaceAnalyzer } from './analyzer.ts';
import { type CalibrationSample, planSamples, sampleOf } from './calibration-samples.ts';
import { composeCard } from './compose-card.ts';
import { openFaceEngine } from './engine/open-engine.ts';
import { listPhotos } from './photo-folder.ts';
import { type Progress, progressOnStderr } from './progress.ts';

export interface FaceCalibrateOptions {
  /** DIR/person/photo.jpg */
  readonly images: string;
  /** Where the model card goes. */
  readonly out: string;
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
  const engine = await openFaceEngine({
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.modelDir !== undefined && { modelDir: options.modelDir }),
  });
  const samples: CalibrationSample[] = [];
  try {
    const analyzer = createFaceAnalyzer({ engine });
    const onProgress = options.onProgress ?? progressOnStderr('photographs');
    for (const [i, { photo, ...plan }] of photos.entries()) {
      const sample = await sampleOf(analyzer, photo, plan);
      if (sample) samples.push(sample);
      onProgress(i + 1, photos.length);
    }
  } finally {
    await engine.close();
  }
  const card = composeCard(samples, {
    dataName: options.dataName ?? 'photographs given to face-calibrate',
    limits: options.limits ?? UNKNOWN_LIMITS,
    photos: photos.length,
  });
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
