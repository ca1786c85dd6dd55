import { type TSchema, Type } from 'typebox';
import { ALERT_STATES } from './flow/states.ts';

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
export const AlertStateSchema = Type.Enum([...ALERT_STATES], {
  description:
    '待初审 · 初审中 · 已排除 · 待机构说明 · 机构已说明 · 逾期未说明 · 复审中 · 核查中 · 待终审 · 已拟认定（待第二人） · 已认定 · 处理中 · 已归档 · 系统已撤回',
});

export const NextCursor = Nullable(Type.String({ description: 'null: this was the last page' }));
