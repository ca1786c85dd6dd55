import { Type } from 'typebox';
import { expect, it } from 'vitest';
import type { Facts } from '../../../src/reconcile/facts.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';
import { allRules } from '../../../src/reconcile/rules/index.ts';
import { clear, defineRule, evaluateAll } from '../../../src/reconcile/rules/rule.ts';
import {
  AT,
  appearance,
  ask,
  best,
  camera,
  clinicDay,
  compared,
  daySettlement,
  MINUTE,
  person,
  presence,
  says,
  settlement,
  somewhereElse,
  status,
  visit,
} from './facts.ts';

const DAY = 86_400_000;
/** One camera, which misses one person in twenty. */
const oneCamera = { missed: 0.05, limits: { ...presence({}).limits, missedMax: 0.001 } };
const uncalibrated = { card: { modelVersion: 'm', calibrated: false, siteCalibrated: false } };
const passed = { terminalAuth: { ok: true, at: AT } } as const;
const failed = { terminalAuth: { ok: false, at: AT } } as const;
const FR_OFF = { code: 'H41162400123', regionCode: '4116', faceRecognition: false, mode: 'mirror' } as const;
const stranger = appearance();
const me = appearance({ claimed: compared('match') });
const doctor = appearance({ staff: best('D1') });
const relative = appearance({ household: best('P2') });
const faceless = appearance({ ...somewhereElse, id: 'x', hasTemplate: false, claimed: null });
/** A picture of somebody else that hangs on the wall. */
const poster = appearance({
  ...{ id: 'poster', hasTemplate: false, claimed: null, cluster: null },
  presentation: { kind: 'static_picture', strength: 0.8, looks: 40, claimed: compared('beyond_genuine_tail') },
});
const sole = (n: number, over = {}) => daySettlement(n, { clustersInWindow: [7], clustersAtCounter: [7], ...over });
const alone = (n: number, over = {}) => daySettlement(n, { staffInWindow: true, ...over });
const dead = status('dead', AT - 10 * DAY);

const table: [rule: string, name: string, facts: Facts, expected: string][] = [
  ['A1', 'a stranger at the counter', settlement({ appearances: [stranger] }), 'hit every_face_differs'],
  ['A1', 'a poster', settlement({ appearances: [poster] }), 'undetermined presentation_suspected'],
  ['A1', 'a poster and a stranger', settlement({ appearances: [poster, stranger] }), 'hit every_face_differs'],
  ['A2', 'a poster: it may be somebody', settlement({ appearances: [poster] }), 'undetermined presentation_suspected'],
  [
    'A2',
    'a poster, and others earlier',
    settlement({ appearances: [poster, appearance(somewhereElse)] }),
    'undetermined no_face_quality',
  ],
  [
    'A2',
    'the doctor and a poster',
    settlement({ appearances: [doctor, poster] }),
    'undetermined presentation_suspected',
  ],
  ['A1', 'the right person', settlement({ appearances: [me] }), 'clear matched'],
  ['A1', 'reversed', settlement({ appearances: [stranger] }, { reversed: true }), 'clear reversed'],
  [
    'A1',
    'a registered proxy',
    settlement({ appearances: [appearance({ proxy: best('P2') })] }),
    'clear proxy_registered',
  ],
  ['A1', 'a relative: asked to register', settlement({ appearances: [relative] }), 'clear covered_by_A6'],
  [
    'A1',
    'a relative and a stranger',
    settlement({ appearances: [relative, appearance({ id: 'b' })] }),
    'hit every_face_differs',
  ],
  ['A1', 'nobody', settlement(), 'clear covered_by_A2'],
  ['A1', 'the doctor alone', settlement({ appearances: [doctor] }), 'clear covered_by_A4'],
  ['A1', 'not yet', settlement({ appearances: [stranger], complete: false }), 'undetermined not_yet'],
  ['A1', 'a blind window', settlement({ appearances: [stranger], coverage: 0.5 }), 'undetermined blind_window'],
  [
    'A1',
    'no portrait',
    settlement({ appearances: [appearance({ claimed: null })], claimedPortrait: null }),
    'undetermined no_portrait',
  ],
  ['A1', 'no calibration', settlement({ appearances: [stranger], ...uncalibrated }), 'undetermined uncalibrated_model'],
  [
    'A1',
    'face recognition off',
    settlement({ appearances: [stranger], faceRecognition: false }),
    'undetermined face_recognition_off',
  ],
  ['A1', 'no person named', settlement({ appearances: [stranger] }, { person: null }), 'clear no_person'],

  ['A1', 'a stranger, but the terminal', settlement({ appearances: [stranger] }, passed), 'clear terminal_confirmed'],
  [
    'A1',
    'a stranger, and the terminal said no',
    settlement({ appearances: [stranger] }, failed),
    'hit every_face_differs',
  ],
  ['A2', 'nobody at all, but the terminal', settlement({}, passed), 'clear terminal_confirmed'],
  [
    'A6',
    'a relative, and the terminal knew him',
    settlement({ appearances: [relative] }, passed),
    'clear terminal_confirmed',
  ],
  [
    'A8',
    'listed as dead, but the terminal',
    settlement({}, { ...passed, person: person(dead) }),
    'hit list_contradicted_by_terminal',
  ],
  ['A4', 'staff alone, but the terminal', clinicDay([alone(1), alone(2), alone(3, passed)]), 'clear few'],
  ['A3', 'one face, but the terminal', clinicDay([sole(1), sole(2), sole(3, passed)]), 'clear none'],
  [
    'A5',
    'nobody seen, but the terminal knew most',
    clinicDay([1, 2, 3, 4, 5, 6, 7].map((n) => daySettlement(n, n > 2 ? passed : {}))),
    'clear no_gap',
  ],
  [
    'A5',
    'the terminal knew some, who were seen, and no one else was',
    clinicDay(
      [1, 2, 3, 4, 5, 6].map((n) => daySettlement(n, n > 3 ? { ...passed, claimedClusters: [n] } : {})),
      { visitors: 3 },
    ),
    'hit fewer_visitors',
  ],
  ['A2', 'nobody at all', settlement(), 'hit nobody_seen'],
  ['A2', 'nobody, but cameras that miss people', settlement(oneCamera), 'undetermined may_have_been_missed'],
  [
    'A2',
    'others earlier, but cameras that miss people',
    settlement({ appearances: [appearance(somewhereElse)], ...oneCamera }),
    'undetermined may_have_been_missed',
  ],
  [
    'A1',
    'a stranger, but cameras that miss people',
    settlement({ appearances: [stranger], ...oneCamera }),
    'undetermined may_have_been_missed',
  ],
  ['A2', 'nobody at all, face recognition off', settlement({ faceRecognition: false }), 'hit nobody_seen'],
  ['A2', 'nobody at all, no portrait', settlement({ claimedPortrait: null }), 'hit nobody_seen'],
  ['A2', 'others earlier', settlement({ appearances: [appearance(somewhereElse)] }), 'hit claimed_not_seen'],
  [
    'A2',
    'somebody, face recognition off',
    settlement({ appearances: [faceless], faceRecognition: false }),
    'clear somebody_seen',
  ],
  [
    'A2',
    'somebody, no calibration',
    settlement({ appearances: [stranger], ...uncalibrated }),
    'undetermined uncalibrated_model',
  ],
  [
    'A2',
    'others earlier, one of them without a face',
    settlement({ appearances: [appearance(somewhereElse), faceless] }),
    'undetermined no_face_quality',
  ],
  [
    'A2',
    'others earlier, the claimed person without portrait',
    settlement({ appearances: [appearance({ ...somewhereElse, claimed: null })], claimedPortrait: null }),
    'undetermined no_portrait',
  ],
  [
    'A2',
    'a relative earlier',
    settlement({ appearances: [{ ...relative, ...somewhereElse }] }),
    'clear household_member_seen',
  ],
  ['A2', 'the right person', settlement({ appearances: [me] }), 'clear matched'],
  [
    'A2',
    'a registered proxy',
    settlement({ appearances: [appearance({ proxy: best('P2') })] }),
    'clear proxy_registered',
  ],
  ['A2', 'the doctor alone', settlement({ appearances: [doctor] }), 'clear covered_by_A4'],
  ['A2', 'a stranger at the counter', settlement({ appearances: [stranger] }), 'clear covered_by_A1'],
  [
    'A2',
    'a filed home visit',
    settlement({}, { filings: { homeVisit: true, outage: false, vaccinationDay: false } }),
    'clear home_visit_filed',
  ],
  ['A2', 'reversed', settlement({}, { reversed: true }), 'clear reversed'],
  ['A2', 'a blind window', settlement({ coverage: 0 }), 'undetermined blind_window'],
  ['A2', 'not yet', settlement({ complete: false }), 'undetermined not_yet'],
  ['A2', 'footage lost', settlement({ complete: false, footageLost: true }), 'undetermined footage_lost'],

  ['A6', 'a relative instead', settlement({ appearances: [relative] }), 'hit household_member_unregistered'],
  [
    'A6',
    'a relative at a trial settlement',
    visit({ presence: presence({ appearances: [relative], complete: false }) }),
    'hit household_member_unregistered',
  ],
  ['A6', 'the patient with a relative', settlement({ appearances: [me, { ...relative, id: 'b' }] }), 'clear matched'],
  [
    'A6',
    'a registered relative',
    settlement({ appearances: [{ ...relative, proxy: best('P2') }] }),
    'clear proxy_registered',
  ],
  [
    'A6',
    'a relative elsewhere',
    settlement({ appearances: [{ ...relative, ...somewhereElse }] }),
    'clear no_relative_at_counter',
  ],
  ['A6', 'reversed', settlement({ appearances: [relative] }, { reversed: true }), 'clear reversed'],
  ['A6', 'face recognition off', settlement({ appearances: [relative], faceRecognition: false }), 'nothing'],
  ['A6', 'a registration', visit(), 'nothing'],

  ['A8', 'a dead person registers', visit({ person: person(dead) }), 'hit dead'],
  ['A8', 'a dead person settles', settlement({}, { person: person(dead) }), 'hit dead'],
  ['A8', 'he died later', settlement({}, { person: person(status('dead', AT + 1)) }), 'clear not_listed'],
  [
    'A8',
    'the death was told long after',
    settlement({}, { person: person(status('dead', AT - DAY, { knownAt: AT + 40 * DAY })) }),
    'hit dead_registered_late',
  ],
  [
    'A8',
    'listed as dead, and seen alive',
    settlement({ appearances: [me] }, { person: person(dead) }),
    'hit list_contradicted_by_face',
  ],
  ['A8', 'suspended', settlement({}, { person: person(status('suspended', AT - DAY)) }), 'hit suspended'],
  [
    'A8',
    'suspended until yesterday',
    settlement({}, { person: person(status('suspended', AT - 9 * DAY, { to: AT - DAY })) }),
    'clear not_listed',
  ],
  [
    'A8',
    'in hospital is no list of the dead',
    settlement({}, { person: person(status('inpatient', AT - DAY)) }),
    'clear not_listed',
  ],
  ['A8', 'reversed', settlement({}, { person: person(dead), reversed: true }), 'clear reversed'],
  ['A8', 'all settlements reversed', visit({ person: person(dead), reversed: true }), 'clear reversed'],
  [
    'A8',
    'registration cancelled',
    visit({
      person: person(dead),
      events: [{ eventId: 'e', kind: 'registration', at: AT, msgid: 'm', cancelled: true }],
    }),
    'clear cancelled',
  ],
  ['A8', 'goes on under its visit number', visit({ person: person(dead), movedTo: 'visit:x' }), 'clear moved'],

  ['A3', 'one face for three', clinicDay([sole(1), sole(2), sole(3)]), 'hit many_in_short_time'],
  ['A3', 'one face for two', clinicDay([sole(1), sole(2)]), 'clear none'],
  ['A3', 'three over the day', clinicDay([sole(1), sole(20), sole(40)]), 'clear none'],
  ['A3', 'five over the day', clinicDay([sole(1), sole(20), sole(40), sole(60), sole(80)]), 'hit many_in_a_day'],
  [
    'A3',
    'somebody else was at the counter too',
    clinicDay([1, 2, 3].map((n) => sole(n, { clustersAtCounter: [7, 8] }))),
    'clear none',
  ],
  [
    'A3',
    'somebody without a face was too',
    clinicDay([1, 2, 3].map((n) => sole(n, { unjudgedAtCounter: true }))),
    'clear none',
  ],
  [
    'A3',
    'a registered proxy',
    clinicDay([sole(1), sole(2, { proxyClusters: [7] }), sole(3, { proxyClusters: [7] })]),
    'clear none',
  ],
  [
    'A3',
    'his own household',
    clinicDay([
      sole(1, { claimedClusters: [7] }),
      sole(2, { householdClusters: [7] }),
      sole(3, { householdClusters: [7] }),
    ]),
    'clear none',
  ],
  [
    'A3',
    'a proxy beyond the limit',
    clinicDay([1, 2, 3, 4, 5, 6].map((n) => sole(n, { proxyClusters: [7] }))),
    'hit many_in_short_time',
  ],
  [
    'A3',
    'look-alikes who each match',
    clinicDay([1, 2, 3].map((n) => sole(n, { claimedClusters: [7] }))),
    'clear none',
  ],
  ['A3', 'one reversed', clinicDay([sole(1), sole(2), sole(3, { reversed: true })]), 'clear none'],
  ['A3', 'one in a blind window', clinicDay([sole(1), sole(2), sole(3, { coverage: 0.5 })]), 'clear none'],
  ['A3', 'one not complete', clinicDay([sole(1), sole(2), sole(3, { complete: false })]), 'clear none'],
  ['A3', 'no calibration', clinicDay([sole(1), sole(2), sole(3)], uncalibrated), 'undetermined uncalibrated_model'],
  ['A3', 'face recognition off', clinicDay([sole(1)], { clinic: FR_OFF }), 'undetermined face_recognition_off'],

  ['A4', 'the doctor alone three times', clinicDay([alone(1), alone(2), alone(3)]), 'hit only_staff_present'],
  ['A4', 'the doctor alone twice', clinicDay([alone(1), alone(2)]), 'clear few'],
  ['A4', 'his own visit', clinicDay([alone(1), alone(2), alone(3, { claimedIsStaff: true })]), 'clear few'],
  [
    'A4',
    'somebody without a face was there',
    clinicDay([alone(1), alone(2), alone(3, { unjudgedInWindow: true })]),
    'clear few',
  ],
  ['A4', 'a visitor was there', clinicDay([alone(1), alone(2), alone(3, { clustersInWindow: [1] })]), 'clear few'],
  ['A4', 'one in a blind window', clinicDay([alone(1), alone(2), alone(3, { coverage: 0.1 })]), 'clear few'],
  ['A4', 'one a filed home visit', clinicDay([alone(1), alone(2), alone(3, { homeVisit: true })]), 'clear few'],
  ['A4', 'no calibration', clinicDay([alone(1)], uncalibrated), 'undetermined uncalibrated_model'],

  [
    'A5',
    'five people, one head',
    clinicDay(
      [1, 2, 3, 4, 5].map((n) => daySettlement(n)),
      { visitors: 1 },
    ),
    'hit fewer_visitors',
  ],
  [
    'A5',
    'five people, three heads',
    clinicDay(
      [1, 2, 3, 4, 5].map((n) => daySettlement(n)),
      { visitors: 3 },
    ),
    'clear no_gap',
  ],
  [
    'A5',
    'heads without a face count',
    clinicDay(
      [1, 2, 3, 4, 5].map((n) => daySettlement(n)),
      { visitors: 1, unjudgedHeads: 2 },
    ),
    'clear no_gap',
  ],
  [
    'A5',
    'a gap of three among twenty',
    clinicDay(
      [...Array(20).keys()].map((n) => daySettlement(n)),
      { visitors: 17 },
    ),
    'clear no_gap',
  ],
  [
    'A5',
    'who came through a proxy needs no head',
    clinicDay(
      [1, 2, 3, 4, 5].map((n) => daySettlement(n, { proxyClusters: n > 2 ? [1] : [] })),
      { visitors: 1 },
    ),
    'clear no_gap',
  ],
  [
    'A5',
    'one person twice is one head',
    clinicDay(
      [1, 2, 3, 4].map((n) => daySettlement(n, { psnNo: 'P1' })),
      { visitors: 1 },
    ),
    'clear no_gap',
  ],
  [
    'A5',
    'blind settlements do not count',
    clinicDay(
      [1, 2, 3, 4, 5].map((n) => daySettlement(n, { coverage: 0 })),
      { visitors: 1 },
    ),
    'clear no_gap',
  ],
  ['A5', 'a day half blind', clinicDay([daySettlement(1)], { coverage: 0.5 }), 'undetermined blind_window'],
  [
    'A5',
    'the day is not over',
    clinicDay(
      [1, 2, 3, 4].map((n) => daySettlement(n)),
      { closed: false },
    ),
    'nothing',
  ],
  [
    'A5',
    'face recognition off: by heads',
    clinicDay(
      [1, 2, 3, 4].map((n) => daySettlement(n)),
      { clinic: FR_OFF, heads: 1 },
    ),
    'hit fewer_visitors',
  ],
  ['A5', 'no calibration', clinicDay([daySettlement(1)], uncalibrated), 'undetermined uncalibrated_model'],

  ['E1', 'settled during an outage', camera(), 'hit settled_during_outage'],
  [
    'E1',
    'reversed',
    camera({ settlements: camera().settlements.map((s) => ({ ...s, reversed: true })) }),
    'clear no_settlements',
  ],
  ['E1', 'filed', camera({ filed: [{ from: AT - DAY, to: null }] }), 'clear no_settlements'],
  [
    'E1',
    'the claim type needs no camera',
    camera({ settlements: camera().settlements.map((s) => ({ ...s, needsCamera: false })) }),
    'clear no_settlements',
  ],
  ['E1', 'outside opening hours', camera({ openHours: [] }), 'clear short'],
  ['E1', 'no outage any more', camera({ outage: null }), 'clear no_outage'],
  ['E1', 'a camera that is switched off', camera({ enabled: false }), 'clear no_outage'],

  ['P1', 'out at opening', camera({ openings: [AT] }), 'hit not_ready'],
  [
    'P1',
    'recovered shortly before',
    camera({ openings: [AT + 30 * MINUTE], outage: { from: AT, to: AT + 20 * MINUTE, states: [] } }),
    'hit not_ready',
  ],
  [
    'P1',
    'recovered long before',
    camera({ openings: [AT + 40 * MINUTE], outage: { from: AT, to: AT + 20 * MINUTE, states: [] } }),
    'clear not_before_opening',
  ],
  ['P1', 'only for a moment', camera({ openings: [AT], lastedMs: 50_000 }), 'clear short'],
  ['P1', 'filed', camera({ openings: [AT], filed: [{ from: AT - DAY, to: null }] }), 'clear not_before_opening'],
  ['P1', 'in the middle of the day', camera(), 'clear not_before_opening'],
];

it.each(table)('%s: %s', (rule, _name, facts, expected) => {
  expect(says(rule, facts)).toBe(expected);
});

it('tells what a finding is about: incident, phase, class', () => {
  expect(ask('A8', visit({ person: person(dead) }))[0]).toMatchObject({
    phase: 'pre',
    class: 'fraud',
    incidentKey: 'visit:H41162400123:M1',
    psnNo: 'P1',
  });
  expect(ask('A8', settlement({}, { person: person(dead) }))[0]).toMatchObject({ phase: 'in', setlIds: ['S1'] });
  expect(ask('A8', settlement({ appearances: [me] }, { person: person(dead) }))[0]).toMatchObject({ class: 'data' });
  expect(ask('E1', camera())[0]).toMatchObject({
    class: 'device',
    psnNo: null,
    cameraId: 'cam-1',
    incidentKey: `camera:cam-1:${AT - 10 * MINUTE}`,
  });
  expect(ask('A3', clinicDay([sole(1), sole(2), sole(3)]))[0]).toMatchObject({
    part: 'S1',
    incidentKey: 'face-day:H41162400123:2026-03-17:S1',
  });
});

it('never makes a fraud finding of a window that was blind', () => {
  const blind = [
    ...['A1', 'A2'].map((rule) => says(rule, settlement({ appearances: [stranger], coverage: 0.79 }))),
    ...['A3', 'A4', 'A5'].map((rule) =>
      says(rule, clinicDay([1, 2, 3, 4, 5].map((n) => sole(n, { coverage: 0.79, staffInWindow: true })))),
    ),
  ];
  expect(blind.join()).not.toContain('hit');
});

it('records a rule that throws, and lets the others speak', () => {
  const template = {
    version: 1,
    names: { zh: '', en: '' },
    phase: 'in',
    resultType: '可疑',
    timeSpan: '当次门诊',
    supervised: '机构',
    dataNeeded: [],
    legalBasis: [],
    causeNo: [],
    severity: 'low',
    class: 'data',
    basis: [],
    parameters: Type.Object({}),
  } as const;
  const broken = defineRule({
    ...template,
    id: 'X1',
    subjects: ['settlement'],
    evaluate: () => {
      throw new Error('divided by zero');
    },
  });
  const sound = defineRule({ ...template, id: 'X2', subjects: ['settlement'], evaluate: () => clear('fine', '', '') });
  const said = evaluateAll(
    [broken, sound].map((rule) => ({ rule, parameters: {} })),
    settlement(),
  );
  expect(said.map(({ rule, outcome, reason }) => [rule, outcome, reason])).toEqual([
    ['X1', 'error', 'rule_failed'],
    ['X2', 'clear', 'fine'],
  ]);
  expect(() => createRuleSet({ rules: [sound, sound] })).toThrow('two rules are called X2');
});

it('names what supervisors ask of each rule', () => {
  for (const rule of allRules) {
    expect(rule.id).toMatch(/^[A-Z]\d{1,2}$/);
    expect(rule.names.zh).not.toBe('');
    expect(rule.dataNeeded.length).toBeGreaterThan(0);
  }
});
