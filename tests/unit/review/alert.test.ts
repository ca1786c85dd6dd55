import { describe, expect, it } from 'vitest';
import { alertOf, type Finding, nextStep } from '../../../src/review/alert.ts';
import { appearanceIdsIn, incidentKeyParts } from '../../../src/review/incident-context.ts';

const finding = (over: Partial<Finding>): Finding => ({
  id: `f-${over.ruleId ?? 'A1'}-${over.subjectKey ?? 's'}`,
  ruleId: 'A1',
  ruleVersion: '1',
  subjectKey: 'settlement/s',
  incidentKey: 'visit:H41162400123:M1',
  phase: 'in',
  class: 'fraud',
  severity: 'medium',
  clinicCode: 'H41162400123',
  psnNo: 'P1',
  cameraId: null,
  setlIds: ['S1'],
  basis: ['face'],
  outcome: 'hit',
  reason: 'every_face_differs',
  evidence: { zh: '不符', en: 'differs', coverage: 0.97 },
  assessmentId: 'a',
  firstAt: 1_000,
  updatedAt: 1_000,
  ...over,
});

describe('an alert of an incident', () => {
  it('is not raised by what could not be determined: a dark camera must never accuse a patient', () => {
    expect(alertOf([])).toBeNull();
    expect(alertOf([finding({ outcome: 'undetermined', reason: 'blind_window' })])).toBeNull();
    expect(alertOf([finding({ outcome: 'error' }), finding({ ruleId: 'A2', outcome: 'clear' })])).toBeNull();
  });

  it('is led by fraud before evidence before device before data, then by severity, then by phase', () => {
    const lead = (...findings: Finding[]) => alertOf(findings)?.rules[0];
    const data = finding({ ruleId: 'A6', class: 'data', severity: 'high', phase: 'pre' });
    const device = finding({ ruleId: 'P1', class: 'device', severity: 'high', phase: 'pre' });
    const evidence = finding({ ruleId: 'E1', class: 'evidence', severity: 'low', phase: 'post' });
    const fraudLow = finding({ ruleId: 'A2', severity: 'low', phase: 'pre' });
    const fraudHighPost = finding({ ruleId: 'A4', severity: 'high', phase: 'post' });
    const fraudHighIn = finding({ ruleId: 'A1', severity: 'high', phase: 'in' });
    expect(lead(data, device)).toBe('P1@1');
    expect(lead(data, device, evidence)).toBe('E1@1');
    expect(lead(evidence, fraudLow)).toBe('A2@1');
    expect(lead(fraudLow, fraudHighPost)).toBe('A4@1');
    expect(lead(fraudHighPost, fraudHighIn)).toBe('A1@1');
  });

  it('gathers the settlements and phases of all hits and keeps what is undetermined beside them', () => {
    const alert = alertOf([
      finding({ ruleId: 'A8', phase: 'pre', setlIds: [], reason: 'dead', severity: 'high' }),
      finding({ ruleId: 'A1', phase: 'in', setlIds: ['S2', 'S1'] }),
      finding({ ruleId: 'A2', outcome: 'undetermined', reason: 'not_yet', setlIds: ['S9'] }),
    ]);
    expect(alert?.phases).toEqual(['pre', 'in']);
    expect(alert?.phase).toBe('pre');
    expect(alert?.setlIds).toEqual(['S1', 'S2']);
    expect(alert?.rules).toEqual(['A8@1', 'A1@1']);
    expect(alert?.findings.map(({ rule }) => rule)).toEqual(['A8@1', 'A1@1', 'A2@1']);
    expect(alert?.title.zh).toContain('死亡');
  });

  it('asks for a registration where a relative came unregistered, and accuses nobody of fraud', () => {
    const alert = alertOf([finding({ ruleId: 'A6', class: 'data', severity: 'low', reason: 'relative_came' })]);
    expect(alert?.class).toBe('data');
    expect(alert?.title.zh).toContain('补登记');
  });

  it('is the same whatever the order in which its findings are read', () => {
    const findings = [
      finding({ ruleId: 'A2' }),
      finding({ ruleId: 'A1' }),
      finding({ ruleId: 'A4', outcome: 'undetermined' }),
    ];
    expect(alertOf(findings)).toEqual(alertOf(findings.toReversed()));
  });
});

describe('the life of an alert', () => {
  const draft = alertOf([finding({ ruleId: 'A1' })]);
  const both = alertOf([finding({ ruleId: 'A1' }), finding({ ruleId: 'A2' })]);
  const open = { state: 'new', hits: true, dismissedRules: [] } as const;

  it('is raised once, taken back with its findings, and returns with them', () => {
    expect(nextStep(null, draft)).toEqual({ action: 'raise' });
    expect(nextStep(null, null)).toEqual({ action: 'none' });
    expect(nextStep(open, null)).toEqual({ action: 'withdraw' });
    expect(nextStep({ ...open, state: 'first_review' }, null)).toEqual({ action: 'withdraw' });
    expect(nextStep({ ...open, state: 'withdrawn', hits: false }, draft)).toEqual({
      action: 'return',
      reason: 'hit_again',
    });
    expect(nextStep({ ...open, state: 'withdrawn', hits: false }, null)).toEqual({ action: 'none' });
  });

  it('stays excluded as a person said, also when its findings come and go, until another rule hits', () => {
    const excluded = { state: 'excluded', hits: true, dismissedRules: ['A1@1'] } as const;
    expect(nextStep(excluded, draft)).toEqual({ action: 'revise' });
    expect(nextStep(excluded, null)).toEqual({ action: 'settle' });
    expect(nextStep({ ...excluded, hits: false }, draft)).toEqual({ action: 'revise' });
    const newVersion = alertOf([finding({ ruleId: 'A1', ruleVersion: '2' })]);
    expect(nextStep(excluded, newVersion)).toEqual({ action: 'revise' });
    expect(nextStep(excluded, both)).toEqual({ action: 'return', reason: 'new_rule' });
  });

  it('is people’s once they have it verified: the machine notes that its findings are gone, and changes nothing', () => {
    const verified = { state: 'verification', hits: true, dismissedRules: [] } as const;
    expect(nextStep(verified, null)).toEqual({ action: 'settle' });
    expect(nextStep(verified, both)).toEqual({ action: 'revise' });
    expect(nextStep({ ...verified, state: 'handling' }, both)).toEqual({ action: 'revise' });
    expect(nextStep({ ...verified, state: 'second_review' }, null)).toEqual({ action: 'withdraw' });
  });
});

describe('what an incident key tells', () => {
  it('takes every kind apart, also with colons in foreign ids', () => {
    expect(incidentKeyParts('visit:H41162400123:M:1')).toEqual({
      kind: 'visit',
      clinicCode: 'H41162400123',
      mdtrtId: 'M:1',
    });
    expect(incidentKeyParts('message:H1')).toEqual({ kind: 'message', msgid: 'H1' });
    expect(incidentKeyParts('camera:cam:1:1773709200000')).toEqual({
      kind: 'camera',
      cameraId: 'cam:1',
      startDeviceMs: 1773709200000,
    });
    expect(incidentKeyParts('clinic-day:H41162400123:2026-03-17:A5')).toMatchObject({ kind: 'clinicDay' });
    expect(incidentKeyParts('face-day:H41162400123:2026-03-17:S1')).toMatchObject({ day: '2026-03-17' });
    expect(incidentKeyParts('?')).toEqual({ kind: 'other' });
  });

  it('finds the appearances that evidence names, and no other ids', () => {
    const a = '0190aaaa-0000-7000-8000-000000000001';
    const b = '0190aaaa-0000-7000-8000-000000000002';
    expect(appearanceIdsIn({ appearanceId: a, appearances: [{ id: b }], settlementIds: [b], n: 1 })).toEqual([a, b]);
    expect(appearanceIdsIn({ settlementIds: [a] })).toEqual([]);
  });
});
