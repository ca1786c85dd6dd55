import type { ClinicDayFacts, DaySettlementFact } from '../facts.ts';
import { VERDICT_WORDS } from '../words.ts';
import type { Result } from './rule.ts';

/** Settlements that stand, and whose window the cameras covered to its end: from the others nothing follows. */
export const watched = (facts: ClinicDayFacts): DaySettlementFact[] =>
  facts.settlements.filter(
    (settlement) =>
      !settlement.reversed && !settlement.homeVisit && settlement.complete && settlement.coverage >= facts.minCoverage,
  );

/** Why no face rule can speak about this day; null: it can. */
export function dayObstacle(facts: ClinicDayFacts): Result | null {
  const reason = !facts.clinic.faceRecognition
    ? 'face_recognition_off'
    : !facts.card.calibrated
      ? 'uncalibrated_model'
      : null;
  return reason === null ? null : { outcome: 'undetermined', reason, ...VERDICT_WORDS[reason] };
}
