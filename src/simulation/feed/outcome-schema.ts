import { type Static, Type } from 'typebox';
import { Code, MaybeCode, MaybeTime, maybe, Time } from './field-schemas.ts';

const open = { additionalProperties: true } as const;
const Texts = Type.Array(Type.String());

export const AlertRowSchema = Type.Object(
  {
    kind: Type.Literal('alert'),
    id: Code('the id of the alert; several rows of one id are stretches of time in which it stood open'),
    class: Type.Enum(['fraud', 'evidence', 'device', 'data'], { description: 'fraud, evidence, device or data' }),
    subject: Type.String({ minLength: 1, description: 'settlement, person, staff or clinic: whom it is about' }),
    clinic: Code('the fixmedins_code of the clinic'),
    setl_ids: maybe(Type.Array(Code('')), 'a list of the settlements that it names'),
    basis: maybe(Texts, 'a list of face, presence, claims, status, stock: on what it rests'),
    shownAt: Time('when it was first shown'),
    withdrawnAt: MaybeTime('when it was withdrawn or dismissed; null: it still stands'),
  },
  { ...open, description: 'An alert.' },
);

export const DecisionRowSchema = Type.Object(
  {
    kind: Type.Literal('decision'),
    msgid: MaybeCode('the msgid of the message that was answered'),
    mdtrt_id: MaybeCode('the mdtrt_id of the visit'),
    setl_id: MaybeCode('the setl_id of the settlement; null for a 2206 whose settlement is not known'),
    at: Time('when it was decided'),
    decision: Type.Enum(['allow', 'review', 'hold'], { description: 'allow, review or hold' }),
    reasons: maybe(Type.Array(Type.Unknown()), 'a list of reasons'),
    deadline: MaybeTime('until when a hold stands at most'),
    releasedAt: MaybeTime('when a hold was released'),
  },
  { ...open, description: 'A decision; a settlement may have several.' },
);

export const VerdictRowSchema = Type.Object(
  {
    kind: Type.Literal('verdict'),
    setl_id: Code('the setl_id of the settlement'),
    at: Time('when it was given'),
    verdict: Type.String({ minLength: 1, description: 'match, mismatch or cannot_tell' }),
    reason: maybe(Type.String(), 'a word for the reason'),
    llr: maybe(Type.Number(), 'a log10 likelihood ratio'),
    coverage: maybe(Type.Number(), '0 to 1: share of the window that was covered'),
  },
  { ...open, description: 'A verdict; the last one of a settlement is final.' },
);

export const OutcomeRowSchema = Type.Union([AlertRowSchema, DecisionRowSchema, VerdictRowSchema]);

export type RawAlertRow = Static<typeof AlertRowSchema>;
export type RawDecisionRow = Static<typeof DecisionRowSchema>;
export type RawVerdictRow = Static<typeof VerdictRowSchema>;
