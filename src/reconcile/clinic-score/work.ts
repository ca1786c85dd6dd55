import { asRealOrNull } from '../../platform/real.ts';
import type { SettlementFacts } from '../facts.ts';
import { dayBounds, localDay, nextDay } from '../local-time.ts';
import { subjectDue } from '../reconcile.topics.ts';
import type { ReconcileStore } from '../store.ts';
import { lookingText, scoreEntryOf } from './entry.ts';
import { leavesOn } from './tables.ts';

const HOUR_MS = 3_600_000;
/** A clinic is scored once a night, at its own moment of these hours: yesterday's footage is there, and reviewers are not yet. */
const FROM_HOUR = 2.5;
const HOURS = 3;

/** Keeps what a settlement tells about its clinic, once the cameras have nothing to add; its clinic is scored in the night. */
export function keepScoreEntry(
  store: ReconcileStore,
  facts: SettlementFacts,
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): void {
  if (!facts.presence.complete && !facts.presence.footageLost) return;
  const entry = scoreEntryOf(facts);
  store.putScoreEntry({
    settlement_id: facts.settlementId,
    clinic_code: facts.clinic.code,
    at: facts.at,
    leaves_on: leavesOn(facts.at),
    setl_id: facts.setlId,
    psn_no: facts.person?.psnNo ?? null,
    med_type: facts.medType,
    fund_fen: Math.max(0, facts.fundFen ?? 0),
    sight: entry.sight,
    confirmed: entry.confirmed,
    best_llr: asRealOrNull(entry.bestLlr),
    kin_llr: asRealOrNull(entry.kinLlr),
    looking: lookingText(entry.looking),
  });
  store.tell(subjectDue, [
    {
      payload: { subjectKind: 'clinic_score', subjectId: facts.clinic.code, trigger: 'night' },
      options: {
        dedupeKey: `clinic_score/${facts.clinic.code}`,
        availableAt: nextScoreAt(facts.clinic.code, now, timeZone),
      },
    },
  ]);
}

/** The clinic's moment of the coming night. */
export function nextScoreAt(clinicCode: string, now: number, timeZone: string): number {
  const turn = (Number.parseInt(clinicCode.slice(-5), 36) || 0) % (HOURS * 60);
  const inNight = (day: string): number => dayBounds(day, timeZone).from + FROM_HOUR * HOUR_MS + turn * 60_000;
  const today = localDay(now, timeZone);
  const at = inNight(today);
  return at > now ? at : inNight(nextDay(today, timeZone));
}
