import { expect, it } from 'vitest';
import { verdictOf } from '../../../src/faces/verdict.ts';
import type { PresenceFacts } from '../../../src/reconcile/facts.ts';
import { appearance, best, compared, presence, somewhereElse } from './facts.ts';

const stranger = appearance();
const claimed = appearance({ id: 'me', claimed: compared('match') });
const unsure = compared('uncertain');
const doctor = appearance({ id: 'doc', staff: best('D1') });
/** Whose face it shows is an open question. */
const disputedPortrait = { quality: 0.9, takenOn: null, comparable: true, disputed: true } as const;
/** Somebody, or a picture of somebody, that is held or hangs there. */
const shown = (claimed: 'match' | 'uncertain' | 'beyond_genuine_tail' | null, over = {}) =>
  appearance({
    ...{ id: 'pic', hasTemplate: false, claimed: null, cluster: null },
    presentation: {
      ...{ kind: 'held_picture', strength: 0.9, looks: 12 },
      claimed: claimed === null ? null : compared(claimed),
    },
    ...over,
  });
const ofHisYouth = { quality: 0.9, takenOn: '2000-01-01', comparable: true } as const;
const table: [name: string, around: Partial<PresenceFacts>, expected: string][] = [
  ['the right person', { appearances: [claimed] }, 'match matched'],
  ['a picture of the right person', { appearances: [shown('match')] }, 'cannot_tell presentation_suspected'],
  [
    'a picture of the right person, and a stranger',
    { appearances: [stranger, shown('match')] },
    'cannot_tell presentation_suspected',
  ],
  [
    'a picture a little like the right person, and a stranger',
    { appearances: [stranger, shown('uncertain')] },
    'cannot_tell presentation_suspected',
  ],
  ['a picture, and the right person', { appearances: [shown('match'), claimed] }, 'match matched'],
  ['nothing but a picture', { appearances: [shown('beyond_genuine_tail')] }, 'cannot_tell presentation_suspected'],
  [
    'nothing but a picture that hung there for a moment',
    { appearances: [shown(null, { to: stranger.from + 1 })] },
    'cannot_tell presentation_suspected',
  ],
  [
    'the doctor, and a picture',
    { appearances: [doctor, shown('beyond_genuine_tail')] },
    'cannot_tell presentation_suspected',
  ],
  [
    'a poster of somebody else, and a stranger',
    { appearances: [stranger, shown('beyond_genuine_tail')] },
    'mismatch every_face_differs',
  ],
  [
    'a poster at the counter, and others elsewhere',
    { appearances: [shown('beyond_genuine_tail'), appearance(somewhereElse)] },
    'cannot_tell nobody_at_counter',
  ],
  ['a picture, footage not complete', { appearances: [shown('match')], complete: false }, 'cannot_tell not_yet'],
  [
    'the right person, by a portrait in dispute',
    { appearances: [claimed], claimedPortrait: disputedPortrait },
    'cannot_tell portrait_disputed',
  ],
  [
    'a stranger, by a portrait in dispute',
    { appearances: [stranger], claimedPortrait: disputedPortrait },
    'cannot_tell portrait_disputed',
  ],
  [
    'a portrait in dispute where nobody was seen',
    { appearances: [], claimedPortrait: disputedPortrait },
    'cannot_tell nobody_seen',
  ],
  ['the right person among others', { appearances: [stranger, claimed] }, 'match matched'],
  ['the right person, footage not complete', { appearances: [claimed], complete: false }, 'match matched'],
  ['the right person, camera out later', { appearances: [claimed], coverage: 0.3 }, 'match matched'],
  ['a stranger', { appearances: [stranger] }, 'mismatch every_face_differs'],
  ['a stranger, more may come', { appearances: [stranger], complete: false }, 'cannot_tell not_yet'],
  [
    'a stranger, more would have come',
    { appearances: [stranger], complete: false, footageLost: true },
    'cannot_tell footage_lost',
  ],
  ['a stranger in a blind window', { appearances: [stranger], coverage: 0.79 }, 'cannot_tell blind_window'],
  ['coverage exactly enough', { appearances: [stranger], coverage: 0.8 }, 'mismatch every_face_differs'],
  ['nobody', {}, 'cannot_tell nobody_seen'],
  [
    'a passer-by without a face',
    { appearances: [appearance({ hasTemplate: false, claimed: null, to: stranger.from + 1000 })] },
    'cannot_tell nobody_seen',
  ],
  ['the doctor alone', { appearances: [doctor] }, 'cannot_tell staff_only'],
  [
    'the doctor, a little like the patient',
    { appearances: [appearance({ claimed: unsure, staff: best('D1') })] },
    'cannot_tell staff_only',
  ],
  [
    'the doctor, as like the patient as himself',
    { appearances: [appearance({ claimed: compared('uncertain', 3.5), staff: best('D1') })] },
    'cannot_tell between',
  ],
  [
    'the doctor, and a stranger earlier',
    { appearances: [doctor, appearance(somewhereElse)] },
    'cannot_tell nobody_at_counter',
  ],
  ['a registered proxy', { appearances: [appearance({ proxy: best('P2') })] }, 'cannot_tell proxy_registered'],
  [
    'a registered proxy, footage not complete',
    { appearances: [appearance({ proxy: best('P2') })], complete: false },
    'cannot_tell proxy_registered',
  ],
  [
    'a stranger who may be a proxy without portrait',
    { appearances: [stranger], candidates: [{ role: 'proxy', ref: 'P2', hasPortrait: false }] },
    'cannot_tell proxy_registered',
  ],
  [
    'a stranger who may be staff without portrait',
    { appearances: [stranger], candidates: [{ role: 'staff', ref: 'D1', hasPortrait: false }] },
    'cannot_tell staff_portrait_missing',
  ],
  [
    'a stranger, all staff known',
    { appearances: [stranger], candidates: [{ role: 'staff', ref: 'D1', hasPortrait: true }] },
    'mismatch every_face_differs',
  ],
  ['no portrait', { appearances: [appearance({ claimed: null })], claimedPortrait: null }, 'cannot_tell no_portrait'],
  [
    'a portrait of another model',
    {
      appearances: [appearance({ claimed: null })],
      claimedPortrait: { quality: 0.9, takenOn: null, comparable: false },
    },
    'cannot_tell no_portrait',
  ],
  [
    'a poor portrait',
    { appearances: [stranger], claimedPortrait: { quality: 0.2, takenOn: null, comparable: true } },
    'cannot_tell portrait_poor',
  ],
  [
    'a portrait of his youth',
    { appearances: [stranger], claimedPortrait: { quality: 0.9, takenOn: '2000-01-01', comparable: true } },
    'cannot_tell portrait_poor',
  ],
  [
    'a stranger, by a portrait that is too old',
    { appearances: [stranger], claimedPortrait: { ...ofHisYouth, ageYears: 26.1 } },
    'cannot_tell portrait_too_old',
  ],
  [
    'somebody in between, by a portrait that is too old',
    { appearances: [appearance({ claimed: unsure })], claimedPortrait: { ...ofHisYouth, ageYears: 26.1 } },
    'cannot_tell portrait_too_old',
  ],
  [
    'the right person, by a portrait that is too old',
    { appearances: [claimed], claimedPortrait: { ...ofHisYouth, ageYears: 26.1 } },
    'match matched',
  ],
  [
    'a stranger, by a portrait of a few years',
    { appearances: [stranger], claimedPortrait: { ...ofHisYouth, takenOn: '2020-01-01', ageYears: 6.2 } },
    'mismatch every_face_differs',
  ],
  ['a baby', { appearances: [stranger], claimedAgeYears: 1 }, 'cannot_tell too_young'],
  [
    'somebody who cannot be judged at the counter',
    { appearances: [stranger, appearance({ id: 'x', hasTemplate: false, claimed: null })] },
    'cannot_tell no_face_quality',
  ],
  ['somebody in between', { appearances: [appearance({ claimed: unsure })] }, 'cannot_tell between'],
  [
    'a stranger, and somebody in between earlier',
    { appearances: [stranger, appearance({ ...somewhereElse, id: 'b', claimed: unsure })] },
    'cannot_tell between',
  ],
  [
    'a stranger, and a neighbour a little like the patient earlier',
    { appearances: [stranger, appearance({ ...somewhereElse, id: 'b', claimed: unsure, other: best('P3') })] },
    'mismatch every_face_differs',
  ],
  [
    'at the counter a neighbour a little like the patient',
    { appearances: [appearance({ claimed: unsure, other: best('P3') })] },
    'cannot_tell nobody_at_counter',
  ],
  [
    'a relative a little like the patient',
    { appearances: [appearance({ claimed: unsure, household: best('P4') })] },
    'cannot_tell between',
  ],
  ['strangers, none at the counter', { appearances: [appearance(somewhereElse)] }, 'cannot_tell nobody_at_counter'],
  ['face recognition off', { appearances: [claimed], faceRecognition: false }, 'cannot_tell face_recognition_off'],
  [
    'no calibration',
    { appearances: [stranger], card: { modelVersion: 'm', calibrated: false, siteCalibrated: false } },
    'cannot_tell uncalibrated_model',
  ],
];

it.each(table)('%s', (_name, around, expected) => {
  const verdict = verdictOf(presence(around));
  expect(`${verdict.verdict} ${verdict.reason}`).toBe(expected);
});

it('concludes nothing from a stranger where the cameras may have missed the insured person', () => {
  const around = (missed: number) => presence({ appearances: [stranger], missed });
  const limits = { ...presence({}).limits, missedMax: 0.001 };
  expect(verdictOf({ ...around(0.05), limits })).toMatchObject({
    verdict: 'cannot_tell',
    reason: 'may_have_been_missed',
  });
  expect(verdictOf({ ...around(0.001), limits }).verdict).toBe('mismatch');
  // Facts from before it was reckoned with say what they said.
  expect(verdictOf(presence({ appearances: [stranger] })).verdict).toBe('mismatch');
});

it('reports the best appearance and caps its likelihood ratio, so that no single number convicts or acquits', () => {
  const weak = appearance({ id: 'weak', claimed: compared('match', 2) });
  const strong = appearance({ id: 'strong', claimed: compared('match', 40) });
  expect(verdictOf(presence({ appearances: [weak, strong] }))).toMatchObject({ appearanceId: 'strong', llr: 6 });
  expect(
    verdictOf(presence({ appearances: [appearance({ claimed: compared('beyond_genuine_tail', -40) })] })).llr,
  ).toBe(-6);
});
