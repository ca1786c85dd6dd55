import type { Audit } from '../../access/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Db, type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { peopleConflicts } from '../people.topics.ts';
import { lockPortrait, type Portrait } from '../portraits.store.ts';
import {
  type Conflict,
  type ConflictSide,
  closeReplaced,
  lockConflict,
  putResolution,
  type Resolution,
} from './conflicts.store.ts';
import { tellTouched } from './conflicts.worker.ts';

export interface ResolveDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly audit: Audit;
  /** Whether people have decided about these persons since a moment. */
  decidedSince(db: Queryable, psnNos: readonly string[], since: number): Promise<boolean>;
}

export interface Said {
  readonly resolution: Resolution;
  readonly reason: string;
  /** For `wrong_photograph` alone. */
  readonly wrongPortraitId: string | null;
}

/** Why a portrait that was in use is in quarantine. */
export const WRONG_PERSON = {
  code: 'wrong_person',
  zh: '经人工核实，照片不是本人，请重新提交',
  en: 'A person found that the photograph shows somebody else. Send another.',
} as const;

/**
 * Writes down what a person says of a conflict. A wrong photograph goes into quarantine; was it put in the place of an older
 * one, that one is in use again. @throws DomainError `conflict`, `invalid_input`, `not_found`
 */
export async function resolveConflict(deps: ResolveDeps, id: string, actor: string, said: Said): Promise<void> {
  const { clock, audit } = deps;
  await deps.db.transaction(async (tx) => {
    const conflict = await locked(tx, id);
    if (conflict.state === 'closed')
      throw refused(
        'conflict',
        '该冲突已处理',
        'this conflict is settled already',
        'Take the resolution back first, if it was wrong.',
      );
    const wrong = wrongSide(conflict, said);
    const now = clock.now();
    const before = wrong === null ? [] : await quarantine(tx, conflict, wrong, now);
    await putResolution(tx, id, {
      state: 'closed',
      // Nobody can tell: then no machine shall.
      disputes: said.resolution === 'cannot_tell',
      resolution: said.resolution,
      wrongPortraitId: wrong?.portraitId ?? null,
      reason: said.reason,
      resolvedBy: actor,
      resolvedAt: now,
      before,
    });
    const ended =
      wrong === null ? [] : await closeReplaced(tx, { kind: wrong.subjectKind, ref: wrong.subjectRef }, now);
    await lookAgain(
      tx,
      deps,
      before.filter(({ state }) => state === 'superseded'),
    );
    await tellTouched(
      tx,
      deps,
      [conflict, ...ended].flatMap(({ side, other }) => [side, other]),
    );
    await audit.record(tx, {
      actor,
      action: 'portrait.conflict.resolve',
      subjectKind: 'portrait_conflict',
      subjectId: id,
      purpose: said.reason,
      outcome: 'done',
      detail: { resolution: said.resolution, wrongPortraitId: wrong?.portraitId ?? null },
    });
  });
}

/** Takes a resolution back, as long as nothing was built on it. @throws DomainError `conflict` with what was */
export async function undoResolution(deps: ResolveDeps, id: string, actor: string, reason: string): Promise<void> {
  const { audit } = deps;
  await deps.db.transaction(async (tx) => {
    const conflict = await locked(tx, id);
    if (conflict.state === 'open' || conflict.resolution === 'replaced' || conflict.resolvedAt === null)
      throw refused(
        'conflict',
        '没有可撤销的处理结果',
        'there is no resolution of a person to take back',
        'See its state.',
      );
    await assertNothingBuilt(tx, deps, conflict, conflict.resolvedAt);
    for (const { id: portraitId, state } of conflict.before ?? [])
      await tx.query(`update portraits set state = $2, reasons = '[]', decided_at = $3 where id = $1`, [
        portraitId,
        state,
        ts(deps.clock.now()),
      ]);
    await putResolution(tx, id, {
      ...{ state: 'open', disputes: true, resolution: null, wrongPortraitId: null },
      ...{ reason: null, resolvedBy: null, resolvedAt: null, before: null },
    });
    await lookAgain(
      tx,
      deps,
      (conflict.before ?? []).filter(({ state }) => state === 'accepted'),
    );
    await tellTouched(tx, deps, [conflict.side, conflict.other]);
    await audit.record(tx, {
      actor,
      action: 'portrait.conflict.undo',
      subjectKind: 'portrait_conflict',
      subjectId: id,
      purpose: reason,
      outcome: 'done',
      detail: { resolution: conflict.resolution },
    });
  });
}

async function locked(tx: Tx, id: string): Promise<Conflict> {
  const conflict = await lockConflict(tx, id);
  if (conflict === null) throw new DomainError('not_found', 'there is no such conflict here');
  return conflict;
}

function wrongSide(conflict: Conflict, { resolution, wrongPortraitId }: Said): ConflictSide | null {
  if (resolution !== 'wrong_photograph') {
    if (wrongPortraitId === null) return null;
    throw refused(
      'invalid_input',
      '仅“照片错误”需要指明照片',
      'wrongPortraitId goes with wrong_photograph alone',
      'Leave it out.',
    );
  }
  const wrong = [conflict.side, conflict.other].find(({ portraitId }) => portraitId === wrongPortraitId);
  if (wrong !== undefined) return wrong;
  throw refused(
    'invalid_input',
    '请指明两张照片中哪一张是错的',
    'wrongPortraitId says which of the two portraits is the wrong one',
    'Name one of the two.',
  );
}

/** @returns what the portraits were before */
async function quarantine(
  tx: Tx,
  conflict: Conflict,
  wrong: ConflictSide,
  now: number,
): Promise<NonNullable<Conflict['before']>> {
  const portrait = await lockPortrait(tx, wrong.portraitId);
  if (portrait === null || !isHeld(portrait))
    throw refused(
      'conflict',
      '该照片已不在使用',
      'this portrait is not in use any more',
      'Nothing needs to be done about it.',
    );
  const before: { id: string; state: 'accepted' | 'superseded' }[] = [{ id: portrait.id, state: portrait.state }];
  await tx.query(`update portraits set state = 'quarantined', reasons = $2, decided_at = $3 where id = $1`, [
    portrait.id,
    JSON.stringify([WRONG_PERSON]),
    ts(now),
  ]);
  if (conflict.kind !== 'two_faces_one_person' || wrong.portraitId !== conflict.side.portraitId) return before;
  const older = await lockPortrait(tx, conflict.other.portraitId);
  if (older === null || older.state !== 'superseded' || older.templateId === null) return before;
  await tx.query(`update portraits set state = 'accepted', decided_at = $2 where id = $1`, [older.id, ts(now)]);
  return [...before, { id: older.id, state: 'superseded' }];
}

const isHeld = (portrait: Portrait): portrait is Portrait & { state: 'accepted' | 'superseded' } =>
  (portrait.state === 'accepted' || portrait.state === 'superseded') && portrait.templateId !== null;

async function assertNothingBuilt(tx: Tx, deps: ResolveDeps, conflict: Conflict, since: number): Promise<void> {
  const sides = [conflict.side, conflict.other];
  const before = new Map((conflict.before ?? []).map(({ id, state }) => [id, state]));
  for (const { portraitId } of sides) {
    const portrait = await lockPortrait(tx, portraitId);
    // What stands there now must be what the resolution left.
    const left = before.get(portraitId);
    const moved =
      left !== undefined &&
      portrait?.state !== (left === 'accepted' || conflict.wrongPortraitId === portraitId ? 'quarantined' : 'accepted');
    if (portrait === null || portrait.templateId === null || moved) throw newerPortrait();
  }
  const refs = sides.map(({ subjectRef }) => subjectRef);
  const newer = await tx.query(
    `select 1 from portraits where subject_ref = any($1::text[]) and state = 'accepted' and decided_at > $2
       and not (id = any($3::uuid[])) limit 1`,
    [refs, ts(since), sides.map(({ portraitId }) => portraitId)],
  );
  if (newer.rowCount > 0) throw newerPortrait();
  const persons = sides.flatMap(({ subjectKind, subjectRef }) => (subjectKind === 'enrollee' ? [subjectRef] : []));
  if (!(await deps.decidedSince(tx, persons, since))) return;
  throw refused(
    'conflict',
    '处理之后已有人据此作出决定，不能撤销',
    'somebody has decided about these people since: the resolution cannot be taken back',
    'Send a new portrait; it is looked at anew.',
  );
}

const newerPortrait = () =>
  refused(
    'conflict',
    '此后已有新照片，不能撤销',
    'there is a newer portrait since, or an old one is gone',
    'Settle what the new portrait shows.',
  );

/** Portraits that came into use again are looked at as new ones are. */
async function lookAgain(
  tx: Tx,
  { outbox }: ResolveDeps,
  portraits: readonly { readonly id: string }[],
): Promise<void> {
  for (const { id } of portraits) await outbox.add(tx, peopleConflicts, { portraitId: id }, { dedupeKey: id });
}

const refused = (code: 'conflict' | 'invalid_input', zh: string, en: string, remedy: string): DomainError =>
  new DomainError(code, en, { zh, remedy });
