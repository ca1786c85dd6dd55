import { receiptIsNamed, type ShownAlert } from './cases.ts';
import { drawnFigure, type Figure } from './figure.ts';
import { bootstrapRatios, wilson } from './intervals.ts';
import { DRUG_SCHEMES } from './schemes.ts';
import type { ScoreInput } from './score-input.ts';

export interface RecallFigures {
  readonly recallConcentrated: Figure;
  readonly recallConcentratedVisible: Figure;
  readonly recallScattered: Figure;
  readonly recallAll: Figure;
  /** Scheme → figure, and the same for concentrated fraud only. */
  readonly byScheme: ReadonlyMap<string, Figure>;
  readonly byConcentratedScheme: ReadonlyMap<string, Figure>;
}

interface Slice {
  readonly of: number[];
  readonly hits: number[];
}

/**
 * Fund loss that shown alerts name ÷ fund loss. The interval draws clinics, because one clinic's fraud is found together or not
 * at all; `more.cases` counts settlements and receipts beside the money.
 */
export function recallFigures(input: ScoreInput, shown: readonly ShownAlert[]): RecallFigures {
  const { truth, rounds, seed } = input;
  const named = new Set(shown.flatMap((alert) => alert.settlements));
  const schemes = truth.schemes.slice(1).toSorted();
  const slices = ['concentrated', 'visible', 'scattered', 'all', ...schemes, ...schemes.map((each) => `${each}*`)];
  const position = new Map(slices.map((slice, k) => [slice, k]));
  const counts = slices.map(() => ({ of: 0, hits: 0 }));
  const byClinic = new Map<number, Slice>();
  const add = (clinic: number, scheme: string, concentrated: boolean, lossFen: number, found: boolean): void => {
    let unit = byClinic.get(clinic);
    if (!unit) {
      unit = { of: slices.map(() => 0), hits: slices.map(() => 0) };
      byClinic.set(clinic, unit);
    }
    const mine = ['all', scheme, concentrated ? 'concentrated' : 'scattered'];
    if (concentrated) mine.push(`${scheme}*`);
    if (concentrated && !DRUG_SCHEMES.has(scheme)) mine.push('visible');
    for (const slice of mine) {
      const k = position.get(slice);
      if (k === undefined) continue;
      unit.of[k] = (unit.of[k] ?? 0) + lossFen;
      if (found) unit.hits[k] = (unit.hits[k] ?? 0) + lossFen;
      const count = counts[k];
      if (count) {
        count.of++;
        if (found) count.hits++;
      }
    }
  };
  for (let i = 0; i < truth.count; i++) {
    if (truth.fraud[i] !== 1) continue;
    const scheme = truth.schemes[truth.scheme[i] ?? 0] ?? 'none';
    add(truth.clinic[i] ?? 0, scheme, truth.concentrated[i] === 1, truth.lossFen[i] ?? 0, named.has(i));
  }
  for (const receipt of truth.receipts)
    add(receipt.clinic, receipt.scheme, receipt.concentrated, receipt.lossFen, receiptIsNamed(truth, receipt, shown));

  // By code: rows in another order must draw the same clinics.
  const units = [...byClinic]
    .sort(([a], [b]) => ((truth.clinics[a]?.code ?? '') < (truth.clinics[b]?.code ?? '') ? -1 : 1))
    .map(([, unit]) => unit);
  const intervals = bootstrapRatios(units, rounds, seed);
  const figure = (slice: string): Figure => {
    const k = position.get(slice) ?? -1;
    const sum = (side: 'of' | 'hits'): number => units.reduce((total, unit) => total + (unit[side][k] ?? 0), 0);
    const count = counts[k] ?? { of: 0, hits: 0 };
    return drawnFigure(sum('hits'), sum('of'), intervals[k] ?? null, 'the truth holds no such loss', {
      unit: 'fen',
      cases: count.of,
      casesNamed: count.hits,
      casesWilson: wilson(count.hits, count.of),
      clinics: units.filter((unit) => (unit.of[k] ?? 0) > 0).length,
    });
  };
  return {
    recallConcentrated: figure('concentrated'),
    recallConcentratedVisible: figure('visible'),
    recallScattered: figure('scattered'),
    recallAll: figure('all'),
    byScheme: new Map(schemes.map((scheme) => [scheme, figure(scheme)])),
    byConcentratedScheme: new Map(schemes.map((scheme) => [scheme, figure(`${scheme}*`)])),
  };
}
