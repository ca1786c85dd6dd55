import { faceMismatch } from './a1-face-mismatch.ts';
import { nobodyThere } from './a2-nobody-there.ts';
import { oneFaceManyCredentials } from './a3-one-face.ts';
import { staffAlone } from './a4-staff-alone.ts';
import { headCountGap } from './a5-head-count.ts';
import { unregisteredAgent } from './a6-unregistered-agent.ts';
import { listedPerson } from './a8-listed-person.ts';
import { outageSettlements } from './e1-outage-settlements.ts';
import { cameraNotReady } from './p1-camera-not-ready.ts';
import type { AnyRule } from './rule.ts';

/** Every rule of the house. A new one is written in a file of its own and named here. */
export const allRules: readonly AnyRule[] = [
  listedPerson,
  faceMismatch,
  nobodyThere,
  unregisteredAgent,
  oneFaceManyCredentials,
  staffAlone,
  headCountGap,
  outageSettlements,
  cameraNotReady,
];
