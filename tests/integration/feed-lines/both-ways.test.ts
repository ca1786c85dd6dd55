import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryPeople } from '../../../src/people/memory-people.ts';
import type { PersonDossier } from '../../../src/people/person-dossier.ts';
import type { NormalLine } from '../../../src/simulation/feed/normal-line.ts';
import { createTestRuntime, TEST_NOW, type TestRuntime } from '../../support/test-runtime.ts';
import { type Bulk, openBulk, takeLive, wordsIn, wordsOf } from './both-ways.ts';
import { contentOf } from './same-tables.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** A small generator of chance: the same numbers each run. */
function chance(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const face = (seed: number): Float32Array => {
  const raw = Float32Array.from({ length: 16 }, (_, i) => Math.sin(seed * 7 + i * 1.3));
  const length = Math.hypot(...raw);
  return raw.map((value) => value / length);
};

/** Far more than stay at hand. */
const PEOPLE = 60;
const CLINICS = ['H41162400001', 'H41162400002'] as const;
const CAMERAS = ['cam-1', 'cam-2', 'cam-3'] as const;

const start = (at: number): NormalLine[] => [
  { at, kind: 'region', code: '4116', name: '周口市', level: 'city', parent: null },
  { at, kind: 'region', code: '411624', name: '沈丘县', level: 'county', parent: '4116' },
  ...CLINICS.map(
    (code): NormalLine => ({
      at,
      kind: 'clinic',
      code,
      name: `${code}卫生室`,
      region: '411624',
      openHours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '18:00' }],
      mode: 'mirror',
    }),
  ),
  ...CAMERAS.map(
    (id, i): NormalLine => ({
      at,
      kind: 'camera',
      id,
      clinic: CLINICS[i % 2] ?? CLINICS[0],
      scenePoint: 'counter',
      required: i === 0 ? ['14'] : [],
    }),
  ),
  ...CLINICS.map(
    (clinic): NormalLine => ({ at, kind: 'staff', id: 'D1', clinic, name: '李医生', template: face(900) }),
  ),
];

/** Lines in the order of their arrival, told again, corrected, too late and twice. */
function city(seed: number, count: number): NormalLine[] {
  const pick = chance(seed);
  const of = <T>(list: readonly T[]): T => list[pick(list.length)] as T;
  const person = (): string => `P${pick(PEOPLE)}`;
  const lines: NormalLine[] = start(TEST_NOW);
  let at = TEST_NOW;
  while (lines.length < count) {
    at += pick(3) * 20 * 60_000;
    const near = at - pick(4) * HOUR - (pick(10) === 0 ? 3 * DAY : 0);
    const to = pick(2) === 0 ? null : near + (1 + pick(5)) * HOUR;
    const makers: readonly (() => NormalLine)[] = [
      () => ({
        at,
        kind: 'person',
        psnNo: person(),
        certno: pick(3) === 0 ? null : `41162419${60 + pick(30)}0101${String(pick(9)).padStart(4, '1')}`,
        name: pick(4) === 0 ? null : `王${pick(5)}`,
        sex: pick(2) === 0 ? 'male' : null,
        birth: pick(2) === 0 ? `19${50 + pick(40)}-03-0${1 + pick(9)}` : null,
        household: pick(4) === 0 ? null : `H${pick(12)}`,
        region: pick(3) === 0 ? null : '411624',
        portrait: pick(3) === 0 ? null : { taken: '2020-05-01', quality: 0.1 + pick(9) / 11, template: face(pick(12)) },
      }),
      () => ({
        at,
        kind: 'staff',
        id: `D${pick(2)}`,
        clinic: of(CLINICS),
        name: pick(2) === 0 ? null : `赵${pick(3)}`,
        template: pick(2) === 0 ? null : face(900 + pick(3)),
      }),
      () => ({ at, kind: 'signIn', staff: 'D1', clinic: of(CLINICS), from: Math.floor(near / DAY) * DAY, to }),
      () => ({
        at,
        kind: 'proxy',
        psnNo: person(),
        proxyPsnNo: person(),
        relation: pick(2) === 0 ? null : '子女',
        from: Math.floor(near / DAY) * DAY,
        to,
      }),
      () => ({
        at,
        kind: 'status',
        psnNo: person(),
        what: of(['dead', 'inpatient', 'suspended', 'away'] as const),
        from: Math.floor(near / DAY) * DAY + pick(3) * DAY,
        to,
      }),
      () => ({
        at,
        kind: 'filed',
        clinic: of(CLINICS),
        psnNo: pick(2) === 0 ? null : person(),
        what: of(['outage', 'homeVisit', 'layout'] as const),
        from: Math.floor(near / DAY) * DAY,
        to,
      }),
      () => ({
        at,
        kind: 'auth',
        clinic: of(CLINICS),
        psnNo: person(),
        authNo: pick(4) === 0 ? null : `A${pick(6)}`,
        ok: pick(2) === 0,
      }),
      () => ({
        at,
        kind: 'catalogue',
        code: `XC${pick(4)}`,
        name: pick(3) === 0 ? null : `药${pick(3)}`,
        pack: pick(3) === 0 ? null : 12 + pick(3) / 4,
        dailyDose: pick(3),
        procured: pick(2) === 0,
      }),
      () => ({
        at,
        kind: 'appearance',
        id: `seen-${pick(20)}`,
        camera: of(CAMERAS),
        state: of(['open', 'closed'] as const),
        // Some begin at another moment when they are told again.
        from: Math.floor(near / DAY) * DAY + 9 * HOUR + pick(3) * 1_000,
        to,
        template: pick(4) === 0 ? null : face(pick(40)),
        quality: 0.1 + pick(80) / 99,
        faces: pick(6),
      }),
      () => ({ at, kind: 'watermark', camera: of(CAMERAS), until: near }),
      () => ({
        at,
        kind: 'device',
        camera: of(CAMERAS),
        state: of(['ok', 'dark', 'offline'] as const),
        from: Math.floor(near / HOUR) * HOUR,
        to,
        clockOffsetS: of([null, 0.4, 12.34, 12.34, -28_800]),
      }),
    ];
    const line = of(makers)();
    lines.push(line);
    if (pick(12) === 0) lines.push(line);
  }
  return lines;
}

describe.each([1, 2, 3])('a feed taken live and in bulk, seed %i', (seed) => {
  let live: TestRuntime;
  let other: TestRuntime;
  let bulk: Bulk;
  const lines = city(seed, 600);
  beforeAll(async () => {
    [live, other] = await Promise.all([createTestRuntime(), createTestRuntime()]);
    // So few at hand that people and faces are pushed out and fetched again all the time.
    bulk = await openBulk(other, { peopleCap: 24, templateCap: 8 });
    const pick = chance(seed + 100);
    let ahead: Promise<unknown> = Promise.resolve();
    for (const line of lines) {
      await takeLive(live, line);
      // People are fetched ahead of their work, while others are written.
      if (pick(4) === 0) ahead = Promise.all([ahead, bulk.people.prefetch([`P${pick(PEOPLE)}`, `P${pick(PEOPLE)}`])]);
      await bulk.take(line);
      if (pick(15) === 0) await bulk.workingSet.flush();
      if (pick(40) === 0) {
        await bulk.flush();
        await bulk.workingSet.evict(line.at - DAY);
      }
    }
    await ahead;
    await bulk.flush();
  });
  afterAll(async () => {
    await bulk?.workingSet.close();
    await Promise.all([live?.close(), other?.close()]);
  });

  it('says the same in every table, and keeps no face that nothing names', async () => {
    const [ours, theirs] = [await contentOf(other), await contentOf(live)];
    expect(theirs.orphans).toEqual([]);
    for (const table of Object.keys(theirs)) expect(ours[table], table).toEqual(theirs[table]);
    expect(theirs.appearances?.some((row) => (row.revision as number) > 2)).toBe(true);
    expect(theirs.portraits?.some((row) => row.state === 'superseded')).toBe(true);
  });

  it('leaves the same words for those who react', async () => {
    expect(wordsIn(bulk.agenda)).toEqual(await wordsOf(live));
  });

  it('knows of each person what the database knows', async () => {
    const workingSet = bulk.workingSet;
    const fresh = await createMemoryPeople({ workingSet, db: other.db, keyring: other.keyring });
    for (let n = 0; n < PEOPLE; n++) {
      const psnNo = `P${n}`;
      const read = async (people: typeof fresh): Promise<PersonDossier & { household: readonly string[] }> => {
        await people.ready([psnNo]);
        const dossier = people.of(psnNo);
        const household = dossier.person?.household ?? null;
        return { ...dossier, household: household === null ? [] : people.household(household) };
      };
      const byId = (rows: readonly { id: string }[]) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const [mine, theirs] = [await read(bulk.people), await read(fresh)];
      expect({ ...mine, proxyFor: byId(mine.proxyFor), replacedPortraits: byId(mine.replacedPortraits) }).toEqual({
        ...theirs,
        proxyFor: byId(theirs.proxyFor),
        replacedPortraits: byId(theirs.replacedPortraits),
      });
    }
  });
});

it('names the line’s fault where a clinic, a region or a camera was never told', async () => {
  const runtime = await createTestRuntime();
  const bulk = await openBulk(runtime, { peopleCap: 4, templateCap: 3 });
  const at = TEST_NOW;
  try {
    const wrong: NormalLine[] = [
      { at, kind: 'clinic', code: CLINICS[0], name: 'x', region: '411624', openHours: [], mode: 'hook' },
      { at, kind: 'camera', id: 'cam', clinic: CLINICS[0], scenePoint: 'counter', required: [] },
      { at, kind: 'staff', id: 'D1', clinic: CLINICS[0], name: null, template: null },
      { at, kind: 'watermark', camera: 'cam', until: at },
    ];
    for (const line of wrong) {
      await expect(bulk.take(line)).rejects.toMatchObject({
        code: 'not_found',
        details: { remedy: expect.any(String) },
      });
      await expect(takeLive(runtime, line)).rejects.toMatchObject({ code: 'not_found' });
    }
  } finally {
    await bulk.workingSet.close();
    await runtime.close();
  }
});
