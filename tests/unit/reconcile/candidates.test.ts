import { expect, it } from 'vitest';
import { candidatesOf, dayCandidatesOf } from '../../../src/reconcile/gather-people.ts';
import { portraitBook } from '../../../src/reconcile/portraits.ts';
import type { PeopleRows, PortraitBrief } from '../../../src/reconcile/store-rows.ts';

const AT = 1_000_000;
const portrait = (ref: string, over: Partial<PortraitBrief> = {}): PortraitBrief => ({
  id: `portrait-${ref}`,
  subject_kind: 'enrollee',
  subject_ref: ref,
  taken_on: null,
  decided_at: 1,
  template_id: `face-${ref}`,
  ...over,
});
const people = (over: Partial<PeopleRows> = {}): PeopleRows => ({
  staff: [],
  proxies: [],
  households: [],
  others: [],
  portraits: [],
  ...over,
});
const staff = (id: string, over: Partial<PeopleRows['staff'][number]> = {}) => ({
  id,
  psn_no: null,
  active_from: 0,
  active_to: null,
  ...over,
});
const proxy = (proxyPsnNo: string, over: Partial<PeopleRows['proxies'][number]> = {}) => ({
  psn_no: 'P1',
  proxy_psn_no: proxyPsnNo,
  from_at: 0,
  to_at: null,
  revoked_at: null,
  ...over,
});
const told = (rows: PeopleRows, psnNo: string | null = 'P1') =>
  candidatesOf(rows, { psnNo, at: AT }).candidates.map(({ role, ref, templateId }) => `${role} ${ref} ${templateId}`);

it('looks for everyone who may stand there, each in his first role', () => {
  const rows = people({
    staff: [staff('S2'), staff('S1'), staff('gone', { active_to: AT })],
    proxies: [proxy('P3'), proxy('P2'), proxy('P1'), proxy('late', { from_at: AT + 1 }), proxy('over', { to_at: AT })],
    households: ['P1', 'P3', 'P4'].map((psn_no) => ({ psn_no, household: 'h' })),
    others: ['P1', 'P4', 'P5', 'P6'],
    portraits: ['P1', 'P3', 'P5'].map((ref) => portrait(ref)),
  });
  expect(told(rows)).toEqual([
    'claimed P1 face-P1',
    'staff S1 null',
    'staff S2 null',
    'proxy P2 null',
    'proxy P3 face-P3',
    'household P4 null',
    // P6 settled there too, but there is no portrait of him: he explains no face.
    'other P5 face-P5',
  ]);
  expect(told(people({ proxies: [proxy('P2', { revoked_at: AT })] }))).toEqual(['claimed P1 null']);
});

it('takes the doctor who is the patient for the patient, known by either portrait', () => {
  const rows = people({
    staff: [staff('S1', { psn_no: 'P1' })],
    portraits: [portrait('S1', { subject_kind: 'staff' })],
  });
  expect(told(rows)).toEqual(['claimed P1 face-S1']);
  expect(candidatesOf(rows, { psnNo: 'P1', at: AT }).claimedIsStaff).toBe(true);
  expect(told(rows, null)).toEqual(['staff S1 face-S1']);
});

it('takes the newest accepted portrait, of whichever name is asked for first', () => {
  const book = portraitBook([
    portrait('P1', { id: 'a', decided_at: 5, template_id: 'newer' }),
    portrait('P1', { id: 'b', decided_at: 3, template_id: 'older' }),
    portrait('P1', { id: 'c', decided_at: null, template_id: 'undecided' }),
    portrait('S1', { subject_kind: 'staff', template_id: 'staff' }),
  ]);
  expect(book({ psnNo: 'P1', staffId: 'S1', first: 'enrollee' })?.template_id).toBe('newer');
  expect(book({ psnNo: 'P1', staffId: 'S1', first: 'staff' })?.template_id).toBe('staff');
  expect(book({ psnNo: 'P2', staffId: 'S1', first: 'enrollee' })?.template_id).toBe('staff');
  expect(book({ psnNo: 'P2', staffId: null, first: 'enrollee' })).toBeNull();
});

it('tells for each settlement of a day who may have come for it', () => {
  const rows = people({
    staff: [staff('S1', { psn_no: 'P2' })],
    proxies: [proxy('P3', { to_at: AT })],
    households: ['P1', 'P2'].map((psn_no) => ({ psn_no, household: 'h' })),
  });
  const settlements = [
    { id: 'a', at: AT - 1, psn_no: 'P1' },
    { id: 'b', at: AT, psn_no: 'P1' },
    { id: 'c', at: AT, psn_no: 'P2' },
    { id: 'd', at: AT, psn_no: null },
  ];
  const day = dayCandidatesOf(rows, settlements, { from: 0, to: 2 * AT });
  const of = (id: string | null) =>
    day
      .filter(({ settlementId }) => settlementId === id)
      .map(({ role, ref, isStaff }) => `${role} ${ref}${isStaff ? ' works here' : ''}`);
  expect(of('a')).toEqual(['claimed P1', 'household P2', 'proxy P3']);
  expect(of('b')).toEqual(['claimed P1', 'household P2']);
  expect(of('c')).toEqual(['claimed P2 works here', 'household P1']);
  expect(of('d')).toEqual([]);
  expect(of(null)).toEqual(['staff S1']);
});

it('hands on that a portrait is in dispute, of the claimed person and of those beside him', () => {
  const rows = people({
    proxies: [proxy('P2')],
    portraits: [portrait('P1', { disputed: true }), portrait('P2', { disputed: null })],
  });
  const { candidates } = candidatesOf(rows, { psnNo: 'P1', at: AT });
  expect(candidates.map(({ ref, disputed }) => [ref, disputed])).toEqual([
    ['P1', true],
    ['P2', undefined],
  ]);
  const day = dayCandidatesOf(rows, [{ id: 's1', at: AT, psn_no: 'P1' }], { from: 0, to: AT + 1 });
  expect(day.find(({ role }) => role === 'claimed')?.disputed).toBe(true);
});
