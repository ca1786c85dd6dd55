import { type Tx, ts } from '../../platform/db.ts';
import { defineHandler, type Handler, type Outbox } from '../../platform/outbox.ts';
import { ALERT_COLUMNS, type StoredAlert } from '../alert.store.ts';
import { createPgReviewStore } from '../pg-store.ts';
import { precisionChanged } from '../review.topics.ts';
import { type GateDeps, tellFill } from './gate.ts';
import { rate } from './rating.ts';
import { recordAt } from './record.ts';
import type { QueuedAlertRow } from './tables.ts';

/** When reviewers taught a rule's estimate something, and once a day, what waits by that rule is rated anew. */
export const createRerateHandler = (deps: GateDeps & { readonly outbox: Outbox }): Handler =>
  defineHandler(precisionChanged, async ({ payload, once }) => {
    await once((tx) => rerateWaiting(tx, deps, payload.ruleKey));
  });

const PAGE = 500;

async function rerateWaiting(tx: Tx, deps: GateDeps & { readonly outbox: Outbox }, ruleKey: string): Promise<void> {
  const store = createPgReviewStore(tx, deps);
  await store.lockBudget();
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await tx.query<StoredAlert & Record<string, unknown>>(
      `select ${ALERT_COLUMNS} from alert_queue q join alerts a on a.id = q.alert_id
       where q.class = 'fraud' and q.rules @> array[$1] and a.id > $2 order by a.id limit ${PAGE} for update of a`,
      [ruleKey, after],
    );
    for (const alert of rows) await rerate(tx, deps, alert);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

async function rerate(tx: Tx, deps: GateDeps & { readonly outbox: Outbox }, alert: StoredAlert): Promise<void> {
  const store = createPgReviewStore(tx, deps);
  const queued = await store.queued(alert.id);
  if (queued === null) return;
  const { policy, clock } = deps;
  const records = new Map(
    (await store.ruleRecords(queued.rules)).map((row) => [
      row.rule_key,
      recordAt(row, clock.now(), policy.halfLifeDays),
    ]),
  );
  const hits = alert.findings
    .filter(({ outcome }) => outcome === 'hit')
    .map((finding) => ({ ...finding, ruleId: finding.rule.split('@')[0] ?? finding.rule }));
  const rating = rate(hits, alert, policy, records);
  if (rating === null) return;
  const enough = policy.mode === 'learning' || rating.pRight >= policy.leastPrecision;
  const reason = !enough ? 'under_precision' : queued.reason === 'under_precision' ? 'settling' : queued.reason;
  if (rating.pRight === queued.p_right && reason === queued.reason) return;
  const row: QueuedAlertRow = {
    ...queued,
    p_right: rating.pRight,
    expected_fen: rating.expectedFen,
    minutes: rating.minutes,
    reason,
  };
  await store.putQueued(row);
  await tx.query(
    'update alerts set p_right = $2, expected_fen = $3, review_minutes = $4, updated_at = $5 where id = $1',
    [alert.id, rating.pRight, rating.expectedFen, rating.minutes, ts(clock.now())],
  );
  if (enough) await tellFill(store, deps, row);
}
