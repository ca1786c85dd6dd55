import { type TSchema, Type } from 'typebox';
import { FEED_KINDS } from './feed-line.ts';
import { LINE_SCHEMAS } from './line-schemas.ts';
import { MetaSchema } from './meta.ts';
import { OutcomeRowSchema } from './outcome-schema.ts';
import { TruthRowSchema } from './truth-schema.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const documentOf = (title: string, description: string, schema: TSchema): string =>
  `${JSON.stringify({ $schema: DIALECT, title, description, ...withoutDescription(schema) }, null, 2)}\n`;

const withoutDescription = (schema: TSchema): object => {
  const { description: _, ...rest } = schema as TSchema & { description?: string };
  return rest;
};

/** The published JSON Schema documents of the feed format: path in the project → text. */
export const feedDocuments = (): ReadonlyMap<string, string> =>
  new Map([
    [
      'docs/feed/feed.schema.json',
      documentOf(
        'ClaimSight feed: one line',
        'One line of a feed’s *.ndjson. Descriptions say what a value must be; where several forms are accepted, the first is the one to write. Other fields are passed by.',
        Type.Union(FEED_KINDS.map((kind) => LINE_SCHEMAS[kind])),
      ),
    ],
    ['docs/feed/meta.schema.json', documentOf('ClaimSight feed: meta.json', 'meta.json of a feed.', MetaSchema)],
    [
      'docs/feed/truth.schema.json',
      documentOf('ClaimSight feed: truth', 'One line of truth.ndjson, which only the scorer reads.', TruthRowSchema),
    ],
    [
      'docs/feed/outcome.schema.json',
      documentOf('ClaimSight feed: outcome', 'One line of what run-feed writes and score reads.', OutcomeRowSchema),
    ],
  ]);
