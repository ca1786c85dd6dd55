import { ts, tsOrNull } from '../../platform/db.ts';
import { subjectKeyOf } from '../finding-rows.ts';
import type { ReconcileStore } from '../store.ts';
import type { PartyRows, SettlementRef, StandingRows } from '../store-rows.ts';
import { type AssessmentHeadRow, type DecisionRow, decisionsTable, type FindingRow, findingsTable } from '../tables.ts';
import { parseVisitKey } from '../visit-key.ts';
import {
  AUTH_OBJECT,
  CLINIC_OBJECT,
  DECISION_ROW_COLUMNS,
  EVENT_OBJECT,
  FILING_OBJECT,
  FINDING_COLUMNS,
  list,
  object,
  rowObject,
  SETTLEMENT_OBJECT,
} from './columns.ts';
import type { Later, OneRow, Read } from './reader.ts';

const REF_COLUMNS = 's.id, s.clinic_code, s.mdtrt_id, s.msgid, s.at, s.psn_no';
/** `visitKeyOf` of facts.ts. */
const VISIT_KEY = `case when s.mdtrt_id is null then 'message:' || s.msgid
  else 'visit:' || s.clinic_code || ':' || s.mdtrt_id end`;

const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 4116))';
const LOCK_SETTLEMENT = `select ${REF_COLUMNS}, pg_advisory_xact_lock(hashtextextended(${VISIT_KEY}, 4116)) as locked
  from settlements s where s.id = $1`;
const REF = `select ${REF_COLUMNS} from settlements s where s.id = $1`;

/** How a visit's rows are found: by one index of each month, or by none. */
type ByKey = 'message' | 'visit' | 'none';

const claimsOfKey = (alias: string, by: ByKey): string =>
  by === 'message'
    ? `${alias}.msgid = $5`
    : by === 'visit'
      ? `${alias}.mdtrt_id = $6 and ${alias}.clinic_code = $7`
      : 'false';

/** Values that a form of the statement does not ask for, so that all forms are given the same. */
const UNASKED = 'where ($4::text, $5::text, $6::text, $7::text, $8::uuid) is not null or true';

/** @param itself the subject is a settlement, which belongs to what is found whatever its visit */
const standing = (by: ByKey, itself: boolean): string => `with found as (
    select ${FINDING_COLUMNS} from findings
    where split_part(subject_key, '#', 1) = $3 or incident_key = $4 for update
  ), decided as (
    select ${DECISION_ROW_COLUMNS} from decisions where subject_key = $4 for update
  )
  select h.assessment_id, h.facts_hash, h.rule_set, h.awaits_until, h.verdict,
    ${list(rowObject('f', findingsTable), 'from found f')} as findings,
    (select ${rowObject('d', decisionsTable)} from decided d) as decision,
    ${list(
      EVENT_OBJECT('e'),
      `from claim_events e where e.kind in ('registration', 'trial_settlement', 'settlement') and ${claimsOfKey('e', by)}`,
    )} as events,
    ${list(
      SETTLEMENT_OBJECT('s'),
      `from (select * from settlements s where ${claimsOfKey('s', by)}
         ${itself ? `union all select * from settlements s where s.id = $8::uuid and (${claimsOfKey('s', by)}) is not true` : ''}) s`,
    )} as settlements
  from (select 1) as one
  left join assessment_heads h on h.subject_kind = $1 and h.subject_id = $2 ${UNASKED}`;

const STANDING = {
  message: { false: standing('message', false), true: standing('message', true) },
  visit: { false: standing('visit', false), true: standing('visit', true) },
  none: { false: standing('none', false), true: standing('none', true) },
} as const;

const PARTIES = `select
    (select ${CLINIC_OBJECT('c')} from clinics c where c.code = $1) as clinic,
    (select ${object('p', 'psn_no sex birth')} from persons p where p.psn_no = $2) as person,
    ${list(
      object('s', 'what ~from_at ~to_at institution source ~created_at'),
      'from person_status s where s.psn_no = $2',
    )} as statuses,
    ${list(
      FILING_OBJECT('f'),
      'from filings f where f.clinic_code = $1 and f.from_at <= $3 and (f.to_at is null or f.to_at > $3)',
    )} as filings,
    ${list(
      AUTH_OBJECT('t'),
      'from terminal_auths t where t.psn_no = $2 and t.clinic_code = $1 and t.at between $4 and $5',
    )} as auths,
    ${list(
      object('s', 'clinic_code setl_id msgid ~at', { region_code: 'c.region_code' }),
      `from settlements s left join clinics c on c.code = s.clinic_code
       where s.psn_no = $2 and s.clinic_code <> $1 and s.reversed_at is null and s.at between $6 and $7`,
    )} as elsewhere`;

export const PARTIES_OF_CLAIM: OneRow<Parameters<ReconcileStore['parties']>[0]> = {
  name: 'reconcile-parties',
  sql: PARTIES,
  columns: ['clinic', 'person', 'statuses', 'filings', 'auths', 'elsewhere'],
  values: ({ clinicCode, psnNo, at, around, elsewhere }) => [
    ...[clinicCode, psnNo, ts(at), ts(around.from), ts(around.to)],
    ...[tsOrNull(elsewhere?.from), tsOrNull(elsewhere?.to)],
  ],
};

interface StandingAnswer {
  assessment_id: string | null;
  facts_hash: Buffer | null;
  rule_set: string | null;
  awaits_until: number | null;
  verdict: AssessmentHeadRow['verdict'];
  findings: FindingRow[];
  decision: DecisionRow | null;
  events: StandingRows['events'];
  settlements: StandingRows['settlements'];
}

export type VisitReads = Pick<
  ReconcileStore,
  | 'lock'
  | 'lockSettlement'
  | 'standingOf'
  | 'settlementRef'
  | 'factsBody'
  | 'parties'
  | 'decisionById'
  | 'decisionOf'
  | 'findingsOfIncident'
>;

/** A subject and its visit, by SQL. */
export const visitReads = (read: Read, later: Later): VisitReads => {
  const locked = new Set<string>();
  return {
    async lock(key) {
      if (locked.has(key)) return;
      locked.add(key);
      await later('reconcile-lock', LOCK, [key]);
    },

    async lockSettlement(settlementId) {
      const [row] = await read<SettlementRef & { locked: string }>('reconcile-lock-settlement', LOCK_SETTLEMENT, [
        settlementId,
      ]);
      return row ?? null;
    },

    async settlementRef(settlementId) {
      return (await read<SettlementRef>('reconcile-settlement-ref', REF, [settlementId]))[0] ?? null;
    },

    async standingOf({ subject, visitKey }) {
      const key = visitKey === null ? null : parseVisitKey(visitKey);
      const by: ByKey = key === null ? 'none' : 'msgid' in key ? 'message' : 'visit';
      const itself = subject.kind === 'settlement';
      const [row] = await read<StandingAnswer>(`reconcile-standing-${by}-${itself}`, STANDING[by][`${itself}`], [
        subject.kind,
        subject.id,
        subjectKeyOf(subject),
        visitKey,
        key && 'msgid' in key ? key.msgid : null,
        key && 'mdtrtId' in key ? key.mdtrtId : null,
        key && 'mdtrtId' in key ? key.clinicCode : null,
        subject.kind === 'settlement' ? subject.id : null,
      ]);
      if (!row) return { head: null, findings: [], decision: null, events: [], settlements: [] };
      const { assessment_id, facts_hash, rule_set, awaits_until, verdict, ...rest } = row;
      const head =
        assessment_id === null || facts_hash === null || rule_set === null
          ? null
          : { assessment_id, facts_hash, rule_set, awaits_until, verdict };
      return { ...rest, head };
    },

    async factsBody(hash) {
      const [row] = await read<{ body: Buffer }>('reconcile-facts', 'select body from facts where hash = $1', [hash]);
      return row?.body ?? null;
    },

    async parties(asked) {
      const { name, sql, values } = PARTIES_OF_CLAIM;
      const [row] = await read<PartyRows & Record<string, unknown>>(name, sql, values(asked));
      return row ?? { clinic: null, person: null, statuses: [], filings: [], auths: [], elsewhere: [] };
    },

    async decisionById(id) {
      const [row] = await read<DecisionRow & Record<string, unknown>>(
        'reconcile-decision-by-id',
        `select ${DECISION_ROW_COLUMNS} from decisions where id = $1 for update`,
        [id],
      );
      return row ?? null;
    },

    async decisionOf(visitKey) {
      const [row] = await read<DecisionRow & Record<string, unknown>>(
        'reconcile-decision-of',
        `select ${DECISION_ROW_COLUMNS} from decisions where subject_key = $1`,
        [visitKey],
      );
      return row ?? null;
    },

    findingsOfIncident: (incidentKey) =>
      read<FindingRow & Record<string, unknown>>(
        'reconcile-findings-of-incident',
        `select ${FINDING_COLUMNS} from findings where incident_key = $1`,
        [incidentKey],
      ),
  };
};
