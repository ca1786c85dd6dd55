import { derivedId } from '../../platform/ids.ts';
import { localDay } from '../../reconcile/local-time.ts';
import type { ReviewStore } from '../store.ts';
import { draw, leadRule } from './draw.ts';
import type { GateDeps } from './gate.ts';
import type { QueuedAlertRow } from './tables.ts';

/**
 * 抽查: of the alerts that have waited long enough and are not shown, some become checks that accuse nobody. Each alert is
 * among those that are drawn from once.
 * @returns those that wait for a later sample
 */
export async function drawSample(store: ReviewStore, deps: GateDeps, now: number): Promise<readonly QueuedAlertRow[]> {
  const { perDay, seed } = deps.policy.sample;
  if (deps.policy.mode === 'learning') return [];
  const undrawn = await store.undrawn();
  const waiting = undrawn.filter((row) => row.ready_at <= now);
  const later = undrawn.filter((row) => row.ready_at > now);
  if (waiting.length === 0) return later;
  const day = localDay(now, deps.timeZone);
  // Several fillings a day share the day's number.
  const most = Math.ceil(perDay / deps.policy.fillAt.length);
  const { drawn, counts } = draw(waiting, most, (alertId) => derivedId('lot', String(seed), alertId));
  await store.markDrawn(waiting);
  for (const row of drawn) {
    await store.putSampleCheck({
      id: derivedId('sample check', row.alert_id, String(row.raised_at)),
      alert_id: row.alert_id,
      day,
      rule_key: leadRule(row),
      clinic_code: row.clinic_code,
      region_code: row.region_code,
      state: 'open',
      outcome: null,
      actor: null,
      note: null,
      created_at: now,
      done_at: null,
    });
  }
  for (const [rule_key, count] of counts) await store.addSampleDay({ day, rule_key, ...count });
  return later;
}
