import { join } from 'node:path';
import { type ScoredCity, scoreCity, scoreJson } from '../../../src/simulation/score/run-score.ts';
import { folderOf, type Line } from './feed-support.ts';

/** A settlement of a hand-made city; what is not said is an honest visit of 16.00 yuan by the patient himself. */
export interface Visit {
  readonly id: string;
  readonly clinic?: string;
  readonly at?: string;
  readonly scheme?: string;
  readonly concentrated?: boolean;
  readonly came?: string;
  readonly reversed?: boolean;
  /** What the fund paid, fen; null: no message tells. */
  readonly fund?: number | null;
  /** Default: what the fund paid. */
  readonly loss?: number;
  readonly psn?: string;
}

export interface Alert {
  readonly id: string;
  readonly names?: readonly string[];
  readonly clinic?: string;
  readonly class?: string;
  readonly subject?: string;
  readonly basis?: readonly string[];
  readonly at?: string;
  readonly withdrawn?: string | null;
}

export interface CitySpec {
  readonly visits: readonly Visit[];
  readonly alerts?: readonly Alert[];
  readonly decisions?: readonly Line[];
  /** setl_id → verdict, or the whole row. */
  readonly verdicts?: readonly Line[];
  readonly clinics?: Readonly<
    Record<string, { readonly ghostShare?: number; readonly fraudFrom?: string; readonly mainScheme?: string }>
  >;
  /** Number of cameras, by clinic; default 2. */
  readonly cameras?: Readonly<Record<string, number>>;
  readonly truthRows?: readonly Line[];
  readonly feed?: readonly Line[];
  /** Clinics whose cameras are covered all the time. */
  readonly covered?: readonly string[];
}

export const A = 'H41162400001';
export const B = 'H41162400002';
export const C = 'H41162400003';
/** A Monday. */
export const DAY = '2026-03-02';
export const at = (time: string, day = DAY): string => `${day}T${time.length === 5 ? `${time}:00` : time}+08:00`;

const START = at('00:00', '2026-03-01');
const END = '2026-04-30T00:00:00+08:00';

function truthOf(visit: Visit): Line {
  const fraud = visit.scheme !== undefined;
  return {
    setl_id: visit.id,
    clinic: visit.clinic ?? A,
    at: visit.at ?? at('10:00'),
    kind: fraud ? 'fraud' : 'honest',
    scheme: visit.scheme ?? null,
    concentrated: visit.concentrated ?? false,
    came: visit.came ?? (fraud ? 'nobody' : 'self'),
    reversed: visit.reversed ?? false,
    loss_fen: fraud ? (visit.loss ?? visit.fund ?? 1600) : 0,
  };
}

const messageOf = (visit: Visit): Line => ({
  at: visit.at ?? at('10:00'),
  kind: 'message',
  request: {
    infno: '2207',
    msgid: `MSG-${visit.id}`,
    fixmedins_code: visit.clinic ?? A,
    input: { data: { psn_no: visit.psn ?? `P-${visit.id}`, mdtrt_id: `M-${visit.id}`, med_type: '11' } },
  },
  response: {
    infcode: 0,
    output: { setlinfo: { setl_id: visit.id, fund_pay_sumamt: ((visit.fund ?? 1600) / 100).toFixed(2) } },
  },
});

export const alertOf = (alert: Alert): Line => ({
  kind: 'alert',
  id: alert.id,
  class: alert.class ?? 'fraud',
  subject: alert.subject ?? 'settlement',
  clinic: alert.clinic ?? A,
  setl_ids: alert.names ?? [],
  basis: alert.basis ?? ['claims'],
  shownAt: alert.at ?? at('12:00'),
  withdrawnAt: alert.withdrawn ?? null,
});

export interface CityRows {
  readonly feed: Line[];
  readonly truth: Line[];
  readonly outcome: Line[];
}

export function rowsOf(spec: CitySpec): CityRows {
  const codes = [
    ...new Set([A, B, C, ...spec.visits.map(({ clinic }) => clinic ?? A), ...Object.keys(spec.clinics ?? {})]),
  ];
  const cameras = codes.flatMap((code) =>
    Array.from({ length: spec.cameras?.[code] ?? 2 }, (_, k) => ({ id: `${code}-K${k}`, clinic: code })),
  );
  const feed: Line[] = [
    ...codes.map((code) => ({ at: START, kind: 'clinic', fixmedins_code: code, name: code, region: '411624' })),
    ...cameras.map((camera) => ({ at: START, kind: 'camera', ...camera, scenePoint: 'counter', required: [] })),
    ...cameras.flatMap((camera) =>
      (spec.covered ?? codes).includes(camera.clinic)
        ? [{ at: START, kind: 'device', camera: camera.id, state: 'ok', from: START, to: null, clockOffsetS: 0 }]
        : [],
    ),
    ...spec.visits.filter(({ fund }) => fund !== null).map(messageOf),
    ...(spec.feed ?? []),
    ...cameras.map((camera) => ({ at: END, kind: 'watermark', camera: camera.id, until: END })),
  ].toSorted((a, b) => Date.parse(String(a.at)) - Date.parse(String(b.at)));
  return {
    feed,
    truth: [
      ...spec.visits.map(truthOf),
      ...(spec.truthRows ?? []),
      ...codes.map((code) => ({
        clinic: code,
        ghostShare: spec.clinics?.[code]?.ghostShare ?? 0,
        fraudFrom: spec.clinics?.[code]?.fraudFrom ?? null,
        mainScheme: spec.clinics?.[code]?.mainScheme ?? null,
      })),
    ],
    outcome: [
      ...(spec.alerts ?? []).map(alertOf),
      ...(spec.decisions ?? []).map((row) => ({ kind: 'decision', at: at('10:00'), ...row })),
      ...(spec.verdicts ?? []).map((row) => ({ kind: 'verdict', at: at('11:00'), ...row })),
    ],
  };
}

export async function scoreRows(rows: CityRows, bootstrap = 500): Promise<ScoredCity> {
  const dir = await folderOf({
    'meta.json': { dimension: 4, timeZone: 'Asia/Shanghai', calibration: null },
    'feed.ndjson': rows.feed,
    'truth.ndjson': rows.truth,
    'outcome.ndjson': rows.outcome,
  });
  return scoreCity(dir, join(dir, 'outcome.ndjson'), { bootstrap });
}

/** What the command prints. */
export interface Printed {
  readonly [figure: string]: unknown;
  readonly details: Readonly<
    Record<
      string,
      {
        readonly value: number | null;
        readonly numerator: number | null;
        readonly denominator: number | null;
        readonly interval: readonly [number, number] | null;
        readonly why?: string;
        readonly more?: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

export const scoreOf = async (spec: CitySpec): Promise<Printed> =>
  scoreJson(await scoreRows(rowsOf(spec))) as unknown as Printed;
