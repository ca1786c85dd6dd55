import { Type } from 'typebox';

const Code = Type.String({ pattern: '^[A-Z][0-9]{2}$', description: 'ICD-10 category' });

/** Who can have a diagnosis: a range of ICD-10 categories, both ends included, with a sex or ages (whole years, both ends included). */
export const DiagnosisLimit = Type.Object(
  {
    from: Code,
    to: Code,
    sex: Type.Optional(Type.Enum(['male', 'female'])),
    minAge: Type.Optional(Type.Integer({ minimum: 0, maximum: 130 })),
    maxAge: Type.Optional(Type.Integer({ minimum: 0, maximum: 130 })),
    zh: Type.String(),
  },
  { additionalProperties: false },
);

export interface Limit {
  readonly from: string;
  readonly to: string;
  readonly sex?: 'male' | 'female';
  readonly minAge?: number;
  readonly maxAge?: number;
  readonly zh: string;
}

/**
 * Defaults: organs that one sex has, states bound to an age, and illnesses so rare below an age that a code there is nearly
 * always a wrong one. Wide on purpose: a rare patient is no error.
 */
export const DEFAULT_LIMITS: readonly Limit[] = [
  { from: 'C51', to: 'C58', sex: 'female', zh: '女性生殖器官恶性肿瘤' },
  { from: 'C60', to: 'C63', sex: 'male', zh: '男性生殖器官恶性肿瘤' },
  { from: 'D25', to: 'D28', sex: 'female', zh: '女性生殖器官良性肿瘤' },
  { from: 'D29', to: 'D29', sex: 'male', zh: '男性生殖器官良性肿瘤' },
  { from: 'N40', to: 'N51', sex: 'male', zh: '男性生殖器官疾病' },
  { from: 'N70', to: 'N98', sex: 'female', zh: '女性盆腔和生殖道疾病' },
  { from: 'O00', to: 'O99', sex: 'female', minAge: 10, maxAge: 60, zh: '妊娠、分娩和产褥期' },
  { from: 'P00', to: 'P96', maxAge: 2, zh: '围生期疾病' },
  { from: 'F00', to: 'F03', minAge: 30, zh: '痴呆' },
  { from: 'G30', to: 'G30', minAge: 30, zh: '阿尔茨海默病' },
  { from: 'H25', to: 'H25', minAge: 30, zh: '老年性白内障' },
  { from: 'I10', to: 'I13', minAge: 10, zh: '高血压病' },
  { from: 'I20', to: 'I25', minAge: 18, zh: '缺血性心脏病' },
  { from: 'I60', to: 'I69', minAge: 15, zh: '脑血管病' },
  { from: 'E11', to: 'E11', minAge: 8, zh: '2型糖尿病' },
  { from: 'J44', to: 'J44', minAge: 15, zh: '慢性阻塞性肺疾病' },
];

/** Why a person of that sex and age cannot have that code; null: he can, or it is not known. */
export function contradiction(
  code: string,
  person: { readonly sex: string | null; readonly ageYears: number | null },
  limits: readonly Limit[],
): 'sex' | 'age' | null {
  const category = code.slice(0, 3);
  for (const limit of limits) {
    if (category < limit.from || category > limit.to) continue;
    const known = person.sex === 'male' || person.sex === 'female';
    if (limit.sex !== undefined && known && person.sex !== limit.sex) return 'sex';
    if (person.ageYears === null) continue;
    if (limit.minAge !== undefined && person.ageYears < limit.minAge) return 'age';
    if (limit.maxAge !== undefined && person.ageYears > limit.maxAge) return 'age';
  }
  return null;
}

/** Sex or age is needed to judge this code at all. */
export const isLimited = (code: string, limits: readonly Limit[]): boolean => {
  const category = code.slice(0, 3);
  return limits.some(({ from, to }) => category >= from && category <= to);
};
