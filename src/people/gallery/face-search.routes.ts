import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { getClinic } from '../../access/clinics.store.ts';
import '../../access/fastify.ts';
import { UUID_FORM } from '../../access/paging.ts';
import { actorOf, assertClinicInScope, scopeOf } from '../../access/scope.ts';
import { sha256 } from '../../platform/crypto.ts';
import { DomainError } from '../../platform/errors.ts';
import type { PeopleDeps } from '../deps.ts';
import { BinaryFile, uploadBody } from '../people.schemas.ts';
import { peoplePrefix } from '../people-scope.ts';
import { assertPicture, MAX_PICTURE_BYTES } from '../picture-file.ts';
import type { PortraitReader } from '../portrait-reader.ts';
import { assertFaceRecognitionOn, pictureOf } from '../portraits.routes.ts';
import type { StoredTemplate } from '../template.store.ts';
import { candidateNames } from './candidate-names.ts';
import { SearchAnswerSchema, SearchLimit, SearchPurpose, SearchScope } from './face-search.schemas.ts';
import {
  HINT_WORDS,
  type Probe,
  SEARCH_ZONE_WORDS,
  type SearchAnswer,
  type SearchDeps,
  searchFaces,
} from './face-search.ts';
import type { GalleryScope } from './members.store.ts';
import { vectorBy } from './vectors.ts';

/** What searching needs of face models, and of the ledgers that know who was seen and who came. */
export interface FaceSearch extends SearchDeps {
  /** Reads pictures; asked for one at a time. */
  readonly reader: PortraitReader;
  /** null: there is no such appearance. `face` null: nobody's face was seen well enough, or it may be a picture of one. */
  appearance(id: string): Promise<{ readonly clinicCode: string; readonly face: StoredTemplate | null } | null>;
  /** psn_no of those who settled at a clinic since a moment. */
  visitors(clinicCode: string, since: number): Promise<readonly string[]>;
}

export type FaceSearchDeps = PeopleDeps & {
  /** null: face recognition is off. */
  readonly search: FaceSearch | null;
};

const VISITORS_MS = 2 * 365 * 86_400_000;

interface Asked {
  readonly scope: 'catchment' | 'all';
  readonly clinicCode: string | null;
  readonly purpose: string;
  readonly limit: number;
  readonly subject: { readonly kind: 'appearance' | 'picture'; readonly id: string };
}

export const faceSearchRoutes =
  (deps: FaceSearchDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, audit } = deps;
    app.addContentTypeParser(
      ['image/jpeg', 'image/png', 'application/octet-stream'],
      { parseAs: 'buffer', bodyLimit: MAX_PICTURE_BYTES },
      (_request, body, done) => done(null, body),
    );

    const searching = (): FaceSearch => {
      assertFaceRecognitionOn(deps.faceRecognition && deps.search !== null, 'in this installation');
      return deps.search as FaceSearch;
    };

    const scopeFor = async (request: FastifyRequest, asked: Asked, { visitors }: FaceSearch): Promise<GalleryScope> => {
      if (asked.scope === 'all') return { kind: 'all' };
      if (asked.clinicCode === null)
        throw new DomainError('invalid_input', 'clinicCode says whose catchment is searched', {
          remedy: 'Name a clinic, or search by an appearance, which has one.',
        });
      const { code, regionCode } = await assertClinicInScope(db, request.principal, asked.clinicCode);
      assertFaceRecognitionOn((await getClinic(db, code))?.faceRecognition === true, 'at this clinic');
      const came = await visitors(code, deps.clock.now() - VISITORS_MS);
      return { kind: 'clinic', clinicCode: code, regionCode, visitors: came };
    };

    const search = async (request: FastifyRequest, asked: Asked, probe: () => Promise<Probe>) => {
      const engine = searching();
      const record = (
        outcome: 'done' | 'refused' | 'failed',
        detail: { readonly [key: string]: string | number | string[] },
      ) =>
        audit.record(db, {
          actor: actorOf(request.principal),
          action: 'face.search',
          subjectKind: asked.subject.kind,
          subjectId: asked.subject.id,
          purpose: asked.purpose,
          outcome,
          detail: { scope: asked.scope, clinicCode: asked.clinicCode ?? '', ...detail },
        });
      try {
        const scope = await scopeFor(request, asked, engine);
        const answer = await searchFaces(engine, await probe(), scope);
        const prefix = await peoplePrefix(db, scopeOf(request.principal));
        const mine = answer.candidates.filter(({ regionCode }) => (regionCode ?? '').startsWith(prefix));
        const shown = mine.slice(0, asked.limit);
        await record('done', {
          gallerySize: answer.gallerySize,
          shown: shown.map(({ subjectKind, subjectRef }) => `${subjectKind}:${subjectRef}`),
        });
        return { ...told(asked, answer), candidates: await candidatesTold(shown), leftOut: leftOut(answer, prefix) };
      } catch (error) {
        const reason = error instanceof DomainError ? error.code : 'internal';
        await record(reason === 'internal' ? 'failed' : 'refused', { reason });
        throw error;
      }
    };

    const candidatesTold = async (shown: SearchAnswer['candidates']) => {
      const names = await candidateNames(deps, shown);
      return shown.map((candidate, i) => ({
        rank: i + 1,
        subjectKind: candidate.subjectKind,
        subjectRef: candidate.subjectRef,
        psnNo: candidate.psnNo,
        name: names.get(candidate.templateId) ?? null,
        birthYear: candidate.birth === null ? null : Number(candidate.birth.slice(0, 4)),
        regionCode: candidate.regionCode,
        portraitId: candidate.portraitId,
        portraitQuality: candidate.quality,
        score: candidate.score,
        llr: candidate.llr,
        llrInGallery: candidate.llrInGallery,
        zone: { code: candidate.zone, ...SEARCH_ZONE_WORDS[candidate.zone] },
        threshold: candidate.threshold,
      }));
    };

    app.post(
      '/v1/faces/search',
      {
        schema: {
          summary: 'Who of a gallery may be the person of an appearance: a list of hints',
          description:
            'Never a mismatch, and no identity: the nearest portraits, each held against a threshold of the gallery’s size. Written down with its purpose.',
          operationId: 'searchFaceOfAppearance',
          tags: ['people'],
          body: Type.Object({
            appearanceId: Type.String(),
            clinicCode: Type.Optional(Type.String({ description: 'Whose catchment; default: where it was seen' })),
            scope: Type.Optional(SearchScope),
            limit: Type.Optional(SearchLimit),
            purpose: SearchPurpose,
          }),
          response: { 200: SearchAnswerSchema },
        },
        config: { right: 'faces.search' },
      },
      async (request, reply) => {
        const { appearanceId, clinicCode, scope = 'catchment', limit = 10, purpose } = request.body;
        const seen = UUID_FORM.test(appearanceId) ? await searching().appearance(appearanceId) : null;
        if (seen === null) throw noSuchAppearance();
        await assertClinicInScope(db, request.principal, seen.clinicCode).catch(() => {
          throw noSuchAppearance();
        });
        const asked: Asked = {
          scope,
          limit,
          purpose,
          clinicCode: clinicCode ?? seen.clinicCode,
          subject: { kind: 'appearance', id: appearanceId },
        };
        reply.header('cache-control', 'no-store');
        return search(request, asked, async () => {
          const { face } = seen;
          const { version } = searching().keeper.model;
          const vector = face && vectorBy(face, version);
          if (face !== null)
            return {
              quality: face.quality,
              modelVersion: vector ? version : face.modelVersion,
              vector: vector ?? face.template,
            };
          throw new DomainError('conflict', 'no face of this appearance can be compared', {
            reason: 'no_face_quality',
            zh: '该次出现没有可比对的人脸',
            remedy: 'Take another appearance of the same person.',
          });
        });
      },
    );

    app.post(
      '/v1/faces/search/picture',
      {
        bodyLimit: MAX_PICTURE_BYTES,
        schema: {
          summary: 'Who of a gallery may be the person on a picture: a list of hints',
          description:
            'A JPEG or PNG as the body, or as the file of a form; it is looked at and not kept. One face alone, as good as a portrait.',
          operationId: 'searchFaceOfPicture',
          tags: ['people'],
          querystring: Type.Object({
            clinicCode: Type.Optional(Type.String({ description: 'Whose catchment; not for scope all' })),
            scope: Type.Optional(SearchScope),
            limit: Type.Optional(SearchLimit),
            purpose: SearchPurpose,
          }),
          body: uploadBody({
            'image/jpeg': { contentMediaType: 'image/jpeg' },
            'image/png': { contentMediaType: 'image/png' },
            'multipart/form-data': { type: ['object', 'null'], properties: { file: BinaryFile }, required: ['file'] },
          }),
          response: { 200: SearchAnswerSchema },
        },
        config: { right: 'faces.search' },
      },
      async (request, reply) => {
        const { clinicCode, scope = 'catchment', limit = 10, purpose } = request.query;
        const picture = await pictureOf(request);
        assertPicture(picture);
        const asked: Asked = {
          scope,
          limit,
          purpose,
          clinicCode: clinicCode ?? null,
          subject: { kind: 'picture', id: sha256(picture).toString('hex') },
        };
        reply.header('cache-control', 'no-store');
        return search(request, asked, async () => {
          const reading = await searching().reader.read(picture);
          if (reading.accepted)
            return { vector: reading.template, modelVersion: reading.modelVersion, quality: reading.quality };
          throw new DomainError('invalid_input', reading.reasons.map(({ en }) => en).join(' '), {
            zh: reading.reasons.map(({ zh }) => zh).join('；'),
            reasons: reading.reasons.map(({ code }) => code),
            remedy: 'Send a picture of one face, seen from the front.',
          });
        });
      },
    );
  };

const told = (asked: Asked, answer: SearchAnswer) => ({
  hint: HINT_WORDS,
  scope: asked.scope,
  clinicCode: asked.scope === 'all' ? null : asked.clinicCode,
  gallerySize: answer.gallerySize,
  compared: answer.compared,
  complete: answer.complete,
  fpir: answer.thresholds.fpir,
  thresholds: answer.thresholds.bins.map(({ bin, minQuality, score, fmr }) => ({
    quality: bin,
    minQuality,
    score,
    falseMatchRate: fmr,
  })),
  calibrationId: answer.thresholds.calibrationId,
});

const leftOut = ({ candidates, otherVersion, withoutPortrait }: SearchAnswer, prefix: string) => ({
  otherModel: otherVersion,
  withoutPortrait,
  outsideYourRegion: candidates.filter(
    ({ regionCode, zone }) => zone === 'above_threshold' && !(regionCode ?? '').startsWith(prefix),
  ).length,
});

const noSuchAppearance = () => new DomainError('not_found', 'there is no such appearance here');
