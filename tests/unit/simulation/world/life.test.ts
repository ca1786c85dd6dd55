import { beforeAll, describe, expect, it } from 'vitest';
import type { FraudScheme } from '../../../../src/simulation/feed/feed-line.ts';
import type { City } from '../../../../src/simulation/world/city.ts';
import { DAY_MS, HOUR_MS } from '../../../../src/simulation/world/city-time.ts';
import { clinicDay } from '../../../../src/simulation/world/clinic-day.ts';
import { ClinicStock } from '../../../../src/simulation/world/stock.ts';
import type { Visit } from '../../../../src/simulation/world/visit.ts';
import { smallCity } from './small-city.ts';

const CLINICS = 200;
const DAYS = 12;
let city: City;
let visits: Visit[];
let falseReceipts = 0;

/** Plans a city's days without writing their lines. */
function live(of: City): Visit[] {
  return of.clinics.flatMap((clinic) => {
    const stock = new ClinicStock(clinic, of.drugs, of.parameters, of.random);
    return Array.from({ length: of.days }, (_, day) => clinicDay(of, clinic, day, stock)).flatMap((day) => {
      falseReceipts += day.falseReceipts.length;
      return day.visits;
    });
  });
}

beforeAll(async () => {
  // Ten times the fraud, so that its shares can be counted in a city small enough for a test.
  city = await smallCity({ seed: 3, clinics: CLINICS, days: DAYS, overrides: { fraud: { share: 0.05 } } });
  visits = live(city);
});

const share = <T>(items: readonly T[], holds: (item: T) => boolean): number =>
  items.filter(holds).length / items.length;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const honest = (): Visit[] => visits.filter(({ scheme, reversal }) => scheme === null && !reversal?.wrongPerson);

describe('honest life', () => {
  it('has as many visits as the parameters say, in waves', async () => {
    const { perDayMean, months } = city.parameters.visits;
    const march = ((months[2] ?? 1) * 12) / months.reduce((sum, month) => sum + month, 0);
    expect(visits.length / (CLINICS * DAYS) / (perDayMean * march)).toBeGreaterThan(0.92);
    expect(visits.length / (CLINICS * DAYS) / (perDayMean * march)).toBeLessThan(1.08);
    const onDay = (weekday: number): number =>
      visits.filter(({ settleAt }) => Math.floor((settleAt - city.from) / DAY_MS) % 7 === weekday).length;
    expect(onDay(0)).toBeGreaterThan(onDay(6) * 1.2);
  });

  it('spreads days more than a Poisson law, as clinics do', () => {
    const counts = Array.from({ length: DAYS * CLINICS }, () => 0);
    for (const { settleAt, clinic } of visits) {
      const cell = clinic.index * DAYS + Math.floor((settleAt - city.from) / DAY_MS);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
    const average = mean(counts);
    const variance = mean(counts.map((count) => (count - average) ** 2));
    expect(variance / average).toBeGreaterThan(1.8);
  });

  it('costs about 35 yuan, of which the fund pays about 16', () => {
    expect(mean(honest().map(({ totalFen }) => totalFen)) / 3500).toBeGreaterThan(0.9);
    expect(mean(honest().map(({ totalFen }) => totalFen)) / 3500).toBeLessThan(1.1);
    expect(mean(honest().map(({ fundFen }) => fundFen)) / 1600).toBeGreaterThan(0.9);
    expect(mean(honest().map(({ fundFen }) => fundFen)) / 1600).toBeLessThan(1.1);
  });

  it('is chronic, collected, at home, with a face check and reversed as often as the parameters say', () => {
    const all = honest();
    expect(share(all, ({ chronic }) => chronic)).toBeCloseTo(0.4, 1);
    const chronic = all.filter((visit) => visit.chronic && visit.came !== 'nobody');
    const proxies = chronic.filter(({ came }) => came === 'proxy');
    expect(proxies.length / chronic.length).toBeGreaterThan(0.09);
    expect(proxies.length / chronic.length).toBeLessThan(0.15);
    const registered = share(proxies, ({ person }) => person.details.collector?.registered === true);
    expect(registered).toBeGreaterThan(0.22);
    expect(registered).toBeLessThan(0.45);
    expect(share(all, ({ came }) => came === 'nobody')).toBeGreaterThan(0.02);
    expect(share(all, ({ came }) => came === 'nobody')).toBeLessThan(0.04);
    const came = all.filter((visit) => visit.came === 'self');
    expect(share(came, ({ auth }) => auth !== null)).toBeCloseTo(0.5, 1);
    expect(share(all, ({ reversal }) => reversal !== null)).toBeGreaterThan(0.008);
    expect(share(all, ({ reversal }) => reversal !== null)).toBeLessThan(0.022);
    expect(share(visits, ({ reversal }) => reversal?.wrongPerson === true)).toBeGreaterThan(0.004);
  });

  it('has the ages of a rural county, portraits missing or old for some, and cameras that miss', () => {
    const people = Array.from({ length: 1000 }, (_, i) => city.population.person(4, i));
    expect(share(people, ({ age }) => age >= 60)).toBeGreaterThan(0.28);
    expect(share(people, ({ age }) => age >= 60)).toBeLessThan(0.4);
    expect(share(people, ({ details }) => details.portrait === null)).toBeCloseTo(0.04, 1);
    expect(share(people, ({ details }) => (details.portrait?.years ?? 0) > 5)).toBeCloseTo(0.1, 1);
    const cameras = city.cameras.flat();
    expect(mean(cameras.map(({ miss }) => miss))).toBeGreaterThan(0.04);
    expect(mean(cameras.map(({ miss }) => miss))).toBeLessThan(0.07);
    expect(share(cameras, ({ offsetMs }) => Math.abs(offsetMs) > 30_000)).toBeCloseTo(0.6, 1);
    expect(share(cameras, ({ offsetMs }) => Math.abs(offsetMs) > 7 * HOUR_MS)).toBeLessThan(0.06);
    for (const count of [1, 2, 3]) expect(share(city.cameras, ({ length }) => length === count)).toBeCloseTo(0.33, 0);
    expect(city.cameras.every((of) => of.some(({ point }) => point === 'counter' || point === 'consulting'))).toBe(
      true,
    );
  });

  it('lets people in before they settle and out afterwards', () => {
    const there = honest().filter(({ came }) => came !== 'nobody');
    for (const { actors, settleAt } of there) {
      const visitor = actors.find(({ role }) => role === 'visitor');
      expect(visitor && visitor.arrive < settleAt && visitor.leave > settleAt).toBe(true);
    }
  });

  it('brings back nobody from the dead or out of hospital', () => {
    const gone = honest().filter(({ person, settleAt }) => {
      const { status } = person.details;
      const during = status !== null && status.from <= settleAt && (status.to ?? Number.POSITIVE_INFINITY) > settleAt;
      return during && (status.what === 'dead' || status.what === 'inpatient');
    });
    expect(gone).toEqual([]);
  });
});

describe('fraud', () => {
  const frauds = (): Visit[] => visits.filter(({ scheme }) => scheme !== null);

  it('is the share of settlements that was asked for, most of it concentrated', () => {
    expect(share(visits, ({ scheme }) => scheme !== null)).toBeGreaterThan(0.035);
    expect(share(visits, ({ scheme }) => scheme !== null)).toBeLessThan(0.065);
    expect(share(frauds(), ({ concentrated }) => concentrated)).toBeGreaterThan(0.6);
    expect(share(frauds(), ({ concentrated }) => concentrated)).toBeLessThan(0.8);
  });

  it('has every scheme, by its share', () => {
    const total = frauds().length + falseReceipts;
    const { schemes } = city.parameters.fraud;
    for (const [scheme, expected] of Object.entries(schemes)) {
      const count =
        scheme === 'false_receipts' ? falseReceipts : frauds().filter((visit) => visit.scheme === scheme).length;
      expect(count / total, scheme).toBeGreaterThan(expected * 0.4 - 0.005);
      expect(count / total, scheme).toBeLessThan(expected * 1.8 + 0.015);
    }
  });

  it('keeps to a main scheme at a concentrated clinic, from its day on', () => {
    const clinics = city.clinics.filter(({ index }) => city.plans[index]?.concentrated);
    expect(clinics.length / CLINICS).toBeCloseTo(0.2, 1);
    let [main, all] = [0, 0];
    for (const { scheme, settleAt, clinic, concentrated } of frauds()) {
      const plan = city.plans[clinic.index];
      if (!concentrated || plan?.from == null || plan.mainScheme === 'false_receipts') continue;
      expect(settleAt).toBeGreaterThanOrEqual(plan.from);
      all++;
      if (scheme === plan.mainScheme) main++;
    }
    expect(main / all).toBeGreaterThan(0.7);
    expect(main / all).toBeLessThan(0.92);
  });

  it('shows nobody extra for a ghost, only staff for a swipe, a stranger for an impostor', () => {
    const by = (scheme: FraudScheme): Visit[] => frauds().filter((visit) => visit.scheme === scheme);
    expect(by('ghost').every(({ actors, came }) => actors.length === 0 && came === 'nobody')).toBe(true);
    expect(by('ghost').every(({ auth }) => auth === null)).toBe(true);
    expect(by('staff_swiping').every(({ actors }) => actors.every(({ role }) => role === 'staff'))).toBe(true);
    for (const { actors, person } of [...by('impostor_kin'), ...by('impostor_other')]) {
      const visitor = actors.find(({ role }) => role === 'visitor');
      expect(visitor?.face.index === person.index && visitor.face.clinic === person.clinic).toBe(false);
    }
    expect(by('impostor_kin').every(({ actors, person }) => actors[0]?.face.clinic === person.clinic)).toBe(true);
    for (const { person, settleAt } of by('dead_or_inpatient')) {
      const { status } = person.details;
      expect(status && ['dead', 'inpatient'].includes(status.what) && status.from <= settleAt).toBe(true);
    }
  });

  it('loses the fund money, but never more than it paid', () => {
    expect(frauds().every(({ lossFen, fundFen }) => lossFen > 0 && lossFen <= fundFen)).toBe(true);
    expect(honest().every(({ lossFen }) => lossFen === 0)).toBe(true);
  });

  it('settles held cards in blocks, in nearly the same order', () => {
    const blocks = new Map<string, Visit[]>();
    for (const visit of frauds().filter(({ scheme, concentrated }) => scheme === 'held_cards' && concentrated)) {
      const key = `${visit.clinic.code} ${Math.floor((visit.settleAt - city.from) / DAY_MS)}`;
      blocks.set(key, [...(blocks.get(key) ?? []), visit]);
    }
    const large = [...blocks.values()].filter(({ length }) => length >= 6);
    expect(large.length).toBeGreaterThan(3);
    for (const block of large) {
      const times = block.map(({ settleAt }) => settleAt);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(HOUR_MS);
    }
  });

  it('is absent from a city that has none', async () => {
    const clean = await smallCity({ clinics: 20, days: 4, overrides: { fraud: { share: 0 } } });
    expect(live(clean).every(({ scheme }) => scheme === null)).toBe(true);
  });
});
