import { type TSchema, Type } from 'typebox';
import { TIME_PATTERN } from './feed-time.ts';

/**
 * What fields of a feed may look like. A description completes the sentence "must be …": it stands in the published
 * schema and in the message about a wrong line.
 */
const TIME_WORDS =
  'a time: ISO 8601 such as 2026-03-02T08:15:30+08:00 (without an offset: in meta.timeZone), or epoch milliseconds or seconds';

const TimeText = Type.String({ pattern: TIME_PATTERN });
const Missing = Type.Null();

/** Absent or null. */
export const maybe = <S extends TSchema>(schema: S, description: string) =>
  Type.Optional(Type.Union([schema, Missing], { description: `${description}, null or absent` }));

export const Time = (what: string) => Type.Union([TimeText, Type.Number()], { description: `${TIME_WORDS}: ${what}` });
export const MaybeTime = (what: string) =>
  Type.Optional(
    Type.Union([TimeText, Type.Number(), Missing], { description: `${TIME_WORDS}, null or absent: ${what}` }),
  );

/** A code; a number is taken as its digits. */
export const Code = (what: string) =>
  Type.Union([Type.String({ minLength: 1, maxLength: 200 }), Type.Integer()], { description: what });
export const MaybeCode = (what: string) =>
  Type.Optional(
    Type.Union([Type.String({ maxLength: 200 }), Type.Integer(), Missing], {
      description: `${what}, null or absent`,
    }),
  );

/** One of some words. */
export const Word = <const W extends readonly string[]>(words: W, description: string) =>
  Type.Enum([...words] as W[number][], { description });

export const Day = Type.Union([TimeText, Type.Number()]);
/** A little beyond its ends is rounding, and is brought back. */
export const Share = Type.Number({ minimum: -0.01, maximum: 1.01 });
export const Template = Type.Union([Type.String(), Type.Array(Type.Number())]);
export const TEMPLATE_WORDS =
  'a template: base64 of little-endian float32, meta.dimension numbers, unit length (or those numbers as an array)';

/** Codes of clinics and regions stand in keys between these. */
const PLAIN_CODE = '^[^\\s:|/#]{1,64}$';
export const FEED_CLINIC_FORM = new RegExp(PLAIN_CODE);

export const FixmedinsCode = Type.Union([Type.String({ pattern: PLAIN_CODE }), Type.Integer({ minimum: 0 })], {
  description:
    'a fixmedins_code: H or P and 11 digits; another code of at most 64 characters without blanks and :|/# will do, where messages use the same',
});
export const RegionCode = (what: string) =>
  Type.Union([Type.String({ pattern: PLAIN_CODE }), Type.Integer({ minimum: 0 })], {
    description: `${what}: 4 (city), 6 (county), 9 (township) or 12 (village) digits; filling zeros are taken off; another code is kept as it is`,
  });

/** What each line has before its kind's own fields. Other fields are passed by. */
export const arrival = <K extends string>(kind: K) => ({
  at: Time('true moment of arrival; lines stand in its order'),
  kind: Type.Literal(kind),
});
