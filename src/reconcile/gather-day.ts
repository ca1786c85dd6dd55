import { roleOf, type SeenFace } from '../faces/verdict.ts';
import { type Queryable, ts } from '../platform/db.ts';
import { bestOf, clusterFaces, type FaceSample, type Portrait } from './face-judge.ts';
import type { ClinicDayFacts, DaySettlementFact } from './facts.ts';
import { FACTS_SCHEMA, visitKeyOf } from './facts.ts';
import { type AppearanceRow, gatherAppearances, gatherCameras } from './gather-cameras.ts';
import { type PortraitRow, portraitOf } from './gather-people.ts';
import { type GatherContext, isPast, sampleOf, templateIds } from './gather-presence.ts';
import { clinicOf } from './gather-visit.ts';
import { dayBounds, type OpenHours, openSpans } from './local-time.ts';
import { counterPoints, coverageOver, reachOf, widening, windowAround } from './window.ts';

/** Hours of a clinic that told none: the usual ones, so that its day can end. */
const USUAL_HOURS: readonly OpenHours[] = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '18:00' }];

interface SettlementRow {
  id: string;
  at: number;
  msgid: string;
  setl_id: string | null;
  mdtrt_id: string | null;
  psn_no: string | null;
  med_type: string | null;
  fund_fen: number | null;
  reversed_at: number | null;
  home_visit: boolean;
  has_proxy: boolean;
}

/** Whose portrait counts for whose settlement: staff for all, the others for one. */
interface DayPerson extends PortraitRow {
  readonly settlementId: string | null;
  /** The claimed person works here. */
  readonly isStaff: boolean;
}

export const parseDayId = (subjectId: string): { clinicCode: string; day: string } => {
  const [clinicCode = '', day = ''] = subjectId.split(':');
  return { clinicCode, day };
};

/** Facts of a clinic's day: every face of it once, every settlement against them; null when the clinic is unknown. */
export async function gatherClinicDay(context: GatherContext, subjectId: string): Promise<ClinicDayFacts | null> {
  const { db, judge, now, parameters } = context;
  const { clinicCode, day } = parseDayId(subjectId);
  const clinicRow = (
    await db.query<{
      clinic_code: string;
      region_code: string | null;
      face_recognition: boolean;
      mode: 'mirror' | 'hook';
      open_hours: OpenHours[];
    }>('select code as clinic_code, region_code, face_recognition, mode, open_hours from clinics where code = $1', [
      clinicCode,
    ])
  ).rows[0];
  if (!clinicRow) return null;
  const clinic = clinicOf(clinicRow, context.faceRecognition);
  const bounds = dayBounds(day, context.timeZone);
  if (isPast(context, bounds.from)) return pastDay(context, clinicCode, bounds);
  const reach = reachOf(parameters);
  const span = { from: bounds.from - reach.beforeMs, to: bounds.to + reach.afterMs };
  const cameras = await gatherCameras(db, { clinicCode, at: bounds.to, span });
  const settlements = await settlementsOf(db, clinicCode, bounds.from, bounds.to);
  const appearances = await gatherAppearances(db, clinicCode, cameras, span);
  const people = clinic.faceRecognition ? await peopleOf(db, clinicCode, bounds.from, bounds.to) : [];
  const templates: ReadonlyMap<string, FaceSample> = clinic.faceRecognition
    ? await context.templates(db, templateIds(appearances, people))
    : new Map();

  const portraits = people.map((row) => ({ row, portrait: portraitOf(row, templates, judge, bounds.from) }));
  const staff = portraits.filter(({ row }) => row.role === 'staff');
  const staffPortraits = staff.flatMap(({ portrait }) => portrait ?? []);
  const samples = appearances.map((row) => sampleOf(row, templates, judge));
  const clusters = clusterFaces(judge, samples);
  const faces: DayFace[] = appearances.map((row, i) => {
    const sample = samples[i] ?? null;
    return {
      row,
      sample,
      cluster: clusters[i] ?? null,
      staff: sample === null ? null : bestOf(judge, sample, staffPortraits),
    };
  });
  const staffClusters = new Set(
    faces.flatMap(({ cluster, staff: best }) => (cluster !== null && best?.zone === 'match' ? [cluster] : [])),
  );
  const portraitsBySettlement = new Map<string, { row: DayPerson; portrait: Portrait | null }[]>();
  for (const entry of portraits) {
    if (entry.row.settlementId === null) continue;
    const list = portraitsBySettlement.get(entry.row.settlementId) ?? [];
    list.push(entry);
    portraitsBySettlement.set(entry.row.settlementId, list);
  }

  const u = widening(cameras, parameters);
  const counter = counterPoints(cameras);
  const counterCameras = new Set(cameras.filter(({ scenePoint }) => scenePoint === counter).map(({ id }) => id));
  const open = openSpans(clinicRow.open_hours.length === 0 ? USUAL_HOURS : clinicRow.open_hours, day, context.timeZone);
  const whole = open.length === 0 ? [bounds] : open;
  const dayCoverage = coverageOver({ cameras, whole, medType: null, now, parameters });
  const lastAt = Math.max(...whole.map(({ to }) => to), ...settlements.map(({ at }) => at));
  const closesAt = lastAt + parameters.afterMs + u;
  const inHours = faces.filter(({ row }) => row.from < bounds.to && row.to >= bounds.from);
  const unjudged = inHours.filter(
    ({ sample, row }) => sample === null && row.to - row.from >= parameters.unjudgedMinStayMs,
  );
  const { rows: filed } = await db.query(
    `select 1 from filings where clinic_code = $1 and what = 'vaccinationDay' and from_at < $3
       and (to_at is null or to_at > $2) limit 1`,
    [clinicCode, ts(bounds.from), ts(bounds.to)],
  );

  return {
    kind: 'clinic_day',
    schema: FACTS_SCHEMA,
    clinic,
    day,
    dayFrom: bounds.from,
    dayTo: bounds.to,
    open,
    closed: now >= closesAt && (dayCoverage.complete || dayCoverage.footageLost),
    closesAt,
    coverage: dayCoverage.coverage,
    complete: dayCoverage.complete,
    minCoverage: parameters.minCoverage,
    vaccinationDay: filed.length > 0,
    card: judge.card,
    staffKnown: staff.every(({ portrait }) => portrait !== null),
    settlements: settlements.map((row): DaySettlementFact => {
      const seen = windowAround({ at: row.at, medType: row.med_type, now, cameras, parameters });
      const near = faces.filter((face) => face.row.from < seen.window.to && face.row.to >= seen.window.from);
      const own = portraitsBySettlement.get(row.id) ?? [];
      const told = near.map((face) => tell(context, face, own, staffClusters));
      const atCounter = told.filter(
        ({ face }) =>
          counterCameras.has(face.row.cameraId) &&
          face.row.from < seen.counterMoment.to &&
          face.row.to >= seen.counterMoment.from,
      );
      const visitors = (list: readonly Told[]): number[] => numbersOf(list.filter(({ role }) => role !== 'staff'));
      return {
        settlementId: row.id,
        setlId: row.setl_id,
        msgid: row.msgid,
        visitKey: visitKeyOf(clinicCode, row.mdtrt_id, row.msgid),
        at: row.at,
        psnNo: row.psn_no,
        fundFen: row.fund_fen,
        reversed: row.reversed_at !== null,
        homeVisit: row.home_visit,
        claimedIsStaff: own.some(({ row: person }) => person.role === 'claimed' && person.isStaff),
        coverage: seen.coverage,
        complete: seen.complete,
        clustersInWindow: visitors(told),
        clustersAtCounter: visitors(atCounter),
        staffInWindow: told.some(({ role }) => role === 'staff'),
        unjudgedInWindow: told.some(({ role }) => role === 'unjudged'),
        unjudgedAtCounter: atCounter.some(({ role }) => role === 'unjudged'),
        claimedClusters: numbersOf(told.filter(({ role }) => role === 'claimed')),
        possibleClusters: numbersOf(told.filter(({ role }) => role === 'possible' || role === 'unknown')),
        proxyClusters: numbersOf(told.filter(({ role }) => role === 'proxy')),
        householdClusters: numbersOf(told.filter(({ household }) => household)),
        proxyUnseenPossible: own.some(({ row: person, portrait }) => person.role === 'proxy' && portrait === null),
      };
    }),
    visitors: new Set(
      inHours.flatMap(({ cluster }) => (cluster !== null && !staffClusters.has(cluster) ? [cluster] : [])),
    ).size,
    unjudgedHeads: unjudged.length,
    heads: inHours.length,
  };
}

/**
 * A day whose appearances may have been erased: its stored facts, with what was reversed, filed or registered since. Null
 * when it was never looked at: nothing follows from faces that are gone.
 */
async function pastDay(
  context: GatherContext,
  clinicCode: string,
  bounds: { readonly from: number; readonly to: number },
): Promise<ClinicDayFacts | null> {
  const before = await context.previous();
  if (before?.kind !== 'clinic_day') return null;
  const rows = await settlementsOf(context.db, clinicCode, bounds.from, bounds.to);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    ...before,
    settlements: before.settlements.map((settlement) => {
      const row = byId.get(settlement.settlementId);
      return {
        ...settlement,
        reversed: row === undefined || row.reversed_at !== null,
        homeVisit: settlement.homeVisit || row?.home_visit === true,
        proxyUnseenPossible: settlement.proxyUnseenPossible || row?.has_proxy === true,
      };
    }),
  };
}

interface DayFace {
  readonly row: AppearanceRow;
  readonly sample: FaceSample | null;
  readonly cluster: number | null;
  readonly staff: ReturnType<typeof bestOf>;
}

interface Told {
  readonly face: DayFace;
  readonly role: ReturnType<typeof roleOf>;
  readonly household: boolean;
}

/** Who a face of the day is for one settlement. */
function tell(
  context: GatherContext,
  face: DayFace,
  own: readonly { readonly row: DayPerson; readonly portrait: Portrait | null }[],
  staffClusters: ReadonlySet<number>,
): Told {
  const { judge, parameters } = context;
  const { sample } = face;
  const best = (role: PortraitRow['role']) =>
    sample === null
      ? null
      : bestOf(
          judge,
          sample,
          own.flatMap(({ row, portrait }) => (row.role === role && portrait ? [portrait] : [])),
        );
  const household = best('household');
  const seen: SeenFace = {
    id: face.row.id,
    from: face.row.from,
    to: face.row.to,
    hasTemplate: sample !== null,
    atCounter: false,
    claimed: best('claimed'),
    staff: face.staff,
    proxy: best('proxy'),
    household,
    other: null,
  };
  const role = roleOf(seen, parameters);
  // A turned face of the doctor is the doctor, when another of his faces that day is.
  const isStaff = face.cluster !== null && staffClusters.has(face.cluster) && role !== 'claimed' && role !== 'proxy';
  return { face, role: isStaff ? 'staff' : role, household: household?.zone === 'match' };
}

const numbersOf = (told: readonly Told[]): number[] =>
  [...new Set(told.flatMap(({ face }) => face.cluster ?? []))].toSorted((a, b) => a - b);

async function settlementsOf(db: Queryable, clinicCode: string, from: number, to: number): Promise<SettlementRow[]> {
  const { rows } = await db.query<SettlementRow>(
    `select s.id, s.at, s.msgid, s.setl_id, s.mdtrt_id, s.psn_no, s.med_type, s.fund_fen, s.reversed_at,
       exists (select 1 from filings f where f.clinic_code = s.clinic_code and f.what = 'homeVisit' and f.from_at <= s.at
         and (f.to_at is null or f.to_at > s.at) and (f.psn_no is null or f.psn_no = s.psn_no)) as home_visit,
       exists (select 1 from proxies x where x.psn_no = s.psn_no and x.from_at <= s.at and (x.to_at is null or x.to_at > s.at)
         and (x.revoked_at is null or x.revoked_at > s.at)) as has_proxy
     from settlements s where s.clinic_code = $1 and s.at >= $2 and s.at < $3 order by s.at, s.id`,
    [clinicCode, ts(from), ts(to)],
  );
  return rows;
}

/** Portraits of the day's staff, and for each settlement of the claimed person, his proxies and his household. */
async function peopleOf(db: Queryable, clinicCode: string, from: number, to: number): Promise<DayPerson[]> {
  const { rows } = await db.query<{
    role: PortraitRow['role'];
    ref: string;
    settlement_id: string | null;
    is_staff: boolean;
    template_id: string | null;
    taken_on: string | null;
  }>(
    `with day as (
       select id, at, psn_no from settlements where clinic_code = $1 and at >= $2 and at < $3 and psn_no is not null
     ), r as (
       select 'staff' as role, s.id::text as ref, s.psn_no, s.id as staff_id, null::uuid as settlement_id, 'staff' as first_kind
         from staff s where s.clinic_code = $1 and s.active_from < $3 and (s.active_to is null or s.active_to > $2)
       union all
       select 'claimed', d.psn_no, d.psn_no, (select id from staff s where s.clinic_code = $1 and s.psn_no = d.psn_no
           and s.active_from <= d.at and (s.active_to is null or s.active_to > d.at) limit 1), d.id, 'enrollee' from day d
       union all
       select 'proxy', x.proxy_psn_no, x.proxy_psn_no, null, d.id, 'enrollee' from day d
         join proxies x on x.psn_no = d.psn_no and x.from_at <= d.at and (x.to_at is null or x.to_at > d.at)
           and (x.revoked_at is null or x.revoked_at > d.at)
       union all
       select 'household', h.psn_no, h.psn_no, null, d.id, 'enrollee' from day d
         join persons me on me.psn_no = d.psn_no join persons h on h.household = me.household and h.psn_no <> d.psn_no
     )
     select r.role, r.ref, r.settlement_id, r.role = 'claimed' and r.staff_id is not null as is_staff, p.template_id, p.taken_on
     from r left join lateral (
       select p.template_id, p.taken_on from portraits p
       where p.state = 'accepted' and p.template_id is not null
         and ((p.subject_kind = 'enrollee' and p.subject_ref = r.psn_no)
           or (p.subject_kind = 'staff' and p.subject_ref = r.staff_id::text))
       order by p.subject_kind = r.first_kind desc, p.decided_at desc nulls last, p.id desc limit 1) p on true
     order by r.role, r.ref, r.settlement_id`,
    [clinicCode, ts(from), ts(to)],
  );
  return rows.map((row) => ({
    role: row.role,
    ref: row.ref,
    settlementId: row.settlement_id,
    isStaff: row.is_staff,
    templateId: row.template_id,
    takenOn: row.taken_on,
  }));
}
