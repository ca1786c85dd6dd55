import { describe, expect, it } from 'vitest';
import type { SettlementFacts } from '../../../../src/reconcile/facts.ts';
import type { RequestFaceFact } from '../../../../src/reconcile/in-request/facts.ts';
import { noticesOf } from '../../../../src/reconcile/in-request/notices.ts';
import { AT, appearance, ask, best, compared, presence, says, settlement, visit } from '../facts.ts';

const face = (reason: string, over: Partial<RequestFaceFact> = {}): RequestFaceFact => ({
  ...{
    sha256: 'ab',
    reason,
    zone: 'beyond_genuine_tail',
    llr: -3,
    quality: 0.9,
    modelVersion: 'm',
    siteCalibrated: false,
  },
  at: AT,
  ...over,
});
const settled = ({ presence: seen, ...over }: Partial<SettlementFacts> = {}): SettlementFacts => {
  const facts = settlement({}, over);
  return seen === undefined ? facts : { ...facts, presence: seen };
};
const auth = { ok: true, at: AT } as const;

describe('A15, the face picture of a request', () => {
  it('hits when it is certainly another face', () => {
    expect(says('A15', settled({ requestFace: face('differs') }))).toBe('hit request_face_differs');
    expect(says('A15', visit({ requestFace: face('differs') }))).toBe('hit request_face_differs');
  });

  it('says nothing without a picture', () => {
    expect(ask('A15', settled())).toEqual([]);
  });

  it.each([
    'no_face',
    'blurred',
    'between',
    'no_portrait',
    'proxy_registered',
    'household_member',
    'busy',
    'too_young',
  ])('accuses nobody for a picture that is %s', (reason) => {
    expect(says('A15', settled({ requestFace: face(reason, { zone: null }) }))).toBe(
      `undetermined request_face_${reason}`,
    );
  });

  it('is clear where he was there all the same', () => {
    const requestFace = face('differs');
    expect(says('A15', settled({ requestFace, terminalAuth: auth }))).toBe('clear terminal_confirmed');
    const seen = presence({ appearances: [appearance({ claimed: compared('match') })] });
    expect(says('A15', settled({ requestFace, presence: seen }))).toBe('clear matched');
    const proxy = presence({ appearances: [appearance({ proxy: best('P9') })] });
    expect(says('A15', settled({ requestFace, presence: proxy }))).toBe('clear proxy_registered');
    expect(says('A15', settled({ requestFace, reversed: true }))).toBe('clear reversed');
  });

  it('clears what cameras would say, as if one had recognised him', () => {
    const requestFace = face('matched', { zone: 'match', llr: 4 });
    const strangers = presence({ appearances: [appearance()], requestFaceLlr: 4 });
    expect(says('A1', settled({ presence: presence({ appearances: [appearance()] }) }))).toMatch(/^hit/);
    expect(says('A1', settled({ requestFace, presence: strangers }))).toBe('clear matched_in_request');
    expect(says('A2', settled({ requestFace, presence: presence({ requestFaceLlr: 4 }) }))).toBe(
      'clear matched_in_request',
    );
  });
});

describe("A16, the terminal's number", () => {
  it.each(['other_person', 'other_clinic', 'other_time', 'other_visit'] as const)(
    'asks about the data: %s',
    (standing) => {
      const [outcome] = ask('A16', settled({ requestAuth: { standing } }));
      expect(outcome).toMatchObject({ outcome: 'hit', reason: `auth_of_${standing}`, class: 'data' });
    },
  );

  it('takes a number that is in no log yet for nothing', () => {
    expect(says('A16', visit({ requestAuth: { standing: 'not_logged' } }))).toBe('undetermined auth_not_logged');
    expect(says('A16', settled({ requestAuth: { standing: 'not_passed' } }))).toBe('clear auth_not_passed');
    expect(says('A16', settled({ requestAuth: { standing: 'confirmed' } }))).toBe('clear terminal_confirmed');
    expect(ask('A16', settled())).toEqual([]);
  });
});

it('tells the clinic what became of what it sent, once, and is silent about what it did not send', () => {
  const codesOf = (facts: Parameters<typeof noticesOf>[0]) => noticesOf(facts)?.map(({ code }) => code);
  expect(codesOf(settled())).toEqual([]);
  expect(codesOf(settled({ requestFace: face('differs') }))).toEqual([]);
  expect(codesOf(settled({ requestFace: face('blurred'), requestAuth: { standing: 'confirmed' } }))).toEqual([
    'terminal_confirmed',
    'request_face_blurred',
  ]);
});
