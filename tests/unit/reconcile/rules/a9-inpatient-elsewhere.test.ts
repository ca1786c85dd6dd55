import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { AT, appearance, ask, best, compared, person, says, settlement, status, visit } from '../facts.ts';
import { DAY_FROM, passed } from './day-facts.ts';

const DAY = 86_400_000;
const day = { from: DAY_FROM, to: DAY_FROM + DAY };
const lying = status('inpatient', AT - 3 * DAY, { to: AT + 4 * DAY, institution: 'H41160300001' });
const at = (statuses: Parameters<typeof person>, over = {}, around = {}): Facts =>
  settlement(around, { person: person(...statuses), day, ...over });

describe('A9 住院期间门诊结算', () => {
  it.each<[string, Facts, string]>([
    ['lies elsewhere', at([lying]), 'hit inpatient_elsewhere'],
    ['no institution told', at([{ ...lying, institution: null }]), 'hit inpatient_elsewhere'],
    ['lies here', at([{ ...lying, institution: 'H41162400123' }]), 'clear not_inpatient'],
    ['not yet admitted', at([{ ...lying, from: AT + DAY }]), 'clear not_inpatient'],
    ['discharged before', at([{ ...lying, to: AT - DAY }]), 'clear not_inpatient'],
    ['admitted the same day', at([{ ...lying, from: DAY_FROM + 3_600_000 }]), 'clear same_day'],
    ['discharged the same day', at([{ ...lying, to: AT + 3_600_000 }]), 'clear same_day'],
    ['a stay that never ended', at([{ ...lying, from: AT - 90 * DAY, to: null }]), 'undetermined discharge_not_told'],
    ['a stay that goes on', at([{ ...lying, to: null }]), 'hit inpatient_elsewhere'],
    ['reversed', at([lying], { reversed: true }), 'clear reversed'],
    ['the terminal knew him', at([lying], passed), 'hit list_contradicted'],
    [
      'seen here',
      at([lying], {}, { appearances: [appearance({ claimed: compared('match') })] }),
      'hit list_contradicted',
    ],
    [
      'a registered proxy came',
      at([lying], {}, { appearances: [appearance({ proxy: best('P2') })] }),
      'clear proxy_registered',
    ],
    ['nobody named', settlement({}, { person: null }), 'clear no_person'],
    ['dead is another rule', at([status('dead', AT - DAY)]), 'clear not_inpatient'],
    ['asked before it is settled', visit({ person: person(lying), day }), 'hit inpatient_elsewhere'],
    [
      'asked on the day of admission: a look at the name',
      visit({
        person: person({ ...lying, from: DAY_FROM + 3_600_000 }),
        day,
        events: [{ eventId: 'e2', kind: 'trial_settlement', at: AT, msgid: 'm2', cancelled: false }],
      }),
      'hit inpatient_that_day',
    ],
    ['goes on under its number', visit({ person: person(lying), movedTo: 'visit:x' }), 'clear moved'],
  ])('%s', (_, facts, expected) => expect(says('A9', facts)).toBe(expected));

  it('says when the list was told, and makes a question about data of a list that is wrong', () => {
    expect(ask('A9', at([lying], passed))[0]).toMatchObject({ class: 'data', severity: 'low' });
    expect(ask('A9', at([lying]))[0]?.evidence).toMatchObject({
      listKnownAt: AT - 3 * DAY,
      institution: 'H41160300001',
    });
  });

  it('warns at the registration and controls at the trial settlement', () => {
    const both = visit({
      person: person(lying),
      day,
      events: [
        { eventId: 'e1', kind: 'registration', at: AT - 60_000, msgid: 'm1', cancelled: false },
        { eventId: 'e2', kind: 'trial_settlement', at: AT, msgid: 'm2', cancelled: false },
      ],
    });
    expect(ask('A9', both).map(({ phase, part }) => [phase, part])).toEqual([
      ['pre', null],
      ['in', 'trial'],
    ]);
  });
});
