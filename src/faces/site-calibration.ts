import { createHash } from 'node:crypto';
import { type CalibrationRules, calibrate, defaultCalibrationRules } from './calibrate.ts';
import type { CalibrationSample } from './calibration-samples.ts';
import { seededRandom } from './degrade.ts';
import { type Calibration, type ModelCard, parseModelCard } from './model-card.ts';
import { dotProduct } from './template.ts';

/** A face with what its quality was. */
export interface SiteFace {
  readonly vector: Float32Array;
  /** 0..1 */
  readonly quality: number;
}

/** One person: the portrait in use, and appearances at visits that were confirmed to be his by other means than faces. */
export interface SitePerson {
  readonly person: string;
  readonly portrait: SiteFace;
  readonly visits: readonly SiteFace[];
}

export interface SiteNumbers {
  /** With a portrait and a confirmed visit. */
  readonly people: number;
  readonly visits: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** Estimated share of visits whose face is not the person's; null: too few to say. */
  readonly wrongLabels: number | null;
  /** With 95 % confidence nothing rarer can be ruled out with so many people (rule of three). */
  readonly rarestProvable: number | null;
}

export interface SiteRefusal {
  readonly zh: string;
  readonly en: string;
}

export type SiteOutcome =
  | { readonly calibration: Calibration; readonly numbers: SiteNumbers }
  | { readonly refusal: SiteRefusal; readonly numbers: SiteNumbers };

/** Fewer people cannot show that the right person falls below a cut less often than once in a hundred (3/300). */
export const MIN_SITE_PEOPLE = 300;
/** A quality bin needs so many; without them nothing is told of such faces. */
export const MIN_BIN_PEOPLE = 100;
/** A visit with somebody else's face spoils the tail that the mismatch cut rests on. */
const MAX_WRONG_LABELS = 0.02;

/**
 * A calibration from confirmed visits: portraits against their own people's appearances, and against everybody else's. Refuses,
 * with the numbers, when there are too few people, or too many visits that seem to show somebody else.
 */
export function calibrateSite(
  people: readonly SitePerson[],
  options: {
    readonly card: Pick<ModelCard, 'id' | 'templateVersion'>;
    readonly dataName: string;
    readonly limits: string;
    readonly rules?: CalibrationRules;
    readonly minPeople?: number;
    readonly minBinPeople?: number;
  },
): SiteOutcome {
  const { card, rules = defaultCalibrationRules, minPeople = MIN_SITE_PEOPLE, minBinPeople = MIN_BIN_PEOPLE } = options;
  const usable = people.filter(
    ({ portrait, visits }) => portrait.quality >= rules.minPortraitQuality && visits.length > 0,
  );
  const visits = usable.reduce((sum, person) => sum + person.visits.length, 0);
  const wrong = wrongLabelsOf(usable);
  const numbers = (pairs: { readonly genuinePairs: number; readonly impostorPairs: number }): SiteNumbers => ({
    people: usable.length,
    visits,
    genuinePairs: pairs.genuinePairs,
    impostorPairs: pairs.impostorPairs,
    wrongLabels: wrong === null ? null : round(wrong, 4),
    rarestProvable: usable.length === 0 ? null : round(Math.min(1, 3 / usable.length), 5),
  });
  const possible = { genuinePairs: visits, impostorPairs: visits * Math.max(0, usable.length - 1) };
  if (usable.length < minPeople) return { refusal: tooFew(usable.length, minPeople), numbers: numbers(possible) };
  if (wrong !== null && wrong > MAX_WRONG_LABELS) return { refusal: spoiled(wrong), numbers: numbers(possible) };
  const found = calibrate(samplesOf(usable), rules);
  const bins = found.bins.filter(({ genuinePeople }) => genuinePeople >= minBinPeople);
  if (bins.length === 0) return { refusal: tooFewInBins(usable.length, minBinPeople), numbers: numbers(possible) };
  const pairs = {
    genuinePairs: bins.reduce((sum, bin) => sum + bin.genuinePairs, 0),
    impostorPairs: bins.reduce((sum, bin) => sum + bin.impostorPairs, 0),
  };
  const figures = { ...found, bins, ...pairs };
  const digest = createHash('sha256')
    .update(JSON.stringify([card.templateVersion, options.dataName, options.limits, figures]))
    .digest('hex');
  return {
    calibration: {
      id: `${card.id}/site-${digest.slice(0, 12)}`,
      dataName: options.dataName,
      limits: options.limits,
      people: usable.length,
      peopleWithSeveral: usable.length,
      photos: usable.length + visits,
      photosWithoutFace: 0,
      ...figures,
    },
    numbers: numbers(pairs),
  };
}

/** The card with a site's own calibration: a new version of it. Throws `config_invalid` when the two do not fit. */
export function siteCard(card: ModelCard, calibration: Calibration): ModelCard {
  const own = {
    ...card,
    version: `${card.version}+${calibration.id.split('/').at(-1)}`,
    siteCalibrated: true,
    calibration,
  };
  return parseModelCard(own, `of ${card.id} with the calibration ${calibration.id}`);
}

/** Portraits are compared with visits only, never with each other: a portrait has no probe, a visit no portrait. */
function samplesOf(people: readonly SitePerson[]): CalibrationSample[] {
  const looks = { apparent: null };
  return people.flatMap(({ person, portrait, visits }) => [
    { ...looks, person, portrait, probes: [] },
    ...visits.map((visit) => ({ ...looks, person, portrait: { vector: visit.vector, quality: -1 }, probes: [visit] })),
  ]);
}

const IMPOSTORS_TRIED = 20_000;

/**
 * How many visits seem to show somebody else: half of wrong labels, and next to none of right ones, lie below the middle of the
 * impostors' scores. Null below a hundred visits.
 */
function wrongLabelsOf(people: readonly SitePerson[]): number | null {
  const genuine = people.flatMap(({ portrait, visits }) =>
    visits.map(({ vector }) => dotProduct(portrait.vector, vector)),
  );
  if (genuine.length < 100 || people.length < 2) return null;
  const random = seededRandom(people.length);
  const draw = (): number => Math.floor(random() * people.length);
  const impostors: number[] = [];
  for (let i = 0; i < IMPOSTORS_TRIED; i++) {
    const [a, b] = [people[draw()], people[draw()]];
    const visit = b?.visits[Math.floor(random() * b.visits.length)];
    if (a && b && a !== b && visit) impostors.push(dotProduct(a.portrait.vector, visit.vector));
  }
  const middle = impostors.sort((a, b) => a - b)[impostors.length >> 1] ?? -1;
  return Math.min(1, (2 * genuine.filter((score) => score < middle).length) / genuine.length);
}

const percent = (share: number): string => `${round(share * 100, 2)} %`;

const tooFew = (people: number, wanted: number): SiteRefusal => ({
  zh: `仅有 ${people} 人有照片且有经其他方式确认的就诊，至少需要 ${wanted} 人：按“三倍法则”，${people} 人最多只能证明 ${percent(people === 0 ? 1 : 3 / people)} 以上的差错率。请等更多就诊，或扩大时间范围。`,
  en: `Only ${people} people have a portrait and a visit that was confirmed by other means; ${wanted} are needed. By the rule of three ${people} people show nothing rarer than ${percent(people === 0 ? 1 : Math.min(1, 3 / people))}. Wait for more visits, or take a longer span.`,
});

const tooFewInBins = (people: number, wanted: number): SiteRefusal => ({
  zh: `共有 ${people} 人，但没有一个画质等级达到 ${wanted} 人，无法给出结论。请改善摄像头画面，或等更多就诊。`,
  en: `There are ${people} people, but no quality bin has ${wanted} of them. Improve the cameras' pictures, or wait for more visits.`,
});

const spoiled = (share: number): SiteRefusal => ({
  zh: `约有 ${percent(share)} 的就诊画面看来不是参保人本人（上限 ${percent(MAX_WRONG_LABELS)}）。请检查柜台摄像头的位置与时钟、村医照片是否齐全、终端核验记录的机构是否正确。`,
  en: `About ${percent(share)} of the visits seem to show somebody else (${percent(MAX_WRONG_LABELS)} at most). Check the counter cameras' place and clock, the staff's portraits, and whether the terminal's checks name the right clinic.`,
});

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
