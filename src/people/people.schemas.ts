import { type TSchema, Type } from 'typebox';
import type { PortraitState } from './portraits.store.ts';

export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
export const Time = Type.String({ format: 'date-time' });
export const NullableTime = nullable(Time);
export const NullableString = nullable(Type.String());

/** psn_no: opaque, at most 30 characters, not the ID number (DOMAIN.md 1.10). */
export const PSN_NO = '^[^\\s\\x00-\\x1f/]{1,30}$';
export const PsnNo = Type.String({ pattern: PSN_NO, description: 'psn_no of the national platform' });

export const Reason = Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() });

export const PortraitAnswer = Type.Object({
  id: Type.String(),
  subjectKind: Type.Union([Type.Literal('enrollee'), Type.Literal('staff')]),
  subjectRef: Type.String({ description: 'psn_no, or the id of the member of staff' }),
  state: Type.Unsafe<PortraitState>({
    type: 'string',
    enum: ['pending', 'accepted', 'quarantined', 'superseded', 'failed'],
  }),
  reasons: Type.Array(Reason, { description: 'Why it was not accepted' }),
  quality: nullable(Type.Number({ description: '0..1' })),
  takenOn: NullableString,
  createdAt: Time,
  decidedAt: NullableTime,
});

export const StatusAnswer = Type.Object({
  id: Type.String(),
  what: Type.Union([Type.Literal('dead'), Type.Literal('inpatient'), Type.Literal('suspended'), Type.Literal('away')]),
  from: Time,
  to: NullableTime,
  institution: NullableString,
  source: Type.String(),
});

export const ProxyAnswer = Type.Object({
  id: Type.String(),
  psnNo: Type.String(),
  proxyPsnNo: Type.String(),
  relation: Type.String(),
  from: Time,
  to: NullableTime,
  registeredBy: Type.String(),
  createdAt: Time,
  revokedAt: NullableTime,
});

export const PersonSummary = Type.Object({
  psnNo: Type.String(),
  name: nullable(Type.String({ description: 'Masked: 张*' })),
  certno: nullable(Type.String({ description: 'Masked: 4116************34' })),
  certType: Type.String(),
  sex: nullable(Type.Union([Type.Literal('male'), Type.Literal('female'), Type.Literal('unknown')])),
  birthYear: nullable(Type.Integer()),
  household: NullableString,
  regionCode: NullableString,
  hasPortrait: Type.Boolean(),
});

export const PersonAnswer = Type.Object({
  ...PersonSummary.properties,
  statuses: Type.Array(StatusAnswer),
  proxies: Type.Array(ProxyAnswer),
  portraits: Type.Array(PortraitAnswer),
});

export const StaffAnswer = Type.Object({
  id: Type.String(),
  clinicCode: Type.String(),
  staffNo: Type.String(),
  psnNo: NullableString,
  name: nullable(Type.String({ description: 'Masked' })),
  activeFrom: Time,
  activeTo: NullableTime,
  hasPortrait: Type.Boolean(),
});

export const FilingAnswer = Type.Object({
  id: Type.String(),
  clinicCode: Type.String(),
  what: Type.String(),
  psnNo: NullableString,
  cameraId: NullableString,
  from: Time,
  to: NullableTime,
  reason: NullableString,
  filedBy: NullableString,
  createdAt: Time,
});

export const isoOf = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));

/** A form's or picture's body as OpenAPI shows it. The form is read as a stream, so that there is nothing to validate. */
export const uploadBody = (contents: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => ({
  content: Object.fromEntries(
    Object.entries(contents).map(([type, schema]) => [type, { schema: Type.Unsafe<unknown>({ ...schema }) }]),
  ),
});

export const BinaryFile = { type: 'string', format: 'binary' } as const;
