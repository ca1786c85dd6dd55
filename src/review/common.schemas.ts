import { type TSchema, Type } from 'typebox';

/** Pieces that several of this room's schemas share. Times are ISO 8601 in UTC, money is integer fen. */

export const Bilingual = Type.Object({ zh: Type.String(), en: Type.String() });

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const Time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' });

export const Fen = Type.Integer({ description: 'fen (1/100 yuan)' });

export const Uuid = Type.String({ format: 'uuid' });

export const PhaseSchema = Type.Enum(['pre', 'in', 'post'], { description: '事前 · 事中 · 事后' });
export const ClassSchema = Type.Enum(['fraud', 'evidence', 'device', 'data'], {
  description: '欺诈疑点 · 证据完整性 · 设备 · 数据质量',
});
export const SeveritySchema = Type.Enum(['high', 'medium', 'low'], { description: '高 · 中 · 低' });
export const AlertStateSchema = Type.Enum(['open', 'acknowledged', 'confirmed', 'dismissed', 'withdrawn'], {
  description: '待处理 · 已确认接收 · 属实 · 已排除（不属实） · 系统已撤回',
});

export const NextCursor = Nullable(Type.String({ description: 'null: this was the last page' }));
