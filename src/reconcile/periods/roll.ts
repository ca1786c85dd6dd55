import { proxyHoldsAt } from '../gather-people.ts';
import { byMoment } from '../visit-key.ts';
import type { RollSource } from './store.ts';

/** Pure: a clinic's local day in one compact row, and back. */

/** One settlement of a rolled-up day. No name, no ID number; money in fen, times in ms. */
export interface RollVisit {
  readonly setlId: string | null;
  readonly psnNo: string | null;
  readonly at: number;
  readonly totalFen: number | null;
  readonly fundFen: number | null;
  readonly medType: string | null;
  /** mdtrt_cert_type: 01 e-credential (code or face), 02 ID card, 03 social-security card. */
  readonly certType: string | null;
  readonly devNo: string | null;
  /** Main diagnosis of the visit's newest 2203; null: none told. */
  readonly diagnosis: string | null;
  readonly doctor: string | null;
  /** An injection or infusion among the fee lines. */
  readonly injection: boolean;
  readonly dialysis: boolean;
  /** When it was taken back; null: it stands. */
  readonly reversedAt: number | null;
  /** psn_no of the registered proxy who was seen in his stead, where only one is registered. */
  readonly proxy: string | null;
}

type Index = number;
/** Dictionaries before the visits; -1 and null: not told. Moments count from the day's beginning. */
interface Packed {
  readonly words: readonly string[];
  readonly visits: readonly (readonly [
    setlId: string | null,
    psnNo: string | null,
    atMs: number,
    totalFen: number | null,
    fundFen: number | null,
    reversedAtMs: number | null,
    flags: number,
    medType: Index,
    certType: Index,
    devNo: Index,
    diagnosis: Index,
    doctor: Index,
    proxy: Index,
  ])[];
}

const INJECTION = 1;
const DIALYSIS = 2;

const INJECTION_WORDS = /注射|输液|静滴|肌注/;
const DIALYSIS_WORDS = /透析|血滤/;
/** ICD-10: chronic kidney failure, care involving dialysis. */
const DIALYSIS_CODES = /^(N18|N19|Z49)/;
/** What a HIS writes where it knows nothing (DOMAIN.md 1.11). */
const NOTHING = /^(无|未知|不详|空|none|null|unknown|-+|0*)$/i;

const told = (value: unknown): string | null =>
  typeof value === 'string' && !NOTHING.test(value.trim()) ? value.trim() : null;

/** The settlements of a day as they are now, in order of (at, id). */
export function visitsOf(source: RollSource): RollVisit[] {
  const seenProxy = new Set(source.proxied);
  return [...source.settlements].sort(byMoment).map((row) => {
    const diagnosis = mainDiagnosis(row.mdtrt_id, source.diagnoses);
    const lines = source.lines.filter((line) => row.mdtrt_id !== null && line.mdtrt_id === row.mdtrt_id);
    const proxies = seenProxy.has(row.id)
      ? new Set(
          source.proxies
            .filter((proxy) => proxy.psn_no === row.psn_no && proxyHoldsAt(proxy, row.at))
            .map((proxy) => proxy.proxy_psn_no),
        )
      : new Set<string>();
    return {
      setlId: row.setl_id,
      psnNo: row.psn_no,
      at: row.at,
      totalFen: row.total_fen,
      fundFen: row.fund_fen,
      medType: row.med_type,
      certType: told(row.cert_type),
      devNo: told(row.dev_no),
      diagnosis: diagnosis?.code ?? null,
      doctor:
        diagnosis?.doctor ??
        told(
          lines
            .map(({ doctor_code: code }) => code ?? '')
            .sort()
            .at(-1),
        ),
      injection: lines.some(({ name }) => name !== null && INJECTION_WORDS.test(name)),
      dialysis:
        lines.some(({ name }) => name !== null && DIALYSIS_WORDS.test(name)) ||
        (diagnosis !== null && DIALYSIS_CODES.test(diagnosis.code)),
      reversedAt: row.reversed_at,
      proxy: proxies.size === 1 ? ([...proxies][0] ?? null) : null,
    };
  });
}

/** Of the newest message that tells one: the first in its order. */
function mainDiagnosis(
  mdtrtId: string | null,
  diagnoses: RollSource['diagnoses'],
): { readonly code: string; readonly doctor: string | null } | null {
  if (mdtrtId === null) return null;
  for (const { diseinfo } of diagnoses.filter((row) => row.mdtrt_id === mdtrtId).sort((a, b) => byMoment(b, a))) {
    const valid = diseinfo.filter((node) => told(node.diag_code) !== null && (node.vali_flag ?? '1') !== '0');
    const [main] = valid.toSorted((a, b) => orderOf(a.diag_srt_no) - orderOf(b.diag_srt_no));
    const code = told(main?.diag_code);
    if (main !== undefined && code !== null) return { code: code.toUpperCase(), doctor: told(main.dise_dor_no) };
  }
  return null;
}

const orderOf = (value: unknown): number => {
  const order = Number(value);
  return Number.isFinite(order) ? order : Number.MAX_SAFE_INTEGER;
};

/** The row's body. @param from the local day's beginning, epoch ms */
export function packRoll(visits: readonly RollVisit[], from: number): string {
  const words: string[] = [];
  const known = new Map<string, number>();
  const index = (word: string | null): Index => {
    if (word === null) return -1;
    let at = known.get(word);
    if (at === undefined) {
      at = words.length;
      words.push(word);
      known.set(word, at);
    }
    return at;
  };
  const packed: Packed = {
    words,
    visits: visits.map((visit) => [
      visit.setlId,
      visit.psnNo,
      visit.at - from,
      visit.totalFen,
      visit.fundFen,
      visit.reversedAt === null ? null : visit.reversedAt - from,
      (visit.injection ? INJECTION : 0) + (visit.dialysis ? DIALYSIS : 0),
      index(visit.medType),
      index(visit.certType),
      index(visit.devNo),
      index(visit.diagnosis),
      index(visit.doctor),
      index(visit.proxy),
    ]),
  };
  return JSON.stringify(packed);
}

/** The settlements of a body. @param from as for `packRoll` */
export function openRoll(body: string, from: number): RollVisit[] {
  const { words, visits } = JSON.parse(body) as Packed;
  const word = (at: Index): string | null => (at < 0 ? null : (words[at] ?? null));
  return visits.map(
    ([
      setlId,
      psnNo,
      atMs,
      totalFen,
      fundFen,
      reversedAtMs,
      flags,
      medType,
      certType,
      devNo,
      diagnosis,
      doctor,
      proxy,
    ]) => ({
      setlId,
      psnNo,
      at: from + atMs,
      totalFen,
      fundFen,
      medType: word(medType),
      certType: word(certType),
      devNo: word(devNo),
      diagnosis: word(diagnosis),
      doctor: word(doctor),
      injection: (flags & INJECTION) !== 0,
      dialysis: (flags & DIALYSIS) !== 0,
      reversedAt: reversedAtMs === null ? null : from + reversedAtMs,
      proxy: word(proxy),
    }),
  );
}

/** A day with its settlements. */
export interface RollDay {
  readonly day: string;
  readonly visits: readonly RollVisit[];
}
