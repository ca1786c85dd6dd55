import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema, UUID_FORM } from '../../access/paging.ts';
import type { Principal } from '../../access/principal.ts';
import { REGION_CODE } from '../../access/regions.store.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import { DomainError } from '../../platform/errors.ts';
import type { PeopleDeps } from '../deps.ts';
import { candidateNames } from '../gallery/candidate-names.ts';
import { isoOf, isoOrNull, NullableString, NullableTime, nullable, PsnNo, Time } from '../people.schemas.ts';
import { peoplePrefix } from '../people-scope.ts';
import { type Conflict, type ConflictSide, listConflicts, RESOLUTIONS, type Resolution } from './conflicts.store.ts';
import { type ResolveDeps, resolveConflict, undoResolution } from './resolve.ts';

const KIND_WORDS: Readonly<Record<Conflict['kind'], { readonly zh: string; readonly en: string }>> = {
  same_face_two_people: {
    zh: '两名参保人（或医务人员）的照片疑似同一张脸：可能重复参保登记、双胞胎或亲属、或照片传错。',
    en: 'The portraits of two people may show one face: registered twice, twins or kin, or a wrong photograph.',
  },
  two_faces_one_person: {
    zh: '同一人的新旧照片疑似不是同一张脸：可能照片传错，或面容变化很大。',
    en: 'A person’s new portrait may not show the face of the one before: a wrong photograph, or a face that has changed.',
  },
};

const Kind = Type.Union([Type.Literal('same_face_two_people'), Type.Literal('two_faces_one_person')]);
const ByPerson = Type.Unsafe<Resolution>({ type: 'string', enum: [...RESOLUTIONS] });
const AnyResolution = Type.Unsafe<Resolution | 'replaced'>({ type: 'string', enum: [...RESOLUTIONS, 'replaced'] });
const Reason = Type.String({
  minLength: 2,
  maxLength: 500,
  description: 'Why; kept with the conflict and in the audit trail',
});

const Side = Type.Object({
  inYourRegion: Type.Boolean({ description: 'false: the account may not see this person, and is told no more' }),
  portraitId: NullableString,
  subjectKind: nullable(Type.Union([Type.Literal('enrollee'), Type.Literal('staff')])),
  subjectRef: NullableString,
  name: nullable(Type.String({ description: 'Masked: 张*' })),
  regionCode: NullableString,
});

const ConflictAnswer = Type.Object({
  id: Type.String(),
  kind: Kind,
  zh: Type.String(),
  en: Type.String(),
  state: Type.Union([Type.Literal('open'), Type.Literal('closed')]),
  disputes: Type.Boolean({ description: 'Nothing rests on the portraits meanwhile' }),
  portrait: Side,
  other: Side,
  score: Type.Number({ description: 'Cosine of the two faces' }),
  threshold: Type.Number({ description: 'Of the gallery’s size; for two faces of one person the mismatch cut' }),
  llr: Type.Number({ description: 'log10 of the likelihood ratio, capped' }),
  gallerySize: Type.Integer(),
  resolution: nullable(AnyResolution),
  wrongPortraitId: NullableString,
  reason: NullableString,
  resolvedBy: NullableString,
  resolvedAt: NullableTime,
  createdAt: Time,
});

const Id = Type.Object({ id: Type.String() });

export const conflictsRoutes =
  (deps: PeopleDeps & Pick<ResolveDeps, 'decidedSince'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db } = deps;

    const told = async (conflicts: readonly Conflict[], prefix: string) => {
      const sees = ({ regionCode }: ConflictSide): boolean => regionCode.startsWith(prefix);
      const sides = conflicts.flatMap(({ side, other }) => [side, other]).filter(sees);
      const names = await candidateNames(
        deps,
        sides.map(({ portraitId, subjectKind, subjectRef }) => ({ templateId: portraitId, subjectKind, subjectRef })),
      );
      const sideTold = (side: ConflictSide) =>
        sees(side)
          ? { inYourRegion: true, ...side, name: names.get(side.portraitId) ?? null }
          : {
              inYourRegion: false,
              portraitId: null,
              subjectKind: null,
              subjectRef: null,
              name: null,
              regionCode: null,
            };
      return conflicts.map((conflict) => ({
        ...{ id: conflict.id, kind: conflict.kind, ...KIND_WORDS[conflict.kind] },
        ...{ state: conflict.state, disputes: conflict.disputes },
        portrait: sideTold(conflict.side),
        other: sideTold(conflict.other),
        score: rounded(conflict.score),
        threshold: rounded(conflict.threshold),
        llr: rounded(conflict.llr),
        gallerySize: conflict.gallerySize,
        resolution: conflict.resolution,
        wrongPortraitId: conflict.wrongPortraitId,
        reason: conflict.reason,
        resolvedBy: conflict.resolvedBy,
        resolvedAt: isoOrNull(conflict.resolvedAt),
        createdAt: isoOf(conflict.createdAt),
      }));
    };

    const find = async (principal: Principal, id: string) => {
      const prefix = await peoplePrefix(db, scopeOf(principal));
      const none = { state: null, kind: null, regionCode: null, psnNo: null, after: null, limit: 1 };
      const [conflict] = UUID_FORM.test(id) ? await listConflicts(db, { ...none, prefix, id }) : [];
      if (conflict === undefined) throw new DomainError('not_found', 'there is no such conflict here');
      return { conflict, prefix };
    };

    const answer = async (principal: Principal, id: string) => {
      const { conflict, prefix } = await find(principal, id);
      const [one] = await told([conflict], prefix);
      if (one === undefined) throw new DomainError('internal', 'the conflict could not be told');
      return one;
    };

    /** Who settles it must see both people, and be a person. */
    const assertMaySettle = async (principal: Principal, id: string): Promise<void> => {
      const { conflict, prefix } = await find(principal, id);
      const sees = [conflict.side, conflict.other].every(({ regionCode }) => regionCode.startsWith(prefix));
      if (sees && principal.kind === 'user') return;
      throw new DomainError('forbidden', 'this conflict is about a person outside your region', {
        zh: '该冲突涉及辖区外人员',
        remedy: '请由能看到双方的上级账号处理 · Ask somebody whose account sees both people.',
      });
    };

    app.get(
      '/v1/portrait-conflicts',
      {
        schema: {
          summary: 'The same face under two people, two faces under one',
          operationId: 'listPortraitConflicts',
          tags: ['people'],
          querystring: Type.Object({
            ...PageQuery,
            state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('closed')])),
            kind: Type.Optional(Kind),
            regionCode: Type.Optional(Type.String({ pattern: REGION_CODE })),
            psnNo: Type.Optional(PsnNo),
          }),
          response: { 200: pageSchema(ConflictAnswer) },
        },
        config: { right: 'people.read' },
      },
      async (request) => {
        const { limit, cursor, state = null, kind = null, regionCode = null, psnNo = null } = request.query;
        const prefix = await peoplePrefix(db, scopeOf(request.principal));
        const after = decodeCursor(cursor, UUID_FORM);
        const rows = await listConflicts(db, {
          prefix,
          state,
          kind,
          regionCode,
          psnNo,
          id: null,
          after,
          limit: limit + 1,
        });
        const page = pageOf(rows, limit, (conflict) => conflict.id);
        return { ...page, items: await told(page.items, prefix) };
      },
    );

    app.get(
      '/v1/portrait-conflicts/:id',
      {
        schema: {
          summary: 'One conflict between portraits',
          operationId: 'getPortraitConflict',
          tags: ['people'],
          params: Id,
          response: { 200: ConflictAnswer },
        },
        config: { right: 'people.read' },
      },
      async (request) => answer(request.principal, request.params.id),
    );

    app.post(
      '/v1/portrait-conflicts/:id/resolution',
      {
        schema: {
          summary: 'Say what a conflict between portraits is',
          description:
            'same_person: one person, registered twice or much changed · twins_or_kin: two who are alike · wrong_photograph: the named portrait goes into quarantine · cannot_tell: nothing rests on the portraits until there are new ones',
          operationId: 'resolvePortraitConflict',
          tags: ['people'],
          params: Id,
          body: Type.Object({
            resolution: ByPerson,
            reason: Reason,
            wrongPortraitId: Type.Optional(Type.String({ description: 'With wrong_photograph: one of the two' })),
          }),
          response: { 200: ConflictAnswer },
        },
        config: { right: 'portraits.resolve' },
      },
      async (request) => {
        const { id } = request.params;
        const { resolution, reason, wrongPortraitId = null } = request.body;
        await assertMaySettle(request.principal, id);
        await resolveConflict(deps, id, actorOf(request.principal), { resolution, reason, wrongPortraitId });
        return answer(request.principal, id);
      },
    );

    app.post(
      '/v1/portrait-conflicts/:id/undo',
      {
        schema: {
          summary: 'Take a resolution back, as long as nothing was built on it',
          operationId: 'undoPortraitConflict',
          tags: ['people'],
          params: Id,
          body: Type.Object({ reason: Reason }),
          response: { 200: ConflictAnswer },
        },
        config: { right: 'portraits.resolve' },
      },
      async (request) => {
        const { id } = request.params;
        await assertMaySettle(request.principal, id);
        await undoResolution(deps, id, actorOf(request.principal), request.body.reason);
        return answer(request.principal, id);
      },
    );
  };

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
