import type { Queryable } from '../platform/db.ts';
import type { MessageBuilder } from './messages.ts';
import type { Scenario, ScenarioScene } from './scenario.ts';

/** One line of what should be and what is. */
export interface ExpectationResult {
  readonly scene: string;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

export interface AlertRow {
  readonly id: string;
  readonly phase: 'pre' | 'in' | 'post';
  readonly class: 'fraud' | 'evidence' | 'device' | 'data';
  readonly state: string;
  readonly subjectKind: string;
  readonly cameraId: string | null;
  readonly setlIds: readonly string[];
  readonly psnNo: string | null;
  readonly titleZh: string;
  readonly titleEn: string;
  readonly occurredAt: number;
  readonly findings: readonly { readonly ruleId: string; readonly phase: string }[];
}

export interface VisitRow {
  readonly mdtrtId: string;
  readonly setlId: string | null;
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly firstReason: string | null;
  readonly decision: string | null;
}

/** What the product says about the scenario's clinic after the morning. */
export async function readOutcome(
  db: Queryable,
  clinicCode: string,
): Promise<{ alerts: AlertRow[]; visits: Map<string, VisitRow> }> {
  const alerts = await db.query<{
    id: string;
    phase: AlertRow['phase'];
    class: AlertRow['class'];
    state: string;
    subject_kind: string;
    camera_id: string | null;
    setl_ids: string[];
    psn_no: string | null;
    title_zh: string;
    title_en: string;
    occurred_at: number;
    rules: { rule: string; phase: string }[] | null;
  }>(
    `select a.*, (select json_agg(json_build_object('rule', f.rule_id, 'phase', f.phase)) from findings f
       where f.incident_key = a.incident_key and (f.outcome = 'hit' or a.state = 'withdrawn')) as rules
     from alerts a where clinic_code = $1 order by occurred_at, id`,
    [clinicCode],
  );
  const visits = await db.query<{
    mdtrt_id: string;
    setl_id: string | null;
    verdict: string | null;
    verdict_reason: string | null;
    first_reason: string | null;
    decision: string | null;
  }>(
    `select s.mdtrt_id, s.setl_id, h.verdict, h.verdict_reason, d.decision,
       (select a.verdict->>'reason' from assessments a where a.subject_kind = 'settlement' and a.subject_id = s.id::text order by a.at, a.id limit 1) as first_reason
     from settlements s
     left join assessment_heads h on h.subject_kind = 'settlement' and h.subject_id = s.id::text
     left join decisions d on d.mdtrt_id = s.mdtrt_id
     where s.clinic_code = $1`,
    [clinicCode],
  );
  return {
    alerts: alerts.rows.map((row) => ({
      id: row.id,
      phase: row.phase,
      class: row.class,
      state: row.state,
      subjectKind: row.subject_kind,
      cameraId: row.camera_id,
      setlIds: row.setl_ids,
      psnNo: row.psn_no,
      titleZh: row.title_zh,
      titleEn: row.title_en,
      occurredAt: row.occurred_at,
      findings: (row.rules ?? []).map((rule) => ({ ruleId: rule.rule, phase: rule.phase })),
    })),
    visits: new Map(
      visits.rows.map((row) => [
        row.mdtrt_id,
        {
          mdtrtId: row.mdtrt_id,
          setlId: row.setl_id,
          verdict: row.verdict,
          reason: row.verdict_reason,
          firstReason: row.first_reason,
          decision: row.decision,
        },
      ]),
    ),
  };
}

/** Compares the outcome with what each scene expects, and finds alerts that no scene expects. */
export function judge(
  scenario: Scenario,
  outcome: { alerts: readonly AlertRow[]; visits: ReadonlyMap<string, VisitRow> },
  keys: MessageBuilder['keysOf'],
): ExpectationResult[] {
  const results: ExpectationResult[] = [];
  const expectedAlerts = new Set<string>();
  for (const scene of scenario.scenes) {
    for (const expected of scene.expect.visits) {
      const got = outcome.visits.get(keys(expected.visit).mdtrtId);
      const pairs = [
        ['verdict', expected.verdict, got?.verdict],
        ['reason', expected.reason, got?.reason],
        ['at first', expected.firstReason, got?.firstReason],
        ['decision', expected.decision, got?.decision],
      ] as const;
      for (const [what, want, have] of pairs) {
        if (want === undefined) continue;
        results.push({
          scene: scene.id,
          expected: `${expected.who}: ${what} ${want}`,
          got: `${have ?? 'none'}${what === 'verdict' && got?.reason ? ` (${got.reason})` : ''}`,
          ok: have === want,
        });
      }
    }
    const about = outcome.alerts.filter((alert) => concerns(alert, scene, scenario, keys));
    for (const expected of scene.expect.alerts) {
      const matching = about.filter(
        (alert) =>
          alert.findings.some(
            (finding) =>
              finding.ruleId === expected.rule && (expected.phase === undefined || finding.phase === expected.phase),
          ) &&
          (expected.class === undefined || alert.class === expected.class) &&
          (alert.state === 'withdrawn') === expected.withdrawn,
      );
      for (const alert of matching) expectedAlerts.add(alert.id);
      const words = [
        expected.rule,
        expected.phase,
        expected.class,
        expected.withdrawn ? 'raised and withdrawn' : undefined,
      ]
        .filter(Boolean)
        .join(' ');
      results.push({ scene: scene.id, expected: `alert ${words}`, got: describe(about), ok: matching.length > 0 });
    }
    for (const kind of scene.expect.noAlert) {
      const standing = about.filter(
        (alert) => alert.class === kind && alert.state !== 'withdrawn' && alert.subjectKind !== 'clinic',
      );
      results.push({
        scene: scene.id,
        expected: `no ${kind} alert`,
        got: describe(standing),
        ok: standing.length === 0,
      });
    }
  }
  const surplus = outcome.alerts.filter((alert) => alert.state !== 'withdrawn' && !expectedAlerts.has(alert.id));
  results.push({
    scene: '*',
    expected: 'no alert that no scene expects',
    got: describe(surplus),
    ok: surplus.length === 0,
  });
  return results;
}

/** Whether an alert speaks of what happened in a scene: its settlements, its people where there are none, its outages. */
function concerns(alert: AlertRow, scene: ScenarioScene, scenario: Scenario, keys: MessageBuilder['keysOf']): boolean {
  if (alert.subjectKind === 'camera' || alert.cameraId !== null) {
    const camera = alert.cameraId;
    return scene.outages.some(
      (outage) =>
        outage.camera === camera && alert.occurredAt >= outage.from - 60_000 && alert.occurredAt <= outage.to + 60_000,
    );
  }
  if (alert.subjectKind === 'clinic') return true;
  const setlIds = new Set(scene.claims.map((claim) => keys(claim.visit).setlId));
  if (alert.setlIds.length > 0) return alert.setlIds.some((id) => setlIds.has(id));
  const people = new Set(scene.claims.map((claim) => scenario.people.find((person) => person.id === claim.who)?.psnNo));
  return alert.psnNo !== null && people.has(alert.psnNo);
}

const describe = (alerts: readonly AlertRow[]): string =>
  alerts.length === 0
    ? 'none'
    : alerts
        .map(
          (alert) =>
            `${alert.findings.map((finding) => finding.ruleId).join('+') || '-'} ${alert.phase} ${alert.class}${alert.state === 'withdrawn' ? ' withdrawn' : ''}`,
        )
        .join(', ');
