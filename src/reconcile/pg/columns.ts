import type { TableDef } from '../../platform/working-set/table.ts';
import { decisionsTable, findingsTable } from '../tables.ts';

/** Epoch ms inside JSON that the database builds. */
export const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint`;

/**
 * A JSON object of a row's columns, in the form that `query` gives them: names parted by blanks, `~name` for a moment.
 * @param more members that are expressions
 */
export const object = (alias: string, columns: string, more: Readonly<Record<string, string>> = {}): string =>
  `json_build_object(${[
    ...columns.split(' ').map((column) => {
      const name = column.replace('~', '');
      return `'${name}', ${name === column ? `${alias}.${name}` : ms(`${alias}.${name}`)}`;
    }),
    ...Object.entries(more).map(([name, expression]) => `'${name}', ${expression}`),
  ].join(', ')})`;

/** A whole row of a table as a JSON object, in the form that `query` gives it. */
export const rowObject = (alias: string, { columns }: Pick<TableDef<never>, 'columns'>): string =>
  object(
    alias,
    Object.entries(columns as Record<string, string>)
      .map(([name, type]) => (type === 'timestamptz' ? `~${name}` : name))
      .join(' '),
  );

const names = (def: Pick<TableDef<never>, 'columns'>): string => Object.keys(def.columns).join(', ');

export const FINDING_COLUMNS = names(findingsTable);
export const DECISION_ROW_COLUMNS = names(decisionsTable);

export const EVENT_OBJECT = (alias: string): string =>
  object(alias, 'id kind ~at clinic_code msgid psn_no mdtrt_id ~reversed_at', {
    med_type: `${alias}.body ->> 'medType'`,
    auth_no: `nullif(${alias}.body #>> '{request,data,0,auth_no}', '')`,
    request_face: `${alias}.body -> 'requestFace'`,
    refused: `coalesce((${alias}.body ->> 'refused')::boolean, false)`,
  });

export const SETTLEMENT_OBJECT = (alias: string): string =>
  object(alias, 'id ~at msgid setl_id mdtrt_id clinic_code psn_no med_type total_fen fund_fen ~reversed_at');

export const CLINIC_OBJECT = (alias: string): string =>
  object(alias, 'code region_code face_recognition mode open_hours');

export const FILING_OBJECT = (alias: string): string => object(alias, 'what psn_no camera_id ~from_at ~to_at');

export const AUTH_OBJECT = (alias: string): string => object(alias, 'psn_no ok ~at');

export const STATE_OBJECT = (alias: string): string => object(alias, 'state ~from_at ~to_at');

/** A list of JSON objects that a query over `from …` gives; empty where there are none. */
export const list = (item: string, from: string): string => `(select coalesce(json_agg(${item}), '[]') ${from})`;

/** The newest clock offset of a camera at a moment, as a lateral join `o`. */
export const offsetJoin = (cameraId: string, at: string): string =>
  `left join lateral (select offset_ms, uncertainty_ms from camera_clock_offsets
     where camera_id = ${cameraId} and measured_at <= ${at} order by measured_at desc limit 1) o on true`;

/** An interval of so many milliseconds. */
export const interval = (msExpression: string): string => `make_interval(secs => (${msExpression}) / 1000.0)`;
