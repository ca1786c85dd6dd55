import { canonicalJson } from '../platform/canonical-json.ts';
import { type AssessDeps, openingLookAheadMs } from './assess.ts';
import { localDay, nextDay, openSpans } from './local-time.ts';
import { clinicDayDue } from './reconcile.topics.ts';
import type { ReconcileStore } from './store.ts';

/** Days ahead that stand in the outbox. */
const AHEAD_DAYS = 1;
const BATCH = 200;

/**
 * Puts a clinic's openings (a little before) and closings into the outbox for today and tomorrow, once each; after a
 * change of its hours once more. Called by housekeeping for new clinics, and by each day for the next.
 */
export async function scheduleClinic(store: ReconcileStore, deps: AssessDeps, clinicCode: string): Promise<void> {
  const clinic = await store.scheduleOf(clinicCode);
  if (clinic === null) return;
  const now = deps.clock.now();
  const today = localDay(now, deps.timeZone);
  const last = nextDay(today, deps.timeZone, AHEAD_DAYS);
  const sameHours = canonicalJson(clinic.scheduled_hours) === canonicalJson(clinic.open_hours);
  const ahead = openingLookAheadMs(deps.ruleSet);
  const after = deps.ruleSet.window.afterMs + deps.ruleSet.window.defaultUncertaintyMs;
  for (let day = today; day <= last; day = nextDay(day, deps.timeZone)) {
    if (sameHours && clinic.scheduled_until !== null && day <= clinic.scheduled_until) continue;
    const spans = openSpans(clinic.open_hours, day, deps.timeZone);
    for (const { from } of spans) {
      if (from < now) continue;
      store.tell(clinicDayDue, [
        {
          payload: { clinicCode, day, step: 'opening' },
          options: { dedupeKey: `${clinicCode}:${day}:opening:${from}`, availableAt: from - ahead },
        },
      ]);
    }
    const closes = Math.max(...spans.map(({ to }) => to));
    // A day off still has its turn, or the chain would break.
    const at = Number.isFinite(closes) ? closes + after : Date.parse(`${day}T12:00:00Z`);
    store.tell(clinicDayDue, [
      {
        payload: { clinicCode, day, step: 'closed' },
        options: { dedupeKey: `${clinicCode}:${day}:closed:${at}`, availableAt: at },
      },
    ]);
  }
  store.putSchedule({ clinic_code: clinicCode, scheduled_until: last, open_hours: clinic.open_hours });
}

/** Runs work on a store, in a transaction of its own. */
export type OnStore = <T>(work: (store: ReconcileStore) => Promise<T>) => Promise<T>;

/** Housekeeping: schedules clinics that are new, changed their hours, or fell behind. @returns how many */
export async function scheduleDueClinics(onStore: OnStore, deps: AssessDeps): Promise<number> {
  const until = nextDay(localDay(deps.clock.now(), deps.timeZone), deps.timeZone, AHEAD_DAYS);
  let done = 0;
  for (;;) {
    const codes = await onStore((store) => store.dueClinics({ until, limit: BATCH }));
    for (const code of codes) await onStore((store) => scheduleClinic(store, deps, code));
    done += codes.length;
    if (codes.length < BATCH) return done;
  }
}
