import { dayBounds } from '../local-time.ts';

/**
 * Pure: the night's order of work. After a local day is over the clinics' days are rolled up, each at its turn; then it is
 * computed how the counties stand; then clinics' months and people's are looked at.
 */

const MINUTE_MS = 60_000;
const ROLLS_FROM_MS = 30 * MINUTE_MS;
const PEERS_AT_MS = 180 * MINUTE_MS;
const PERIODS_FROM_MS = 190 * MINUTE_MS;
const TURNS_MS = 100 * MINUTE_MS;
const PERSON_AFTER_MS = 130 * MINUTE_MS;
/** What changes a day that is rolled up already is taken together with what follows soon. */
const LATE_MS = 45 * MINUTE_MS;

/** Some moment of the turns, always the same of one name. */
function turnOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % TURNS_MS;
}

/** At its turn in the night after the day, or a little later than now. */
const atTurn = (turn: number, now: number): number => (turn > now ? turn : now + LATE_MS);

export const rollAt = (clinicCode: string, day: string, timeZone: string, now: number): number =>
  atTurn(dayBounds(day, timeZone).to + ROLLS_FROM_MS + turnOf(clinicCode), now);

export const peersAt = (day: string, timeZone: string): number => dayBounds(day, timeZone).to + PEERS_AT_MS;

export const clinicPeriodAt = (clinicCode: string, day: string, timeZone: string, now: number): number =>
  atTurn(dayBounds(day, timeZone).to + PERIODS_FROM_MS + turnOf(clinicCode), now);

export const personPeriodAt = (psnNo: string, day: string, timeZone: string, now: number): number =>
  atTurn(dayBounds(day, timeZone).to + PERIODS_FROM_MS + PERSON_AFTER_MS + turnOf(psnNo), now);
