import { expect, it } from 'vitest';
import {
  alternativeTo,
  effective,
  type GroundFinding,
  type Stage,
  type Standing,
  step,
  type Target,
  targetOf,
} from '../../../src/reconcile/decide.ts';
import { addWorkingDays } from '../../../src/reconcile/local-time.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';

const parameters = createRuleSet().decision;
const finding = (ruleId: string, over: Partial<GroundFinding> = {}): GroundFinding => ({
  ruleId,
  ruleVersion: 1,
  outcome: 'hit',
  reason: 'why',
  class: 'fraud',
  basis:
    ruleId === 'A8' || ruleId === 'A9'
      ? ['status', 'claims']
      : ruleId.startsWith('A')
        ? ['face', 'claims']
        : ['claims'],
  ofSettlement: true,
  firstAt: 0,
  zh: '原因',
  en: 'reason',
  ...over,
});
const HOUR = 3_600_000;
const aim = (stage: Stage, findings: GroundFinding[], over: Partial<Parameters<typeof targetOf>[0]> = {}) =>
  targetOf({
    stage,
    findings,
    siteCalibrated: false,
    parameters,
    now: 24 * HOUR,
    settledAt: 0,
    warned: false,
    ...over,
  });
const level = (stage: Stage, findings: GroundFinding[], siteCalibrated = false) =>
  aim(stage, findings, { siteCalibrated }).decision;

it.each<[string, ReturnType<typeof level>, string]>([
  ['nothing found', level('settlement', []), 'allow'],
  ['a dead person registers: a warning', level('registration', [finding('A8')]), 'review'],
  ['a dead person is picked at the counter: check the name', level('trial', [finding('A8')]), 'review'],
  ['a dead person settled, and nobody reversed it for a day', level('settlement', [finding('A8')]), 'hold'],
  ['somebody listed in hospital settled', level('settlement', [finding('A9')], true), 'review'],
  ['claims alone speak against it', level('settlement', [finding('B1')], true), 'review'],
  [
    'a dead person was seen alive: the list is doubted',
    level('settlement', [finding('A8', { class: 'data' })]),
    'allow',
  ],
  ['the same while he stands at the counter: a look', level('trial', [finding('A8', { class: 'data' })]), 'review'],
  ['somebody listed in hospital is picked at the counter', level('trial', [finding('A9')]), 'review'],
  ['a face under a general calibration', level('settlement', [finding('A1')]), 'review'],
  ['a face under the site’s own calibration', level('settlement', [finding('A1')], true), 'hold'],
  ['nobody seen', level('settlement', [finding('A2')]), 'review'],
  ['an unregistered relative', level('settlement', [finding('A6', { class: 'data' })]), 'allow'],
  [
    'evidence that is missing',
    level('settlement', [finding('A1', { outcome: 'undetermined', reason: 'not_yet' })]),
    'allow',
  ],
  ['a rule that failed', level('settlement', [finding('A8', { outcome: 'error' })]), 'allow'],
])('%s', (_name, got, expected) => {
  expect(got).toBe(expected);
});

it('gives a wrong name picked time to be reversed, and holds what still stands then', () => {
  const soon = aim('settlement', [finding('A8', { firstAt: HOUR })], { now: 2 * HOUR, settledAt: 0 });
  expect(soon).toMatchObject({ decision: 'review', graceUntil: 25 * HOUR });
  expect(aim('settlement', [finding('A8')], { now: 24 * HOUR - 1 })).toMatchObject({ decision: 'review' });
  expect(aim('settlement', [finding('A8')], { now: 24 * HOUR })).toMatchObject({ decision: 'hold', graceUntil: null });
  // What only the registration says waits for what the settlement itself says.
  expect(aim('settlement', [finding('A8', { ofSettlement: false })])).toMatchObject({ decision: 'review' });
});

it('grants no second grace to who settled although he was told to wait', () => {
  expect(aim('settlement', [finding('A8')], { now: HOUR, warned: true })).toMatchObject({ decision: 'hold' });
});

it('asks to check the name where a list speaks, and else for the ID card', () => {
  const reason = (rule: string) => [{ code: 'why', rule, zh: '', en: '' }];
  expect(alternativeTo('review', reason('A8@1'))?.kind).toBe('check_person');
  expect(alternativeTo('review', reason('A1@1'))?.kind).toBe('id_card_witness');
  expect(alternativeTo('hold', reason('A8@1'))?.kind).toBe('id_card_witness');
  expect(alternativeTo('allow', [])).toBeNull();
});

const target = (decision: Target['decision'], stage: Stage = 'settlement', rule = 'A8@1'): Target => ({
  decision,
  stage,
  graceUntil: null,
  reasons: decision === 'allow' ? [] : [{ code: 'why', rule, zh: '', en: '' }],
});
const standing = (over: Partial<Standing> = {}): Standing => ({
  decision: 'hold',
  state: 'standing',
  reasons: target('hold').reasons,
  deadlineAt: 100,
  releaseReason: null,
  everHeld: true,
  settled: true,
  ...over,
});
const go = (before: Standing | null, to: Target) => step(before, to, (stage) => (stage === 'settlement' ? 300 : 10));

it('holds a trial for ten minutes and the settlement that came all the same for the clearing', () => {
  expect(go(null, target('hold', 'trial'))).toMatchObject({
    next: { state: 'standing', deadlineAt: 10 },
    change: 'held',
  });
  expect(go(standing({ settled: false, deadlineAt: 10 }), target('hold'))).toMatchObject({
    next: { deadlineAt: 300 },
    change: 'revised',
  });
  expect(go(standing({ settled: false, state: 'released', releaseReason: 'deadline' }), target('hold'))).toMatchObject({
    next: { state: 'standing', deadlineAt: 300 },
    change: 'held',
  });
});

it('does not take a person’s release back without new grounds', () => {
  const released = standing({ state: 'released', releaseReason: 'id_card_witnessed', settled: false });
  expect(go(released, target('hold'))).toMatchObject({ next: { state: 'released' }, change: null });
  expect(go(released, target('hold', 'settlement', 'A1@1'))).toMatchObject({
    next: { state: 'standing' },
    change: 'held',
  });
});

it('keeps a hold that ran out released while nothing new is found', () => {
  expect(go(standing({ state: 'released', releaseReason: 'deadline' }), target('hold'))).toMatchObject({
    next: { state: 'released' },
    change: null,
  });
});

it('lets go of a hold whose finding is taken back, even a confirmed one', () => {
  for (const state of ['standing', 'confirmed'] as const) {
    expect(go(standing({ state }), target('allow'))).toMatchObject({
      next: { decision: 'allow', state: 'released', releaseReason: 'finding_withdrawn', everHeld: true },
      change: 'released',
    });
  }
});

it('is quiet when nothing changes', () => {
  expect(go(standing(), target('hold'))).toMatchObject({ event: null, change: null, next: { deadlineAt: 100 } });
  expect(go(standing({ state: 'confirmed' }), target('hold'))).toMatchObject({ event: null, change: null });
});

it('tells a clinic to go on once a hold was let go', () => {
  expect(effective('hold', 'released')).toBe('allow');
  expect(effective('hold', 'standing')).toBe('hold');
  expect(effective('review', 'standing')).toBe('review');
});

it('counts working days over weekends, holidays and worked Saturdays', () => {
  const zone = 'Asia/Shanghai';
  const friday = Date.parse('2026-03-20T09:00:00+08:00');
  const none = { holidays: new Set<string>(), workdays: new Set<string>() };
  expect(addWorkingDays(friday, 3, zone, none)).toBe(Date.parse('2026-03-25T09:00:00+08:00'));
  expect(
    addWorkingDays(friday, 3, zone, { holidays: new Set(['2026-03-24']), workdays: new Set(['2026-03-21']) }),
  ).toBe(Date.parse('2026-03-25T09:00:00+08:00'));
});
