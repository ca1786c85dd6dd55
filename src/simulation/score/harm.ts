import { MIN_COVERAGE } from './camera-coverage.ts';
import type { ShownAlert } from './cases.ts';
import { countFigure, type Figure, shareFigure } from './figure.ts';
import { VERDICTS } from './outcome-table.ts';
import { coverageByFeed, restsOnCameras, restsOnNothingElse, type ScoreInput } from './score-input.ts';
import { cameCode } from './truth-table.ts';

const PER_10K = { scale: 10_000 };
const MISMATCH = VERDICTS.indexOf('mismatch');

export interface HarmFigures {
  readonly honestNamedPer10k: Figure;
  readonly honestHeldPer10k: Figure;
  readonly honestMismatchPer10k: Figure;
  readonly honestProxyHarmPer10k: Figure;
  readonly blindWindowFraudAlerts: Figure;
}

/** Settlements whose harm counts, for the report. */
export interface HarmLists {
  readonly held: readonly number[];
  readonly mismatched: readonly number[];
  readonly proxies: readonly number[];
  readonly blindAlerts: readonly BlindAlert[];
}

export interface BlindAlert {
  readonly id: string;
  readonly clinic: string;
  readonly settlements: readonly number[];
  readonly coverage: number | null;
}

const KEPT = 1_000;

/**
 * Harm counts whenever it happened: a hold that was released again was a hold, and an honest proxy named by an alert that was
 * withdrawn within the hour was named. (What does good counts only when it was shown.)
 */
export function harmFigures(
  input: ScoreInput,
  shown: readonly ShownAlert[],
): HarmFigures & { readonly lists: HarmLists } {
  const { truth, outcome } = input;
  const namedShown = new Set(shown.flatMap((alert) => alert.settlements));
  const fraudRows = outcome.alerts.filter((alert) => alert.class === 'fraud');
  const namedEver = new Set(fraudRows.flatMap((alert) => alert.settlements));
  const self = cameCode('self');
  const proxy = cameCode('proxy');
  const counts = { honest: 0, named: 0, held: 0, self: 0, mismatched: 0, proxies: 0, proxiesHarmed: 0 };
  const more = {
    heldAmongReversed: 0,
    mismatchedReversed: 0,
    mismatchedNotSelf: 0,
    proxiesHeld: 0,
    proxiesNamedShown: 0,
  };
  const lists = { held: [] as number[], mismatched: [] as number[], proxies: [] as number[] };
  const keep = (list: number[], i: number): void => {
    if (list.length < KEPT) list.push(i);
  };
  for (let i = 0; i < truth.count; i++) {
    if (truth.fraud[i] === 1) continue;
    counts.honest++;
    if (namedShown.has(i)) counts.named++;
    const held = outcome.held[i] === 1;
    const mismatch = outcome.verdict[i] === MISMATCH;
    const reversed = truth.reversed[i] === 1;
    if (held) {
      counts.held++;
      if (reversed) more.heldAmongReversed++;
      keep(lists.held, i);
    }
    if (truth.came[i] === self && !reversed) {
      counts.self++;
      if (mismatch) {
        counts.mismatched++;
        keep(lists.mismatched, i);
      }
    } else if (mismatch) {
      if (reversed) more.mismatchedReversed++;
      else more.mismatchedNotSelf++;
    }
    if (truth.came[i] === proxy) {
      counts.proxies++;
      if (namedShown.has(i)) more.proxiesNamedShown++;
      if (held) more.proxiesHeld++;
      if (held || namedEver.has(i)) {
        counts.proxiesHarmed++;
        keep(lists.proxies, i);
      }
    }
  }
  const blind = blindAlerts(input);
  return {
    honestNamedPer10k: shareFigure(counts.named, counts.honest, 'no honest settlement', PER_10K),
    honestHeldPer10k: shareFigure(counts.held, counts.honest, 'no honest settlement', {
      ...PER_10K,
      more: { ofThemReversedLater: more.heldAmongReversed },
    }),
    honestMismatchPer10k: shareFigure(counts.mismatched, counts.self, 'no honest settlement where the patient came', {
      ...PER_10K,
      more: { besidesReversed: more.mismatchedReversed, besidesNotSelf: more.mismatchedNotSelf },
    }),
    honestProxyHarmPer10k: shareFigure(counts.proxiesHarmed, counts.proxies, 'no honest settlement by a proxy', {
      ...PER_10K,
      more: { held: more.proxiesHeld, namedInShownAlerts: more.proxiesNamedShown },
    }),
    blindWindowFraudAlerts: blind.figure,
    lists: { ...lists, blindAlerts: blind.list },
  };
}

/**
 * Fraud alerts, shown or not, on the cameras' word alone, naming a settlement in whose window the cameras could not see: by the
 * product's own final coverage or by the scorer's account of the feed.
 */
function blindAlerts(input: ScoreInput): { figure: Figure; list: BlindAlert[] } {
  const { outcome } = input;
  const list = new Map<string, BlindAlert>();
  const letter = new Set<string>();
  const camerasAlone = new Set<string>();
  const withoutSettlement = new Set<string>();
  for (const alert of outcome.alerts) {
    if (alert.class !== 'fraud' || !restsOnCameras(alert)) continue;
    camerasAlone.add(alert.id);
    if (alert.settlements.length === 0) withoutSettlement.add(alert.id);
    const blind = alert.settlements.filter((i) => isBlind(input, i));
    const [first] = blind;
    if (first === undefined) continue;
    if (restsOnNothingElse(alert)) letter.add(alert.id);
    const before = list.get(alert.id)?.settlements ?? [];
    list.set(alert.id, {
      id: alert.id,
      clinic: alert.clinic,
      settlements: [...new Set([...before, ...blind])].sort((a, b) => a - b),
      coverage: coverageByFeed(input, first),
    });
  }
  return {
    figure: countFigure(list.size, {
      fraudAlertsOnCamerasAlone: camerasAlone.size,
      withBasisFaceOrPresenceOnly: letter.size,
      ofThemNamingNoSettlement: withoutSettlement.size,
      coverageUnder: MIN_COVERAGE,
    }),
    list: [...list.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** A clinic without cameras is blind always. */
export function isBlind(input: ScoreInput, i: number): boolean {
  const told = input.outcome.coverage[i] ?? Number.NaN;
  if (told < MIN_COVERAGE) return true;
  const seen = coverageByFeed(input, i);
  return seen === null || seen < MIN_COVERAGE;
}
