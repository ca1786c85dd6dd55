import { createHash } from 'node:crypto';
import { DomainError } from '../platform/errors.ts';
import { builtinModel } from './builtin-model.ts';
import { calibrate } from './calibrate.ts';
import type { CalibrationSample } from './calibration-samples.ts';
import { type Calibration, type ModelCard, parseModelCard } from './model-card.ts';

/** Fewer people say nothing about one false match in ten thousand. */
const MIN_PEOPLE_WITH_SEVERAL = 100;

/**
 * A model's card (the built-in one unless given) with a calibration from samples; only figures. Throws `invalid_input` when there are too few
 * people.
 */
export function composeCard(
  samples: readonly CalibrationSample[],
  data: { readonly dataName: string; readonly limits: string; readonly photos: number },
  model: Omit<ModelCard, 'calibration' | 'siteCalibrated'> = builtinModel,
): ModelCard & { readonly calibration: Calibration } {
  const photosOf = new Map<string, number>();
  for (const { person } of samples) photosOf.set(person, (photosOf.get(person) ?? 0) + 1);
  const peopleWithSeveral = [...photosOf.values()].filter((count) => count > 1).length;
  if (peopleWithSeveral < MIN_PEOPLE_WITH_SEVERAL)
    throw new DomainError('invalid_input', `Only ${peopleWithSeveral} people have two photographs with a face.`, {
      remedy: `A calibration needs at least ${MIN_PEOPLE_WITH_SEVERAL} people with two photographs or more.`,
    });
  const figures = calibrate(samples);
  const digest = createHash('sha256')
    .update(JSON.stringify([model.templateVersion, data, figures]))
    .digest('hex');
  const calibration: Calibration = {
    id: `${model.id}/${digest.slice(0, 12)}`,
    dataName: data.dataName,
    limits: data.limits,
    people: photosOf.size,
    peopleWithSeveral,
    photos: data.photos,
    photosWithoutFace: data.photos - samples.length,
    ...figures,
  };
  const card = { ...model, siteCalibrated: false, calibration };
  parseModelCard(card, 'being built');
  return card;
}
