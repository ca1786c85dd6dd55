import { type Queryable, ts } from '../../platform/db.ts';
import type { RuleSet, RuleSetBody } from '../parameters.ts';
import { type Difference, differences } from './changes.ts';
import { notTested } from './compare.ts';
import type { Run } from './runs.store.ts';

/** What reviewers made of an alert. */
export interface Disposition {
  readonly alertId: string;
  /** confirmed: taken on or found right · dismissed: found to be none · open: nobody has said anything yet. */
  readonly said: 'confirmed' | 'dismissed' | 'open';
}

/** Dispositions by incident key; of a later room, which keeps alerts. */
export type DispositionsOf = (
  db: Queryable,
  incidentKeys: readonly string[],
) => Promise<ReadonlyMap<string, Disposition>>;

export interface RunExample {
  readonly incidentKey: string;
  readonly subject: string;
  readonly clinicCode: string;
  readonly at: string;
  readonly reason: string | null;
  readonly zh: string | null;
  readonly en: string | null;
  readonly alertId: string | null;
}

interface Counts {
  readonly before: number;
  readonly after: number;
  readonly added: number;
  readonly removed: number;
}

export interface RunResult {
  /** Incidents with a hit: alerts, before the alarm budget. */
  readonly alerts: Counts & { readonly kept: number };
  /** Of those that reviewers took on or found right. */
  readonly confirmed: { readonly before: number; readonly lost: number };
  /** Of those that reviewers found to be none. */
  readonly dismissed: { readonly before: number; readonly removed: number };
  readonly rules: readonly (Counts & {
    readonly rule: string;
    readonly confirmedLost: number;
    readonly dismissedRemoved: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly examples: {
      readonly added: readonly RunExample[];
      readonly removed: readonly RunExample[];
      readonly confirmedLost: readonly RunExample[];
    };
  })[];
  readonly changes: readonly Difference[];
  /** Changes that stored facts cannot show. */
  readonly notTested: readonly string[];
}

const PAGE = 1_000;
const EXAMPLES = 5;

interface Incident {
  readonly incident_key: string;
  readonly held_rules: readonly string[];
  readonly would_rules: readonly string[];
  readonly elsewhere: boolean;
}

interface Tally {
  before: number;
  after: number;
  added: number;
  removed: number;
  confirmedLost: number;
  dismissedRemoved: number;
  readonly keys: { added: string[]; removed: string[]; confirmedLost: string[] };
}

/** Adds up a run: incident by incident, page by page, whatever their number. */
export async function summarise(
  db: Queryable,
  run: Run,
  of: { readonly base: RuleSetBody; readonly candidate: RuleSet; readonly dispositionsOf: DispositionsOf },
): Promise<RunResult> {
  const all = { before: 0, after: 0, added: 0, removed: 0, kept: 0 };
  const confirmed = { before: 0, lost: 0 };
  const dismissed = { before: 0, removed: 0 };
  const tallies = new Map<string, Tally>();
  const alertIds = new Map<string, string>();
  for (let after: string | null = ''; after !== null; ) {
    const page: Incident[] = await incidents(db, run.id, after);
    const said = await of.dispositionsOf(
      db,
      page.flatMap((row) => (row.held_rules.length > 0 || row.elsewhere ? [row.incident_key] : [])),
    );
    for (const incident of page) {
      const was = incident.held_rules.length > 0 || incident.elsewhere;
      const is = incident.would_rules.length > 0 || incident.elsewhere;
      const disposition = said.get(incident.incident_key);
      all.before += Number(was);
      all.after += Number(is);
      all.added += Number(is && !was);
      all.removed += Number(was && !is);
      all.kept += Number(was && is);
      confirmed.before += Number(was && disposition?.said === 'confirmed');
      confirmed.lost += Number(was && !is && disposition?.said === 'confirmed');
      dismissed.before += Number(was && disposition?.said === 'dismissed');
      dismissed.removed += Number(was && !is && disposition?.said === 'dismissed');
      tally(tallies, incident, { was, is, said: disposition?.said });
      if (was && !is && disposition) remember(alertIds, tallies, incident.incident_key, disposition.alertId);
    }
    after = page.length < PAGE ? null : (page.at(-1)?.incident_key ?? null);
  }
  const candidateBody = of.candidate.body;
  const names = [...new Set([...Object.keys(run.outcomes), ...tallies.keys()])].sort();
  const rules: RunResult['rules'][number][] = [];
  for (const rule of names) {
    const { keys, ...counts } = tallies.get(rule) ?? emptyTally();
    const examplesOf = (list: readonly string[]) => examples(db, run.id, rule, list, alertIds);
    rules.push({
      rule,
      ...counts,
      outcomes: run.outcomes[rule] ?? {},
      examples: {
        added: await examplesOf(keys.added),
        removed: await examplesOf(keys.removed),
        confirmedLost: await examplesOf(keys.confirmedLost),
      },
    });
  }
  return {
    alerts: all,
    confirmed,
    dismissed,
    rules,
    changes: differences(of.base, candidateBody),
    notTested: notTested(of.base, candidateBody),
  };
}

const emptyTally = (): Tally => ({
  before: 0,
  after: 0,
  added: 0,
  removed: 0,
  confirmedLost: 0,
  dismissedRemoved: 0,
  keys: { added: [], removed: [], confirmedLost: [] },
});

/** A rule's own hits, and the alerts that come or go with them. */
function tally(
  tallies: Map<string, Tally>,
  incident: Incident,
  { was, is, said }: { readonly was: boolean; readonly is: boolean; readonly said: Disposition['said'] | undefined },
): void {
  const note = (list: string[]): void => void (list.length < EXAMPLES && list.push(incident.incident_key));
  for (const rule of new Set([...incident.held_rules, ...incident.would_rules])) {
    const counts = tallies.get(rule) ?? emptyTally();
    tallies.set(rule, counts);
    const held = incident.held_rules.includes(rule);
    const would = incident.would_rules.includes(rule);
    counts.before += Number(held);
    counts.after += Number(would);
    if (would && is && !was) {
      counts.added += 1;
      note(counts.keys.added);
    }
    if (held && was && !is) {
      counts.removed += 1;
      note(counts.keys.removed);
      if (said === 'dismissed') counts.dismissedRemoved += 1;
      if (said === 'confirmed') {
        counts.confirmedLost += 1;
        note(counts.keys.confirmedLost);
      }
    }
  }
}

/** Of alerts that stand among the examples. */
function remember(alertIds: Map<string, string>, tallies: Map<string, Tally>, key: string, alertId: string): void {
  for (const { keys } of tallies.values())
    if (keys.removed.includes(key) || keys.confirmedLost.includes(key)) alertIds.set(key, alertId);
}

/** `elsewhere`: a finding of the same incident hits that the run did not look at. */
async function incidents(db: Queryable, runId: string, after: string): Promise<Incident[]> {
  const { rows } = await db.query<Incident>(
    `with page as (
       select incident_key, array_agg(distinct rule_id) filter (where held = 'hit') as held_rules,
         array_agg(distinct rule_id) filter (where would = 'hit') as would_rules
       from candidate_outcomes where run_id = $1 and incident_key > $2
       group by incident_key order by incident_key limit ${PAGE}
     )
     select incident_key, coalesce(held_rules, '{}') as held_rules, coalesce(would_rules, '{}') as would_rules,
       exists (select 1 from findings f where f.incident_key = page.incident_key and f.outcome = 'hit' and not exists (
         select 1 from candidate_outcomes o where o.run_id = $1 and o.rule_id = f.rule_id
           and o.subject = split_part(f.subject_key, '#', 1))) as elsewhere
     from page order by incident_key`,
    [runId, after],
  );
  return rows;
}

async function examples(
  db: Queryable,
  runId: string,
  rule: string,
  keys: readonly string[],
  alertIds: ReadonlyMap<string, string>,
): Promise<RunExample[]> {
  if (keys.length === 0) return [];
  const { rows } = await db.query<{
    incident_key: string;
    subject: string;
    clinic_code: string;
    at: number;
    reason: string | null;
    zh: string | null;
    en: string | null;
  }>(
    `select distinct on (incident_key) incident_key, subject, clinic_code, at, reason, zh, en
     from candidate_outcomes where run_id = $1 and rule_id = $2 and incident_key = any($3) order by incident_key, at, subject`,
    [runId, rule, keys],
  );
  return rows.map((row) => ({
    incidentKey: row.incident_key,
    subject: row.subject,
    clinicCode: row.clinic_code,
    at: ts(row.at),
    reason: row.reason,
    zh: row.zh,
    en: row.en,
    alertId: alertIds.get(row.incident_key) ?? null,
  }));
}
