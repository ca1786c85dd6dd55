import type { Draw } from '../../src/simulation/world/random.ts';
import type { Clip, FilmStyle } from './clinic-film.ts';

export interface Films {
  readonly empty: readonly Clip[];
  readonly visits: readonly Clip[];
}

export interface Visit {
  readonly camera: string;
  /** Seconds from the timelines' beginning. */
  readonly from: number;
  readonly to: number;
}

/** What each camera shows, one film after the other. */
export type Timelines = Record<string, { file: string; seconds: number }[]>;

/** Empty room after the measured time. */
const TAIL_S = 60;

/** The film of a piece in another style. */
export function sameIn(films: Films, others: Films, { file }: { readonly file: string }): string {
  const all = ({ empty, visits }: Films): readonly Clip[] => [...empty, ...visits];
  const place = all(films).findIndex((clip) => clip.file === file);
  return all(others)[place]?.file ?? file;
}

/** Visits thrown onto the cameras' timelines until the wanted share of the measured time shows somebody. */
export function schedule(
  options: { readonly cameras: number; readonly seconds: number; readonly warmSeconds: number },
  presence: number,
  films: Films,
  style: FilmStyle,
  draw: Draw,
): { readonly timelines: Timelines; readonly visits: Visit[] } {
  const from = options.warmSeconds;
  const to = options.warmSeconds + options.seconds;
  const names = Array.from({ length: options.cameras }, (_, i) => `p${Math.round(presence * 1000)}-${i}`);
  const placed = new Map<string, { at: number; clip: Clip }[]>(names.map((name) => [name, []]));
  const visits: Visit[] = [];
  const wanted = presence * options.cameras * options.seconds;
  let have = 0;
  for (let tries = 0; tries < 5_000 && have < 0.9 * wanted; tries++) {
    const clip = films.visits[draw.below(films.visits.length)];
    const camera = names[draw.below(names.length)];
    if (!clip?.visit || camera === undefined || clip.seconds > to - from) continue;
    // The last one should not make much more than was asked for; one there is in any case.
    if ((have > 0 || tries < 1_000) && have + clip.visit.to - clip.visit.from > 1.1 * wanted) continue;
    const steps = Math.floor((to - from - clip.seconds) / style.gopSeconds);
    const at = from + style.gopSeconds * draw.below(steps + 1);
    const there = placed.get(camera) ?? [];
    if (there.some((each) => at < each.at + each.clip.seconds + 2 && each.at < at + clip.seconds + 2)) continue;
    there.push({ at, clip });
    visits.push({ camera, from: at + clip.visit.from, to: at + clip.visit.to });
    have += clip.visit.to - clip.visit.from;
  }
  const timelines: Timelines = {};
  for (const [i, name] of names.entries()) {
    const pieces: { file: string; seconds: number }[] = [];
    let at = 0;
    const empty = (until: number): void => {
      for (let n = i; at < until; n++) {
        const clip = films.empty[n % films.empty.length] as Clip;
        const seconds = Math.min(clip.seconds, until - at);
        pieces.push({ file: clip.file, seconds });
        at += seconds;
      }
    };
    for (const each of (placed.get(name) ?? []).sort((a, b) => a.at - b.at)) {
      empty(each.at);
      pieces.push({ file: each.clip.file, seconds: each.clip.seconds });
      at += each.clip.seconds;
    }
    empty(to + TAIL_S);
    timelines[name] = pieces;
  }
  return { timelines, visits };
}
