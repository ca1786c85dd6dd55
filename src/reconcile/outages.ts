import type { CameraStateFact } from './facts.ts';

/** States in which a camera is no witness of what it stands for. (`unknown` says nothing.) */
export const OUT_STATES: readonly string[] = [
  'offline',
  'dark',
  'frozen',
  'covered',
  'moved',
  'defocused',
  'low_bit_rate',
  'gaps',
];
const OUT = new Set(OUT_STATES);
export const isOut = (state: string): boolean => OUT.has(state);

export interface Outage {
  /** Device time, epoch ms. */
  readonly from: number;
  /** null: goes on */
  readonly to: number | null;
  readonly states: readonly CameraStateFact[];
}

/** Outages in a camera's states (device time): states without sight that follow each other without a gap are one. */
export function outagesOf(states: readonly CameraStateFact[]): Outage[] {
  const sorted = states.toSorted((a, b) => a.from - b.from);
  const outages: { from: number; to: number | null; states: CameraStateFact[] }[] = [];
  sorted.forEach((state, i) => {
    const next = sorted[i + 1]?.from ?? null;
    const to = state.to === null ? next : next === null ? state.to : Math.min(state.to, next);
    if (!isOut(state.state) || (to !== null && to <= state.from)) return;
    const told = { state: state.state, from: state.from, to };
    const last = outages.at(-1);
    if (last && last.to === state.from) {
      last.to = to;
      last.states.push(told);
    } else {
      outages.push({ from: state.from, to, states: [told] });
    }
  });
  return outages;
}
