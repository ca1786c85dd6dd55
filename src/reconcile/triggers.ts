import { type ClaimEventRef, claimEventTopic } from '../ledgers/claims/claims.topics.ts';
import { presenceAppearance, presenceDevice, presenceWatermark } from '../ledgers/presence/presence.topics.ts';
import { peopleChanged } from '../people/people.topics.ts';
import { type Tx, ts } from '../platform/db.ts';
import { defineHandler, type Handler } from '../platform/outbox.ts';
import {
  awaitingBetween,
  claimsOfClinic,
  claimsOfPeople,
  daysOf,
  knownOutages,
  neighboursOf,
  offsetAt,
  type TouchedClaims,
  windowsOver,
} from './affected.ts';
import { type AssessDeps, assess, enqueueDay, enqueueSubjects } from './assess.ts';
import { releaseAtDeadline } from './decisions.ts';
import { type Subject, visitKeyOf } from './facts.ts';
import { outageSubjects } from './gather-outage.ts';
import { localDay } from './local-time.ts';
import { clinicDayDue, decisionDeadline, subjectDue } from './reconcile.topics.ts';
import { scheduleClinic } from './schedule.ts';

const DAY_MS = 86_400_000;
/** Neighbours are looked at again a little later: many who settle together are one look, not one each. */
const NEIGHBOUR_PAUSE_MS = 10_000;

/** The subject that a claim event is about; null: none of the rules reads it. */
export function subjectOfClaim(event: ClaimEventRef): Subject | null {
  switch (event.kind) {
    case 'settlement':
    case 'settlement_reversal':
    case 'technical_reversal':
      if (event.settlementId !== null) return { kind: 'settlement', id: event.settlementId };
      return event.mdtrtId === null ? null : visitOf(event);
    case 'registration':
    case 'registration_cancel':
    case 'trial_settlement':
      return visitOf(event);
    default:
      return null;
  }
}

const visitOf = (event: ClaimEventRef): Subject => ({
  kind: 'visit',
  id: visitKeyOf(event.clinicCode, event.mdtrtId, event.msgid),
});

/** Everything else that a claim event touches: its visit, its neighbours, an outage it fell into, its day. */
async function claimTouches(tx: Tx, deps: AssessDeps, event: ClaimEventRef): Promise<void> {
  const subjects: Subject[] = [];
  if (event.mdtrtId !== null && event.kind === 'registration') {
    // It may have been known by its message before its response gave it a visit number.
    const { rowCount } = await tx.query(
      `select 1 from assessment_heads where subject_kind = 'visit' and subject_id = $1`,
      [`message:${event.msgid}`],
    );
    if (rowCount > 0) subjects.push({ kind: 'visit', id: `message:${event.msgid}` });
  }
  if (event.settlementId !== null) {
    const { rows } = await tx.query<{ at: number; mdtrt_id: string | null; msgid: string }>(
      'select at, mdtrt_id, msgid from settlements where id = $1',
      [event.settlementId],
    );
    const [settlement] = rows;
    if (settlement) {
      if (settlement.mdtrt_id !== null) {
        subjects.push({ kind: 'visit', id: visitKeyOf(event.clinicCode, settlement.mdtrt_id, settlement.msgid) });
      }
      const near = await neighboursOf(tx, event.clinicCode, settlement.at);
      const others = near.filter((subject) => subject.id !== event.settlementId);
      await enqueueSubjects(tx, deps, others, `claim:${event.kind}`, NEIGHBOUR_PAUSE_MS);
      subjects.push(...(await outagesDuring(tx, event.clinicCode, settlement.at)));
      await enqueueDay(tx, deps, event.clinicCode, localDay(settlement.at, deps.timeZone), 'claim');
    }
  }
  await enqueueSubjects(tx, deps, subjects, `claim:${event.kind}`);
}

/** Outages around a moment of true time, whatever the cameras' clocks say. */
async function outagesDuring(tx: Tx, clinicCode: string, at: number): Promise<Subject[]> {
  const { rows } = await tx.query<{ id: string; offset_ms: number | null }>(
    `select c.id, (select offset_ms from camera_clock_offsets o where o.camera_id = c.id and o.measured_at <= $2
       order by o.measured_at desc limit 1) as offset_ms
     from cameras c where c.clinic_code = $1 and exists (select 1 from device_states d where d.camera_id = c.id and d.state in ('offline', 'dark', 'frozen', 'covered'))`,
    [clinicCode, ts(at)],
  );
  const subjects: Subject[] = [];
  for (const { id, offset_ms } of rows) {
    const deviceAt = at + (offset_ms ?? 0);
    const ids = await outageSubjects(tx, { clinicCode, cameraId: id, from: deviceAt, to: deviceAt });
    subjects.push(...ids.map((subjectId): Subject => ({ kind: 'camera', id: subjectId })));
  }
  return subjects;
}

/** All that this room reacts to. Each reaction is one transaction; what fans out goes through the outbox. */
export function createTriggers(deps: AssessDeps): Handler[] {
  return [
    defineHandler(claimEventTopic, ({ payload, once }) =>
      once(async (tx) => {
        const subject = subjectOfClaim(payload);
        if (subject === null) return;
        await assess(tx, deps, subject, `claim:${payload.kind}`);
        await claimTouches(tx, deps, payload);
      }),
    ),

    defineHandler(subjectDue, ({ payload, once }) =>
      once((tx) => assess(tx, deps, { kind: payload.subjectKind, id: payload.subjectId }, payload.trigger)),
    ),

    defineHandler(presenceAppearance, ({ payload, once }) =>
      once(async (tx) => {
        const offset = await offsetAt(tx, payload.cameraId, payload.from);
        const span = { from: payload.from - offset, to: payload.to - offset };
        await enqueueSubjects(tx, deps, await windowsOver(tx, payload.clinicCode, span), 'appearance');
        await enqueueKnownDays(tx, deps, payload.clinicCode, span, 'appearance');
      }),
    ),

    defineHandler(presenceWatermark, ({ payload, once }) =>
      once(async (tx) => {
        const { cameraId, clinicCode } = payload;
        const until = payload.until - (await offsetAt(tx, cameraId, payload.until));
        const { rows } = await tx.query<{ before: number | null }>(
          `with old as (select until_at from watermarks_seen where camera_id = $1 for update)
           insert into watermarks_seen as seen (camera_id, until_at) values ($1, $2)
           on conflict (camera_id) do update set until_at = greatest(seen.until_at, excluded.until_at)
           returning (select until_at from old) as before`,
          [cameraId, ts(until)],
        );
        const before = rows[0]?.before ?? null;
        if (before !== null && before >= until) return;
        await enqueueSubjects(tx, deps, await awaitingBetween(tx, clinicCode, before, until), 'watermark');
      }),
    ),

    defineHandler(presenceDevice, ({ payload, once }) =>
      once(async (tx) => {
        const { cameraId, clinicCode } = payload;
        const offset = await offsetAt(tx, cameraId, payload.from);
        const to = payload.to ?? Math.max(deps.clock.now() + offset, payload.from);
        const span = { from: payload.from - offset, to: to - offset };
        const outages = await outageSubjects(tx, { clinicCode, cameraId, from: payload.from, to: payload.to });
        await enqueueSubjects(
          tx,
          deps,
          [
            ...outages.map((id): Subject => ({ kind: 'camera', id })),
            ...(await knownOutages(tx, clinicCode, cameraId, {
              from: span.from - 1,
              to: payload.to === null ? null : span.to + 1,
            })),
            ...(await windowsOver(tx, clinicCode, span)),
          ],
          'device',
        );
        await enqueueKnownDays(tx, deps, clinicCode, span, 'device');
      }),
    ),

    defineHandler(peopleChanged, ({ payload, once }) =>
      once(async (tx) => {
        const { psnNo, clinicCode, staffId, what } = payload;
        const now = deps.clock.now();
        // Lists and registrations say themselves how far back they reach; what says nothing is bounded.
        const bound = now - deps.ruleSet.window.lookBackDays * DAY_MS;
        const from = payload.from === null || what === 'staff' ? Math.max(payload.from ?? 0, bound) : payload.from;
        const to = payload.to;
        if (psnNo !== null) {
          const withRelated = what === 'portrait' || what === 'household';
          const touched = await claimsOfPeople(tx, { psnNo, withRelated, from, to, timeZone: deps.timeZone });
          await enqueueTouched(tx, deps, touched, what);
          if (what === 'portrait') await enqueueNeighbours(tx, deps, touched);
        }
        const clinic = clinicCode ?? (staffId === null ? null : await clinicOfStaff(tx, staffId));
        if (clinic === null) return;
        if (what === 'filing' || what === 'staff' || what === 'portrait') {
          await enqueueTouched(
            tx,
            deps,
            await claimsOfClinic(tx, { clinicCode: clinic, from, to, timeZone: deps.timeZone }),
            what,
          );
          for (const day of daysOf(from, Math.min(to ?? now, now), deps.timeZone).slice(-31)) {
            await enqueueKnownDay(tx, deps, clinic, day, what);
          }
        }
        if (what === 'filing') {
          const outages = await outageSubjects(tx, { clinicCode: clinic, from, to });
          await enqueueSubjects(
            tx,
            deps,
            outages.map((id): Subject => ({ kind: 'camera', id })),
            what,
          );
        }
      }),
    ),

    defineHandler(clinicDayDue, ({ payload, once }) =>
      once(async (tx) => {
        const { clinicCode, day, step } = payload;
        if (step === 'opening') {
          const now = deps.clock.now();
          const outages = await outageSubjects(tx, { clinicCode, from: now - DAY_MS, to: now + DAY_MS });
          await enqueueSubjects(
            tx,
            deps,
            outages.map((id): Subject => ({ kind: 'camera', id })),
            'opening',
          );
          return;
        }
        await enqueueSubjects(tx, deps, [{ kind: 'clinic_day', id: `${clinicCode}:${day}` }], 'day_closed');
        await scheduleClinic(tx, deps, clinicCode);
      }),
    ),

    defineHandler(decisionDeadline, ({ payload, once }) => once((tx) => releaseAtDeadline(tx, deps, payload))),
  ];
}

async function enqueueTouched(tx: Tx, deps: AssessDeps, touched: TouchedClaims, trigger: string): Promise<void> {
  await enqueueSubjects(tx, deps, touched.subjects, trigger);
  for (const { clinicCode, day } of touched.days) await enqueueDay(tx, deps, clinicCode, day, trigger);
}

/** Whose face became known explains faces in the windows around his own settlements. */
async function enqueueNeighbours(tx: Tx, deps: AssessDeps, touched: TouchedClaims): Promise<void> {
  const ids = touched.subjects.filter(({ kind }) => kind === 'settlement').map(({ id }) => id);
  const { rows } = await tx.query<{ clinic_code: string; at: number }>(
    'select clinic_code, at from settlements where id = any($1::uuid[])',
    [ids],
  );
  for (const row of rows) {
    const near = await neighboursOf(tx, row.clinic_code, row.at);
    await enqueueSubjects(tx, deps, near, 'portrait', NEIGHBOUR_PAUSE_MS);
  }
}

async function clinicOfStaff(tx: Tx, staffId: string): Promise<string | null> {
  const { rows } = await tx.query<{ clinic_code: string }>('select clinic_code from staff where id::text = $1', [
    staffId,
  ]);
  return rows[0]?.clinic_code ?? null;
}

/** Days of which something was said already; a day without settlements says nothing yet. */
async function enqueueKnownDays(
  tx: Tx,
  deps: AssessDeps,
  clinicCode: string,
  span: { readonly from: number; readonly to: number },
  trigger: string,
): Promise<void> {
  for (const day of daysOf(span.from, span.to, deps.timeZone))
    await enqueueKnownDay(tx, deps, clinicCode, day, trigger);
}

async function enqueueKnownDay(
  tx: Tx,
  deps: AssessDeps,
  clinicCode: string,
  day: string,
  trigger: string,
): Promise<void> {
  const { rowCount } = await tx.query(
    `select 1 from assessment_heads where subject_kind = 'clinic_day' and subject_id = $1`,
    [`${clinicCode}:${day}`],
  );
  if (rowCount > 0) await enqueueDay(tx, deps, clinicCode, day, trigger);
}
