import { judge } from '../../faces/compare.ts';
import type { ModelCard } from '../../faces/model-card.ts';
import { dotProduct } from '../../faces/template.ts';
import type {
  NormalAppearance,
  NormalAuth,
  NormalCamera,
  NormalFiled,
  NormalLine,
  NormalPerson,
  NormalProxy,
  NormalSignIn,
  NormalStaff,
  NormalStatus,
} from '../feed/normal-line.ts';
import { type CoverageBook, cameraCoverage } from './camera-coverage.ts';
import { fenOf, fieldOf, infnoOf } from './message-fields.ts';
import type { Mistake } from './mistakes.ts';
import type { ScoreInput } from './score-input.ts';
import { type FeedWatcher, type Progress, watchFeed } from './watch-feed.ts';

/** How far around its moment a mistake is told. */
export const SCENE = { beforeMs: 40 * 60_000, afterMs: 25 * 60_000 } as const;

export interface SceneMessage {
  readonly arrivedAt: number;
  readonly infno: string;
  readonly msgid: string | null;
  readonly psnNo: string | null;
  readonly setlId: string | null;
  readonly visit: string | null;
  readonly fundFen: number | null;
  readonly infTime: string | null;
  readonly answered: boolean;
}

export interface Score {
  readonly cosine: number;
  /** log10; null: not calibrated. */
  readonly llr: number | null;
  readonly zone: string;
}

/** In true time. */
export interface SceneAppearance {
  readonly id: string;
  readonly camera: string;
  readonly from: number;
  readonly to: number;
  readonly state: string;
  readonly quality: number;
  readonly faces: number;
  readonly arrivedAt: number;
  /** Against the portraits of the people whose settlements are shown, by psn_no. */
  readonly scores: ReadonlyMap<string, Score>;
  readonly staff: Score | null;
}

export interface SceneDevice {
  readonly camera: string;
  readonly state: string;
  readonly from: number;
  readonly to: number | null;
}

/** What the feed told of a clinic around one moment. */
export interface Scene {
  readonly from: number;
  readonly to: number;
  readonly cameras: readonly (NormalCamera & { readonly offsetMs: number; readonly until: number | null })[];
  readonly appearances: readonly SceneAppearance[];
  readonly devices: readonly SceneDevice[];
  readonly messages: readonly SceneMessage[];
  readonly auths: readonly NormalAuth[];
  readonly signIns: readonly NormalSignIn[];
  readonly filed: readonly NormalFiled[];
  readonly people: readonly Omit<NormalPerson, 'portrait'>[];
  readonly portraits: ReadonlyMap<string, { readonly taken: string | null; readonly quality: number }>;
  readonly proxies: readonly NormalProxy[];
  readonly statuses: readonly NormalStatus[];
  readonly coverage: (i: number) => number | null;
}

interface Gathered {
  readonly mistake: Mistake;
  readonly people: ReadonlySet<string>;
  readonly setlIds: ReadonlySet<string>;
  readonly from: number;
  readonly to: number;
  readonly appearances: Map<string, NormalAppearance>;
  readonly messages: SceneMessage[];
  readonly auths: NormalAuth[];
  readonly filed: NormalFiled[];
}

/** Lines of a camera's clock may lie hours off; they are sorted out once its offset is known. */
const CLOCK_REACH_MS = 14 * 3_600_000;

/** Goes through the feed once more for what happened around each mistake. */
export async function gatherScenes(
  dir: string,
  input: ScoreInput,
  card: ModelCard,
  mistakes: readonly Mistake[],
  progress?: Progress,
): Promise<ReadonlyMap<Mistake, Scene>> {
  const { truth, facts } = input;
  const gathered = mistakes.map(
    (mistake): Gathered => ({
      mistake,
      people: new Set([
        ...mistake.people,
        ...mistake.settlements.flatMap((i) => facts.people[facts.person[i] ?? -1] ?? []),
      ]),
      setlIds: new Set(mistake.settlements.map((i) => truth.setlIds[i] ?? '')),
      from: mistake.at - SCENE.beforeMs,
      to: mistake.at + SCENE.afterMs,
      ...{ appearances: new Map(), messages: [], auths: [], filed: [] },
    }),
  );
  const byClinic = new Map<string, Gathered[]>();
  for (const each of gathered) byClinic.set(each.mistake.clinic, [...(byClinic.get(each.mistake.clinic) ?? []), each]);
  const people = new Set(gathered.flatMap((each) => [...each.people]));
  const clinics = new Set(byClinic.keys());
  const coverage = cameraCoverage(clinics);
  const persons = new Map<string, NormalPerson>();
  const proxies: NormalProxy[] = [];
  const statuses: NormalStatus[] = [];
  const staff = new Map<string, NormalStaff>();
  const signIns = new Map<string, NormalSignIn>();
  const cameras = new Map<string, NormalCamera>();

  const see = (line: NormalLine, clinicOfCamera: (camera: string) => string | undefined): void => {
    switch (line.kind) {
      case 'person':
        if (people.has(line.psnNo)) persons.set(line.psnNo, line);
        return;
      case 'proxy':
        if (people.has(line.psnNo) || people.has(line.proxyPsnNo)) proxies.push(line);
        return;
      case 'status':
        if (people.has(line.psnNo)) statuses.push(line);
        return;
      case 'camera':
        if (clinics.has(line.clinic)) cameras.set(line.id, line);
        return;
      case 'staff':
        if (clinics.has(line.clinic)) staff.set(line.id, line);
        return;
      case 'signIn':
        if (clinics.has(line.clinic)) signIns.set(`${line.clinic} ${line.staff} ${line.from}`, line);
        return;
      case 'auth':
        for (const each of byClinic.get(line.clinic) ?? []) if (within(each, line.at)) each.auths.push(line);
        return;
      case 'filed':
        for (const each of byClinic.get(line.clinic) ?? [])
          if (line.from < each.to && (line.to === null || line.to > each.from)) each.filed.push(line);
        return;
      case 'appearance':
        for (const each of byClinic.get(clinicOfCamera(line.camera) ?? '') ?? [])
          if (line.from > each.from - CLOCK_REACH_MS && line.from < each.to + CLOCK_REACH_MS)
            each.appearances.set(line.id, line);
        return;
      case 'message': {
        const clinic = fieldOf(line.request, 'fixmedins_code', 1) ?? '';
        const about = byClinic.get(clinic);
        if (!about) return;
        const message = messageOf(line);
        for (const each of about) {
          const focal = message.setlId !== null && each.setlIds.has(message.setlId);
          if (focal || within(each, line.at)) each.messages.push(message);
        }
      }
    }
  };
  const watcher: FeedWatcher = {
    kinds: new Set([
      ...([
        'person',
        'proxy',
        'status',
        'camera',
        'staff',
        'signIn',
        'auth',
        'filed',
        'appearance',
        'message',
      ] as const),
    ]),
    clinics,
    people,
    see: ({ line }, clinicOfCamera) => see(line, clinicOfCamera),
  };
  if (mistakes.length > 0) await watchFeed(dir, [coverage.watcher, watcher], progress);

  const compare = comparer(card);
  const staffOf = (clinic: string): NormalStaff[] => [...staff.values()].filter((one) => one.clinic === clinic);
  return new Map(
    gathered.map((each): [Mistake, Scene] => {
      const { clinic } = each.mistake;
      const mine = [...cameras.values()].filter((camera) => camera.clinic === clinic);
      const portraits = [...each.people].flatMap((psnNo) => {
        const portrait = persons.get(psnNo)?.portrait;
        return portrait ? [{ psnNo, ...portrait }] : [];
      });
      const doctors = staffOf(clinic).flatMap(({ template }) => (template ? [template] : []));
      return [
        each.mistake,
        {
          from: each.from,
          to: each.to,
          cameras: mine.map((camera) => {
            const record = coverage.book.camera(camera.id);
            const offsetMs = record ? coverage.book.offsetMs(record, each.mistake.at) : 0;
            return { ...camera, offsetMs, until: record?.until ?? null };
          }),
          appearances: appearancesOf(each, coverage.book, (seen) => ({
            scores: new Map(
              portraits.flatMap(({ psnNo, template, quality }) => {
                const score = compare(seen, template, quality);
                return score ? [[psnNo, score]] : [];
              }),
            ),
            staff:
              doctors
                .flatMap((template) => compare(seen, template, 1) ?? [])
                .toSorted((a, b) => b.cosine - a.cosine)[0] ?? null,
          })),
          devices: devicesOf(each, coverage.book),
          messages: uniqueMessages(each.messages),
          auths: each.auths,
          signIns: [...signIns.values()].filter(
            (one) => one.clinic === clinic && one.from < each.to && (one.to === null || one.to > each.from),
          ),
          filed: each.filed,
          people: [...each.people]
            .flatMap((psnNo) => persons.get(psnNo) ?? [])
            .map(({ portrait: _, ...person }) => person),
          portraits: new Map(portraits.map(({ psnNo, taken, quality }) => [psnNo, { taken, quality }])),
          proxies: proxies.filter(({ psnNo, proxyPsnNo }) => each.people.has(psnNo) || each.people.has(proxyPsnNo)),
          statuses: statuses.filter(({ psnNo }) => each.people.has(psnNo)),
          coverage: (i) =>
            coverage.book.coverage(clinic, truth.at[i] ?? 0, facts.medTypes[facts.medType[i] ?? 0] || null),
        },
      ];
    }),
  );
}

const within = (span: { readonly from: number; readonly to: number }, at: number): boolean =>
  at >= span.from && at <= span.to;

function messageOf(line: Extract<NormalLine, { kind: 'message' }>): SceneMessage {
  const both = (name: string): string | null => fieldOf(line.request, name) ?? fieldOf(line.response, name);
  return {
    arrivedAt: line.at,
    infno: infnoOf(line.request),
    msgid: fieldOf(line.request, 'msgid', 1),
    psnNo: both('psn_no'),
    setlId: fieldOf(line.response, 'setl_id') ?? fieldOf(line.request, 'setl_id'),
    visit: both('mdtrt_id') ?? both('mdtrt_sn'),
    fundFen: fenOf(fieldOf(line.response, 'fund_pay_sumamt')),
    infTime: fieldOf(line.request, 'inf_time', 1),
    answered: line.response !== null,
  };
}

const uniqueMessages = (messages: readonly SceneMessage[]): SceneMessage[] =>
  [
    ...new Map(messages.map((message) => [`${message.msgid} ${message.arrivedAt} ${message.infno}`, message])).values(),
  ].sort((a, b) => a.arrivedAt - b.arrivedAt);

function appearancesOf(
  each: Gathered,
  book: CoverageBook,
  scored: (seen: NormalAppearance) => Pick<SceneAppearance, 'scores' | 'staff'>,
): SceneAppearance[] {
  return [...each.appearances.values()]
    .flatMap((seen): SceneAppearance[] => {
      const camera = book.camera(seen.camera);
      const offset = camera ? book.offsetMs(camera, seen.at) : 0;
      const from = seen.from - offset;
      const to = (seen.to ?? seen.from) - offset;
      if (to < each.from || from > each.to) return [];
      const { id, camera: cameraId, state, quality, faces, at } = seen;
      return [{ id, camera: cameraId, from, to, state, quality, faces, arrivedAt: at, ...scored(seen) }];
    })
    .sort((a, b) => a.from - b.from);
}

function devicesOf(each: Gathered, book: CoverageBook): SceneDevice[] {
  return book.camerasOf(each.mistake.clinic).flatMap((camera) => {
    const offset = book.offsetMs(camera, each.mistake.at);
    const states = [...new Map(camera.states.map((state) => [state.from, state])).values()].sort(
      (a, b) => a.from - b.from,
    );
    return states.flatMap((state, i): SceneDevice[] => {
      const end = Math.min(state.to ?? Infinity, states[i + 1]?.from ?? Infinity) - offset;
      const from = state.from - offset;
      if (from > each.to || end < each.from) return [];
      return [{ camera: camera.id, state: state.state, from, to: Number.isFinite(end) ? end : null }];
    });
  });
}

function comparer(card: ModelCard) {
  return (seen: NormalAppearance, portrait: Float32Array, portraitQuality: number): Score | null => {
    if (seen.template === null || seen.template.length !== portrait.length) return null;
    const cosine = dotProduct(seen.template, portrait);
    const judged = judge({ cosine, quality: seen.quality, portraitQuality }, card);
    return { cosine, llr: card.calibration === null ? null : judged.llr / Math.LN10, zone: judged.zone };
  };
}
