import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Audit } from '../../access/audit.ts';
import { actorOf } from '../../access/scope.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { assertMaySeeIntake } from './intake.routes.ts';
import { type InterfaceTable, type NodeSpec, squash } from './interface-table.ts';
import {
  deleteMapping,
  getMapping,
  insertMapping,
  listMappings,
  type MappingCache,
  type StoredMapping,
} from './mapping.store.ts';
import type { Replays } from './replay.ts';

export interface MappingRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly table: InterfaceTable;
  readonly mappings: MappingCache;
  readonly replays: Replays;
}

const Nullable = Type.Union([Type.String(), Type.Null()]);
const Key = Type.String({ minLength: 1, maxLength: 100 });

const Mapping = Type.Object({
  id: Type.String(),
  infno: Nullable,
  fromKey: Type.String(),
  toKey: Type.String(),
  note: Nullable,
  createdBy: Type.String(),
  createdAt: Type.String(),
  replay: Type.Object({
    done: Type.Boolean({ description: 'false: more is being tried in the background' }),
    healed: Type.Integer(),
    unhealed: Type.Integer(),
  }),
});

const shown = (mapping: StoredMapping) => ({
  id: mapping.id,
  infno: mapping.infno,
  fromKey: mapping.fromKey,
  toKey: mapping.toKey,
  note: mapping.note,
  createdBy: mapping.createdBy,
  createdAt: new Date(mapping.createdAt).toISOString(),
  replay: { done: mapping.replayedAt !== null, healed: mapping.healed, unhealed: mapping.unhealed },
});

/** Every name that the tables know, squashed. */
export function knownKeys(table: InterfaceTable): ReadonlySet<string> {
  const nodes: NodeSpec[] = [table.request, table.response];
  for (const spec of table.transactions.values()) nodes.push(...spec.request, ...spec.response);
  return new Set([
    'input',
    'output',
    ...nodes.flatMap((node) => [squash(node.name), ...node.fields.map((field) => squash(field.name))]),
  ]);
}

export const claimMappingRoutes =
  (deps: MappingRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, audit, mappings, replays, table } = deps;
    const known = knownKeys(table);

    app.get(
      '/v1/claims/mappings',
      {
        schema: {
          summary: 'Names that a province or a HIS vendor writes otherwise',
          operationId: 'listClaimMappings',
          tags: ['claims'],
          response: { 200: Type.Object({ items: Type.Array(Mapping), nextCursor: Type.Null() }) },
        },
        config: { signedIn: true },
      },
      async (request) => {
        assertMaySeeIntake(request.principal);
        return { items: (await listMappings(db)).map(shown), nextCursor: null };
      },
    );

    app.post(
      '/v1/claims/mappings',
      {
        schema: {
          summary: 'Map a name to the interface’s own, and replay the quarantined messages that it may heal',
          description: 'The first hundred are tried before the answer, the rest in the background; see `replay`.',
          operationId: 'addClaimMapping',
          tags: ['claims'],
          body: Type.Object({
            infno: Type.Union([Type.String({ pattern: '^\\d{4}[A-Za-z]?$' }), Type.Null()], {
              description: 'null: in every transaction',
              default: null,
            }),
            fromKey: Key,
            toKey: Key,
            note: Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()])),
          }),
          response: { 201: Mapping },
        },
        config: { right: 'claims.map' },
      },
      async (request, reply) => {
        const { fromKey, toKey, note = null } = request.body;
        const infno = request.body.infno?.toUpperCase() ?? null;
        if (!known.has(squash(toKey))) {
          throw new DomainError('invalid_input', `the interface has no field or node ${toKey}`, {
            remedy: 'Name the field as the national interface does; see config/interface.',
          });
        }
        const actor = actorOf(request.principal);
        const stored = await db.transaction(async (tx) => {
          const mapping = await insertMapping(tx, {
            infno,
            fromKey,
            toKey,
            note,
            createdBy: actor,
            createdAt: clock.now(),
          });
          await audit.record(tx, {
            actor,
            action: 'claim.map',
            subjectKind: 'claim_mapping',
            subjectId: mapping.id,
            outcome: 'done',
            detail: { infno, fromKey, toKey },
          });
          return mapping;
        });
        await replays.byMapping(stored.id, null, actor);
        reply.code(201);
        return shown((await getMapping(db, stored.id)) ?? stored);
      },
    );

    app.delete(
      '/v1/claims/mappings/:id',
      {
        schema: {
          summary: 'Delete a mapping; what it healed stays',
          operationId: 'deleteClaimMapping',
          tags: ['claims'],
          params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
          response: { 200: Mapping },
        },
        config: { right: 'claims.map' },
      },
      async (request) => {
        const { id } = request.params;
        const deleted = await db.transaction(async (tx) => {
          const mapping = await deleteMapping(tx, id);
          if (mapping) {
            await audit.record(tx, {
              actor: actorOf(request.principal),
              action: 'claim.unmap',
              subjectKind: 'claim_mapping',
              subjectId: id,
              outcome: 'done',
            });
          }
          return mapping;
        });
        if (!deleted) throw new DomainError('not_found', `there is no mapping ${id}`);
        mappings.forget();
        return shown(deleted);
      },
    );
  };
