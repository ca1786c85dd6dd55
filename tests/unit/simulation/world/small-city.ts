import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseModelCard } from '../../../../src/faces/model-card.ts';
import { PROGRAM_DIR } from '../../../../src/platform/config.ts';
import type { FeedLine, TruthRow } from '../../../../src/simulation/feed/feed-line.ts';
import type { City } from '../../../../src/simulation/world/city.ts';
import { writeCity } from '../../../../src/simulation/world/city-feed.ts';
import { makeCity } from '../../../../src/simulation/world/make-city.ts';
import { type CityOverrides, loadCityParameters } from '../../../../src/simulation/world/parameters.ts';

const CARD = join(PROGRAM_DIR, 'models/cards/faceapi-dlib-128.json');
const { calibration } = parseModelCard(JSON.parse(readFileSync(CARD, 'utf8')), CARD);
if (!calibration) throw new Error('The card that comes with the project is calibrated.');
export const cardCalibration = calibration;

export async function smallCity(
  options: { seed?: number; clinics?: number; days?: number; overrides?: CityOverrides } = {},
): Promise<City> {
  return makeCity({
    seed: options.seed ?? 7,
    clinics: options.clinics ?? 8,
    days: options.days ?? 3,
    parameters: await loadCityParameters(options.overrides ? { overrides: options.overrides } : {}),
    calibration: cardCalibration,
  });
}

export interface Emitted {
  readonly lines: readonly string[];
  readonly truth: readonly TruthRow[];
  /** Lines still to arrive after each day. */
  readonly waiting: readonly number[];
}

export async function emitted(city: City): Promise<Emitted> {
  const lines: string[] = [];
  const truth: TruthRow[] = [];
  const waiting: number[] = [];
  await writeCity(
    city,
    { line: (_, text) => lines.push(text), truth: (row) => truth.push(row), full: false, drain: async () => {} },
    (_, still) => waiting.push(still),
  );
  return { lines, truth, waiting };
}

export const parsed = (lines: readonly string[]): FeedLine[] => lines.map((line) => JSON.parse(line) as FeedLine);
