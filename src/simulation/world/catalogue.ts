import type { CatalogueLine } from '../feed/feed-line.ts';
import { isoMs } from './city-time.ts';
import type { CityParameters } from './parameters.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';

type Generic = readonly [name: string, chronic: boolean];

/** A product that village clinics sell. */
export interface Drug {
  readonly index: number;
  readonly code: string;
  readonly name: string;
  /** Smallest units in a box, and how many of them a day. */
  readonly pack: number;
  readonly dailyDose: number;
  readonly procured: boolean;
  readonly chronic: boolean;
  /** Of a box. Even, so that half a box has a price too. */
  readonly priceFen: number;
  /** Share of the price that is in the fund's scope. */
  readonly scope: number;
  readonly popularity: number;
  readonly maker: string;
}

const GENERICS: readonly [Generic, ...Generic[]] = [
  ['盐酸二甲双胍缓释片', true],
  ['苯磺酸氨氯地平片', true],
  ['复方氨酚烷胺片', false],
  ['阿莫西林胶囊', false],
  ['阿托伐他汀钙片', true],
  ['连花清瘟胶囊', false],
  ['硝苯地平控释片', true],
  ['阿司匹林肠溶片', true],
  ['蒙脱石散', false],
  ['布洛芬缓释胶囊', false],
  ['厄贝沙坦片', true],
  ['头孢克肟分散片', false],
  ['格列美脲片', true],
  ['感冒灵颗粒', false],
  ['复方丹参滴丸', true],
  ['奥美拉唑肠溶胶囊', false],
  ['酒石酸美托洛尔片', true],
  ['板蓝根颗粒', false],
  ['缬沙坦胶囊', true],
  ['左氧氟沙星片', false],
  ['阿卡波糖片', true],
  ['藿香正气口服液', false],
  ['卡托普利片', true],
  ['氯雷他定片', false],
];
const MAKERS = ['豫东制药', '中原药业', '黄淮医药', '颍河制药', '伏羲药业'] as const;

/** The city's products. Prices are such that a settlement costs what the parameters say. */
export function makeCatalogue(parameters: CityParameters, random: Randomness): readonly Drug[] {
  const { stock, visits } = parameters;
  const drugs = Array.from({ length: stock.drugs }, (_, index) => {
    const draw = random(STREAM.catalogue, index);
    const [generic, chronic] = GENERICS[index % GENERICS.length] ?? GENERICS[0];
    const round = Math.floor(index / GENERICS.length);
    const kind = index % GENERICS.length;
    const maker = MAKERS[(index + round) % MAKERS.length] ?? MAKERS[0];
    // Class and name: the same for one generic; strength and maker differ (DOMAIN.md 1.10).
    const generics = `${String.fromCharCode(65 + (kind % 20))}${10 + kind}A${String.fromCharCode(65 + ((kind * 7) % 26))}A${100 + kind}`;
    return {
      index,
      code: `X${generics}A001${10 + round}01${10_000 + index}`,
      name: round === 0 ? generic : `${generic}（${maker}）`,
      pack: draw.pick([12, 14, 20, 24, 28, 30] as const),
      dailyDose: draw.pick([1, 2, 3] as const),
      procured: draw.chance(stock.procuredShare),
      chronic,
      rawPrice: draw.lognormal({ median: 1, sigma: 0.7 }),
      rawScope: draw.chance(0.6) ? 1 : 0.5,
      popularity: 1 / (1 + round) / (1 + 0.04 * (index % GENERICS.length)),
      maker,
    };
  });
  const sold = soldShares(drugs, parameters, random);
  const mean = (value: (drug: (typeof drugs)[number]) => number): number =>
    drugs.reduce((sum, drug) => sum + (sold[drug.index] ?? 0) * value(drug), 0);
  const boxes = (1 - stock.splitShare) * (1 + stock.secondBoxShare) + stock.splitShare * 0.5;
  const perBox = (visits.totalMeanFen - visits.consultationFen) / (stock.drugLinesMean * boxes);
  const priceFactor = perBox / mean((drug) => drug.rawPrice);
  const inScope = visits.fundMeanFen / visits.fundRate - visits.consultationFen;
  const drugScope = Math.max(0, inScope) / (visits.totalMeanFen - visits.consultationFen);
  const scopeFactor = drugScope / (mean((drug) => drug.rawPrice * drug.rawScope) / mean((drug) => drug.rawPrice));
  return drugs.map(({ rawPrice, rawScope, ...drug }) => ({
    ...drug,
    priceFen: Math.max(2, Math.round((rawPrice * priceFactor) / 2) * 2),
    scope: Math.min(1, Math.round(rawScope * scopeFactor * 100) / 100),
  }));
}

export const catalogueLine = (drug: Drug, at: number): CatalogueLine => ({
  at: isoMs(at),
  kind: 'catalogue',
  med_list_codg: drug.code,
  name: drug.name,
  pack: drug.pack,
  dailyDose: drug.dailyDose,
  procured: drug.procured,
});

interface Ranked {
  readonly index: number;
  readonly chronic: boolean;
  readonly popularity: number;
}

/** Of a chronic visit's lines so many are for a chronic patient's drugs; of another's, so few. */
export const CHRONIC_LINES = 0.85;

/** Which share of the city's lines each drug has, from some clinics' shelves. */
function soldShares(drugs: readonly Ranked[], parameters: CityParameters, random: Randomness): readonly number[] {
  const sold = drugs.map(() => 0);
  const clinics = 200;
  for (let clinic = 0; clinic < clinics; clinic++) {
    const shelf = shelfOf(drugs, parameters, random(STREAM.catalogue, -1, clinic));
    for (const chronic of [true, false]) {
      const those = shelf.filter((drug) => drug.chronic === chronic);
      const weight = those.reduce((sum, drug) => sum + drug.popularity, 0);
      const visits = chronic ? parameters.visits.chronicShare : 1 - parameters.visits.chronicShare;
      const lines = visits * CHRONIC_LINES + (1 - visits) * (1 - CHRONIC_LINES);
      for (const drug of those) {
        sold[drug.index] = (sold[drug.index] ?? 0) + (lines * drug.popularity) / weight / clinics;
      }
    }
  }
  const total = sold.reduce((sum, share) => sum + share, 0);
  return sold.map((share) => share / total);
}

/** The drugs on one clinic's shelf: the city's most popular first, the rest by chance. */
export const assortmentOf = (
  drugs: readonly Drug[],
  parameters: CityParameters,
  random: Randomness,
  clinic: number,
): readonly Drug[] => shelfOf(drugs, parameters, random(STREAM.stock, clinic));

function shelfOf<T extends Ranked>(drugs: readonly T[], parameters: CityParameters, draw: Draw): readonly T[] {
  return drugs
    .map((drug) => ({ drug, rank: drug.popularity * (0.6 + 0.8 * draw.unit()) }))
    .toSorted((a, b) => b.rank - a.rank || a.drug.index - b.drug.index)
    .slice(0, parameters.stock.drugsPerClinic)
    .map(({ drug }) => drug);
}
