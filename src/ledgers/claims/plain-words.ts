import type { ClaimEvent } from './settlement.store.ts';

export interface PlainWords {
  readonly zh: string;
  readonly en: string;
}

const yuan = (fen: number | null): string | null => (fen === null ? null : (fen / 100).toFixed(2));

const KINDS: Readonly<Record<ClaimEvent['kind'], PlainWords>> = {
  identity: { zh: '查询参保身份', en: 'Insurance identity looked up' },
  registration: { zh: '门诊挂号', en: 'Registered for a visit' },
  registration_cancel: { zh: '撤销挂号', en: 'Registration withdrawn' },
  diagnosis: { zh: '上传就诊和诊断', en: 'Visit and diagnosis uploaded' },
  fee_lines: { zh: '上传费用明细', en: 'Fee lines uploaded' },
  fee_cancel: { zh: '撤销费用明细', en: 'Fee lines withdrawn' },
  trial_settlement: { zh: '预结算', en: 'Trial settlement' },
  settlement: { zh: '结算', en: 'Settled' },
  settlement_reversal: { zh: '撤销结算', en: 'Settlement withdrawn' },
  technical_reversal: { zh: '冲正', en: 'Technical reversal' },
};

/** One event in a sentence, without naming anybody. */
export function plainWords(event: Pick<ClaimEvent, 'kind' | 'body' | 'reversedAt'>): PlainWords {
  const { zh, en } = KINDS[event.kind];
  const total = yuan(event.body.totalFen);
  const fund = yuan(event.body.fundFen);
  const money =
    total === null
      ? { zh: '', en: '' }
      : {
          zh: `，总费用 ${total} 元${fund === null ? '' : `，基金支付 ${fund} 元`}`,
          en: `, ${total} yuan${fund === null ? '' : `, of which the fund pays ${fund}`}`,
        };
  const state = event.body.refused
    ? { zh: '（平台未受理）', en: ' (refused by the platform)' }
    : event.reversedAt !== null
      ? { zh: '（已撤销）', en: ' (taken back)' }
      : event.body.responded
        ? { zh: '', en: '' }
        : { zh: '（平台尚未应答）', en: ' (not yet answered by the platform)' };
  return { zh: `${zh}${money.zh}${state.zh}`, en: `${en}${money.en}${state.en}` };
}

const ID_NUMBER = /^\d{14,17}[\dXx]$/;

/** psn_no is an opaque number of the insurance; where somebody sends an ID number in its place, it stays hidden. */
export const safePsnNo = (psnNo: string | null): string | null =>
  psnNo !== null && ID_NUMBER.test(psnNo) ? `${psnNo.slice(0, 4)}**********${psnNo.slice(-2)}` : psnNo;
