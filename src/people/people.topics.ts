import { Type } from 'typebox';
import { defineTopic } from '../platform/outbox.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/**
 * Something about a person, a clinic's staff or its filings changed that findings may rest on. `from`/`to` (epoch ms,
 * null: open) say for which time it matters; both null: for all times.
 */
export const peopleChanged = defineTopic({
  name: 'people.changed',
  queue: 'reconcile',
  payload: Type.Object({
    psnNo: nullable(Type.String()),
    staffId: nullable(Type.String()),
    clinicCode: nullable(Type.String()),
    what: Type.Union([
      Type.Literal('proxy'),
      Type.Literal('status'),
      Type.Literal('portrait'),
      Type.Literal('staff'),
      Type.Literal('household'),
      Type.Literal('filing'),
    ]),
    from: nullable(Type.Number()),
    to: nullable(Type.Number()),
  }),
});

/** A portrait waits to be analysed. */
export const peoplePortrait = defineTopic({
  name: 'people.portrait',
  queue: 'people',
  payload: Type.Object({ portraitId: Type.String() }),
});

/** A portrait came into use: does its face stand under somebody else, or is it not its owner's? */
export const peopleConflicts = defineTopic({
  name: 'people.conflicts',
  queue: 'people',
  payload: Type.Object({ portraitId: Type.String() }),
});

/** A bulk import waits to be worked off. */
export const peopleImport = defineTopic({
  name: 'people.import',
  queue: 'people',
  payload: Type.Object({ importId: Type.String() }),
});
