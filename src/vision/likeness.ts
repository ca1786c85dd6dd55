import type { ModelCard } from '../faces/model-card.ts';
import { DEFAULT_LIKENESS, type LikenessLimits } from './face-reader.ts';

/** No two faces are alike by themselves, and none are certainly two people: only where they are tells. */
const NOTHING_KNOWN: LikenessLimits = { sameFrom: 2, differentBelow: -2 };

/**
 * From which cosine two faces before one camera within minutes are one person, and below which they are two: as the model's card
 * says; for the built-in network as it was measured; else from the calibration (hardly any impostor of the best pictures reaches
 * the one, few of the right people's best pictures fall below the other). A card that knows neither decides nothing.
 */
export function likenessOf(card: Pick<ModelCard, 'likeness' | 'files' | 'calibration'>): LikenessLimits {
  if (card.likeness) return card.likeness;
  if (card.files?.embedder === undefined) return DEFAULT_LIKENESS;
  const best = card.calibration?.bins.at(-1);
  if (best === undefined) return NOTHING_KNOWN;
  return {
    sameFrom: Math.max(best.thresholds['1e-5'], best.matchCut),
    differentBelow: Math.min(best.mismatchCut, best.matchCut),
  };
}
