import { WINDOW } from '../camera-coverage.ts';
import type { CityCalendar } from '../city-calendar.ts';
import type { Scene, SceneAppearance, SceneMessage } from '../scenes.ts';
import { COLOUR, drawing, legend, line, rect, text } from './svg.ts';

const WIDTH = 1000;
const LEFT = 150;
const SCALE = WIDTH - LEFT - 8;

const ZONES = {
  match: COLOUR.good,
  uncertain: COLOUR.warn,
  beyond_genuine_tail: COLOUR.bad,
} as const;
const STAFF = '#7a5aa8';
const NO_FACE = '#9aa7b3';
const DEVICE: Readonly<Record<string, string>> = {
  ok: '#cfe6e4',
  offline: '#5d6b7a',
  dark: '#3a4550',
  frozen: '#8a6d00',
  covered: '#b3261e',
  moved: '#d07b2a',
  unknown: '#e6e6e6',
};
const MESSAGE: Readonly<Record<string, string>> = {
  '2207': COLOUR.ink,
  '2206': COLOUR.accent,
  '2208': COLOUR.bad,
  '2601': COLOUR.bad,
};

/** Colour of an appearance: by its best score against those who were claimed; staff apart. */
export function colourOf(seen: SceneAppearance): string {
  const best = [...seen.scores.values()].toSorted((a, b) => b.cosine - a.cosine)[0];
  if (best?.zone === 'match') return ZONES.match;
  if (seen.staff?.zone === 'match') return STAFF;
  if (!best) return NO_FACE;
  return ZONES[best.zone as keyof typeof ZONES] ?? NO_FACE;
}

/** The hour around a mistake: messages, terminal checks, each camera's state and who stood before it. True time. */
export function sceneChart(
  scene: Scene,
  focal: readonly { readonly at: number; readonly label: string }[],
  calendar: CityCalendar,
): string {
  const x = (ms: number): number =>
    LEFT + ((Math.min(scene.to, Math.max(scene.from, ms)) - scene.from) / (scene.to - scene.from)) * SCALE;
  const lanes: string[] = [];
  let y = 26;
  const title = (words: string): string => text(LEFT - 8, y + 12, words, { 'text-anchor': 'end', 'font-size': 11.5 });

  const visits = visitsOf(scene, new Set(focal.map(({ label }) => label)));
  if (visits.length > 0) lanes.push(title('报文 messages'));
  for (const visit of visits) {
    const weight = visit.focal ? 650 : 400;
    const colour = visit.focal ? COLOUR.accent : COLOUR.soft;
    const [first, last] = [x(visit.from), x(visit.to)];
    lanes.push(line(first, y + 8, last, y + 8, colour, { 'stroke-width': visit.focal ? 2 : 1 }));
    for (const message of visit.messages) {
      const at = x(message.arrivedAt);
      const said = `${message.infno} ${message.msgid ?? ''} ${message.answered ? '' : '(no response)'}`;
      lanes.push(rect(at - 2, y + 3, 4, 10, MESSAGE[message.infno] ?? COLOUR.soft, {}, said));
    }
    const infnos = [...new Set(visit.messages.map(({ infno }) => infno))].join(' ');
    const words = `${visit.who} · ${infnos}`;
    const attributes = { 'font-size': 10.5, fill: colour, 'font-weight': weight };
    if (last > WIDTH - 400) lanes.push(text(first - 6, y + 12, words, { ...attributes, 'text-anchor': 'end' }));
    else lanes.push(text(last + 6, y + 12, words, attributes));
    y += 15;
  }
  y += 6;
  if (scene.auths.length > 0) {
    lanes.push(title('终端核验 terminal'));
    for (const auth of scene.auths)
      lanes.push(
        rect(
          x(auth.at) - 4,
          y + 3,
          8,
          8,
          auth.ok ? COLOUR.good : COLOUR.bad,
          {},
          `${auth.psnNo} ${auth.ok ? 'ok' : 'not ok'}`,
        ),
      );
    y += 18;
  }
  for (const camera of scene.cameras) {
    const mine = scene.appearances.filter((seen) => seen.camera === camera.id);
    lanes.push(text(LEFT - 8, y + 11, camera.id, { 'text-anchor': 'end', 'font-size': 11 }));
    lanes.push(text(LEFT - 8, y + 23, camera.scenePoint, { 'text-anchor': 'end', 'font-size': 10, class: 'soft' }));
    lanes.push(rect(LEFT, y, SCALE, 6, DEVICE.unknown ?? COLOUR.pale));
    for (const state of scene.devices.filter((each) => each.camera === camera.id))
      lanes.push(
        rect(
          x(state.from),
          y,
          x(state.to ?? scene.to) - x(state.from),
          6,
          DEVICE[state.state] ?? COLOUR.soft,
          {},
          state.state,
        ),
      );
    const ends: number[] = [];
    for (const seen of mine) {
      let lane = ends.findIndex((end) => end < seen.from);
      if (lane < 0) lane = ends.length;
      if (lane > 5) continue;
      ends[lane] = seen.to + 20_000;
      const best = [...seen.scores.values()].toSorted((a, b) => b.cosine - a.cosine)[0];
      const said = `${seen.id} · q ${seen.quality.toFixed(2)} · ${best ? `${best.cosine.toFixed(3)} ${best.zone}` : 'no face compared'}`;
      lanes.push(
        rect(
          x(seen.from),
          y + 9 + lane * 10,
          Math.max(3, x(seen.to) - x(seen.from)),
          8,
          colourOf(seen),
          { rx: 2 },
          said,
        ),
      );
    }
    y += Math.max(26, 12 + ends.length * 10);
  }
  const height = y + 4;
  const ticks: string[] = [];
  const first = Math.ceil(scene.from / 600_000) * 600_000;
  for (let tick = first; tick <= scene.to; tick += 600_000)
    ticks.push(
      line(x(tick), 18, x(tick), height - 4, COLOUR.line),
      text(x(tick), 12, calendar.timeName(tick).slice(11, 16), {
        'text-anchor': 'middle',
        'font-size': 10.5,
        class: 'soft',
      }),
    );
  const [main] = focal;
  const window =
    main === undefined
      ? ''
      : rect(
          x(main.at - WINDOW.beforeMs),
          18,
          x(main.at + WINDOW.afterMs) - x(main.at - WINDOW.beforeMs),
          height - 22,
          '#2457a6',
          { opacity: 0.07 },
        );
  const marks = focal
    .filter(({ at }) => at >= scene.from && at <= scene.to)
    .map(
      ({ at, label }) =>
        line(x(at), 16, x(at), height - 2, COLOUR.accent, { 'stroke-width': 1.6, 'stroke-dasharray': '4 3' }) +
        text(x(at) + 3, height - 3, label, { 'font-size': 10, fill: COLOUR.accent }),
    )
    .join('');
  return drawing(WIDTH, height, window + ticks.join('') + lanes.join('') + marks, 'The hour around it');
}

interface VisitLane {
  readonly who: string;
  readonly focal: boolean;
  readonly from: number;
  readonly to: number;
  readonly messages: readonly SceneMessage[];
}

const MOST_VISITS = 9;

/** Messages of one visit belong together; what names no visit stands by itself. Those that are told about come first. */
function visitsOf(scene: Scene, focalIds: ReadonlySet<string>): VisitLane[] {
  const groups = new Map<string, SceneMessage[]>();
  for (const message of scene.messages) {
    if (message.arrivedAt < scene.from || message.arrivedAt > scene.to) continue;
    const key = message.visit ?? message.psnNo ?? message.msgid ?? '';
    groups.set(key, [...(groups.get(key) ?? []), message]);
  }
  return [...groups.values()]
    .map((messages): VisitLane => {
      const moments = messages.map(({ arrivedAt }) => arrivedAt);
      return {
        who: messages.find(({ psnNo }) => psnNo !== null)?.psnNo ?? '',
        focal: messages.some(({ setlId, msgid }) => focalIds.has(setlId ?? '') || focalIds.has(msgid ?? '')),
        ...{ from: Math.min(...moments), to: Math.max(...moments), messages },
      };
    })
    .toSorted((a, b) => Number(b.focal) - Number(a.focal) || a.from - b.from)
    .slice(0, MOST_VISITS);
}

export const sceneLegend = (): string =>
  legend([
    [ZONES.match, '像被冒用人 matches the claimed person'],
    [ZONES.uncertain, '两可 between'],
    [ZONES.beyond_genuine_tail, '不是 not him'],
    [STAFF, '村医 staff'],
    [NO_FACE, '无可比人脸 no face compared'],
    [DEVICE.ok ?? '', '摄像机正常 camera ok'],
    [DEVICE.covered ?? '', '遮挡 covered'],
    [DEVICE.offline ?? '', '离线 offline'],
    [DEVICE.unknown ?? '', '无人值守 nobody watched'],
  ]);
