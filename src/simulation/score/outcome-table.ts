import { basename } from 'node:path';
import type { FeedClock } from '../feed/feed-time.ts';
import {
  AlertRowSchema,
  DecisionRowSchema,
  type RawAlertRow,
  type RawDecisionRow,
  type RawVerdictRow,
  VerdictRowSchema,
} from '../feed/outcome-schema.ts';
import { momentReader, readRows } from './rows.ts';
import type { TruthTable } from './truth-table.ts';

/** One row of an alert: a stretch of time in which it stood open. */
export interface AlertRow {
  readonly id: string;
  readonly class: 'fraud' | 'evidence' | 'device' | 'data';
  readonly subject: string;
  readonly clinic: string;
  /** Indexes into the truth, each once. */
  readonly settlements: readonly number[];
  /** Named settlements that the truth does not know. */
  readonly unknown: number;
  readonly basis: readonly string[];
  readonly shownAt: number;
  readonly withdrawnAt: number | null;
}

export const VERDICTS = ['none', 'match', 'mismatch', 'cannot_tell'] as const;
const verdictCodes = new Map<string, number>(VERDICTS.flatMap((word, i) => (i === 0 ? [] : [[word, i]])));
/** Of two verdicts at the same moment the one that harms more stands. */
const WEIGHT = [0, 1, 3, 2];

/** What run-feed wrote; verdicts in columns beside the truth's. */
export interface OutcomeTable {
  readonly alerts: readonly AlertRow[];
  /** Index into VERDICTS: the final one. */
  readonly verdict: Uint8Array;
  readonly verdictAt: Float64Array;
  /** Index into `reasons`. */
  readonly reason: Uint16Array;
  readonly reasons: readonly string[];
  /** NaN: none. */
  readonly llr: Float32Array;
  readonly coverage: Float32Array;
  /** 1: a hold was placed at some time. From decisions that name the settlement; the feed tells of the others. */
  readonly held: Uint8Array;
  /** Visits and messages that were held by decisions which name no settlement. */
  readonly heldVisits: ReadonlySet<string>;
  readonly heldMessages: ReadonlySet<string>;
  /** By msgid, or by mdtrt_id where a decision names no message: when it was first answered with hold or review. */
  readonly cautionByMessage: ReadonlyMap<string, number>;
  readonly cautionByVisit: ReadonlyMap<string, number>;
  readonly rows: {
    readonly alert: number;
    readonly decision: number;
    readonly verdict: number;
    readonly other: number;
  };
  /** Verdicts and decisions about settlements that the truth does not know. */
  readonly unknownSettlements: number;
}

const MAX_REASONS = 60_000;

/** Reads what run-feed wrote. @throws DomainError `invalid_input` naming the line */
export async function readOutcome(path: string, clock: FeedClock, truth: TruthTable): Promise<OutcomeTable> {
  const alerts: AlertRow[] = [];
  const verdict = new Uint8Array(truth.count);
  const verdictAt = new Float64Array(truth.count).fill(-Infinity);
  const reason = new Uint16Array(truth.count);
  const reasons = ['none'];
  const reasonIndex = new Map<string, number>([['none', 0]]);
  const llr = new Float32Array(truth.count).fill(Number.NaN);
  const coverage = new Float32Array(truth.count).fill(Number.NaN);
  const held = new Uint8Array(truth.count);
  const heldVisits = new Set<string>();
  const heldMessages = new Set<string>();
  const cautionByMessage = new Map<string, number>();
  const cautionByVisit = new Map<string, number>();
  const rows = { alert: 0, decision: 0, verdict: 0 };
  let unknownSettlements = 0;

  const textOf = (value: string | number | null | undefined): string | null =>
    value === null || value === undefined || value === '' ? null : String(value);
  const reasonCode = (word: string | null | undefined): number => {
    if (word === null || word === undefined) return 0;
    const known = reasonIndex.get(word);
    if (known !== undefined) return known;
    if (reasons.length >= MAX_REASONS) return 0;
    reasonIndex.set(word, reasons.length);
    return reasons.push(word) - 1;
  };
  const earliest = (map: Map<string, number>, key: string, at: number): void => {
    map.set(key, Math.min(at, map.get(key) ?? Infinity));
  };

  const moment = momentReader(clock, basename(path));
  const takeAlert = (row: RawAlertRow, line: number): void => {
    rows.alert++;
    const known = new Set<number>();
    const strange = new Set<string>();
    for (const id of row.setl_ids ?? []) {
      const i = truth.indexOf.get(String(id));
      if (i === undefined) strange.add(String(id));
      else known.add(i);
    }
    alerts.push({
      id: String(row.id),
      class: row.class,
      subject: row.subject,
      clinic: String(row.clinic),
      settlements: [...known].sort((a, b) => a - b),
      unknown: strange.size,
      basis: row.basis ?? [],
      shownAt: moment(line, 'shownAt', row.shownAt),
      withdrawnAt:
        row.withdrawnAt === null || row.withdrawnAt === undefined ? null : moment(line, 'withdrawnAt', row.withdrawnAt),
    });
  };
  const takeDecision = (row: RawDecisionRow, line: number): void => {
    rows.decision++;
    if (row.decision === 'allow') return;
    const setlId = textOf(row.setl_id);
    const msgid = textOf(row.msgid);
    const visit = textOf(row.mdtrt_id);
    const at = moment(line, 'at', row.at);
    if (msgid !== null) earliest(cautionByMessage, msgid, at);
    else if (visit !== null) earliest(cautionByVisit, visit, at);
    if (row.decision !== 'hold') return;
    const i = setlId === null ? undefined : truth.indexOf.get(setlId);
    if (i !== undefined) held[i] = 1;
    else {
      if (setlId !== null) unknownSettlements++;
      if (visit !== null) heldVisits.add(visit);
      else if (msgid !== null) heldMessages.add(msgid);
    }
  };
  const takeVerdict = (row: RawVerdictRow, line: number): void => {
    rows.verdict++;
    const i = truth.indexOf.get(String(row.setl_id));
    if (i === undefined) {
      unknownSettlements++;
      return;
    }
    const at = moment(line, 'at', row.at);
    const code = verdictCodes.get(row.verdict) ?? VERDICTS.indexOf('cannot_tell');
    const before = verdictAt[i] ?? -Infinity;
    if (at < before || (at === before && (WEIGHT[code] ?? 0) < (WEIGHT[verdict[i] ?? 0] ?? 0))) return;
    verdict[i] = code;
    verdictAt[i] = at;
    reason[i] = reasonCode(row.reason);
    llr[i] = row.llr ?? Number.NaN;
    coverage[i] = row.coverage ?? Number.NaN;
  };

  const { unknown } = await readRows(path, [
    {
      name: 'verdict',
      is: ({ kind }) => kind === 'verdict',
      schema: VerdictRowSchema,
      take: (row, line) => takeVerdict(row as RawVerdictRow, line),
    },
    {
      name: 'decision',
      is: ({ kind }) => kind === 'decision',
      schema: DecisionRowSchema,
      take: (row, line) => takeDecision(row as RawDecisionRow, line),
    },
    {
      name: 'alert',
      is: ({ kind }) => kind === 'alert',
      schema: AlertRowSchema,
      take: (row, line) => takeAlert(row as RawAlertRow, line),
    },
  ]);
  return {
    alerts,
    verdict,
    verdictAt,
    reason,
    reasons,
    llr,
    coverage,
    held,
    heldVisits,
    heldMessages,
    cautionByMessage,
    cautionByVisit,
    rows: { ...rows, other: unknown },
    unknownSettlements,
  };
}
