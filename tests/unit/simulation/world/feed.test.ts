import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AppearanceLine, FeedLine, WatermarkLine } from '../../../../src/simulation/feed/feed-line.ts';
import { FEED_KINDS } from '../../../../src/simulation/feed/feed-line.ts';
import type { City } from '../../../../src/simulation/world/city.ts';
import { clinicDay } from '../../../../src/simulation/world/clinic-day.ts';
import { ClinicStock } from '../../../../src/simulation/world/stock.ts';
import { type Emitted, emitted, parsed, smallCity } from './small-city.ts';

// Many cuts and clocks, so that the promises are put to the test.
const ROUGH = {
  outages: { powerPerTownshipMonth: 6, networkPerClinicMonth: 8, cameraPerMonth: 4 },
  fraud: { share: 0.05 },
};

let city: City;
let feed: Emitted;
let lines: readonly FeedLine[];

beforeAll(async () => {
  city = await smallCity({ clinics: 24, days: 6, overrides: ROUGH });
  feed = await emitted(city);
  lines = parsed(feed.lines);
});

const of = <Kind extends FeedLine['kind']>(kind: Kind): Extract<FeedLine, { kind: Kind }>[] =>
  lines.filter((line): line is Extract<FeedLine, { kind: Kind }> => line.kind === kind);
const sha = ({ lines: all, truth }: Emitted): string =>
  createHash('sha256')
    .update(JSON.stringify([all, truth]))
    .digest('hex');

describe('a city’s feed', () => {
  it('is the same for the same seed and another for another', async () => {
    const small = { clinics: 5, days: 2, overrides: ROUGH };
    const [a, b] = [sha(await emitted(await smallCity(small))), sha(await emitted(await smallCity(small)))];
    expect(b).toBe(a);
    expect(sha(await emitted(await smallCity({ ...small, seed: 8 })))).not.toBe(a);
  });

  it('has every kind of line, sorted by arrival', () => {
    expect([...new Set(lines.map(({ kind }) => kind))].toSorted()).toEqual([...FEED_KINDS].toSorted());
    const times = lines.map(({ at }) => at);
    expect(times.every((at, i) => i === 0 || at >= (times[i - 1] ?? ''))).toBe(true);
    expect(times.every((at) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00$/.test(at))).toBe(true);
  });

  it('does not depend on which clinic is asked first', async () => {
    const alone = await smallCity({ clinics: 24, days: 6, overrides: ROUGH });
    const clinic = alone.clinics[17];
    if (!clinic) throw new Error('no clinic');
    const stock = new ClinicStock(clinic, alone.drugs, alone.parameters, alone.random);
    const told = new Set(feed.lines);
    for (let day = 0; day < 3; day++) {
      const { tellings } = clinicDay(alone, clinic, day, stock);
      const texts: string[] = [];
      for (const telling of tellings) {
        do texts.push(telling.text());
        while (telling.advance());
      }
      expect(texts.length).toBeGreaterThan(40);
      expect(texts.filter((text) => !told.has(text))).toEqual([]);
    }
  });

  it('keeps its promise: what a watermark has passed was delivered before it', () => {
    const passed = new Map<string, string>();
    const delivered = new Set<string>();
    const late: string[] = [];
    for (const line of lines) {
      if (line.kind === 'watermark') passed.set(line.camera, line.until);
      if (line.kind !== 'appearance') continue;
      const until = passed.get(line.camera);
      if (until !== undefined && Date.parse(line.from) < Date.parse(until) && !delivered.has(line.id))
        late.push(line.id);
      delivered.add(line.id);
    }
    expect(late).toEqual([]);
  });

  it('moves every watermark forward, past every darkness once that is told and not before', () => {
    const last = new Map<string, number>();
    const marks: WatermarkLine[] = of('watermark');
    for (const { camera, until } of marks) {
      expect(Date.parse(until)).toBeGreaterThan(last.get(camera) ?? Number.NEGATIVE_INFINITY);
      last.set(camera, Date.parse(until));
    }
    const toldLate = of('device').filter(({ state, at, camera, from }) => {
      const passedBefore = marks.filter((mark) => mark.camera === camera && mark.at <= at);
      return state !== 'ok' && passedBefore.some(({ until }) => Date.parse(until) > Date.parse(from));
    });
    expect(toldLate).toEqual([]);
    const ends = city.cameras.flat().map(({ id }) => last.get(id) ?? 0);
    expect(ends.every((end) => end > 0)).toBe(true);
  });

  it('shows nobody before a camera that was dark', () => {
    const states = new Map<string, { from: number; state: string }[]>();
    for (const { camera, from, state } of of('device')) {
      states.set(camera, [...(states.get(camera) ?? []), { from: Date.parse(from), state }]);
    }
    const stateAt = (camera: string, at: number): string | undefined =>
      states
        .get(camera)
        ?.filter(({ from }) => from <= at)
        .toSorted((a, b) => a.from - b.from)
        .at(-1)?.state;
    const seen = of('appearance').filter(({ state }) => state === 'closed');
    const inTheDark = seen.filter(({ camera, from }) => (stateAt(camera, Date.parse(from)) ?? 'ok') !== 'ok');
    expect(inTheDark).toEqual([]);
    expect(of('device').some(({ state }) => state === 'offline')).toBe(true);
  });

  it('closes and revises appearances under the number they were opened with', () => {
    const byId = new Map<string, AppearanceLine[]>();
    for (const line of of('appearance')) byId.set(line.id, [...(byId.get(line.id) ?? []), line]);
    const all = [...byId.values()];
    expect(all.every((tellings) => tellings.at(-1)?.state === 'closed')).toBe(true);
    expect(all.every((tellings) => new Set(tellings.map(({ camera, from }) => `${camera}${from}`)).size === 1)).toBe(
      true,
    );
    expect(all.some((tellings) => tellings[0]?.state === 'open')).toBe(true);
    expect(all.some((tellings) => tellings.filter(({ state }) => state === 'closed').length > 1)).toBe(true);
    expect(all.some((tellings) => tellings[0]?.template === null)).toBe(true);
  });

  it('speaks only of people, clinics and cameras it has told of', () => {
    const known = new Set<string>();
    const unknown: string[] = [];
    const ask = (...ids: (string | null)[]): void => {
      for (const id of ids) if (id !== null && !known.has(id)) unknown.push(id);
    };
    for (const line of lines) {
      if (line.kind === 'region') known.add(line.code);
      else if (line.kind === 'clinic') {
        ask(line.region);
        known.add(line.fixmedins_code);
      } else if (line.kind === 'camera' || line.kind === 'staff') {
        ask(line.clinic);
        known.add(line.id);
      } else if (line.kind === 'person') known.add(line.psn_no);
      else if (line.kind === 'signIn') ask(line.clinic, line.staff);
      else if (line.kind === 'proxy') ask(line.psn_no, line.proxyPsnNo);
      else if (line.kind === 'status') ask(line.psn_no);
      else if (line.kind === 'auth' || line.kind === 'filed') ask(line.clinic, line.psn_no);
      else if (line.kind === 'appearance' || line.kind === 'watermark' || line.kind === 'device') ask(line.camera);
      else if (line.kind === 'message') {
        ask(/"psn_no":"(P\d+)"/.exec(JSON.stringify(line.request))?.[1] ?? null);
      }
    }
    expect(unknown).toEqual([]);
  });

  it('keeps in memory one day, however many there were', () => {
    const [first = 0] = feed.waiting;
    expect(feed.waiting).toHaveLength(6);
    // What is late after a day is a small share of a day, and no more after the sixth than after the second.
    expect(Math.max(...feed.waiting)).toBeLessThan(lines.length / 6 / 4);
    expect(feed.waiting.at(-1)).toBeLessThan(first * 4 + 200);
  });

  it('tells the hour by each camera’s own clock, some off by far, and what was measured of it', () => {
    const cameras = city.cameras.flat();
    for (const camera of cameras) {
      const measured = of('device').find((line) => line.camera === camera.id)?.clockOffsetS;
      if (measured === undefined) continue;
      if (!camera.measured) expect(measured).toBeNull();
      else expect(Math.abs((measured ?? 0) - camera.offsetMs / 1000)).toBeLessThan(12);
    }
  });
});
