import { CLINIC_CODE, getClinic, putClinic } from '../../access/clinics.store.ts';
import type { OpenHours } from '../../access/open-hours.ts';
import type { Scope } from '../../access/principal.ts';
import type { Tx } from '../../platform/db.ts';
import { FILING_KINDS, type FilingInput, type FilingKind, putFilings } from '../filings.write.ts';
import { parseMoment } from '../moments.ts';
import { listStaff, putSignIns, putStaff, type SignInInput, type StaffInput, staffIdOf } from '../staff.write.ts';
import type { Cells, Column } from './columns.ts';
import { defineFeed } from './feed.ts';
import { PSN_NO_FORM } from './feed-people.ts';
import { parseOpeningHours } from './opening-hours-text.ts';
import { RowRefusal } from './refusals.ts';

const CLINIC_FORM = new RegExp(CLINIC_CODE);

const clinicColumn: Column = {
  name: 'clinic_code',
  zh: '机构编码',
  aliases: ['fixmedins_code', '定点机构编码', '定点医药机构编号'],
  required: true,
  about: 'fixmedins_code: H or P and 11 digits',
};
const staffNoColumn: Column = {
  name: 'staff_no',
  zh: '工号',
  aliases: ['人员工号', '医师编码', 'opter', '经办人编号'],
  required: true,
  about: 'National code, or the HIS operator number',
};

const clinicOf = (cells: Cells): string =>
  cells.requiredRead('clinic_code', (text) => (CLINIC_FORM.test(text.toUpperCase()) ? text.toUpperCase() : null));
const staffNoOf = (cells: Cells): string => cells.requiredRead('staff_no', (text) => (text.length <= 30 ? text : null));

export const staffFeed = defineFeed<StaffInput, StaffInput>({
  kind: 'staff',
  zh: '工作人员',
  en: 'Staff',
  columns: [
    clinicColumn,
    staffNoColumn,
    { name: 'name', zh: '姓名', about: 'Name; stored encrypted' },
    {
      name: 'psn_no',
      zh: '人员编号',
      aliases: ['本人参保编号'],
      about: 'psn_no under which he is insured himself',
    },
    { name: 'active_from', zh: '在岗开始', aliases: ['开始日期'], about: 'Day or time; empty: as before, or always' },
    { name: 'active_to', zh: '在岗结束', aliases: ['结束日期'], about: 'Day (its end) or time; empty: still there' },
  ],
  parse(cells, { timeZone }) {
    const activeFrom = cells.read('active_from', (text) => parseMoment(text, timeZone));
    const activeTo = cells.read('active_to', (text) => parseMoment(text, timeZone, 'end'));
    if (activeTo !== null && activeTo <= (activeFrom ?? 0)) throw new RowRefusal('end_before_start');
    return {
      clinicCode: clinicOf(cells),
      staffNo: staffNoOf(cells),
      name: cells.text('name'),
      psnNo: cells.matching('psn_no', PSN_NO_FORM),
      activeFrom,
      activeTo,
    };
  },
  resolve: async (tx, _deps, rows, { scope }) => withinClinics(tx, scope, rows),
  write: (tx, deps, rows) => putStaff(tx, deps, rows),
});

export const signInsFeed = defineFeed<
  { clinicCode: string; staffNo: string; from: number; to: number | null },
  SignInInput
>({
  kind: 'staff_sign_in',
  zh: '工作人员签到',
  en: 'Staff sign-in',
  columns: [
    clinicColumn,
    staffNoColumn,
    { name: 'in', zh: '签到时间', aliases: ['上班时间'], required: true, about: 'Time' },
    { name: 'out', zh: '签退时间', aliases: ['下班时间'], about: 'Time; may come with a later file' },
  ],
  parse(cells, { timeZone }) {
    const from = cells.requiredRead('in', (text) => parseMoment(text, timeZone));
    const to = cells.read('out', (text) => parseMoment(text, timeZone));
    if (to !== null && to <= from) throw new RowRefusal('end_before_start');
    return { clinicCode: clinicOf(cells), staffNo: staffNoOf(cells), from, to };
  },
  async resolve(tx, _deps, rows, { scope }) {
    const within = await withinClinics(tx, scope, rows);
    const idOf = (row: { clinicCode: string; staffNo: string }): string => staffIdOf(row.clinicCode, row.staffNo);
    const known = new Set((await listStaff(tx, rows.map(idOf))).map((member) => member.id));
    return within.map((outcome) => {
      if (outcome instanceof RowRefusal) return outcome;
      return outcome.every((row) => known.has(idOf(row)))
        ? outcome.map((row) => ({ staffId: idOf(row), clinicCode: row.clinicCode, from: row.from, to: row.to }))
        : new RowRefusal('unknown_staff', 'staff_no');
    });
  },
  write: (tx, deps, rows) => putSignIns(tx, deps, rows),
});

export const openingHoursFeed = defineFeed<
  { clinicCode: string; hours: OpenHours[] },
  { clinicCode: string; hours: OpenHours[] }
>({
  kind: 'opening_hours',
  zh: '营业时间',
  en: 'Opening hours',
  columns: [
    clinicColumn,
    {
      name: 'hours',
      zh: '营业时间',
      aliases: ['开放时间', '服务时间'],
      required: true,
      about:
        '`1-5 08:00-12:00 15:00-18:00; 6,7 08:00-12:00` (1: Monday), or `周一至周五 8:00-18:00`; replaces the old ones',
    },
  ],
  parse: (cells) => ({ clinicCode: clinicOf(cells), hours: cells.requiredRead('hours', parseOpeningHours) }),
  resolve: async (tx, _deps, rows, { scope }) => withinClinics(tx, scope, rows),
  async write(tx, deps, rows) {
    const last = new Map(rows.map((row) => [row.clinicCode, row.hours]));
    for (const [code, openHours] of [...last].sort()) {
      const clinic = await getClinic(tx, code);
      if (clinic !== null && JSON.stringify(clinic.openHours) !== JSON.stringify(openHours)) {
        await putClinic(tx, deps, { ...clinic, openHours });
      }
    }
  },
});

const FILING_WORDS: Readonly<Record<string, FilingKind>> = {
  停电: 'outage',
  断网: 'outage',
  停电断网: 'outage',
  设备故障: 'outage',
  出诊: 'homeVisit',
  上门服务: 'homeVisit',
  接种日: 'vaccinationDay',
  预防接种: 'vaccinationDay',
  布局变更: 'layout',
  夜间急诊: 'emergency',
  急诊: 'emergency',
  ...Object.fromEntries(FILING_KINDS.map((kind) => [kind.toLowerCase(), kind])),
};

export const filingsFeed = defineFeed<FilingInput, FilingInput>({
  kind: 'filings',
  zh: '机构报备',
  en: 'Filings',
  columns: [
    clinicColumn,
    {
      name: 'what',
      zh: '报备事项',
      aliases: ['事项', '类型'],
      required: true,
      about: 'outage/停电断网, homeVisit/出诊, vaccinationDay/接种日, layout/布局变更, emergency/夜间急诊',
    },
    { name: 'from', zh: '开始时间', required: true, about: 'Time or day' },
    { name: 'to', zh: '结束时间', about: 'Time or day (its end); empty: open' },
    { name: 'psn_no', zh: '人员编号', about: 'The patient of a home visit' },
  ],
  parse(cells, { timeZone }) {
    const row: FilingInput = {
      clinicCode: clinicOf(cells),
      what: cells.requiredRead('what', (text) => FILING_WORDS[text.toLowerCase()] ?? null),
      from: cells.requiredRead('from', (text) => parseMoment(text, timeZone)),
      to: cells.read('to', (text) => parseMoment(text, timeZone, 'end')),
      psnNo: cells.matching('psn_no', PSN_NO_FORM),
    };
    if (row.to !== null && row.to <= row.from) throw new RowRefusal('end_before_start');
    return row;
  },
  resolve: async (tx, _deps, rows, { scope }) => withinClinics(tx, scope, rows),
  write: async (tx, deps, rows) => void (await putFilings(tx, deps, rows)),
});

async function withinClinics<Row extends { readonly clinicCode: string }>(
  tx: Tx,
  scope: Scope,
  rows: readonly Row[],
): Promise<(Row[] | RowRefusal)[]> {
  const { rows: found } = await tx.query<{ code: string }>(
    `select code from clinics where code = any($3::text[])
       and ($1::text is null or region_code like $1 || '%') and ($2::text is null or code = $2)`,
    [scope.regionPrefix, scope.clinicCode, rows.map((row) => row.clinicCode)],
  );
  const codes = new Set(found.map((row) => row.code));
  return rows.map((row) => (codes.has(row.clinicCode) ? [row] : new RowRefusal('unknown_clinic', 'clinic_code')));
}
