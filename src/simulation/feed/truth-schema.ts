import { type Static, Type } from 'typebox';
import { Code, MaybeTime, maybe, Time } from './field-schemas.ts';

const open = { additionalProperties: true } as const;

const SCHEME_WORDS =
  'a scheme: ghost, held_cards, staff_swiping, impostor_kin, impostor_other, phantom_drugs, substitution, trace_code_again, dead_or_inpatient or false_receipts';
const Flag = Type.Union([Type.Boolean(), Type.Integer({ minimum: 0, maximum: 1 })]);
const Fen = Type.Integer({ minimum: 0 });
const kind = Type.Enum(['honest', 'fraud'], { description: 'honest or fraud' });
const row = maybe(Type.String(), 'settlement, receipt or clinic (told by the other fields)');

export const SettlementTruthSchema = Type.Object(
  {
    row,
    setl_id: Code('the setl_id of the settlement'),
    clinic: Code('the fixmedins_code of the clinic'),
    at: Time('moment of the settlement (true time)'),
    kind,
    scheme: maybe(Type.String(), `${SCHEME_WORDS}; only for fraud`),
    concentrated: maybe(Flag, "true where it belongs to a concentrated clinic's fraud, false where it is scattered"),
    came: maybe(
      Type.Enum(['self', 'proxy', 'staff', 'other', 'nobody']),
      'who was really there: self, proxy, staff, other or nobody',
    ),
    reversed: maybe(Flag, 'true where the settlement was reversed later'),
    loss_fen: maybe(Fen, 'fund money lost, integer fen; 0 where honest'),
  },
  { ...open, description: 'One settlement.' },
);

export const ReceiptTruthSchema = Type.Object(
  {
    row,
    clinic: Code('the fixmedins_code of the clinic'),
    at: MaybeTime('moment of the receipt'),
    kind,
    scheme: maybe(Type.String(), 'false_receipts'),
    concentrated: maybe(Flag, 'as for settlements'),
    loss_fen: maybe(Fen, 'fund money lost, integer fen'),
  },
  { ...open, description: 'Fraud without a settlement: stock received on paper only. It has no setl_id.' },
);

export const ClinicTruthSchema = Type.Object(
  {
    row,
    clinic: Code('the fixmedins_code of the clinic'),
    ghostShare: maybe(
      Type.Number({ minimum: 0, maximum: 1 }),
      "0 to 1: share of the clinic's settlements from fraudFrom on for which nobody came who should have",
    ),
    fraudFrom: MaybeTime('when its fraud begins; null: it has none, or only scattered fraud'),
    mainScheme: maybe(Type.String(), `${SCHEME_WORDS}; null where it has none`),
  },
  { ...open, description: 'One clinic; every clinic has a row.' },
);

export const TruthRowSchema = Type.Union([SettlementTruthSchema, ReceiptTruthSchema, ClinicTruthSchema]);

export type RawSettlementTruth = Static<typeof SettlementTruthSchema>;
export type RawReceiptTruth = Static<typeof ReceiptTruthSchema>;
export type RawClinicTruth = Static<typeof ClinicTruthSchema>;
