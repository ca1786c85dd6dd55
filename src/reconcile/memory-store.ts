import type { MemoryPeople } from '../people/memory-people.ts';
import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/db.ts';
import type { Agenda } from '../platform/working-set/agenda.ts';
import type { WorkingSet } from '../platform/working-set/working-set.ts';
import { booksIn } from './book/memory.ts';
import { clinicScoreIn } from './clinic-score/memory.ts';
import { completenessIn } from './completeness/memory.ts';
import { holdingIn } from './holding/memory.ts';
import { inRequestIn } from './in-request/memory.ts';
import { createBehind } from './memory/behind.ts';
import { camerasIn } from './memory/cameras.ts';
import { claimsIn } from './memory/claims.ts';
import { headsIn } from './memory/heads.ts';
import { createLeft } from './memory/left.ts';
import { peopleIn } from './memory/people.ts';
import { standingIn } from './memory/standing.ts';
import { toldIn } from './memory/told.ts';
import { scheduleIn, writesIn } from './memory/writes.ts';
import { periodsIn } from './periods/memory.ts';
import type { ReconcileStore } from './store.ts';

export interface MemoryReconcileOptions {
  readonly workingSet: WorkingSet;
  readonly agenda: Agenda;
  readonly people: MemoryPeople;
  /** Where the working set writes: for what has left memory. */
  readonly db: Queryable;
  readonly clock: Clock;
}

export interface MemoryReconcileStore extends ReconcileStore {
  /** To be called before `workingSet.evict` with the same moment: it remembers what will have to be gone back for. */
  leaving(beforeMs: number): void;
}

/**
 * The room's store on tables in memory, for bulk work. Rows that it gives are the tables' own and may hold more columns
 * than were asked for. What it does not find in memory it brings back, or asks the database for, but only where something
 * may have left. Nothing may leave while work on a store is under way.
 */
export async function createMemoryReconcileStore(options: MemoryReconcileOptions): Promise<MemoryReconcileStore> {
  const { workingSet, agenda, people, db, clock } = options;
  const behind = createBehind(workingSet, db);
  const left = createLeft(workingSet);
  const told = toldIn({ workingSet, left, behind });
  return {
    ...standingIn({ workingSet, left, behind }),
    ...camerasIn({ workingSet, left, told }),
    ...headsIn({ workingSet, left, behind }),
    ...claimsIn({ workingSet, left, behind, people, clock }),
    ...peopleIn({ workingSet, left, behind, people }),
    ...booksIn({ workingSet, left, told, people, db }),
    ...clinicScoreIn(workingSet),
    ...inRequestIn({ workingSet, left, db }),
    ...periodsIn({ workingSet, left, people }),
    ...writesIn({ workingSet, behind, lastEvent: await lastDecisionEvent(db) }),
    ...scheduleIn(workingSet),
    ...completenessIn({ workingSet, left, db }),
    ...holdingIn(workingSet, () => clock.now()),
    lock: async () => undefined,
    expect: () => undefined,
    tell: (topic, items) => agenda.addAll(topic, items),
    leaving: left.note,
  };
}

async function lastDecisionEvent(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ last: number | null }>('select max(id) as last from decision_events');
  return rows[0]?.last ?? 0;
}

/** Lets the database number on from what was written in bulk. To be called when bulk work is over and written. */
export async function continueDecisionEvents(db: Queryable): Promise<void> {
  await db.query(
    `select setval(pg_get_serial_sequence('decision_events', 'id'), max(id)) from decision_events having max(id) is not null`,
  );
}
