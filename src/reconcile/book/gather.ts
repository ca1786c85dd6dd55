import { leastKm, type Places } from '../places.ts';
import type { DayBookFact, DayBooks, DoctorFact, ElsewhereFact, RepeatedFaceFact } from './facts.ts';
import type { DayBookRows, ElsewhereBrief } from './store.ts';

const YEAR_MS = 365.25 * 86_400_000;
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const inOrder = (values: Iterable<string>): string[] => [...new Set(values)].toSorted(byCodeUnit);

/** National codes of drugs begin so: western, Chinese patent, decoction pieces, hospitals' own. */
const DRUG_CODE = /^[XZTH]/;
/** ICD-10 as the platform has it: a letter and two digits, more may follow. */
const ICD = /^[A-Z]\d{2}/;

interface Settled {
  readonly id: string;
  readonly at: number;
  readonly mdtrt_id: string | null;
  readonly psn_no: string | null;
  readonly med_type: string | null;
  readonly total_fen: number | null;
}

/** What was written down about each settlement of a day, by its id, and who billed and signed in. */
export function booksOf(
  rows: DayBookRows,
  settlements: readonly Settled[],
  clinicCode: string,
): { readonly books: DayBooks; readonly bySettlement: ReadonlyMap<string, DayBookFact> } {
  const linesOf = groupBy(rows.lines, ({ mdtrt_id }) => mdtrt_id);
  const diagnosesOf = groupBy(rows.diagnoses, ({ mdtrt_id }) => mdtrt_id ?? '');
  const persons = new Map(rows.persons.map((row) => [row.psn_no, row]));
  const bySettlement = new Map(
    settlements.map((row): [string, DayBookFact] => {
      const lines = (row.mdtrt_id === null ? undefined : linesOf.get(row.mdtrt_id)) ?? [];
      const diagnoses = (row.mdtrt_id === null ? undefined : diagnosesOf.get(row.mdtrt_id)) ?? [];
      const person = row.psn_no === null ? undefined : persons.get(row.psn_no);
      const drugs = lines.filter(({ med_list_codg: code }) => code !== null && DRUG_CODE.test(code));
      return [
        row.id,
        {
          totalFen: row.total_fen,
          medType: row.med_type,
          household: person?.household ?? null,
          sex: person?.sex ?? null,
          ageYears: person?.birth == null ? null : ageAt(person.birth, row.at),
          diagnoses: inOrder(diagnoses.flatMap(codesIn)),
          doctors: inOrder(lines.flatMap(({ doctor_code: code }) => code ?? [])),
          drugLines: drugs.length > 0,
          otherLines: lines.length > drugs.length,
        },
      ];
    }),
  );
  return { books: staffBooks(rows, bySettlement.values(), clinicCode), bySettlement };
}

function staffBooks(rows: DayBookRows, facts: Iterable<DayBookFact>, clinicCode: string): DayBooks {
  const roster = new Set(rows.roster.map(({ staff_no }) => staff_no));
  const signIns = rows.signIns
    .map((row) => ({ staffNo: row.staff_no, clinic: row.clinic_code, from: row.from_at, to: row.to_at }))
    .toSorted((a, b) => a.from - b.from || byCodeUnit(a.clinic, b.clinic) || byCodeUnit(a.staffNo, b.staffNo));
  const billed = inOrder([...facts].flatMap(({ doctors }) => doctors));
  const span = ({ from, to }: { readonly from: number; readonly to: number | null }) => ({ from, to });
  return {
    doctors: billed.map((code): DoctorFact => {
      const own = signIns.filter(({ staffNo }) => staffNo === code);
      return {
        code,
        registered: roster.has(code),
        here: own.filter(({ clinic }) => clinic === clinicCode).map(span),
        elsewhere: own
          .filter(({ clinic }) => clinic !== clinicCode)
          .map((row) => ({ ...span(row), clinic: row.clinic })),
      };
    }),
    rosterKept: roster.size > 0,
    signInsKept: rows.kept,
    signedIn: signIns.filter(({ clinic }) => clinic === clinicCode).map(span),
  };
}

/** Codes of one 2203: of western diagnoses that count. Codes of Chinese medicine look alike and mean something else. */
function codesIn({ request }: DayBookRows['diagnoses'][number]): string[] {
  const codes = (request?.diseinfo ?? []).flatMap(({ diag_type: type, vali_flag: valid, diag_code: code }) =>
    (type === undefined || type === null || String(type) === '1') && String(valid ?? '1') !== '0'
      ? [String(code ?? '')]
      : [],
  );
  return codes.map((code) => code.trim().toUpperCase()).filter((code) => ICD.test(code));
}

const ageAt = (birth: string, at: number): number => Math.floor((at - Date.parse(`${birth}T00:00:00Z`)) / YEAR_MS);

/** A person's settlements elsewhere, as one at `regionCode` has to know them. */
export function elsewhereOf(
  rows: readonly ElsewhereBrief[],
  here: { readonly code: string; readonly regionCode: string | null },
  places: Places,
): ElsewhereFact[] {
  const own = regionOf(here.code, here.regionCode);
  return rows
    .map((row): ElsewhereFact => {
      const region = regionOf(row.clinic_code, row.region_code);
      return {
        clinic: row.clinic_code,
        setlId: row.setl_id,
        msgid: row.msgid,
        at: row.at,
        leastKm: leastKm(places, own, region),
        otherProvince: own !== null && region !== null && own.slice(0, 2) !== region.slice(0, 2),
      };
    })
    .toSorted((a, b) => a.at - b.at || byCodeUnit(a.msgid, b.msgid));
}

/** Where nobody registered the clinic, its national code says the county: a letter, then GB/T 2260. */
const regionOf = (clinicCode: string, regionCode: string | null): string | null =>
  regionCode ?? /^[HP](\d{6})/.exec(clinicCode)?.[1] ?? null;

/** Two looks at one moment are one look that was told twice. */
const APART_MS = 60_000;

/** Templates that came more than once, bit for bit, at moments apart. */
export function repeatedFaces(
  faces: readonly {
    readonly id: string;
    readonly cameraId: string;
    readonly from: number;
    readonly to: number;
    readonly template: Float32Array | null;
  }[],
): RepeatedFaceFact[] {
  const groups = new Map<string, (typeof faces)[number][]>();
  for (const face of faces) {
    if (face.template === null) continue;
    // The first numbers tell nearly all templates apart; the rest is compared among those that share them.
    const key = `${face.template[0]},${face.template[1]},${face.template[2]}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [face]);
    else group.push(face);
  }
  return [...groups.values()].flatMap((group) => {
    if (group.length < 2) return [];
    const [first, ...rest] = group.toSorted((a, b) => a.from - b.from || byCodeUnit(a.id, b.id));
    if (first === undefined) return [];
    const apart = [first];
    for (const face of rest) {
      const last = apart.at(-1) ?? first;
      if (face.from - last.to >= APART_MS && same(face.template, first.template)) apart.push(face);
    }
    if (apart.length < 2) return [];
    return [{ appearances: apart.map(({ id, cameraId, from }) => ({ id, cameraId, from })) }];
  });
}

const same = (a: Float32Array | null, b: Float32Array | null): boolean =>
  a !== null && b !== null && a.length === b.length && a.every((value, i) => value === b[i]);

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
