import { createHash, randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { DomainError } from '../platform/errors.ts';
import type { FaceAnalyzer } from './analyzer.ts';
import { builtinModel } from './builtin-model.ts';
import { calibrate } from './calibrate.ts';
import { type CalibrationSample, sampleOf } from './calibration-samples.ts';
import { type ModelCard, parseModelCard } from './model-card.ts';
import { listPhotos } from './photo-folder.ts';

export interface FaceCalibrateOptions {
  readonly analyzer: FaceAnalyzer;
  /** DIR/person/photo.jpg */
  readonly imagesDir: string;
  /** Where the model card goes. */
  readonly outFile: string;
  /** What the photographs are, for the card. */
  readonly dataName: string;
  /** What they are not. */
  readonly limits: string;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface FaceCalibrateResult {
  readonly outFile: string;
  readonly calibrationId: string;
  readonly people: number;
  readonly photos: number;
  readonly photosWithoutFace: number;
  readonly bins: readonly { name: string; genuinePairs: number; matchCut: number; mismatchCut: number }[];
}

/** Fewer people say nothing about one false match in ten thousand. */
const MIN_PEOPLE_WITH_SEVERAL = 100;

/**
 * Builds the model card from a folder of photographs: each as a portrait, as it is and as a camera would have seen it. Only
 * figures are written. Throws `invalid_input` when there are too few people.
 */
export async function runFaceCalibrate(options: FaceCalibrateOptions): Promise<FaceCalibrateResult> {
  const photos = await listPhotos(options.imagesDir);
  const samples: CalibrationSample[] = [];
  for (const [i, photo] of photos.entries()) {
    const sample = await sampleOf(options.analyzer, photo, i + 1);
    if (sample) samples.push(sample);
    options.onProgress?.({ done: i + 1, total: photos.length });
  }
  const card = composeCard(samples, { ...options, photos: photos.length });
  const { calibration } = card;
  if (!calibration) throw new DomainError('internal', 'The card has no calibration.');
  const temporary = `${options.outFile}.${randomUUID()}.tmp`;
  await writeFile(temporary, `${JSON.stringify(card, null, 2)}\n`);
  await rename(temporary, options.outFile);
  return {
    outFile: options.outFile,
    calibrationId: calibration.id,
    people: calibration.people,
    photos: calibration.photos,
    photosWithoutFace: calibration.photosWithoutFace,
    bins: calibration.bins.map(({ name, genuinePairs, matchCut, mismatchCut }) => ({
      name,
      genuinePairs,
      matchCut,
      mismatchCut,
    })),
  };
}

/** The built-in model's card with a calibration from samples. */
export function composeCard(
  samples: readonly CalibrationSample[],
  data: { readonly dataName: string; readonly limits: string; readonly photos: number },
): ModelCard {
  const photosOf = new Map<string, number>();
  for (const { person } of samples) photosOf.set(person, (photosOf.get(person) ?? 0) + 1);
  const peopleWithSeveral = [...photosOf.values()].filter((count) => count > 1).length;
  if (peopleWithSeveral < MIN_PEOPLE_WITH_SEVERAL)
    throw new DomainError('invalid_input', `Only ${peopleWithSeveral} people have two photographs with a face.`, {
      remedy: `A calibration needs at least ${MIN_PEOPLE_WITH_SEVERAL} people with two photographs or more.`,
    });
  const figures = calibrate(samples);
  const digest = createHash('sha256')
    .update(JSON.stringify([builtinModel.templateVersion, data, figures]))
    .digest('hex');
  const card: ModelCard = {
    ...builtinModel,
    siteCalibrated: false,
    calibration: {
      id: `${builtinModel.id}/${digest.slice(0, 12)}`,
      dataName: data.dataName,
      limits: data.limits,
      people: photosOf.size,
      peopleWithSeveral,
      photos: data.photos,
      photosWithoutFace: data.photos - samples.length,
      ...figures,
    },
  };
  return parseModelCard(card, 'being built');
}
