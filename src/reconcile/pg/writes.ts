import { type Tx, ts } from '../../platform/db.ts';
import { columnText } from '../../platform/working-set/column.ts';
import type { TableDef } from '../../platform/working-set/table.ts';
import { type ScoreEntryRow, scoreEntriesTable } from '../clinic-score/tables.ts';
import { compressFacts } from '../facts-form.ts';
import type { ReconcileStore } from '../store.ts';
import {
  assessmentHeadsTable,
  assessmentsTable,
  clinicScheduleTable,
  decisionEventsTable,
  decisionsTable,
  findingsTable,
} from '../tables.ts';

type Columns = Pick<TableDef<never>, 'name' | 'columns'>;

const columnsOf = ({ columns }: Columns, without: readonly string[] = []): [string, string][] =>
  (Object.entries(columns) as [string, string][]).filter(([name]) => !without.includes(name));

/** Inserts rows from the JSON parameter `$n`. */
const insert = (def: Columns, n: number, without: readonly string[] = []): string => {
  const columns = columnsOf(def, without);
  const names = columns.map(([name]) => name).join(', ');
  return `insert into ${def.name} (${names})
    select ${names} from jsonb_to_recordset($${n}::jsonb) as r (${columns.map(([name, type]) => `${name} ${type}`).join(', ')})`;
};

/** The same; rows that are there take all but the columns of `stand`. */
const upsert = (def: Columns, n: number, key: readonly string[], stand: readonly string[] = []): string =>
  `${insert(def, n)}
    on conflict (${key.join(', ')}) do update set ${columnsOf(def, [...key, ...stand])
      .map(([name]) => `${name} = excluded.${name}`)
      .join(', ')}`;

const WRITE = `with f as (
    insert into facts (hash, body, created_at)
    select hash, body, at from unnest($1::bytea[], $2::bytea[], $3::timestamptz[]) as t (hash, body, at)
    on conflict (hash) do nothing
  ), a as (
    ${insert(assessmentsTable, 4)}
  ), h as (
    ${upsert(assessmentHeadsTable, 5, ['subject_kind', 'subject_id'])}
  ), g as (
    ${upsert(findingsTable, 6, ['rule_id', 'subject_key'], ['id', 'clinic_code', 'first_at'])}
  ), d as (
    ${upsert(decisionsTable, 7, ['subject_key'], ['id', 'clinic_code', 'decided_at', 'default_action'])}
  ), e as (
    ${upsert(scoreEntriesTable, 10, ['settlement_id'])}
  ), s as (
    ${upsert(clinicScheduleTable, 9, ['clinic_code'])}
  )
  ${insert(decisionEventsTable, 8, ['id'])}`;

/** Rows as JSON, every value as the text that its column reads. */
const json = <Row extends object>(
  { columns }: { readonly columns: TableDef<Row>['columns'] },
  rows: readonly object[],
) =>
  JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        Object.entries<Parameters<typeof columnText>[0]>(columns).map(([name, type]) => {
          const value = (row as Record<string, unknown>)[name];
          return [name, type === 'jsonb' || value == null ? (value ?? null) : columnText(type, value)];
        }),
      ),
    ),
  );

export type Writes = Pick<
  ReconcileStore,
  'putAssessment' | 'putFindings' | 'putDecision' | 'addDecisionEvent' | 'putSchedule' | 'putScoreEntry'
> & {
  /** Writes what was put since the last time: one statement, or none. @returns whether anything was written */
  flush(): Promise<boolean>;
};

/** Collects what is put, and writes it together. Of equal keys the last stands, as if each were written by itself. */
export function writes(tx: Tx): Writes {
  const assessments: Parameters<Writes['putAssessment']>[0][] = [];
  const heads = new Map<string, object>();
  const findings = new Map<string, object>();
  const decisions = new Map<string, object>();
  const events: object[] = [];
  const schedules = new Map<string, object>();
  const entries = new Map<string, ScoreEntryRow>();
  const all = [heads, findings, decisions, schedules, entries];

  return {
    putAssessment(made) {
      assessments.push(made);
      heads.set(`${made.head.subject_kind}/${made.head.subject_id}`, made.head);
    },
    putFindings(rows) {
      for (const row of rows) findings.set(row.id, row);
    },
    putDecision(row) {
      decisions.set(row.subject_key, row);
    },
    addDecisionEvent(event) {
      events.push(event);
    },
    putScoreEntry(row) {
      entries.set(row.settlement_id, row);
    },
    putSchedule(row) {
      schedules.set(row.clinic_code, row);
    },

    async flush() {
      if (assessments.length + events.length + all.reduce((sum, { size }) => sum + size, 0) === 0) return false;
      const values = [
        assessments.map(({ facts }) => facts.hash),
        assessments.map(({ facts }) => compressFacts(facts.json)),
        assessments.map(({ assessment }) => ts(assessment.at)),
        json(
          assessmentsTable,
          assessments.map(({ assessment }) => assessment),
        ),
        json(assessmentHeadsTable, [...heads.values()]),
        json(findingsTable, [...findings.values()]),
        json(decisionsTable, [...decisions.values()]),
        json(decisionEventsTable, events),
        json(clinicScheduleTable, [...schedules.values()]),
        json(scoreEntriesTable, [...entries.values()]),
      ];
      assessments.length = 0;
      events.length = 0;
      for (const rows of all) rows.clear();
      tx.later(WRITE, values, 'reconcile-write');
      return true;
    },
  };
}
