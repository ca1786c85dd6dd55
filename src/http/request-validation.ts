import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyRequest, FastifySchemaCompiler, preHandlerAsyncHookHandler } from 'fastify';
import { DomainError } from '../platform/errors.ts';

/**
 * Checks requests against their schemas. What stands in an address is text and is read as the number or list that it
 * means; a JSON body says itself what it holds: `null` there is no empty text, and `"1"` no number.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const options = { useDefaults: true, removeAdditional: false, allErrors: false, strict: false } as const;
  const ofText = addFormats.default(new Ajv({ ...options, coerceTypes: 'array' }));
  const ofJson = addFormats.default(new Ajv(options));
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofJson : ofText).compile(schema);
}

/** NUL, or half a character: PostgreSQL stores neither. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Refuses text that no column can hold, before a room is asked. */
export const refuseUnstorableText: preHandlerAsyncHookHandler = async (request: FastifyRequest) => {
  // Fastify's own objects of an address are not plain ones.
  const waiting: unknown[] = [{ ...(request.params as object) }, { ...(request.query as object) }, request.body];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string' && UNSTORABLE.test(value)) {
      throw new DomainError('invalid_input', 'a text holds a character that cannot be stored', {
        remedy: 'Leave out NUL characters and halves of surrogate pairs.',
      });
    }
    if (isPlain(value)) for (const [name, inner] of Object.entries(value)) waiting.push(name, inner);
  }
};

/** What JSON or an address parses to; no file or stream. */
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value)));
