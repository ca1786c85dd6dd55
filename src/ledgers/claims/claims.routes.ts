import type { IncomingMessage } from 'node:http';
import type {} from '@fastify/rate-limit';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Clock } from '../../platform/clock.ts';
import { DomainError } from '../../platform/errors.ts';
import { within } from '../../platform/within.ts';
import { createAnswers, MessageAnswerSchema } from './answer.ts';
import type { AskDecision } from './ask-decision.ts';
import { BODY_LIMIT_BYTES, KEPT_OF_TOO_LARGE_BYTES } from './body-limit.ts';
import { base64Length, MOST_TIMES_TOO_LARGE, withoutFaceImages } from './face-image.ts';
import type { FaceOfMessage, IncomingBody, Intake } from './intake.ts';
import type { KeptAside } from './kept-aside.ts';
import type { FaceImage, LookAtFace } from './request-face.ts';

export interface ClaimMessageRoutesDeps {
  readonly intake: Intake;
  readonly askDecision: AskDecision;
  readonly clock: Clock;
  readonly timeZone: string;
  /** Takes what the database does not take in time. */
  readonly keptAside: KeptAside;
  /** Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Default 3 s: a message that is not stored by then is kept aside, and the clinic goes on. */
  readonly storeWithinMs?: number;
  /** Looks at the face pictures of requests. Left out: they are taken out and not looked at. */
  readonly faces?: FaceIntake;
}

export interface FaceIntake {
  readonly look: LookAtFace;
  /** Of one picture, decoded. */
  readonly maxBytes: number;
}

const STORE_WITHIN_MS = 3_000;
/** What was kept aside is tried again this often. */
const STORE_EVERY_MS = 5_000;

/** For one sender: a mirror that sends a day's backlog must not be told to wait by us. */
const MESSAGES_PER_MINUTE = 60_000;

const PairSchema = Type.Object(
  {
    request: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The national interface’s request, envelope and input',
    }),
    response: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'Its response, or null when it is not known yet',
    }),
  },
  { description: 'A message pair of the national interface. Anything else is answered 200 and quarantined.' },
);

/**
 * `POST /v1/claims/messages`. Always HTTP 200 with the interface's envelope, whatever came: the body is read and parsed
 * here, not by Fastify, whatever its content type says. 401, 403 and 429 keep their codes; a message that the
 * database does not take in time is kept on this machine, answered `allow`, and stored later; 503 means that not even that
 * was possible, and that the same message should be sent again.
 */
export const claimMessageRoutes =
  (deps: ClaimMessageRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const limit = deps.bodyLimitBytes ?? BODY_LIMIT_BYTES;
    const imageBytes = deps.faces?.maxBytes ?? 0;
    const readLimit = limit + MOST_TIMES_TOO_LARGE * base64Length(imageBytes);
    const { answer, keptAnswer } = createAnswers({
      timeZone: deps.timeZone,
      firstSerial: Math.floor(performance.timeOrigin % 1e9) * 10,
    });
    const storing = setInterval(() => void deps.keptAside.store().catch(() => undefined), STORE_EVERY_MS).unref();
    app.addHook('onClose', () => clearInterval(storing));

    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', async (_request: FastifyRequest, payload: IncomingMessage) =>
      readBody(payload, readLimit),
    );
    app.addHook('onRequest', async (request) => {
      // A malformed content type would be refused before any parser is asked.
      request.raw.headers['content-type'] = 'application/octet-stream';
    });

    app.post(
      '/v1/claims/messages',
      {
        schema: {
          summary: 'Submit a message pair of the national interface',
          description:
            'Answers the interface’s envelope with HTTP 200: infcode 0 accepted or duplicate, -1 quarantined. ' +
            'output.decision and output.result answer registrations (2201), trial settlements (2206), audits (3101, 3102) and settlements (2207). ' +
            'Of 2206, 3101 and 3102, request.input.data may carry auth_no (the face terminal’s authNo) and face_image (base64 of a JPEG or PNG, ' +
            '2 MB decoded unless configured otherwise): both are used at once, the picture is never kept, and output.decision.reasons says what came of them.',
          operationId: 'submitClaimMessage',
          tags: ['claims'],
          body: PairSchema,
          response: { 200: MessageAnswerSchema },
        },
        // The schema tells readers the form; whatever has another form is quarantined, not refused.
        validatorCompiler: () => () => true,
        config: { right: 'claims.submit', rateLimit: { max: MESSAGES_PER_MINUTE, timeWindow: '1 minute' } },
      },
      async (request) => {
        const receivedAt = deps.clock.now();
        const { principal } = request;
        const { body, image } = withoutFaceImages(bodyOf(request.body), {
          bodyBytes: limit,
          keptOfTooLarge: Math.min(limit, KEPT_OF_TOO_LARGE_BYTES),
          imageBytes,
        });
        const submitter = {
          name: principal.name,
          regionCode: principal.regionCode,
          clinicCode: principal.clinicCode,
        };
        const stored = await within(
          deps.storeWithinMs ?? STORE_WITHIN_MS,
          deps.intake.takeIn(body, submitter, receivedAt, faceOf(deps.faces, image), deps.askDecision.within),
        ).catch((error: unknown) => ({ error }));
        if ('error' in stored) {
          const head = await deps.keptAside.message(body, submitter).catch(() => {
            throw new DomainError(
              'unavailable',
              'the message could not be stored',
              { remedy: 'Send the same message again.' },
              { cause: stored.error },
            );
          });
          return keptAnswer({ ...head, receivedAt, respondedAt: deps.clock.now() });
        }
        const result = stored;
        const decision = await deps.askDecision(result);
        return answer({ result, decision, receivedAt, respondedAt: deps.clock.now() });
      },
    );
  };

/** Only what is asked before a settlement is looked at: 2206, 3101, 3102. */
const faceOf = (faces: FaceIntake | undefined, image: FaceImage | null): FaceOfMessage | undefined =>
  faces === undefined || image === null
    ? undefined
    : async ({ kind, clinicCode, psnNo, mdtrtId, at }) =>
        kind === 'trial_settlement' && psnNo !== null ? faces.look(image, { clinicCode, psnNo, mdtrtId, at }) : null;

/** Reads to the end, so that the sender hears the answer; keeps only the beginning of what is over the limit. */
async function readBody(payload: IncomingMessage, limit: number): Promise<IncomingBody> {
  let chunks: Buffer[] = [];
  let keptBytes = 0;
  let totalBytes = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    totalBytes += chunk.byteLength;
    if (keptBytes < limit) {
      chunks.push(chunk);
      keptBytes += chunk.byteLength;
    }
  }
  const tooLarge = totalBytes > limit;
  const bytes = Buffer.concat(chunks).subarray(0, tooLarge ? Math.min(limit, KEPT_OF_TOO_LARGE_BYTES) : limit);
  chunks = [];
  return { bytes, totalBytes, tooLarge };
}

const EMPTY: IncomingBody = { bytes: Buffer.alloc(0), totalBytes: 0, tooLarge: false };

/** Fastify asks no parser where there is no body. */
const bodyOf = (body: unknown): IncomingBody =>
  typeof body === 'object' && body !== null && 'bytes' in body ? (body as IncomingBody) : EMPTY;
