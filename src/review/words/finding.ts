import type { Bilingual } from './bilingual.ts';
import { ruleWordsOf } from './rules.ts';

const OUTCOMES: Readonly<Record<string, Bilingual>> = {
  hit: { zh: '命中', en: 'hit' },
  undetermined: { zh: '无法判定', en: 'undetermined' },
  error: { zh: '规则出错', en: 'the rule failed' },
  clear: { zh: '未命中', en: 'clear' },
};

/** What a rule said, in its own words where it brought them (findings.evidence holds zh and en). */
export function findingWords(finding: {
  readonly ruleId: string;
  readonly outcome: string;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}): Bilingual {
  const { zh, en } = finding.evidence;
  if (typeof zh === 'string' && typeof en === 'string' && zh !== '' && en !== '') return { zh, en };
  const rule = ruleWordsOf(finding.ruleId);
  const outcome = OUTCOMES[finding.outcome] ?? { zh: finding.outcome, en: finding.outcome };
  return {
    zh: `${rule.name.zh}：${outcome.zh}（${finding.reason}）。`,
    en: `${rule.name.en}: ${outcome.en} (${finding.reason}).`,
  };
}
