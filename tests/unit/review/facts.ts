import type { AppearanceFact, Comparison } from '../../../src/reconcile/appearance-facts.ts';
import type { PresenceFacts, SettlementFacts } from '../../../src/reconcile/facts.ts';

export const AT = Date.parse('2026-03-17T09:15:30+08:00');

export const comparison = (zone: Comparison['zone'], llr: number): Comparison => ({
  score: 0.5,
  llr,
  zone,
  qualityBin: 'good',
});

export const appearance = (over: Partial<AppearanceFact> = {}): AppearanceFact => ({
  id: '0190aaaa-0000-7000-8000-000000000001',
  cameraId: 'cam-1',
  scenePoint: 'counter',
  from: AT - 20_000,
  to: AT + 20_000,
  state: 'closed',
  revision: 1,
  faces: 3,
  quality: 0.7,
  hasTemplate: true,
  atCounter: true,
  claimed: comparison('beyond_genuine_tail', -4),
  staff: null,
  proxy: null,
  household: null,
  other: null,
  cluster: 1,
  ...over,
});

export const settlementFacts = (
  over: Partial<SettlementFacts> & { readonly seen?: Partial<PresenceFacts> } = {},
): SettlementFacts => {
  const { seen, ...rest } = over;
  return {
    kind: 'settlement',
    schema: 1,
    settlementId: '0190aaaa-0000-7000-8000-0000000000ff',
    visitKey: 'visit:H41162400123:M1',
    clinic: { code: 'H41162400123', regionCode: '411624', faceRecognition: true, mode: 'hook' },
    at: AT,
    msgid: 'm1',
    setlId: 'S1',
    mdtrtId: 'M1',
    medType: '11',
    totalFen: 2904,
    fundFen: 1742,
    reversed: false,
    person: {
      psnNo: 'P1',
      known: true,
      sex: 'male',
      birth: '1958-01-05',
      statuses: [],
      portrait: null,
      isStaffHere: false,
    },
    filings: { homeVisit: false, outage: false, vaccinationDay: false },
    presence: {
      at: AT,
      window: { from: AT - 1_800_000, to: AT + 600_000 },
      counterMoment: { from: AT - 60_000, to: AT + 60_000 },
      uncertaintyMs: 500,
      coverage: 0.97,
      minCoverage: 0.8,
      gaps: [],
      complete: true,
      footageLost: false,
      cameras: [],
      appearances: [appearance()],
      candidates: [],
      card: { modelVersion: 'm@1', calibrated: true, siteCalibrated: true },
      faceRecognition: true,
      claimedPortrait: { quality: 0.8, takenOn: '2024-05-01', comparable: true },
      claimedIsStaff: false,
      claimedAgeYears: 68,
      limits: {
        minAgeYears: 3,
        portraitQualityMin: 0.3,
        portraitMaxAgeYears: 15,
        unjudgedMinStayMs: 5_000,
        explainedMarginLlr: 1,
        llrCap: 6,
      },
      ...seen,
    },
    ...rest,
  };
};
