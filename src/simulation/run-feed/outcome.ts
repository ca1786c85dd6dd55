import type { Queryable } from '../../platform/db.ts';
import { ts } from '../../platform/db.ts';

/** What run-feed writes: what a person or a clinic would have seen of the product, one line each (docs/feed-format.md). */
export type OutcomeRow = AlertRow | DecisionRow | VerdictRow;

export interface AlertRow {
  readonly kind: 'alert';
  readonly id: string;
  readonly class: 'fraud' | 'evidence' | 'device' | 'data';
  readonly subject: 'settlement' | 'person' | 'staff' | 'clinic';
  readonly clinic: string;
  readonly setl_ids: readonly string[];
  readonly basis: readonly string[];
  readonly shownAt: string;
  readonly withdrawnAt: string | null;
  readonly psn_no: string | null;
  readonly camera: string | null;
  readonly rules: readonly string[];
  readonly title: string;
}

export interface DecisionRow {
  readonly kind: 'decision';
  readonly msgid: string;
  readonly mdtrt_id: string | null;
  readonly setl_id: string | null;
  readonly at: string;
  readonly decision: 'allow' | 'review' | 'hold';
  readonly reasons: readonly string[];
  readonly deadline: string | null;
  readonly releasedAt: string | null;
}

export interface VerdictRow {
  readonly kind: 'verdict';
  readonly setl_id: string;
  readonly at: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly llr: number | null;
  readonly coverage: number | null;
}

const PAGE = 5_000;

/** Rows of a query that is keyed by one rising text column, page by page. */
async function* paged<Row extends { page_key: string }>(
  db: Queryable,
  sql: (after: string) => { text: string; values: readonly unknown[] },
): AsyncGenerator<Row> {
  for (let after = ''; ; ) {
    const { text, values } = sql(after);
    const { rows } = await db.query<Row & Record<string, unknown>>(text, values);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.page_key;
  }
}

interface StoredAlert extends Record<string, unknown> {
  page_key: string;
  subject_kind: string;
  clinic_code: string;
  psn_no: string | null;
  camera_id: string | null;
  setl_ids: string[];
  rules: string[];
  title_zh: string;
  findings: { outcome: string; basis: string[] }[];
  events: { action: string; at: number; detail: { class?: AlertRow['class'] } | null; shown: boolean }[];
  class: AlertRow['class'];
}

/**
 * Alerts by what was on the screen, which what waits in the alarm budget's queue is not: one line for each stretch of time in which an alert stood open as one class. An alert
 * about a camera is written as `settlement`, with its camera beside it: it accuses neither a clinic nor a person.
 */
export async function* alertRows(db: Queryable): AsyncGenerator<AlertRow> {
  const alerts = paged<StoredAlert>(db, (after) => ({
    text: `select a.id::text as page_key, a.subject_kind, a.clinic_code, a.psn_no, a.camera_id, a.setl_ids, a.rules, a.title_zh,
             a.findings, a.class,
             (select json_agg(json_build_object('action', e.action, 'at', (extract(epoch from e.at) * 1000)::bigint, 'detail', e.detail,
                  'shown', e.shown) order by e.seq) from alert_events e where e.alert_id = a.id) as events
           from alerts a where a.id::text > $1 order by a.id::text limit ${PAGE}`,
    values: [after],
  }));
  for await (const alert of alerts) {
    const basis = [
      ...new Set(alert.findings.filter(({ outcome }) => outcome === 'hit').flatMap((finding) => finding.basis)),
    ].toSorted();
    for (const span of shownSpans(alert.events, alert.class)) {
      yield {
        kind: 'alert',
        id: alert.page_key,
        class: span.class,
        subject: alert.subject_kind === 'camera' ? 'settlement' : (alert.subject_kind as AlertRow['subject']),
        clinic: alert.clinic_code,
        setl_ids: alert.setl_ids,
        basis,
        shownAt: ts(span.from),
        withdrawnAt: span.to === null ? null : ts(span.to),
        psn_no: alert.psn_no,
        camera: alert.camera_id,
        rules: alert.rules,
        title: alert.title_zh,
      };
    }
  }
}

interface ShownSpan {
  readonly class: AlertRow['class'];
  readonly from: number;
  readonly to: number | null;
}

const BEGINNINGS: ReadonlySet<string> = new Set(['raised', 'returned', 'reopen', 'shown']);
const ENDS: ReadonlySet<string> = new Set(['withdrawn', 'exclude', 'close', 'waits']);

/** Stretches in which an alert stood open, each with its class then. */
export function shownSpans(events: StoredAlert['events'], newest: AlertRow['class']): ShownSpan[] {
  const spans: ShownSpan[] = [];
  const close = (at: number): void => {
    const last = spans.at(-1);
    if (last?.to === null) spans[spans.length - 1] = { ...last, to: at };
  };
  for (const { action, at, detail, shown } of events) {
    const last = spans.at(-1);
    const standing = last?.to === null ? last : null;
    const said = detail?.class ?? standing?.class ?? newest;
    const begins = shown && BEGINNINGS.has(action);
    if (standing === null ? begins : action === 'revised' && said !== standing.class) {
      close(at);
      spans.push({ class: said, from: at, to: null });
    } else if (ENDS.has(action)) close(at);
  }
  return spans;
}

/** A clinic's message and what it was told. */
export interface GivenAnswer {
  readonly msgid: string;
  readonly mdtrtId: string | null;
  readonly at: number;
  readonly decisionId: string;
  readonly decision: DecisionRow['decision'];
  readonly reasons: readonly string[];
  readonly deadline: string | null;
}

interface StoredDecision extends Record<string, unknown> {
  page_key: string;
  msgid: string;
  mdtrt_id: string | null;
  setl_id: string | null;
  events: {
    action: string;
    at: number;
    after: { decision: DecisionRow['decision']; state: string; deadline: string | null; reasons: string[] } | null;
  }[];
}

/** Every level that a visit's decision ever had, with when it was let go. */
export async function* decisionRows(db: Queryable): AsyncGenerator<DecisionRow> {
  const decisions = paged<StoredDecision>(db, (after) => ({
    text: `select d.id::text as page_key, d.msgid, d.mdtrt_id, d.setl_id,
             (select json_agg(json_build_object('action', e.action, 'at', (extract(epoch from e.at) * 1000)::bigint, 'after', e.after)
                order by e.id) from decision_events e where e.decision_id = d.id) as events
           from decisions d where d.id::text > $1 order by d.id::text limit ${PAGE}`,
    values: [after],
  }));
  for await (const decision of decisions) {
    for (const { step, over } of levelsOf(decision.events ?? [])) {
      yield {
        kind: 'decision',
        msgid: decision.msgid,
        mdtrt_id: decision.mdtrt_id,
        setl_id: decision.setl_id,
        at: ts(step.at),
        decision: step.decision,
        reasons: step.reasons,
        deadline: step.deadline,
        releasedAt: step.decision === 'hold' && over !== null ? ts(over) : null,
      };
    }
  }
}

interface Level {
  readonly at: number;
  readonly decision: DecisionRow['decision'];
  readonly state: string;
  readonly deadline: string | null;
  readonly reasons: readonly string[];
}

/** Each level that stood, and since when it did not. */
function levelsOf(events: StoredDecision['events']): { readonly step: Level; readonly over: number | null }[] {
  const steps = events.flatMap(({ at, after }): Level[] => (after === null ? [] : [{ at, ...after }]));
  const same = (a: Level, b: Level | undefined): boolean => b?.state === a.state && b.decision === a.decision;
  return steps.flatMap((step, i) => {
    if (step.state !== 'standing' || same(step, steps[i - 1])) return [];
    return [{ step, over: steps.slice(i + 1).find((later) => !same(step, later))?.at ?? null }];
  });
}

/** Answers as they were given, each with the settlement that its visit came to. */
export async function* answerRows(db: Queryable, answers: AsyncIterable<GivenAnswer>): AsyncGenerator<DecisionRow> {
  for await (const batch of batches(answers, PAGE)) {
    const { rows } = await db.query<{ id: string; setl_id: string | null; released: number | null }>(
      `select d.id::text as id, d.setl_id,
         (select extract(epoch from min(e.at)) * 1000 from decision_events e
          where e.decision_id = d.id and e.after ->> 'state' = 'released')::bigint as released
       from decisions d where d.id = any($1::uuid[])`,
      [[...new Set(batch.map(({ decisionId }) => decisionId))]],
    );
    const known = new Map(rows.map((row) => [row.id, row]));
    for (const answer of batch) {
      const visit = known.get(answer.decisionId);
      const released = visit?.released ?? null;
      yield {
        kind: 'decision',
        msgid: answer.msgid,
        mdtrt_id: answer.mdtrtId,
        setl_id: visit?.setl_id ?? null,
        at: ts(answer.at),
        decision: answer.decision,
        reasons: answer.reasons,
        deadline: answer.deadline,
        releasedAt: answer.decision === 'hold' && released !== null && released >= answer.at ? ts(released) : null,
      };
    }
  }
}

/** The last verdict on every settlement that the platform numbered. */
export async function* verdictRows(db: Queryable): AsyncGenerator<VerdictRow> {
  const heads = paged<{
    page_key: string;
    setl_id: string;
    assessed_at: number;
    verdict: string | null;
    verdict_reason: string | null;
    llr: number | null;
    coverage: number | null;
  }>(db, (after) => ({
    text: `select k.setl_id as page_key, k.setl_id, h.assessed_at, h.verdict, h.verdict_reason, h.llr, h.coverage
           from settlement_key k join assessment_heads h on h.subject_kind = 'settlement' and h.subject_id = k.settlement_id::text
           where k.setl_id > $1 order by k.setl_id limit ${PAGE}`,
    values: [after],
  }));
  for await (const head of heads) {
    yield {
      kind: 'verdict',
      setl_id: head.setl_id,
      at: ts(head.assessed_at),
      verdict: head.verdict ?? 'cannot_tell',
      reason: head.verdict_reason,
      llr: head.llr,
      coverage: head.coverage,
    };
  }
}

async function* batches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
