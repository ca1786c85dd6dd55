import type { Scope } from '../../access/principal.ts';
import { type Queryable, ts, tsOrNull } from '../../platform/db.ts';
import { dayBounds, localDay } from '../../reconcile/local-time.ts';
import type { GateDeps } from '../budget/gate.ts';
import { installationLimit } from '../budget/policy.ts';
import type { Cockpit } from './cockpit.schemas.ts';
import { sumsByPlace } from './figures.store.ts';
import { addSums, figuresOf, NOTHING } from './figures.ts';
import { type Ground, groundOf, placesOf } from './places.store.ts';
import { reckonedAt } from './roll-up.store.ts';
import { type SpanName, spanOf } from './span.ts';

export type CockpitDeps = GateDeps & { readonly db: Queryable };

/** One region and what lies one level below it, over a span. @throws DomainError `not_found` outside the scope */
export async function cockpitOf(
  deps: CockpitDeps,
  scope: Scope,
  asked: { readonly region?: string | undefined; readonly span: SpanName; readonly month?: string | undefined },
): Promise<Cockpit> {
  const { db, clock, timeZone } = deps;
  const now = clock.now();
  const span = spanOf(asked, now, timeZone);
  const ground = await groundOf(db, scope, asked.region ?? null);
  // Before the counts: they are as fresh as this says, or fresher.
  const reckoned = await reckonedAt(db, now);
  const [places, sums, budget] = await Promise.all([
    placesOf(db, ground),
    sumsByPlace(db, ground, span, now),
    budgetHere(deps, ground, now),
  ]);
  return {
    region: {
      code: ground.region.code,
      name: ground.region.name,
      level: ground.region.level,
      clinics: places.reduce((sum, { clinics }) => sum + clinics, 0),
    },
    path: [...ground.path],
    span: { from: span.from, to: span.to, over: span.over },
    reckonedAt: tsOrNull(reckoned.at),
    pending: reckoned.pending,
    total: figuresOf(addSums([...sums.values()])),
    items: places.map((place) => ({ ...place, figures: figuresOf(sums.get(place.code) ?? NOTHING) })),
    budget,
  };
}

/** What of the day's budgets is used that hold in a region: the installation's, and its own or that of one above it. */
async function budgetHere(deps: CockpitDeps, { region, scope }: Ground, now: number): Promise<Cockpit['budget']> {
  const { db, policy, timeZone } = deps;
  const day = localDay(now, timeZone);
  const budget = policy.budgets.fraud;
  const [days, clinics, here] = await Promise.all([
    db.query<{ region_code: string; shown: number }>(
      `select region_code, shown from alert_budget_days where day = $1 and class = 'fraud'`,
      [day],
    ),
    db.query<{ n: number }>('select count(*) as n from clinics'),
    db.query<{ n: number }>(
      `select count(*) as n from alerts a join clinics c on c.code = a.clinic_code
       where a.class = 'fraud' and a.shown_at >= $3 and c.region_code like $1 || '%' and ($2::text is null or c.code = $2)`,
      [region.code, scope.clinicCode, ts(dayBounds(day, timeZone).from)],
    ),
  ]);
  const used = (code: string): number => days.rows.find(({ region_code }) => region_code === code)?.shown ?? 0;
  const whole = installationLimit(budget, clinics.rows[0]?.n ?? 0);
  return {
    day,
    shownHere: here.rows[0]?.n ?? 0,
    limits: [
      { region: '', perDay: Number.isFinite(whole) ? whole : null, used: used('') },
      ...Object.entries(budget.regions)
        .filter(([code]) => region.code.startsWith(code))
        .map(([code, perDay]) => ({ region: code, perDay, used: used(code) })),
    ],
  };
}
