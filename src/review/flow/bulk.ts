import type { Principal } from '../../access/principal.ts';
import { DomainError } from '../../platform/errors.ts';
import type { DismissReason } from '../alerts.schemas.ts';
import { type StepDeps, takeStepIn } from './take-step.ts';

export interface BulkOrder {
  readonly alerts: readonly { readonly id: string; readonly version: number }[];
  readonly reason: DismissReason;
  readonly note?: string | undefined;
}

export interface BulkAnswer {
  readonly id: string;
  readonly done: boolean;
  /** Why not; null: it is done. */
  readonly code: string | null;
  readonly message: string | null;
}

/** Excludes many alerts for one reason, each by itself: one that has changed meanwhile stays as it is and says so. */
export async function excludeMany(deps: StepDeps, principal: Principal, order: BulkOrder): Promise<BulkAnswer[]> {
  const answers: BulkAnswer[] = [];
  const { reason, note } = order;
  for (const { id, version } of new Map(order.alerts.map((alert) => [alert.id, alert])).values()) {
    try {
      await deps.db.transaction((tx) =>
        takeStepIn(tx, deps, principal, id, {
          step: 'exclude',
          version,
          reason,
          ...(note !== undefined && { note }),
        }),
      );
      answers.push({ id, done: true, code: null, message: null });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      answers.push({ id, done: false, code: error.code, message: error.message });
    }
  }
  return answers;
}
