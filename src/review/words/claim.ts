import type { Bilingual } from './bilingual.ts';
import { localMinute, yuan } from './format.ts';

/** What is told of one claim, in plain words: who, when, where, what, how much. Amounts in fen, times epoch ms. */
export interface ClaimFacts {
  readonly kind: 'settlement' | 'trial_settlement' | 'registration' | 'other';
  readonly maskedName: string | null;
  readonly sex: string | null;
  readonly age: number | null;
  readonly at: number | null;
  readonly clinicName: string;
  readonly medType: string | null;
  readonly totalFen: number | null;
  readonly fundFen: number | null;
  readonly accountFen: number | null;
  readonly cashFen: number | null;
  readonly reversedAt: number | null;
  readonly lines: readonly { readonly name: string | null; readonly count: string | null }[];
  readonly linesTotal: number;
  readonly zone: string;
}

/** Dictionary med_type (DOMAIN.md 1.9); regional codes differ, so the rest is shown as it came. */
const MED_TYPES: Readonly<Record<string, Bilingual>> = {
  '11': { zh: '普通门诊', en: 'an ordinary outpatient visit' },
  '12': { zh: '门诊挂号', en: 'a registration' },
  '13': { zh: '急诊', en: 'an emergency visit' },
  '14': { zh: '门诊慢特病', en: 'a chronic-disease visit' },
  '140104': { zh: '门诊慢性病', en: 'a chronic-disease visit' },
  '140201': { zh: '门诊特殊病', en: 'a special-disease visit' },
  '21': { zh: '普通住院', en: 'an inpatient stay' },
  '41': { zh: '定点药店购药', en: 'a pharmacy purchase' },
  '9901': { zh: '门诊两病', en: 'a hypertension or diabetes visit' },
};

const medTypeWords = (code: string | null): Bilingual => {
  if (code === null) return { zh: '就诊', en: 'a visit' };
  return MED_TYPES[code] ?? { zh: `就诊（医疗类别 ${code}）`, en: `a visit (med_type ${code})` };
};

const SEX: Readonly<Record<string, Bilingual>> = {
  male: { zh: '男', en: 'male' },
  female: { zh: '女', en: 'female' },
};

const SHOWN_LINES = 5;

export function claimWords(claim: ClaimFacts): Bilingual {
  const who = personWords(claim);
  const when = claim.at === null ? null : localMinute(claim.at, claim.zone);
  const what = medTypeWords(claim.medType);
  const verb = VERBS[claim.kind];
  const amounts = amountWords(claim);
  const lines = lineWords(claim);
  const reversed = claim.reversedAt === null ? null : localMinute(claim.reversedAt, claim.zone);
  return {
    zh: [
      `${who.zh}${when ? `于 ${when.zh} ` : ''}在${claim.clinicName}${verb.zh(what.zh)}`,
      ...(amounts ? [amounts.zh] : []),
      ...(lines ? [lines.zh] : []),
      ...(reversed ? [`该笔已于 ${reversed.zh} 撤销`] : []),
    ]
      .join('；')
      .concat('。'),
    en: [
      `${who.en} ${verb.en(what.en)} at ${claim.clinicName}${when ? ` on ${when.en}` : ''}`,
      ...(amounts ? [amounts.en] : []),
      ...(lines ? [lines.en] : []),
      ...(reversed ? [`reversed on ${reversed.en}`] : []),
    ]
      .join('; ')
      .concat('.'),
  };
}

const VERBS: Readonly<
  Record<ClaimFacts['kind'], { readonly zh: (what: string) => string; readonly en: (what: string) => string }>
> = {
  settlement: { zh: (what) => `结算${what}`, en: (what) => `settled ${what}` },
  trial_settlement: { zh: (what) => `预结算${what}`, en: (what) => `asked for a trial settlement of ${what}` },
  registration: { zh: () => '挂号', en: () => 'registered' },
  other: { zh: (what) => what, en: (what) => `had ${what}` },
};

function personWords(claim: ClaimFacts): Bilingual {
  const sex = claim.sex === null ? undefined : SEX[claim.sex];
  const age = claim.age;
  const zh = [sex?.zh, age === null ? undefined : `${age}岁`].filter((part) => part !== undefined).join('，');
  const en = [sex?.en, age === null ? undefined : `${age}`].filter((part) => part !== undefined).join(', ');
  const name = claim.maskedName ?? null;
  return {
    zh: `${name ?? '参保人'}${zh === '' ? '' : `（${zh}）`}`,
    en: `${name ?? 'The insured person'}${en === '' ? '' : ` (${en})`}`,
  };
}

function amountWords(claim: ClaimFacts): Bilingual | null {
  if (claim.totalFen === null) {
    return claim.kind === 'settlement'
      ? { zh: '平台尚未返回金额', en: 'the platform has not answered with amounts yet' }
      : null;
  }
  const parts: Bilingual[] = [];
  const add = (fen: number | null, zh: string, en: string): void => {
    if (fen !== null && fen !== 0) parts.push({ zh: `${zh} ${yuan(fen)} 元`, en: `${en} ${yuan(fen)}` });
  };
  add(claim.fundFen, '医保基金支付', 'the fund pays');
  add(claim.accountFen, '个人账户', 'personal account');
  add(claim.cashFen, '现金', 'cash');
  return {
    zh: [`总费用 ${yuan(claim.totalFen)} 元`, ...parts.map((part) => part.zh)].join('，'),
    en: [`${yuan(claim.totalFen)} yuan in all`, ...parts.map((part) => part.en)].join(', '),
  };
}

function lineWords(claim: ClaimFacts): Bilingual | null {
  if (claim.linesTotal === 0) return null;
  const named = claim.lines.slice(0, SHOWN_LINES).flatMap((line) => {
    if (line.name === null) return [];
    return [`${line.name}${line.count === null ? '' : ` ×${line.count}`}`];
  });
  const list = named.length === 0 ? '' : named.join('、');
  const more = claim.linesTotal > named.length && named.length > 0;
  return {
    zh: `费用 ${claim.linesTotal} 项${list === '' ? '' : `：${list}${more ? ' 等' : ''}`}`,
    en: `${claim.linesTotal} fee ${claim.linesTotal === 1 ? 'line' : 'lines'}${list === '' ? '' : `: ${named.join(', ')}${more ? ', …' : ''}`}`,
  };
}
