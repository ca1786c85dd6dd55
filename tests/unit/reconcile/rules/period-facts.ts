import type {
  BlockGroupFact,
  ClinicPeriodFacts,
  PeerFacts,
  PersonPeriodFacts,
  PersonVisitFact,
  SwapFact,
} from '../../../../src/reconcile/periods/facts.ts';

const CLINIC = { code: 'H41162400123', regionCode: '411624101201', faceRecognition: true, mode: 'mirror' } as const;
const MINUTE = 60_000;

/** Forty other clinics of an ordinary county. */
export const peers = (over: Partial<PeerFacts> = {}): PeerFacts => ({
  county: '411624',
  day: '2026-03-30',
  clinics: 40,
  settled: 4000,
  reversed: 60,
  swapped: 8,
  diagnosed: 3800,
  sameDiagnosis: 190,
  credentialClinics: 38,
  typedMedian: 0.1,
  typedP95: 0.25,
  lastDaysShare: 0.17,
  ...over,
});

/** A quiet month of a village clinic. */
export const clinicPeriod = (over: Partial<ClinicPeriodFacts> = {}): ClinicPeriodFacts => ({
  kind: 'clinic_period',
  schema: 1,
  clinic: CLINIC,
  month: '2026-03',
  through: '2026-03-30',
  over: false,
  since: '2025-01-02',
  filedOutageDays: [],
  filedClinicDays: [],
  credentials: { from: '2026-03-01', known: 100, typed: 10 },
  sharedDevices: [],
  churn: { settled: 110, reversed: 2, swaps: [] },
  diagnoses: { from: '2026-01-31', settled: 220, diagnosed: 210, top: { code: 'I10', n: 60, people: 30 } },
  blocks: [],
  fund: { fundFen: 180_000, lastFen: 30_000, before: [] },
  peers: peers(),
  ...over,
});

export const swap = (day: string, over: Partial<SwapFact> = {}): SwapFact => ({
  setlId: `R${day}`,
  psnNo: 'P1',
  nextSetlId: `N${day}`,
  nextPsnNo: 'P2',
  nextFundFen: 1600,
  day,
  afterMs: 5 * MINUTE,
  sameHousehold: false,
  ...over,
});

/** People 0 … n-1 who settle two minutes apart, in the order given, on each of the days. */
export function group(
  people: number,
  days: Readonly<Record<string, readonly number[]>>,
  over: {
    readonly households?: readonly (number | null)[];
    readonly filed?: readonly string[];
    readonly gapMs?: number;
  } = {},
): BlockGroupFact {
  return {
    people: Array.from({ length: people }, (_, i) => ({
      psnNo: `P${String(i).padStart(2, '0')}`,
      household: over.households?.[i] ?? null,
    })),
    days: Object.entries(days).map(([day, order]) => ({
      day,
      filed: over.filed?.includes(day) ?? false,
      visits: order.map((person, i) => ({
        person,
        at: Date.parse(`${day}T02:00:00Z`) + i * (over.gapMs ?? 2 * MINUTE),
        setlId: `S${day}-${person}`,
      })),
    })),
  };
}

export const visit = (day: string, n = 0, over: Partial<PersonVisitFact> = {}): PersonVisitFact => ({
  setlId: `S${day}-${n}`,
  clinicCode: CLINIC.code,
  day,
  at: Date.parse(`${day}T02:00:00Z`) + n * 30 * MINUTE,
  fundFen: 1600,
  medType: '11',
  diagnosis: 'J06.900',
  injection: false,
  dialysis: false,
  ...over,
});

export const personPeriod = (over: Partial<PersonPeriodFacts> = {}): PersonPeriodFacts => ({
  kind: 'person_period',
  schema: 1,
  clinic: CLINIC,
  psnNo: 'P1',
  month: '2026-03',
  visits: [],
  agent: null,
  ...over,
});

/** A proxy who came for people of these households (null: none known), once each, on successive days from the first. */
export function agent(
  households: readonly (number | null)[],
  over: { readonly relation?: string; readonly own?: readonly number[]; readonly everyDays?: number } = {},
): NonNullable<PersonPeriodFacts['agent']> {
  return {
    principals: households.map((household, i) => ({
      psnNo: `Q${i}`,
      household,
      own: over.own?.includes(i) ?? false,
      relations: [over.relation ?? '邻居'],
    })),
    visits: households.map((_, i) => {
      const at = Date.parse('2026-02-20T02:00:00Z') + i * (over.everyDays ?? 1) * 86_400_000;
      const day = new Date(at).toISOString().slice(0, 10);
      return { principal: i, setlId: `S${i}`, clinicCode: CLINIC.code, day, at };
    }),
  };
}
