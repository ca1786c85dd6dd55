import { Type } from 'typebox';
import type { BookSpan, DoctorFact } from '../book/facts.ts';
import type { ClinicDayFacts } from '../facts.ts';
import { type Booked, booked, dayIncident, isClosedBook, setlIdsOf, settlementIdsOf } from './day-book.ts';
import { isNamedDoctor } from './doctors.ts';
import { clear, defineRule, type Result } from './rule.ts';

const HOUR_MS = 3_600_000;

/** 医师不在岗: somebody billed in the name of a doctor who did not sign in that half day, or signed in elsewhere. */
export const doctorAbsent = defineRule({
  id: 'B13',
  version: 1,
  names: { zh: '医师不在岗', en: 'Doctor not signed in' },
  phase: 'post',
  resultType: '可疑',
  timeSpan: '自然日',
  subjects: ['clinic_day'],
  supervised: '医务人员',
  dataNeeded: ['2204', '2207', '医务人员名册', '医务人员签到'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [24],
  severity: 'low',
  class: 'fraud',
  basis: ['claims'],
  parameters: Type.Object({
    noonHour: Type.Number({
      minimum: 10,
      maximum: 16,
      default: 12,
      unit: 'hours',
      description: 'Where the half days meet, local time',
    }),
    graceMinutes: Type.Number({
      minimum: 0,
      maximum: 240,
      default: 30,
      unit: 'minutes',
      description: 'A sign-in so long after the settlement, or a sign-out so long before it, is near enough',
    }),
  }),
  leastOfDay: () => Number.POSITIVE_INFINITY,
  applies: isClosedBook,
  evaluate: (facts, limits) => {
    const { books } = facts;
    if (books === undefined) return [];
    const rows = booked(facts);
    const billed = books.doctors.filter(({ code }) => rows.some(({ book }) => book.doctors.includes(code)));
    if (billed.length === 0) return clear('no_doctor', '费用明细中没有开单医师。', 'The fee lines name no doctor.');
    const nameless = rows.filter(({ book }) => book.doctors.some((code) => !isNamedDoctor(code)));
    const named = billed.filter(({ code }) => isNamedDoctor(code));
    const results = [
      ...(nameless.length === 0 ? [] : [namelessResult(facts, nameless)]),
      ...named.flatMap((doctor) => doctorResult(facts, doctor, rows, limits) ?? []),
    ];
    return results.length > 0
      ? results
      : clear('present', '开单医师均已签到。', 'All doctors who billed had signed in.');
  },
});

function namelessResult(facts: ClinicDayFacts, rows: readonly Booked[]): Result {
  return {
    outcome: 'hit',
    reason: 'doctor_not_named',
    zh: `${rows.length} 笔结算的开单医师填写为“未知”等，请更正。`,
    en: `${rows.length} settlements name no real doctor: please correct them.`,
    class: 'data',
    part: 'nameless',
    incidentKey: dayIncident(facts, 'B13-data'),
    setlIds: setlIdsOf(rows),
    evidence: { count: rows.length, settlementIds: settlementIdsOf(rows) },
  };
}

interface Limits {
  readonly noonHour: number;
  readonly graceMinutes: number;
}

function doctorResult(
  facts: ClinicDayFacts,
  doctor: DoctorFact,
  rows: readonly Booked[],
  limits: Limits,
): Result | null {
  const { books } = facts;
  if (books === undefined) return null;
  const own = rows.filter(({ book }) => book.doctors.includes(doctor.code));
  const noon = facts.dayFrom + limits.noonHour * HOUR_MS;
  const halfOf = (at: number): { from: number; to: number } =>
    at < noon ? { from: facts.dayFrom, to: noon } : { from: noon, to: facts.dayTo };
  const grace = limits.graceMinutes * 60_000;
  const touches = (spans: readonly BookSpan[], from: number, to: number): boolean =>
    spans.some((span) => span.from <= to && (span.to === null || span.to >= from));
  const absent = own.filter(({ at }) => {
    const half = halfOf(at);
    return !touches(doctor.here, half.from, half.to - 1) && !touches(doctor.here, at - grace, at + grace);
  });
  if (absent.length === 0) return null;
  const common = { part: doctor.code, setlIds: setlIdsOf(absent) };
  const evidence = { doctor: doctor.code, count: absent.length, settlementIds: settlementIdsOf(absent) };
  const away = absent.filter(({ at }) => touches(doctor.elsewhere, at, at));
  if (away.length > 0) {
    return {
      ...common,
      outcome: 'hit',
      reason: 'signed_in_elsewhere',
      zh: `医师当时在其他机构签到，本机构仍以其名义结算 ${away.length} 笔，请核实。`,
      en: `The doctor was signed in at another institution while ${away.length} settlements were billed in that name: please check.`,
      severity: 'medium',
      setlIds: setlIdsOf(away),
      incidentKey: dayIncident(facts, 'B13'),
      evidence: {
        ...evidence,
        count: away.length,
        settlementIds: settlementIdsOf(away),
        clinics: [...new Set(doctor.elsewhere.map(({ clinic }) => clinic))],
      },
    };
  }
  if (!books.signInsKept) {
    return {
      ...common,
      outcome: 'undetermined',
      reason: 'no_sign_ins',
      zh: '机构近日没有任何签到记录，无法核对医师是否在岗。',
      en: 'Nobody of the clinic signed in lately: whether the doctor was there cannot be checked.',
      evidence,
    };
  }
  if (!doctor.registered) {
    return {
      ...common,
      outcome: 'hit',
      reason: 'not_on_roster',
      zh: '开单医师不在本机构名册上，请核对名册或医师编码。',
      en: 'The doctor who billed is not on the roster: please check the roster or the code.',
      class: 'data',
      incidentKey: dayIncident(facts, 'B13-data'),
      evidence,
    };
  }
  const alone = absent.filter(({ at }) => !touches(books.signedIn, halfOf(at).from, halfOf(at).to - 1));
  if (alone.length === 0) {
    return {
      ...common,
      outcome: 'hit',
      reason: 'colleague_signed_in',
      zh: '该医师未签到而同事在岗，可能为调班，请补登记。',
      en: 'The doctor had not signed in and a colleague had, probably an exchange of shifts: please record it.',
      class: 'data',
      incidentKey: dayIncident(facts, 'B13-data'),
      evidence,
    };
  }
  return {
    ...common,
    outcome: 'hit',
    reason: 'nobody_signed_in',
    zh: `该半日无人签到，仍以其名义结算 ${alone.length} 笔，请核实。`,
    en: `Nobody had signed in that half day, and ${alone.length} settlements were billed in the doctor's name: please check.`,
    setlIds: setlIdsOf(alone),
    incidentKey: dayIncident(facts, 'B13'),
    evidence: { ...evidence, count: alone.length, settlementIds: settlementIdsOf(alone) },
  };
}
