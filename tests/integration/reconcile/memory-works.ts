import { canonicalJson } from '../../../src/platform/canonical-json.ts';
import { sha256 } from '../../../src/platform/crypto.ts';
import { derivedId, newId } from '../../../src/platform/ids.ts';
import { decisionIdOf } from '../../../src/reconcile/decision-rows.ts';
import type { Subject } from '../../../src/reconcile/facts.ts';
import type { Span } from '../../../src/reconcile/intervals.ts';
import type { ReconcileStore } from '../../../src/reconcile/store.ts';
import type { AssessmentHeadRow, DecisionRow, FindingRow } from '../../../src/reconcile/tables.ts';
import { dayOf, drawSubject } from './memory-checks.ts';
import { DAY, DAYS, HOUR, type Random, RULE_SET, type World } from './memory-world.ts';

/** An assessment without a verdict, of that window. */
export function assessmentOf(
  subject: Subject,
  clinic_code: string,
  window: Span,
  over: {
    readonly id?: string;
    readonly at?: number;
    readonly n?: number;
    readonly head?: Partial<AssessmentHeadRow>;
  } = {},
): Parameters<ReconcileStore['putAssessment']>[0] {
  const { id = newId(), at = window.from, n = 0 } = over;
  const json = canonicalJson({ subject: subject.id, n });
  const facts = { hash: sha256(json), json };
  const common = {
    subject_kind: subject.kind,
    subject_id: subject.id,
    clinic_code,
    rule_set: RULE_SET,
    facts_hash: facts.hash,
    verdict: null,
  };
  return {
    facts,
    assessment: {
      ...common,
      id,
      at,
      trigger: 'test',
      model_version: 'm/1',
      outcomes: [{ rule: 'R1@1', outcome: 'hit', reason: 'r' }],
    },
    head: {
      ...common,
      assessment_id: id,
      assessed_at: at,
      window_from: window.from,
      window_to: window.to,
      verdict_reason: null,
      llr: null,
      coverage: null,
      awaits_until: null,
      ...over.head,
    },
  };
}

/** One piece of work as assessing does it: what stands is read, then rows are put. The same on any store. */
export async function work(store: ReconcileStore, random: Random, world: World, n: number): Promise<void> {
  const { of, int, chance, moment } = random;
  const { subject, visitKey } = drawSubject(random, world);
  const settlement = world.settlements.find(({ id }) => id === subject.id);
  const standing = await store.standingOf({ subject, visitKey });
  const clinic_code = settlement?.clinic_code ?? clinicOf(subject.id, world);
  const at = moment();
  const id = derivedId('assessment', String(n));
  const from = settlement ? settlement.at - of([0, 60_000, 23 * HOUR, 48 * HOUR]) : moment();
  const to = settlement ? settlement.at + of([0, 60_000, HOUR]) : from + of([0, HOUR, DAY, 2 * DAY, 5 * DAY, 30 * DAY]);
  store.putAssessment(
    assessmentOf(
      subject,
      clinic_code,
      { from, to },
      {
        id,
        at,
        n: int(3),
        head: {
          verdict: of<AssessmentHeadRow['verdict']>([null, 'match', 'mismatch', 'cannot_tell']),
          llr: chance(0.5) ? int(100_000) / 10_000 : null,
          coverage: int(10_000) / 10_000,
          awaits_until: chance(0.5) ? of([to, from, to + DAY]) : null,
        },
      },
    ),
  );
  const findings = Array.from({ length: int(3) }, (): FindingRow => {
    const rule = `R${int(2)}`;
    const subjectKey = `${subject.kind}/${subject.id}${chance(0.3) ? '#part' : ''}`;
    return {
      id: derivedId('finding', rule, subjectKey),
      rule_id: rule,
      rule_version: '1',
      subject_key: subjectKey,
      incident_key: visitKey !== null && chance(0.8) ? visitKey : `incident-${int(5)}`,
      phase: 'post',
      class: 'evidence',
      severity: 'low',
      clinic_code: chance(0.9) ? clinic_code : 'H3',
      psn_no: null,
      camera_id: null,
      setl_ids: ['a"b', '\\'],
      basis: ['face'],
      outcome: of(['hit', 'clear', 'undetermined']),
      reason: `reason ${n}`,
      evidence: { zh: '零', en: 'none', n } as FindingRow['evidence'],
      assessment_id: id,
      first_at: moment(),
      updated_at: at,
    };
  });
  store.putFindings([...new Map(findings.map((row) => [row.id, row])).values()]);
  if (visitKey !== null && chance(0.6)) {
    const decision: DecisionRow = {
      id: decisionIdOf(visitKey),
      subject_key: visitKey,
      clinic_code: chance(0.9) ? clinic_code : 'H3',
      psn_no: null,
      mdtrt_id: null,
      setl_id: null,
      settlement_id: settlement?.id ?? null,
      msgid: 'M',
      clearing_month: '2026-03',
      fund_fen: int(100),
      decision: of(['allow', 'review', 'hold']),
      reasons: [],
      deadline_at: chance(0.5) ? moment() : null,
      default_action: 'allow',
      alternative: chance(0.5) ? { kind: 'id_card', zh: '证', en: 'card' } : null,
      state: 'standing',
      release_reason: null,
      assessment_id: id,
      decided_at: moment(),
      updated_at: at,
      ever_held: standing.decision?.ever_held ?? chance(0.5),
    };
    store.putDecision(decision);
    store.addDecisionEvent({
      decision_id: decision.id,
      at,
      actor: 'test',
      action: 'decided',
      before: standing.decision === null ? null : { state: standing.decision.state },
      after: { n },
      note: chance(0.5) ? `note ${n}` : null,
    });
  }
  if (chance(0.3)) await store.raiseWatermarkSeen(of(world.cameras).id, moment());
  if (chance(0.2)) {
    const clinic = of(world.clinics);
    store.putSchedule({
      clinic_code: clinic.code,
      scheduled_until: dayOf(int(DAYS)),
      open_hours: chance(0.7)
        ? clinic.open_hours.map((hours) => ({ to: hours.to, from: hours.from, days: hours.days }))
        : [],
    });
  }
}

function clinicOf(subjectId: string, world: World): string {
  const named = world.clinics.find(({ code }) => subjectId.includes(`${code}:`));
  const camera = world.cameras.find(({ id }) => subjectId.startsWith(`${id}@`));
  return (
    named?.code ??
    camera?.clinic_code ??
    world.events.find(({ msgid }) => subjectId === `message:${msgid}`)?.clinic_code ??
    'H1'
  );
}
