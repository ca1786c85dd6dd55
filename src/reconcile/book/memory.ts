import { camerasTable } from '../../devices/tables.ts';
import type { ClaimEventRow } from '../../ledgers/claims/rows.ts';
import { claimEventsTable, feeLinesTable, visitKey } from '../../ledgers/claims/tables.ts';
import type { MemoryPeople } from '../../people/memory-people.ts';
import { staffSignInsTable, staffTable } from '../../people/tables.ts';
import type { Queryable } from '../../platform/db.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Left } from '../memory/left.ts';
import type { Told } from '../memory/told.ts';
import type { ToldOffset } from '../memory/trail.ts';
import { BOOK_SLACK_MS, type BookStore, type DayBookRows, SIGN_IN_REACH_MS, SIGN_INS_KEPT_MS } from './store.ts';

export function booksIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly told: Told;
  readonly people: MemoryPeople;
  readonly db: Queryable;
}): BookStore {
  const { workingSet, left, told, people, db } = deps;
  const lines = workingSet.table(feeLinesTable);
  const events = workingSet.table(claimEventsTable);
  const staff = workingSet.table(staffTable);
  const signIns = workingSet.table(staffSignInsTable);
  const cameras = workingSet.table(camerasTable);

  return {
    async dayBooks({ clinicCode, mdtrtIds, psnNos, day }) {
      const from = day.from - BOOK_SLACK_MS;
      const to = day.to + BOOK_SLACK_MS;
      const first = Math.min(from, day.from - SIGN_INS_KEPT_MS);
      if (first < left.horizon) await workingSet.ensure(clinicCode, first, to);
      const within = ({ at }: { readonly at: number }): boolean => at >= from && at < to;
      const found = mdtrtIds.flatMap((id) =>
        lines.by('visit', visitKey(clinicCode, id)).filter((row) => row.cancelled_at === null && within(row)),
      );
      const diagnosed = mdtrtIds.flatMap((id) =>
        events.by('visit', visitKey(clinicCode, id)).filter((row) => isDiagnosis(row) && within(row)),
      );
      const missing = psnNos.filter((psnNo) => people.cache.get(psnNo) === undefined);
      if (missing.length > 0) await people.cache.load(missing);
      const roster = staff.by('clinic', clinicCode);
      const doctors = new Set(found.flatMap(({ doctor_code: code }) => code ?? []));
      const elsewhere = [...doctors].flatMap((code) =>
        staff.by('no', code).filter((row) => row.clinic_code !== clinicCode),
      );
      const signedIn = async (clinic: string, byId: ReadonlyMap<string, string>): Promise<DayBookRows['signIns']> => {
        const first = day.from - SIGN_IN_REACH_MS;
        if (first < left.horizon) await workingSet.ensure(clinic, first, day.to);
        return signIns.within(clinic, first, day.to - 1).flatMap((row) => {
          const staffNo = byId.get(row.staff_id);
          return staffNo !== undefined && (row.to_at === null || row.to_at > day.from)
            ? [{ clinic_code: row.clinic_code, from_at: row.from_at, to_at: row.to_at, staff_no: staffNo }]
            : [];
        });
      };
      const here = await signedIn(clinicCode, new Map(roster.map((row) => [row.id, row.staff_no])));
      const there: DayBookRows['signIns'][number][] = [];
      for (const row of elsewhere) there.push(...(await signedIn(row.clinic_code, new Map([[row.id, row.staff_no]]))));
      return {
        lines: found,
        diagnoses: diagnosed.map(({ id, at, mdtrt_id, body }) => ({ id, at, mdtrt_id, request: body.request ?? null })),
        persons: psnNos.flatMap((psnNo) => people.cache.get(psnNo)?.person ?? []),
        roster,
        signIns: [...here, ...there],
        kept: signIns.within(clinicCode, day.from - SIGN_INS_KEPT_MS, day.to - 1).length > 0,
      };
    },

    async cameraClock(cameraId) {
      const camera = cameras.get(cameraId);
      if (camera === undefined) return null;
      const { id, clinic_code, scene_point, enabled } = camera;
      const offset = await told.offsetAt(cameraId, Number.MAX_SAFE_INTEGER);
      // What live cameras tell is written by those who watch them, never through tables in memory.
      const { rows } = await db.query<ToldOffset & Record<string, unknown>>(
        `select measured_at, offset_ms, uncertainty_ms from camera_clock_readings where camera_id = $1
         order by measured_at desc limit 1`,
        [cameraId],
      );
      const reading = rows[0] ?? null;
      const newest =
        reading === null || (offset !== null && offset.measured_at > reading.measured_at) ? offset : reading;
      return {
        id,
        clinic_code,
        scene_point,
        enabled,
        offset_ms: newest?.offset_ms ?? null,
        uncertainty_ms: newest?.uncertainty_ms ?? null,
        measured_at: newest?.measured_at ?? null,
      };
    },
  };
}

const isDiagnosis = ({ kind, reversed_at: reversed }: ClaimEventRow): boolean =>
  kind === 'diagnosis' && reversed === null;
