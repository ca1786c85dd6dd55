import { faceMismatch } from './a1-face-mismatch.ts';
import { nobodyThere } from './a2-nobody-there.ts';
import { oneFaceManyCredentials } from './a3-one-face.ts';
import { staffAlone } from './a4-staff-alone.ts';
import { headCountGap } from './a5-head-count.ts';
import { unregisteredAgent } from './a6-unregistered-agent.ts';
import { professionalAgent } from './a7-professional-agent.ts';
import { listedPerson } from './a8-listed-person.ts';
import { inpatientElsewhere } from './a9-inpatient-elsewhere.ts';
import { twoPlaces } from './a10-two-places.ts';
import { listedAway } from './a11-listed-away.ts';
import { credentialPattern } from './a12-credential-pattern.ts';
import { repeatedFace } from './a13-repeated-face.ts';
import { heldCards } from './a14-held-cards.ts';
import { requestFaceDiffers } from './a15-request-face.ts';
import { terminalNumber } from './a16-terminal-number.ts';
import { outsideHours } from './b1-outside-hours.ts';
import { burst } from './b2-burst.ts';
import { inOrder } from './b3-in-order.ts';
import { splitSettlement } from './b4-split.ts';
import { identicalAmounts } from './b5-identical-amounts.ts';
import { reversalChurn } from './b6-reversal-churn.ts';
import { overCapacity } from './b7-over-capacity.ts';
import { diagnosisCluster } from './b8-diagnosis-cluster.ts';
import { diagnosisMismatch } from './b9-diagnosis-mismatch.ts';
import { visitFrequency } from './b10-visit-frequency.ts';
import { monthEndRush } from './b11-month-end-rush.ts';
import { doctorAbsent } from './b13-doctor-absent.ts';
import { outageSettlements } from './e1-outage-settlements.ts';
import { cameraCovered } from './e2-covered.ts';
import { layoutChanged } from './e3-layout-changed.ts';
import { clockDrift } from './e5-clock-drift.ts';
import { recordingGaps } from './e6-recording-gaps.ts';
import { evidenceIntegrity } from './e7-evidence-integrity.ts';
import { cameraNotReady } from './p1-camera-not-ready.ts';
import type { AnyRule } from './rule.ts';
import { nobodyAgain } from './s1-nobody-again.ts';
import { othersAgain } from './s2-others-again.ts';
import { doctorStandsOut } from './s3-doctor-stands-out.ts';
import { cardWithoutOwner } from './s4-card-without-owner.ts';

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
  requestFaceDiffers,
  terminalNumber,
  reversalChurn,
  diagnosisCluster,
  visitFrequency,
  monthEndRush,
  nobodyAgain,
  othersAgain,
  doctorStandsOut,
  cardWithoutOwner,
  inpatientElsewhere,
  twoPlaces,
  listedAway,
  repeatedFace,
  outsideHours,
  burst,
  inOrder,
  splitSettlement,
  identicalAmounts,
  overCapacity,
  diagnosisMismatch,
  doctorAbsent,
  cameraCovered,
  layoutChanged,
  clockDrift,
  recordingGaps,
  outageSettlements,
  evidenceIntegrity,
  cameraNotReady,
];
