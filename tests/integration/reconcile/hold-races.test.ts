import { afterEach, beforeEach, expect, it } from 'vitest';
import { decisionDeadline } from '../../../src/reconcile/reconcile.topics.ts';
import { at, createScene, HOLD_AT_ONCE, MINUTE, type Scene, workingClinic } from './support.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ now: at('09:00'), decision: HOLD_AT_ONCE });
  await workingClinic(scene, at('08:00'));
  await scene.person('P1', { face: 1 });
  await scene.status('P1', 'dead', at('00:00', '2026-02-01'));
  await scene.drain();
});
afterEach(() => scene.close());

interface Held {
  readonly visit: string;
  readonly id: string;
  readonly deadlineAt: number;
}

const held = async (visit: string): Promise<Held> => {
  await scene.settle(visit, 'P1', at('09:00'));
  await scene.drain();
  const { id, deadlineAt, decision, state } = await scene.decision(visit);
  expect([decision, state]).toEqual(['hold', 'standing']);
  return { visit, id, deadlineAt: deadlineAt ?? 0 };
};

const release = ({ id }: Held, who: string): Promise<unknown> =>
  scene.reconcile.decisions.release(id, who, { means: 'reviewer', note: 'looked at' });
const confirm = ({ id }: Held, who: string): Promise<unknown> =>
  scene.reconcile.decisions.confirm(id, who, 'looked at');

/** The job that the queue delivers at the deadline, perhaps twice. */
const deadline = async ({ id: decisionId, deadlineAt }: Held): Promise<unknown> => {
  const handler = scene.reconcile.handlers.find(({ topic }) => topic.name === decisionDeadline.name);
  if (handler === undefined) throw new Error('nobody releases at the deadline');
  await handler.handle({
    payload: { decisionId, deadlineAt },
    once: (effects) => scene.runtime.db.transaction(effects),
  });
  return null;
};

/** What became of a hold: its state, what history says of how, and what others were told. */
const outcome = async ({ id, visit }: Held) => {
  const { state, releaseReason } = await scene.decision(visit);
  const history = await scene.runtime.db.query<{ action: string; state: string }>(
    `select action, after ->> 'state' as state from decision_events where decision_id = $1 order by id`,
    [id],
  );
  const told = await scene.runtime.db.query<{ change: string }>(
    `select payload ->> 'change' as change from outbox where topic = 'decision.changed' and payload ->> 'decisionId' = $1
       and payload ->> 'change' in ('released', 'confirmed') order by id`,
    [id],
  );
  const ends = history.rows.filter((row) => row.state !== 'standing').map(({ action }) => action);
  return { state, releaseReason, ends, told: told.rows.map(({ change }) => change) };
};

/** Each order in turn comes first to the database now and then. */
const atOnce = async (actions: readonly (() => Promise<unknown>)[], turn: number): Promise<string[]> => {
  const order = actions.map((_, i) => (i + turn) % actions.length);
  const settled = new Map<number, string>();
  await Promise.all(
    order.map(async (i) => {
      settled.set(
        i,
        await (actions[i]?.() ?? Promise.resolve()).then(
          () => 'done',
          (error: { code?: string }) => error.code ?? 'failed',
        ),
      );
    }),
  );
  return actions.map((_, i) => settled.get(i) ?? 'lost');
};

it('is either released or confirmed when both are said at once, and tells one of them', async () => {
  for (let turn = 0; turn < 6; turn++) {
    const hold = await held(`R${turn}`);
    await confirm(hold, 'user:li');
    const [released, confirmed] = await atOnce(
      [() => release(hold, 'user:zhao'), () => confirm(hold, 'user:wang')],
      turn,
    );
    const { state, ends, told } = await outcome(hold);
    if (released === 'done' && confirmed === 'done') {
      // A release takes back what two had confirmed before it, never the other way round.
      expect([state, ends, told]).toEqual(['released', ['confirm', 'release'], ['confirmed', 'released']]);
    } else {
      expect([released, confirmed]).toEqual(['done', 'conflict']);
      expect([state, ends, told]).toEqual(['released', ['release'], ['released']]);
    }
  }
});

it('is released once when a person and the deadline, told twice, let it go at once; nobody confirms it any more', async () => {
  const holds: Held[] = [];
  for (let turn = 0; turn < 6; turn++) {
    const hold = await held(`D${turn}`);
    await confirm(hold, 'user:li');
    holds.push(hold);
  }
  scene.runtime.clock.set(Math.max(...holds.map(({ deadlineAt }) => deadlineAt)) + MINUTE);
  for (const [turn, hold] of holds.entries()) {
    const [released, confirmed, ...jobs] = await atOnce(
      [() => release(hold, 'user:zhao'), () => confirm(hold, 'user:wang'), () => deadline(hold), () => deadline(hold)],
      turn,
    );
    expect([confirmed, ...jobs]).toEqual(['conflict', 'done', 'done']);
    const { state, releaseReason, ends, told } = await outcome(hold);
    const byPerson = released === 'done';
    expect(released).toBe(byPerson ? 'done' : 'conflict');
    expect([state, releaseReason, ends, told]).toEqual(
      byPerson
        ? ['released', 'reviewer', ['release'], ['released']]
        : ['released', 'deadline', ['auto_release'], ['released']],
    );
  }
});

it('counts the confirmations of two people who press at once as two, and of one who presses twice as one', async () => {
  for (let turn = 0; turn < 4; turn++) {
    const hold = await held(`C${turn}`);
    const once = await atOnce([() => confirm(hold, 'user:li'), () => confirm(hold, 'user:li')], turn);
    expect([...once].sort()).toEqual(['conflict', 'done']);
    expect((await outcome(hold)).state).toBe('standing');
    const both = await atOnce([() => confirm(hold, 'user:wang'), () => confirm(hold, 'user:zhao')], turn);
    expect([...both].sort()).toEqual(['conflict', 'done']);
    expect(await outcome(hold)).toMatchObject({ state: 'confirmed', ends: ['confirm'], told: ['confirmed'] });
  }
});

it('keeps a person’s release although the visit is judged anew in the same moment', async () => {
  for (let turn = 0; turn < 4; turn++) {
    const hold = await held(`J${turn}`);
    const again = await scene.trial(hold.visit, 'P1', at('09:00'));
    const said = await atOnce(
      [() => release(hold, 'user:zhao'), () => scene.reconcile.decide({ ...again, repeat: false })],
      turn,
    );
    expect(said).toEqual(['done', 'done']);
    expect(await outcome(hold)).toMatchObject({ state: 'released', releaseReason: 'reviewer', told: ['released'] });
  }
});
