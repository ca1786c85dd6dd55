import { FRAUD_SCHEMES, type FraudScheme } from '../feed/feed-line.ts';
import { DAY_MS } from './city-time.ts';
import type { CityParameters } from './parameters.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';

/** What a clinic is up to over the whole run. */
export interface FraudPlan {
  readonly concentrated: boolean;
  readonly mainScheme: FraudScheme | null;
  /** Fraud per settlement while at it; of a clinic of scattered fraud, always. */
  readonly rate: number;
  /** Since when; null: no concentrated fraud. */
  readonly from: number | null;
  /** `cover`: a camera is covered or unplugged before bursts. `stagger`: never many in an hour. */
  readonly style: 'plain' | 'cover' | 'stagger';
  /** Which cards are kept at the clinic: the first one's number. */
  readonly heldFrom: number;
  /** Honest, with cameras that miss much. */
  readonly poorCameras: boolean;
}

/** The share of fraud at which `concentratedClinicShare` holds. */
const REFERENCE_SHARE = 0.005;
/** Schemes at which nobody who matters comes: there is something that a camera should not see. */
const UNSEEN: ReadonlySet<FraudScheme> = new Set(['ghost', 'held_cards', 'staff_swiping', 'dead_or_inpatient']);

/** Schemes by their cumulated shares, in the order of `FRAUD_SCHEMES`. */
export function schemeWeights(parameters: CityParameters['fraud']): readonly number[] {
  const cumulated: number[] = [];
  for (const scheme of FRAUD_SCHEMES) cumulated.push((cumulated.at(-1) ?? 0) + parameters.schemes[scheme]);
  return cumulated;
}

export const schemeOf = (draw: Draw, cumulated: readonly number[]): FraudScheme =>
  FRAUD_SCHEMES[draw.weighted(cumulated)] ?? 'ghost';

/**
 * Which clinics are at fraud, since when and how much of what. Main schemes are dealt out in proportion to their shares
 * rather than drawn, so that a small city has them too.
 */
export function planFraud(
  count: number,
  span: { readonly from: number; readonly days: number },
  parameters: CityParameters,
  random: Randomness,
): readonly FraudPlan[] {
  const { fraud, cameras } = parameters;
  const expected = (count * fraud.concentratedClinicShare * fraud.share) / REFERENCE_SHARE;
  const city = random(STREAM.fraudPlan, -1);
  const chosenCount = Math.min(count, Math.floor(expected + city.unit()));
  const keys = Array.from({ length: count }, (_, i) => ({ i, key: random(STREAM.fraudPlan, i).unit() }));
  const chosen = keys
    .toSorted((a, b) => a.key - b.key || a.i - b.i)
    .slice(0, chosenCount)
    .map(({ i }) => i);
  const weights = schemeWeights(fraud);
  const start = city.unit();
  const total = weights.at(-1) ?? 1;
  const mains = chosen.map((_, position) => {
    const at = ((position + start) / chosenCount) * total;
    return (
      FRAUD_SCHEMES[
        Math.max(
          0,
          weights.findIndex((upTo) => at < upTo),
        )
      ] ?? 'ghost'
    );
  });
  const unseen = mains.filter((scheme) => UNSEEN.has(scheme)).length;
  const coverers = Math.min(unseen, Math.floor(chosenCount * fraud.coverShare + city.unit()));
  const [low, high] = fraud.clinicVisitShare;
  // A clinic that begins during the run makes up for it: the mean is over the run.
  const active = fraud.begunBeforeShare + (1 - fraud.begunBeforeShare) * (1 - fraud.beginsWithin / 2);
  const mean = Math.min(0.95, (fraud.clinicVisitShareMean / active - low) / (high - low));
  const concentratedClinics = chosenCount / Math.max(1, count);
  const scattered = (fraud.share * (1 - fraud.concentratedShare)) / Math.max(1e-9, 1 - concentratedClinics);
  const position = new Map(chosen.map((clinic, at) => [clinic, at]));
  let covering = 0;
  const styles = mains.map((scheme, at): FraudPlan['style'] => {
    if (UNSEEN.has(scheme) && covering < coverers) {
      covering++;
      return 'cover';
    }
    return random(STREAM.fraudPlan, chosen[at] ?? 0, 1).chance(fraud.staggerShare) ? 'stagger' : 'plain';
  });
  return Array.from({ length: count }, (_, i): FraudPlan => {
    const at = position.get(i);
    const draw = random(STREAM.fraudPlan, i, 2);
    const heldFrom = draw.below(600);
    if (at === undefined) {
      return {
        concentrated: false,
        mainScheme: null,
        rate: Math.min(0.9, scattered),
        from: null,
        style: 'plain',
        heldFrom,
        poorCameras: draw.chance(cameras.poorClinicsShare),
      };
    }
    const before = draw.chance(fraud.begunBeforeShare);
    // Nobody can find before the run begins what was going on then: to the scorer it begins with the run.
    const day = before ? 0 : Math.floor(draw.between(0, fraud.beginsWithin * span.days));
    return {
      concentrated: true,
      mainScheme: mains[at] ?? 'ghost',
      rate: low + (high - low) * draw.beta(mean, 0.22),
      from: span.from + day * DAY_MS,
      style: styles[at] ?? 'plain',
      heldFrom,
      poorCameras: false,
    };
  });
}

/** Fraud per settlement of a clinic on a day, and whether it belongs to its scheme. */
export const rateOn = (plan: FraudPlan, dayFrom: number): number =>
  plan.concentrated && (plan.from === null || dayFrom < plan.from) ? 0 : plan.rate;

/** One fraud of a clinic: its main scheme for most, another one by their shares for the rest. */
export function drawScheme(
  draw: Draw,
  plan: FraudPlan,
  parameters: CityParameters['fraud'],
  cumulated: readonly number[],
): FraudScheme {
  if (plan.mainScheme !== null && draw.chance(parameters.mainSchemeShare)) return plan.mainScheme;
  for (let i = 0; i < 50; i++) {
    const scheme = schemeOf(draw, cumulated);
    if (scheme !== plan.mainScheme) return scheme;
  }
  return plan.mainScheme ?? 'ghost';
}
