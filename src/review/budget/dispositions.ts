import { type Tx, ts } from '../../platform/db.ts';
import { newId } from '../../platform/ids.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { localDay } from '../../reconcile/local-time.ts';
import type { StoredAlert } from '../alert.store.ts';
import type { AlertFinding } from '../alert.ts';
import { fairnessDue, precisionChanged } from '../review.topics.ts';
import type { GateDeps } from './gate.ts';
import type { AlarmPolicy } from './policy.ts';
import { withAnswer } from './record.ts';
import type { RuleRecordRow } from './tables.ts';

export type DispositionDeps = GateDeps & { readonly outbox: Outbox };

interface MovedRule {
  readonly key: string;
  /** What the rule had claimed of this alert. */
  readonly claimed: number;
}

/** The estimates that an alert's outcome moves: of each rule of class fraud that hit. */
export function movedRules(findings: readonly AlertFinding[], policy: AlarmPolicy): MovedRule[] {
  const moved = new Map<string, number>();
  for (const { rule, reason, outcome, class: of, evidence } of findings) {
    if (outcome !== 'hit' || of !== 'fraud') continue;
    const { key, prior } = policy.priorOf(rule.split('@')[0] ?? rule, reason);
    const own = evidence.pRight;
    const claimed = typeof own === 'number' && own >= 0 && own <= 1 ? own : prior.mean;
    moved.set(key, Math.max(claimed, moved.get(key) ?? 0));
  }
  return [...moved].map(([key, claimed]) => ({ key, claimed }));
}

/** 属实 or 不属实: kept with the alert, and counted for its rules. An alert that is no suspicion teaches nothing here. */
export async function recordDisposition(
  tx: Tx,
  deps: DispositionDeps,
  alert: StoredAlert,
  found: {
    readonly confirmed: boolean;
    readonly reason: string | null;
    readonly actor: string;
    readonly sampled: boolean;
    /** He was there himself, and how that is known; null or left out: not said. */
    readonly insuredMet?: string | null;
  },
): Promise<void> {
  if (alert.class !== 'fraud') return;
  await undoDisposition(tx, deps, alert);
  const now = deps.clock.now();
  const rules = movedRules(alert.findings, deps.policy);
  await tx.query(
    `insert into alert_dispositions (id, alert_id, at, actor, confirmed, reason, sampled, rules, clinic_code, region_code, psn_no,
       fund_fen, shown_at, insured_met) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      ...[newId(), alert.id, ts(now), found.actor, found.confirmed, found.reason, found.sampled],
      ...[JSON.stringify(rules), alert.clinicCode, alert.regionCode, alert.psnNo, alert.fundFen],
      alert.shownAt === null ? null : ts(alert.shownAt),
      found.insuredMet ?? null,
    ],
  );
  await move(tx, deps, rules, found.confirmed, 1);
  await tellOthers(tx, deps, alert, rules);
}

/** A person took it back: as if he had said nothing, as far as his word still counted. */
export async function undoDisposition(tx: Tx, deps: DispositionDeps, alert: StoredAlert): Promise<void> {
  const now = deps.clock.now();
  const { rows } = await tx.query<{ at: number; confirmed: boolean; rules: MovedRule[] }>(
    `update alert_dispositions set undone_at = $2 where alert_id = $1 and undone_at is null returning at, confirmed, rules`,
    [alert.id, ts(now)],
  );
  const [undone] = rows;
  if (undone === undefined) return;
  const left = 2 ** (-(now - undone.at) / (deps.policy.halfLifeDays * 86_400_000));
  await move(tx, deps, undone.rules, undone.confirmed, -left);
  await tellOthers(tx, deps, alert, undone.rules);
}

async function move(
  tx: Tx,
  { clock, policy }: DispositionDeps,
  rules: readonly MovedRule[],
  right: boolean,
  weight: number,
): Promise<void> {
  // In one order, so that two reviewers cannot wait for each other.
  for (const { key, claimed } of rules.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    await tx.query(
      `insert into rule_records (rule_key, confirmed, excluded, claimed, as_of) values ($1, 0, 0, 0, $2)
       on conflict do nothing`,
      [key, ts(clock.now())],
    );
    const { rows } = await tx.query<RuleRecordRow & Record<string, unknown>>(
      'select * from rule_records where rule_key = $1 for update',
      [key],
    );
    const row = withAnswer(rows[0], { key, right, claimed, weight }, clock.now(), policy.halfLifeDays);
    await tx.query(
      'update rule_records set confirmed = $2, excluded = $3, claimed = $4, as_of = $5 where rule_key = $1',
      [key, row.confirmed, row.excluded, row.claimed, ts(row.as_of)],
    );
  }
}

/** Reviewers work in batches: what follows from their answers is reckoned once for several. */
const SOON_MS = 60_000;

async function tellOthers(
  tx: Tx,
  deps: DispositionDeps,
  alert: StoredAlert,
  rules: readonly MovedRule[],
): Promise<void> {
  const availableAt = deps.clock.now() + SOON_MS;
  await deps.outbox.addAll(
    tx,
    precisionChanged,
    rules.map(({ key }) => ({ payload: { ruleKey: key }, options: { dedupeKey: key, availableAt } })),
  );
  if (alert.shownAt === null) return;
  const day = localDay(alert.shownAt, deps.timeZone);
  await deps.outbox.addAll(tx, fairnessDue, [{ payload: { day }, options: { dedupeKey: day, availableAt } }]);
}
