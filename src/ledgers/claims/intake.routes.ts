import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DateTime } from 'luxon';
import { Type } from 'typebox';
import type { Principal } from '../../access/principal.ts';
import { hasRight } from '../../access/rights.ts';
import { scopeOf } from '../../access/scope.ts';
import type { Db } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { intakeCounts } from './counts.store.ts';
import { quarantineCounts } from './quarantine.store.ts';

const Day = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'yyyy-MM-dd in the installation’s time zone',
});
const Count = Type.Integer({ minimum: 0 });

/** Whoever sends may see what became of it; whoever maps may see what waits for a mapping. */
export function assertMaySeeIntake(principal: Principal): void {
  const rights = ['claims.read', 'claims.submit', 'claims.map'] as const;
  if (!rights.some((right) => hasRight(principal.role, right))) {
    throw new DomainError('forbidden', 'this account may not see the intake of claims');
  }
}

export const claimIntakeRoutes =
  (deps: { readonly db: Db; readonly timeZone: string }): FastifyPluginAsyncTypebox =>
  async (app) => {
    /** Epoch ms of a day's beginning. @throws DomainError `invalid_input` */
    const beginningOf = (day: string | undefined): DateTime | null => {
      if (day === undefined) return null;
      const at = DateTime.fromISO(day, { zone: deps.timeZone });
      if (!at.isValid) throw new DomainError('invalid_input', `${day} is not a day`);
      return at;
    };

    app.get(
      '/v1/claims/intake',
      {
        schema: {
          summary: 'How many messages came, and what became of them',
          description:
            'accepted + duplicate + quarantined = sent, always: a message that a replay heals moves from quarantined to ' +
            'accepted (or duplicate) on the day of its arrival. A message whose response comes later counts as accepted twice, ' +
            'since it was sent twice.',
          operationId: 'getClaimIntake',
          tags: ['claims'],
          querystring: Type.Object({
            from: Type.Optional(Day),
            to: Type.Optional(Day),
            clinic: Type.Optional(Type.String({ maxLength: 12 })),
          }),
          response: {
            200: Type.Object({
              sent: Count,
              accepted: Count,
              duplicate: Count,
              quarantined: Count,
              byReason: Type.Record(Type.String(), Count, {
                description: 'What is counted as quarantined, by reason: still open, or discarded',
              }),
              openQuarantine: Count,
            }),
          },
        },
        config: { signedIn: true },
      },
      async (request) => {
        assertMaySeeIntake(request.principal);
        const scope = scopeOf(request.principal);
        const from = beginningOf(request.query.from);
        const to = beginningOf(request.query.to);
        const clinic = request.query.clinic ?? null;
        const within = {
          scope,
          clinic,
          from: from?.toMillis() ?? null,
          to: to?.plus({ days: 1 }).toMillis() ?? null,
        };
        const counts = await intakeCounts(deps.db, {
          scope,
          clinic,
          from: request.query.from ?? null,
          to: request.query.to ?? null,
        });
        const open = await quarantineCounts(deps.db, { ...within, state: 'open' });
        const discarded = await quarantineCounts(deps.db, { ...within, state: 'discarded' });
        const byReason = { ...open };
        for (const [reason, n] of Object.entries(discarded)) byReason[reason] = (byReason[reason] ?? 0) + n;
        return { ...counts, byReason, openQuarantine: Object.values(open).reduce((sum, n) => sum + n, 0) };
      },
    );
  };
