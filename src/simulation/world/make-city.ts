import type { Calibration } from '../../faces/model-card.ts';
import { createCameraClock, makeCameras } from './cameras.ts';
import { makeCatalogue } from './catalogue.ts';
import type { City } from './city.ts';
import { midnightOf } from './city-time.ts';
import { fitFaceModel } from './face-model.ts';
import { AGE_BANDS, ageBandOf, createFaceSpace } from './face-space.ts';
import { planFraud } from './fraud-plan.ts';
import { loadRegions, makeClinics } from './geography.ts';
import { createOutages } from './outages.ts';
import type { CityParameters } from './parameters.ts';
import { createPopulation } from './people.ts';
import { createRandomness } from './random.ts';

export interface CityOptions {
  readonly seed: number;
  readonly clinics: number;
  readonly days: number;
  readonly parameters: CityParameters;
  /** Whose scores the faces follow. */
  readonly calibration: Calibration;
}

/** How many people's ages tell how often two are of one band. */
const SAMPLE = 1500;

/** The city as far as it does not change from day to day. Throws `config_invalid` where faces cannot follow the card. */
export async function makeCity(options: CityOptions): Promise<City> {
  const { seed, days, parameters, calibration } = options;
  const random = createRandomness(seed);
  const from = midnightOf(parameters.startDate);
  const span = { from, days };
  const regions = await loadRegions();
  const clinics = makeClinics(regions, options.clinics, parameters, random);
  const plans = planFraud(options.clinics, span, parameters, random);
  const population = createPopulation(parameters, random, clinics, span);
  const bands = AGE_BANDS.map(() => 0);
  for (let i = 0; i < Math.min(SAMPLE, clinics[0]?.enrollees ?? 0); i++) {
    const band = ageBandOf(population.person(0, i).age);
    bands[band] = (bands[band] ?? 0) + 1;
  }
  const model = fitFaceModel(calibration, parameters.faces, bands);
  return {
    seed,
    parameters,
    random,
    from,
    days,
    regions,
    clinics,
    plans,
    cameras: clinics.map((clinic) =>
      makeCameras(clinic, plans[clinic.index]?.poorCameras ?? false, parameters.cameras, random),
    ),
    drugs: makeCatalogue(parameters, random),
    population,
    faces: createFaceSpace(model, parameters.faces, random),
    outages: createOutages(parameters.outages, from, random),
    clock: createCameraClock(from, parameters.cameras),
  };
}
