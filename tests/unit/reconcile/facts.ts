import type { AppearanceFact, BestComparison, Comparison, Zone } from '../../../src/reconcile/appearance-facts.ts';
import type {
  CameraFacts,
  ClinicDayFacts,
  DaySettlementFact,
  Facts,
  PersonFacts,
  PresenceFacts,
  SettlementFacts,
  StatusFact,
  VisitFacts,
} from '../../../src/reconcile/facts.ts';
import type { RuleOutcome } from '../../../src/reconcile/findings.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';

export const AT = Date.parse('2026-03-17T09:00:00+08:00');
export const MINUTE = 60_000;
const CLINIC = { code: 'H41162400123', regionCode: '4116', faceRecognition: true, mode: 'mirror' } as const;

const LLR: Record<Zone, number> = { match: 4, uncertain: 0.2, beyond_genuine_tail: -3 };
export const compared = (zone: Zone, llr = LLR[zone]): Comparison => ({
  score: llr / 10,
  llr,
  zone,
  qualityBin: 'high',
});
export const best = (ref: string, zone: Zone = 'match', llr?: number): BestComparison => ({
  ...compared(zone, llr),
  ref,
});

/** A stranger at the counter, clearly not the claimed person. */
export const appearance = (over: Partial<AppearanceFact> = {}): AppearanceFact => ({
  id: 'a1',
  cameraId: 'cam-1',
  scenePoint: 'counter',
  from: AT - 30_000,
  to: AT + 30_000,
  state: 'closed',
  revision: 1,
  faces: 5,
  quality: 0.8,
  hasTemplate: true,
  atCounter: true,
  claimed: compared('beyond_genuine_tail'),
  staff: null,
  proxy: null,
  household: null,
  other: null,
  cluster: 0,
  ...over,
});
export const somewhereElse = { atCounter: false, from: AT - 20 * MINUTE, to: AT - 18 * MINUTE } as const;

/** Covered to the end, a good portrait, nobody there. */
export const presence = (over: Partial<PresenceFacts> = {}): PresenceFacts => ({
  at: AT,
  window: { from: AT - 30 * MINUTE, to: AT + 10 * MINUTE },
  counterMoment: { from: AT - MINUTE, to: AT + MINUTE },
  uncertaintyMs: 0,
  coverage: 1,
  minCoverage: 0.8,
  gaps: [],
  complete: true,
  footageLost: false,
  cameras: [],
  appearances: [],
  candidates: [],
  card: { modelVersion: 'm', calibrated: true, siteCalibrated: false },
  faceRecognition: true,
  claimedPortrait: { quality: 0.9, takenOn: '2024-01-01', comparable: true },
  claimedIsStaff: false,
  claimedAgeYears: 60,
  limits: {
    portraitQualityMin: 0.3,
    portraitMaxAgeYears: 15,
    minAgeYears: 3,
    unjudgedMinStayMs: 5_000,
    explainedMarginLlr: 1,
    llrCap: 6,
  },
  ...over,
});

export const person = (...statuses: StatusFact[]): PersonFacts => ({
  psnNo: 'P1',
  known: true,
  sex: 'female',
  birth: '1960-05-01',
  statuses,
  portrait: null,
  isStaffHere: false,
});
export const status = (what: StatusFact['what'], from: number, over: Partial<StatusFact> = {}): StatusFact => ({
  what,
  from,
  to: null,
  institution: null,
  source: 'test',
  knownAt: from,
  ...over,
});

export const settlement = (
  around: Partial<PresenceFacts> = {},
  over: Partial<SettlementFacts> = {},
): SettlementFacts => ({
  kind: 'settlement',
  schema: 1,
  settlementId: 's1',
  visitKey: `visit:${CLINIC.code}:M1`,
  clinic: CLINIC,
  at: AT,
  msgid: 'm1',
  setlId: 'S1',
  mdtrtId: 'M1',
  medType: '11',
  totalFen: 3560,
  fundFen: 1640,
  reversed: false,
  person: person(),
  filings: { homeVisit: false, outage: false, vaccinationDay: false },
  presence: presence(around),
  ...over,
});

export const visit = (over: Partial<VisitFacts> = {}): VisitFacts => ({
  kind: 'visit',
  schema: 1,
  visitKey: `visit:${CLINIC.code}:M1`,
  clinic: CLINIC,
  mdtrtId: 'M1',
  msgid: 'm1',
  person: person(),
  events: [{ eventId: 'e1', kind: 'registration', at: AT, msgid: 'm1', cancelled: false }],
  movedTo: null,
  reversed: false,
  presence: null,
  ...over,
});

export const daySettlement = (n: number, over: Partial<DaySettlementFact> = {}): DaySettlementFact => ({
  settlementId: `s${n}`,
  setlId: `S${n}`,
  msgid: `m${n}`,
  visitKey: `visit:${CLINIC.code}:M${n}`,
  at: AT + n * 5 * MINUTE,
  psnNo: `P${n}`,
  fundFen: 1640,
  reversed: false,
  homeVisit: false,
  claimedIsStaff: false,
  coverage: 1,
  complete: true,
  clustersInWindow: [],
  clustersAtCounter: [],
  staffInWindow: false,
  unjudgedInWindow: false,
  unjudgedAtCounter: false,
  claimedClusters: [],
  possibleClusters: [],
  proxyClusters: [],
  householdClusters: [],
  proxyUnseenPossible: false,
  ...over,
});

export const clinicDay = (settlements: DaySettlementFact[], over: Partial<ClinicDayFacts> = {}): ClinicDayFacts => ({
  kind: 'clinic_day',
  schema: 1,
  clinic: CLINIC,
  day: '2026-03-17',
  dayFrom: Date.parse('2026-03-17T00:00:00+08:00'),
  dayTo: Date.parse('2026-03-18T00:00:00+08:00'),
  open: [],
  closed: true,
  closesAt: AT,
  coverage: 1,
  complete: true,
  minCoverage: 0.8,
  vaccinationDay: false,
  card: { modelVersion: 'm', calibrated: true, siteCalibrated: false },
  staffKnown: true,
  settlements,
  visitors: 0,
  unjudgedHeads: 0,
  heads: 0,
  ...over,
});

/** Out from 8:50 to 9:20 with one settlement in it; the clinic opened at 8. */
export const camera = (over: Partial<CameraFacts> = {}): CameraFacts => ({
  kind: 'camera',
  schema: 1,
  clinic: CLINIC,
  cameraId: 'cam-1',
  scenePoint: 'counter',
  enabled: true,
  startDeviceMs: AT - 10 * MINUTE,
  outage: {
    from: AT - 10 * MINUTE,
    to: AT + 20 * MINUTE,
    states: [{ state: 'offline', from: AT - 10 * MINUTE, to: AT + 20 * MINUTE }],
  },
  lastedMs: 30 * MINUTE,
  openings: [],
  openHours: [{ from: AT - 60 * MINUTE, to: AT + 540 * MINUTE }],
  filed: [],
  settlements: [
    { settlementId: 's1', setlId: 'S1', msgid: 'm1', at: AT, fundFen: 1640, reversed: false, needsCamera: true },
  ],
  ...over,
});

const ruleSet = createRuleSet();

/** What one rule says with its default parameters. */
export function ask(id: string, facts: Facts): RuleOutcome[] {
  const entry = ruleSet.rules.find(({ rule }) => rule.id === id);
  if (!entry) throw new Error(`no rule ${id}`);
  return entry.rule.outcomesFor(facts, entry.parameters);
}

/** `outcome reason` of the one thing that it says. */
export function says(id: string, facts: Facts): string {
  const outcomes = ask(id, facts);
  return outcomes.map(({ outcome, reason }) => `${outcome} ${reason}`).join(', ') || 'nothing';
}
