import { type Static, Type } from 'typebox';
import { PageQuery } from '../access/paging.ts';
import { Bilingual, Fen, NextCursor, Nullable, Time, Uuid } from './common.schemas.ts';

export const MonthParams = Type.Object({
  month: Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])$', description: 'Clearing month, local: YYYY-MM' }),
});
export const HoldsQuery = Type.Object({ ...PageQuery });

export const HoldItem = Type.Object({
  decisionId: Uuid,
  setlId: Nullable(Type.String()),
  mdtrtId: Nullable(Type.String()),
  msgid: Type.String(),
  clinic: Type.Object({ code: Type.String(), name: Type.String() }),
  settledAt: Time,
  fundFen: Fen,
  fundYuan: Type.String({ examples: ['16.44'] }),
  reasons: Type.Array(
    Type.Object({ code: Type.String(), rule: Nullable(Type.String()), zh: Type.String(), en: Type.String() }),
  ),
  state: Type.Enum(['standing', 'confirmed'], { description: 'confirmed: two people have said so' }),
  deadline: Nullable(Type.String({ format: 'date-time', description: 'A standing hold releases itself then' })),
  acknowledgedAt: Nullable(Time),
});
export type HoldItem = Static<typeof HoldItem>;

export const HoldChange = Type.Object({
  decisionId: Uuid,
  setlId: Nullable(Type.String()),
  change: Type.Enum(['released', 'reversed', 'superseded'], {
    description: 'Why what was acknowledged as held is held no more',
  }),
  words: Bilingual,
  at: Time,
  acknowledgedAt: Time,
});

export const HoldsPage = Type.Object({
  month: Type.String(),
  items: Type.Array(HoldItem),
  totals: Type.Object({
    holds: Type.Integer(),
    fundFen: Fen,
    fundYuan: Type.String(),
    acknowledged: Type.Integer(),
  }),
  changes: Type.Array(HoldChange, { description: 'On the first page only: acknowledged holds that are held no more' }),
  nextCursor: NextCursor,
});
export type HoldsPage = Static<typeof HoldsPage>;

export const AcknowledgeHoldsBody = Type.Object({
  decisionIds: Type.Array(Uuid, { minItems: 1, maxItems: 1000 }),
});
export const AcknowledgeHoldsResult = Type.Object({
  acknowledged: Type.Integer({ description: 'Newly acknowledged' }),
  already: Type.Integer({ description: 'Had been acknowledged before' }),
});
