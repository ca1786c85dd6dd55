import { type createMoney, isShown, judgeNamed, type ShownAlert } from './cases.ts';
import { countFigure, type Figure, nothing } from './figure.ts';
import { VERDICTS } from './outcome-table.ts';
import type { ScoreInput } from './score-input.ts';

const DAY_MS = 86_400_000;
const MATCH = VERDICTS.indexOf('match');
/** From this share of ghosts on a clinic should be found soon. */
const GHOST_SHARE = 0.25;
/** What makes it fair to accuse a clinic: two cameras, or so many visits that were confirmed. */
const FAIR = { cameras: 2, confirmed: 30 };

/** What the cameras of a clinic miss, by the scorer's own estimate (see camera-miss.ts). */
export interface CameraMiss {
  readonly visits: number;
  readonly missed: number;
}
export type CameraQuality = 'good' | 'fair' | 'poor' | 'unknown';

export function qualityOf(miss: CameraMiss | undefined): CameraQuality {
  if (miss === undefined || miss.visits < 10) return 'unknown';
  const share = miss.missed / miss.visits;
  return share <= 0.1 ? 'good' : share <= 0.2 ? 'fair' : 'poor';
}

export interface GhostClinic {
  readonly code: string;
  readonly name: string;
  readonly ghostShare: number;
  readonly fraudFrom: number;
  /** When it was first shown rightly; null: not within the feed. */
  readonly foundAt: number | null;
  readonly foundBy: string | null;
  /** When an alert about the clinic itself was first shown. */
  readonly accusedAt: number | null;
  readonly lossFen: number;
  readonly namedFen: number;
  readonly large: boolean;
  readonly cameras: number;
  readonly mainScheme: string;
}

/** Clinics with concentrated fraud, with when each was found. In the order of their loss. */
export function fraudClinics(
  input: ScoreInput,
  money: ReturnType<typeof createMoney>,
  shown: readonly ShownAlert[],
): GhostClinic[] {
  const { truth, facts } = input;
  const named = new Set(shown.flatMap((alert) => alert.settlements));
  const loss = new Float64Array(truth.clinics.length);
  const found = new Float64Array(truth.clinics.length);
  for (let i = 0; i < truth.count; i++) {
    const clinic = truth.clinic[i] ?? 0;
    const fen = truth.lossFen[i] ?? 0;
    loss[clinic] = (loss[clinic] ?? 0) + fen;
    if (named.has(i)) found[clinic] = (found[clinic] ?? 0) + fen;
  }
  const byClinic = new Map<string, ShownAlert[]>();
  for (const alert of shown) byClinic.set(alert.clinic, [...(byClinic.get(alert.clinic) ?? []), alert]);
  return truth.clinics
    .flatMap((clinic, k): GhostClinic[] => {
      if (clinic.fraudFrom === null || clinic.mainScheme === null) return [];
      const from = clinic.fraudFrom;
      const later = (byClinic.get(clinic.code) ?? []).filter(({ shownAt }) => shownAt >= from);
      const first = later.find((alert) => judgeNamed(input, money, [alert]).right);
      const known = facts.clinics.get(clinic.code);
      return [
        {
          code: clinic.code,
          name: known?.name ?? clinic.code,
          ghostShare: clinic.ghostShare,
          fraudFrom: from,
          foundAt: first?.shownAt ?? null,
          foundBy: first?.id ?? null,
          accusedAt: later.find(({ subject }) => subject === 'clinic')?.shownAt ?? null,
          lossFen: loss[k] ?? 0,
          namedFen: found[k] ?? 0,
          large: clinic.mainScheme === 'ghost' && clinic.ghostShare >= GHOST_SHARE,
          cameras: known?.cameras ?? 0,
          mainScheme: clinic.mainScheme,
        },
      ];
    })
    .sort((a, b) => b.lossFen - a.lossFen || (a.code < b.code ? -1 : 1));
}

/** The middle one; those that were not found count as later than all others. null: half or more were not found. */
function medianDays(clinics: readonly GhostClinic[], when: 'foundAt' | 'accusedAt'): number | null {
  const days = clinics
    .map((clinic) => (clinic[when] === null ? Infinity : (clinic[when] - clinic.fraudFrom) / DAY_MS))
    .sort((a, b) => a - b);
  const upper = days[Math.floor(days.length / 2)];
  const lower = days[Math.floor((days.length - 1) / 2)];
  if (upper === undefined || lower === undefined) return null;
  const middle = (lower + upper) / 2;
  return Number.isFinite(middle) ? Math.round(middle * 100) / 100 : null;
}

/** Days from `fraudFrom` to the first right shown alert, of clinics whose main scheme is ghosts at a share of 25 % or more. */
export function ghostClinicFigure(
  clinics: readonly GhostClinic[],
  missOf: (code: string) => CameraMiss | undefined,
): Figure {
  const large = clinics.filter(({ large }) => large);
  if (large.length === 0) return nothing('the city has no clinic with ghosts at a share of 25 % or more');
  const found = large.filter(({ foundAt }) => foundAt !== null).length;
  const byQuality = Object.fromEntries(
    (['good', 'fair', 'poor', 'unknown'] as const).flatMap((quality) => {
      const mine = large.filter(({ code }) => qualityOf(missOf(code)) === quality);
      if (mine.length === 0) return [];
      const value = medianDays(mine, 'foundAt');
      return [
        [
          quality,
          { clinics: mine.length, found: mine.filter(({ foundAt }) => foundAt !== null).length, medianDays: value },
        ],
      ];
    }),
  );
  const value = medianDays(large, 'foundAt');
  return {
    value,
    numerator: found,
    denominator: large.length,
    interval: null,
    ...(value === null ? { why: 'half of these clinics or more were not found' } : {}),
    more: { byQuality, medianDaysToAlertAboutClinic: medianDays(large, 'accusedAt') },
  };
}

export interface AccusedClinic {
  readonly code: string;
  readonly name: string;
  readonly alertId: string;
  readonly shownAt: number;
  readonly cameras: number;
  readonly confirmed: number;
  /** Two cameras or 30 confirmed visits: it counts. */
  readonly fair: boolean;
  readonly shown: boolean;
  readonly settlements: readonly number[];
}

/** Clean clinics that a fraud alert with `subject: clinic` named at any time, shown or not. */
export function accusedClinics(input: ScoreInput): { readonly figure: Figure; readonly list: AccusedClinic[] } {
  const { truth, outcome, facts, calendar } = input;
  const confirmed = new Int32Array(truth.clinics.length);
  for (let i = 0; i < truth.count; i++)
    if (outcome.verdict[i] === MATCH) confirmed[truth.clinic[i] ?? 0] = (confirmed[truth.clinic[i] ?? 0] ?? 0) + 1;
  const isFair = (k: number): boolean =>
    (facts.clinics.get(truth.clinics[k]?.code ?? '')?.cameras ?? 0) >= FAIR.cameras ||
    (confirmed[k] ?? 0) >= FAIR.confirmed;
  const isClean = (k: number): boolean => {
    const clinic = truth.clinics[k];
    return clinic !== undefined && clinic.fraudFrom === null && clinic.mainScheme === null;
  };
  const first = new Map<string, AccusedClinic>();
  for (const alert of outcome.alerts) {
    if (alert.class !== 'fraud' || alert.subject !== 'clinic') continue;
    const k = truth.clinicIndex.get(alert.clinic);
    if (k === undefined || !isClean(k)) continue;
    const before = first.get(alert.clinic);
    const shown = isShown(alert, calendar);
    if (
      before !== undefined &&
      (before.shown ? !shown || before.shownAt <= alert.shownAt : !shown && before.shownAt <= alert.shownAt)
    )
      continue;
    const known = facts.clinics.get(alert.clinic);
    first.set(alert.clinic, {
      ...{ code: alert.clinic, name: known?.name ?? alert.clinic, alertId: alert.id, shownAt: alert.shownAt, shown },
      ...{
        cameras: known?.cameras ?? 0,
        confirmed: confirmed[k] ?? 0,
        fair: isFair(k),
        settlements: alert.settlements,
      },
    });
  }
  const list = [...first.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  const counted = list.filter(({ fair }) => fair);
  const clean = truth.clinics.map((_, k) => k).filter(isClean);
  return {
    figure: countFigure(counted.length, {
      cleanClinics: clean.length,
      amongThemFair: clean.filter(isFair).length,
      ofThemShown: counted.filter(({ shown }) => shown).length,
      accusedWithoutFooting: list.length - counted.length,
    }),
    list,
  };
}
