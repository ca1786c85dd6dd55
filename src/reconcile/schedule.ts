import { canonicalJson } from '../platform/canonical-json.ts';
import type { Db, Queryable, Tx } from '../platform/db.ts';
import { type AssessDeps, openingLookAheadMs } from './assess.ts';
import { localDay, nextDay, type OpenHours, openSpans } from './local-time.ts';
import { clinicDayDue } from './reconcile.topics.ts';

/** Days ahead that stand in the outbox. */
const AHEAD_DAYS = 1;
const BATCH = 200;

/**
 * Puts a clinic's openings (a little before) and closings into the outbox for today and tomorrow, once each; after a
 * change of its hours once more. Called by housekeeping for new clinics, and by each day for the next.
 */
export async function scheduleClinic(tx: Tx, deps: AssessDeps, clinicCode: string): Promise<void> {
  const { rows } = await tx.query<{
    open_hours: OpenHours[];
    scheduled_until: string | null;
    scheduled_hours: OpenHours[] | null;
  }>(
    `select c.open_hours, s.scheduled_until, s.open_hours as scheduled_hours
     from clinics c left join clinic_schedule s on s.clinic_code = c.code where c.code = $1 for update of c`,
    [clinicCode],
  );
  const [clinic] = rows;
  if (!clinic) return;
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
      await deps.outbox.add(
        tx,
        clinicDayDue,
        { clinicCode, day, step: 'opening' },
        { dedupeKey: `${clinicCode}:${day}:opening:${from}`, availableAt: from - ahead },
      );
    }
    const closes = Math.max(...spans.map(({ to }) => to));
    // A day off still has its turn, or the chain would break.
    const at = Number.isFinite(closes) ? closes + after : Date.parse(`${day}T12:00:00Z`);
    await deps.outbox.add(
      tx,
      clinicDayDue,
      { clinicCode, day, step: 'closed' },
      { dedupeKey: `${clinicCode}:${day}:closed:${at}`, availableAt: at },
    );
  }
  await tx.query(
    `insert into clinic_schedule (clinic_code, scheduled_until, open_hours) values ($1, $2, $3)
     on conflict (clinic_code) do update set scheduled_until = excluded.scheduled_until, open_hours = excluded.open_hours`,
    [clinicCode, last, JSON.stringify(clinic.open_hours)],
  );
}

/** Housekeeping: schedules clinics that are new, changed their hours, or fell behind. @returns how many */
export async function scheduleDueClinics(db: Db, deps: AssessDeps): Promise<number> {
  const last = nextDay(localDay(deps.clock.now(), deps.timeZone), deps.timeZone, AHEAD_DAYS);
  let done = 0;
  for (;;) {
    const codes = await dueClinics(db, last);
    for (const code of codes) await db.transaction((tx) => scheduleClinic(tx, deps, code));
    done += codes.length;
    if (codes.length < BATCH) return done;
  }
}

async function dueClinics(db: Queryable, last: string): Promise<string[]> {
  const { rows } = await db.query<{ code: string }>(
    `select c.code from clinics c left join clinic_schedule s on s.clinic_code = c.code
     where s.clinic_code is null or s.scheduled_until < $1 or s.open_hours is distinct from c.open_hours
     order by c.code limit ${BATCH}`,
    [last],
  );
  return rows.map(({ code }) => code);
}
