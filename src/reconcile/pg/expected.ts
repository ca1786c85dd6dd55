import type { QueryResultRow } from 'pg';
import type { ExpectedReads } from '../store.ts';
import { PEOPLE_OF_CLAIM, PRESENCE_OF_CLAIM } from './presence.ts';
import { type OneRow, type Read, type readsAhead, sideBySide } from './reader.ts';
import { PARTIES_OF_CLAIM } from './visits.ts';

const paramsOf = ({ sql }: { readonly sql: string }): number =>
  Math.max(0, ...[...sql.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)));

const ALL = sideBySide(
  [PARTIES_OF_CLAIM, PRESENCE_OF_CLAIM, PEOPLE_OF_CLAIM].map(({ sql }) => ({ sql, params: paramsOf({ sql }) })),
);

/** Asks for what a claim's facts are gathered from, as one statement where all of it is expected. */
export function expectedReads(
  { parties, presence, people }: ExpectedReads,
  { ask, expect }: { readonly ask: Read; readonly expect: ReturnType<typeof readsAhead>['expect'] },
): void {
  if (presence === null || people === null) {
    const alone = <Asked>(statement: OneRow<Asked>, asked: Asked): void => {
      const values = statement.values(asked);
      expect(statement.name, values, ask(statement.name, statement.sql, values));
    };
    alone(PARTIES_OF_CLAIM, parties);
    if (presence !== null) alone(PRESENCE_OF_CLAIM, presence);
    if (people !== null) alone(PEOPLE_OF_CLAIM, people);
    return;
  }
  const values = [PARTIES_OF_CLAIM.values(parties), PRESENCE_OF_CLAIM.values(presence), PEOPLE_OF_CLAIM.values(people)];
  const answer = ask<QueryResultRow>('reconcile-claim', ALL, values.flat());
  for (const [i, { name, columns }] of [PARTIES_OF_CLAIM, PRESENCE_OF_CLAIM, PEOPLE_OF_CLAIM].entries()) {
    const own = answer.then((rows) =>
      rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]]))),
    );
    expect(name, values[i] ?? [], own);
  }
}
