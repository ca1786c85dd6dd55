import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import { decisionEvents } from './decision.store.ts';
import { decisionFrom, decisionRow, type StoredDecision } from './decision-rows.ts';
import { letGo, record } from './decisions.ts';
import type { InStore } from './pg-store.ts';
import { decisionChanged } from './reconcile.topics.ts';

export interface DecisionActionDeps {
  readonly clock: Clock;
  readonly inStore: InStore;
}

export interface ReleaseRequest {
  /** `id_card_witnessed`: an ID card was shown and a witness checked it · `reviewer`: a reviewer's word, with a note. */
  readonly means: 'id_card_witnessed' | 'reviewer';
  readonly note: string;
  readonly witness?: string | undefined;
}

/**
 * One person lets a hold go.
 * @throws DomainError `invalid_input` when nobody is named who saw the ID card, `conflict` when nothing is held (any more)
 */
export async function releaseDecision(
  deps: DecisionActionDeps,
  decisionId: string,
  actor: string,
  request: ReleaseRequest,
): Promise<StoredDecision> {
  const witness = request.witness?.trim() ?? '';
  if (request.means === 'id_card_witnessed' && witness === '') {
    throw new DomainError('invalid_input', 'nobody is named who saw the ID card', {
      remedy: 'Name the witness: staff number or office.',
    });
  }
  return deps.inStore(async (store) => {
    const row = await store.decisionById(decisionId);
    if (!row) throw noSuchDecision(decisionId);
    const before = decisionFrom(row);
    if (before.decision !== 'hold' || (before.state !== 'standing' && before.state !== 'confirmed')) {
      throw new DomainError('conflict', 'this decision holds nothing (any more)', {
        remedy: 'Read it again: it was released meanwhile.',
      });
    }
    return letGo(store, deps, before, {
      reason: request.means,
      actor,
      action: 'release',
      note: witness === '' ? request.note : `${request.note} [${witness}]`,
    });
  });
}

/** Adverse decisions are people's, two of them: the second different person confirms. @throws DomainError `conflict` */
export async function confirmDecision(
  deps: DecisionActionDeps,
  decisionId: string,
  actor: string,
  note: string,
): Promise<StoredDecision> {
  return deps.inStore(async (store, tx) => {
    const row = await store.decisionById(decisionId);
    if (!row) throw noSuchDecision(decisionId);
    const before = decisionFrom(row);
    const now = deps.clock.now();
    if (before.decision !== 'hold' || before.state !== 'standing') {
      throw new DomainError('conflict', 'only a hold that still stands can be confirmed', { remedy: 'Read it again.' });
    }
    if (before.deadlineAt !== null && before.deadlineAt <= now) {
      throw new DomainError('conflict', 'the deadline of this hold has passed', {
        remedy: 'It is released by policy.',
      });
    }
    const history = await decisionEvents(tx, decisionId);
    const since = history.findLastIndex(({ action }) => action !== 'confirm') + 1;
    const earlier = new Set(history.slice(since).map((event) => event.actor));
    if (earlier.has(actor)) {
      throw new DomainError('conflict', 'you have confirmed this hold already', {
        remedy: 'A second, different person must confirm it.',
      });
    }
    const after: StoredDecision =
      earlier.size === 0
        ? { ...before, updatedAt: now }
        : { ...before, state: 'confirmed', deadlineAt: null, updatedAt: now };
    store.putDecision(decisionRow(after));
    record(store, { before, after, action: 'confirm', actor, note });
    if (after.state === 'confirmed') {
      store.tell(decisionChanged, [{ payload: { decisionId, change: 'confirmed' } }]);
    }
    return after;
  });
}

const noSuchDecision = (id: string): DomainError => new DomainError('not_found', `there is no decision ${id} here`);
