import type { ClaimStatementRow } from '../../ledgers/claims/rows.ts';
import type { Clock } from '../../platform/clock.ts';
import { derivedId } from '../../platform/ids.ts';
import { localDay } from '../local-time.ts';
import type { DecisionParameters } from '../parameters.ts';
import { findingChanged, statementDue } from '../reconcile.topics.ts';
import type { ReconcileStore } from '../store.ts';
import type { LedgerTotals } from '../store-rows.ts';
import type { FindingRow } from '../tables.ts';

/** 数据未传全: not a rule over facts, but named like one. */
export const COMPLETENESS_RULE = 'N1';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What is missing is looked for every hour of the first week, then once a day. */
const OFTEN_FOR_MS = 7 * DAY_MS;
const GIVEN_UP_MS = 60 * DAY_MS;
const NAMED = 50;

export interface CompletenessDeps {
  readonly clock: Clock;
  readonly parameters: DecisionParameters;
  readonly timeZone: string;
}

/** What of a statement has not come. */
export interface Gap {
  readonly missing: number;
  readonly told: number;
  readonly known: number;
  /** Told − known; null: not told. */
  readonly fundFenMissing: number | null;
  /** Numbers told one by one that nobody knows here. */
  readonly unknown: readonly string[];
}

/** Pure: what was told against what is known. */
export function gapOf(
  statement: Pick<ClaimStatementRow, 'settlements' | 'fund_fen' | 'setl_ids' | 'mdtrt_ids'>,
  ledger: LedgerTotals,
  known: readonly string[],
): Gap {
  if (statement.settlements !== null) {
    return {
      missing: Math.max(0, statement.settlements - ledger.settlements),
      told: statement.settlements,
      known: ledger.settlements,
      fundFenMissing: statement.fund_fen === null ? null : statement.fund_fen - ledger.fundFen,
      unknown: [],
    };
  }
  const here = new Set(known);
  const told = [...statement.setl_ids, ...statement.mdtrt_ids];
  const unknown = told.filter((number) => !here.has(number));
  return {
    missing: unknown.length,
    told: told.length,
    known: told.length - unknown.length,
    fundFenMissing: null,
    unknown,
  };
}

/**
 * Compares a reconciliation or a pull with what has come. Claims that are missing after the grace are an alert about data,
 * of the clinic and the period; it is taken back when they arrive.
 */
export async function checkStatement(
  store: ReconcileStore,
  deps: CompletenessDeps,
  { msgid, clinicCode }: { readonly msgid: string; readonly clinicCode: string },
): Promise<void> {
  const now = deps.clock.now();
  await store.lock(`statement/${msgid}`);
  const statement = await store.statement(msgid);
  if (statement === null || now - statement.received_at > GIVEN_UP_MS) return;
  const again = (at: number): void =>
    store.tell(statementDue, [{ payload: { msgid, clinicCode }, options: { dedupeKey: msgid, availableAt: at } }]);
  const due = Math.max(statement.received_at, statement.to_at) + deps.parameters.statementGraceHours * HOUR_MS;
  if (now < due) return again(due);
  const span = { from: statement.from_at, to: statement.to_at };
  const gap = gapOf(
    statement,
    await store.ledgerTotals({ clinicCode, insutype: statement.insutype, ...span }),
    await store.knownNumbers({ clinicCode, setlIds: statement.setl_ids, mdtrtIds: statement.mdtrt_ids }),
  );
  const incidentKey = `statement:${clinicCode}:${msgid}`;
  const before = (await store.findingsOfIncident(incidentKey))[0] ?? null;
  const row = findingOf(statement, gap, { now, timeZone: deps.timeZone, incidentKey });
  if (row.outcome === 'hit' || before !== null) {
    if (before === null || before.outcome !== row.outcome || before.evidence.missing !== row.evidence.missing) {
      store.putFindings([row]);
      store.tell(findingChanged, [{ payload: { incidentKey }, options: { dedupeKey: incidentKey } }]);
    }
  }
  // A reversal that comes late may make complete what is missing, and the other way round.
  if (gap.missing > 0) again(now + (now - due < OFTEN_FOR_MS ? HOUR_MS : DAY_MS));
}

function findingOf(
  statement: ClaimStatementRow,
  gap: Gap,
  { now, timeZone, incidentKey }: { readonly now: number; readonly timeZone: string; readonly incidentKey: string },
): FindingRow {
  const subjectKey = `statement/${statement.msgid}`;
  const first = localDay(statement.from_at, timeZone);
  const last = localDay(statement.to_at - 1, timeZone);
  const period = first === last ? first : `${first} … ${last}`;
  const missing = gap.missing > 0;
  return {
    id: derivedId('finding', COMPLETENESS_RULE, subjectKey),
    rule_id: COMPLETENESS_RULE,
    rule_version: '1',
    subject_key: subjectKey,
    incident_key: incidentKey,
    phase: 'post',
    class: 'data',
    severity: 'medium',
    clinic_code: statement.clinic_code,
    psn_no: null,
    camera_id: null,
    setl_ids: [],
    basis: ['claims'],
    outcome: missing ? 'hit' : 'clear',
    reason: missing ? 'claims_missing' : 'complete',
    evidence: {
      zh: missing
        ? `${period}：对账（${statement.infno}）共${gap.told}笔，本系统收到${gap.known}笔，缺${gap.missing}笔，请检查数据上传。`
        : `${period}：对账所列已全部收到。`,
      en: missing
        ? `${period}: a reconciliation (${statement.infno}) tells of ${gap.told}, ${gap.known} have come, ${gap.missing} are missing; please check the transmission.`
        : `${period}: everything that the reconciliation tells of has come.`,
      infno: statement.infno,
      from: first,
      to: last,
      insutype: statement.insutype,
      told: gap.told,
      known: gap.known,
      missing: gap.missing,
      fundFenMissing: gap.fundFenMissing,
      unknown: gap.unknown.slice(0, NAMED),
    },
    assessment_id: derivedId('statement', statement.msgid),
    first_at: now,
    updated_at: now,
  };
}
