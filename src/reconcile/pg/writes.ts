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

/** What one statement writes: of each part that has rows, from which parameter on. The parts' order is that of their locks. */
const PARTS = {
  facts: {
    params: 3,
    sql: (n: number): string => `insert into facts (hash, body, created_at)
    select hash, body, at from unnest($${n}::bytea[], $${n + 1}::bytea[], $${n + 2}::timestamptz[]) as t (hash, body, at)
    on conflict (hash) do nothing`,
  },
  assessments: { params: 1, sql: (n: number): string => insert(assessmentsTable, n) },
  heads: { params: 1, sql: (n: number): string => upsert(assessmentHeadsTable, n, ['subject_kind', 'subject_id']) },
  findings: {
    params: 1,
    sql: (n: number): string => upsert(findingsTable, n, ['rule_id', 'subject_key'], ['id', 'clinic_code', 'first_at']),
  },
  decisions: {
    params: 1,
    sql: (n: number): string =>
      upsert(decisionsTable, n, ['subject_key'], ['id', 'clinic_code', 'decided_at', 'default_action']),
  },
  entries: { params: 1, sql: (n: number): string => upsert(scoreEntriesTable, n, ['settlement_id']) },
  schedules: { params: 1, sql: (n: number): string => upsert(clinicScheduleTable, n, ['clinic_code']) },
  events: { params: 1, sql: (n: number): string => insert(decisionEventsTable, n, ['id']) },
} as const;

type Part = keyof typeof PARTS;

const statements = new Map<string, string>();

/** One statement for these parts; there are few mixtures, and each connection plans each once. */
function statementFor(parts: readonly Part[]): { readonly name: string; readonly sql: string } {
  // PostgreSQL has room for 63 characters.
  const name = `reconcile-write-${parts.map((part) => part.slice(0, 2)).join('')}`;
  let sql = statements.get(name);
  if (sql === undefined) {
    let n = 1;
    const written = parts.map((part) => {
      const at = n;
      n += PARTS[part].params;
      return `${part}_written as (${PARTS[part].sql(at)})`;
    });
    sql = `with ${written.join(', ')} select 1`;
    statements.set(name, sql);
  }
  return { name, sql };
}

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

/** null: nothing to write. */
const some = <Row extends object>(
  table: { readonly columns: TableDef<Row>['columns'] },
  rows: readonly object[],
): [string] | null => (rows.length === 0 ? null : [json(table, rows)]);

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
      const rows: Readonly<Record<Part, readonly unknown[] | null>> = {
        facts:
          assessments.length === 0
            ? null
            : [
                assessments.map(({ facts }) => facts.hash),
                assessments.map(({ facts }) => compressFacts(facts.json)),
                assessments.map(({ assessment }) => ts(assessment.at)),
              ],
        assessments: some(
          assessmentsTable,
          assessments.map(({ assessment }) => assessment),
        ),
        heads: some(assessmentHeadsTable, [...heads.values()]),
        findings: some(findingsTable, [...findings.values()]),
        decisions: some(decisionsTable, [...decisions.values()]),
        entries: some(scoreEntriesTable, [...entries.values()]),
        schedules: some(clinicScheduleTable, [...schedules.values()]),
        events: some(decisionEventsTable, events),
      };
      assessments.length = 0;
      events.length = 0;
      for (const kept of all) kept.clear();
      const parts = (Object.keys(PARTS) as Part[]).filter((part) => rows[part] !== null);
      const { name, sql } = statementFor(parts);
      const values = parts.flatMap((part) => rows[part] ?? []);
      tx.later(sql, values, name);
      return true;
    },
  };
}
