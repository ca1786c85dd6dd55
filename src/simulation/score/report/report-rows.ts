import type { Mistake } from '../mistakes.ts';
import { pickRows } from '../rows.ts';
import { clinicCodeOf, type ScoreInput } from '../score-input.ts';

/** Rows as they stand in the files, of what the report tells about. */
export interface ReportRows {
  readonly truthOf: ReadonlyMap<string, string>;
  readonly clinicOf: ReadonlyMap<string, string>;
  /** Decisions and verdicts by setl_id, alerts by id, decisions by msgid. */
  readonly bySettlement: ReadonlyMap<string, readonly string[]>;
  readonly byAlert: ReadonlyMap<string, readonly string[]>;
  readonly byMessage: ReadonlyMap<string, readonly string[]>;
}

const MOST_ROWS = 12;

/** Fetches the rows behind mistakes from the truth and from what run-feed wrote. */
export async function reportRows(
  input: ScoreInput,
  mistakes: readonly Mistake[],
  paths: { readonly truth: string; readonly outcome: string },
): Promise<ReportRows> {
  const { truth } = input;
  const settlements = new Set(mistakes.flatMap((each) => each.settlements.map((i) => truth.setlIds[i] ?? '')));
  const clinics = new Set(
    mistakes.flatMap((each) => [each.clinic, ...each.settlements.map((i) => clinicCodeOf(truth, i))]),
  );
  const alerts = new Set(mistakes.flatMap(({ alertIds }) => alertIds));
  const messages = new Set(mistakes.flatMap(({ msgids }) => msgids));
  const truthOf = new Map<string, string>();
  const clinicOf = new Map<string, string>();
  const bySettlement = new Map<string, string[]>();
  const byAlert = new Map<string, string[]>();
  const byMessage = new Map<string, string[]>();
  const put = (map: Map<string, string[]>, key: string, text: string): void => {
    const list = map.get(key);
    if (!list) map.set(key, [text]);
    else if (list.length < MOST_ROWS) list.push(text);
  };
  if (mistakes.length > 0) {
    await pickRows(paths.truth, (row, text) => {
      if (row.setl_id !== undefined && row.setl_id !== null) {
        if (settlements.has(String(row.setl_id))) truthOf.set(String(row.setl_id), text);
      } else if (row.kind === undefined && clinics.has(String(row.clinic))) clinicOf.set(String(row.clinic), text);
    });
    await pickRows(paths.outcome, (row, text) => {
      if (row.kind === 'alert') {
        if (alerts.has(String(row.id))) put(byAlert, String(row.id), text);
        return;
      }
      if (settlements.has(String(row.setl_id))) put(bySettlement, String(row.setl_id), text);
      if (row.kind === 'decision' && messages.has(String(row.msgid))) put(byMessage, String(row.msgid), text);
    });
  }
  return { truthOf, clinicOf, bySettlement, byAlert, byMessage };
}
