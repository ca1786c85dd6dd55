import { faceMismatch } from './a1-face-mismatch.ts';
import { nobodyThere } from './a2-nobody-there.ts';
import { oneFaceManyCredentials } from './a3-one-face.ts';
import { staffAlone } from './a4-staff-alone.ts';
import { headCountGap } from './a5-head-count.ts';
import { unregisteredAgent } from './a6-unregistered-agent.ts';
import { professionalAgent } from './a7-professional-agent.ts';
import { listedPerson } from './a8-listed-person.ts';
import { credentialPattern } from './a12-credential-pattern.ts';
import { heldCards } from './a14-held-cards.ts';
import { reversalChurn } from './b6-reversal-churn.ts';
import { diagnosisCluster } from './b8-diagnosis-cluster.ts';
import { visitFrequency } from './b10-visit-frequency.ts';
import { monthEndRush } from './b11-month-end-rush.ts';
import { outageSettlements } from './e1-outage-settlements.ts';
import { cameraNotReady } from './p1-camera-not-ready.ts';
import type { AnyRule } from './rule.ts';
import { clinicScore } from './s1-clinic-score.ts';

/** Every rule of the house. A new one is written in a file of its own and named here. */
export const allRules: readonly AnyRule[] = [
  listedPerson,
  faceMismatch,
  nobodyThere,
  unregisteredAgent,
  oneFaceManyCredentials,
  staffAlone,
  headCountGap,
  professionalAgent,
  credentialPattern,
  heldCards,
  reversalChurn,
  diagnosisCluster,
  visitFrequency,
  monthEndRush,
  clinicScore,
  outageSettlements,
  cameraNotReady,
];
