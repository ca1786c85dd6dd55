import { describe, expect, it } from 'vitest';
import { allRules } from '../../../src/reconcile/rules/index.ts';
import { VERDICT_WORDS } from '../../../src/reconcile/words.ts';
import { DISMISS_REASONS } from '../../../src/review/alerts.schemas.ts';
import { type ClaimFacts, claimWords } from '../../../src/review/words/claim.ts';
import { decisionWords, historyWords } from '../../../src/review/words/decision.ts';
import { findingWords } from '../../../src/review/words/finding.ts';
import { ageAt, duration, yuan } from '../../../src/review/words/format.ts';
import { ruleWordsOf } from '../../../src/review/words/rules.ts';
import { portraitWords, stillWords } from '../../../src/review/words/scene.ts';
import { alertTitle } from '../../../src/review/words/title.ts';
import { coverageWords, llrWords, portraitAgeWords, verdictWords } from '../../../src/review/words/verdict.ts';

const ZONE = 'Asia/Shanghai';
const AT = Date.parse('2026-03-17T09:15:30+08:00');

const claim: ClaimFacts = {
  kind: 'settlement',
  maskedName: '张**',
  sex: 'male',
  age: 68,
  at: AT,
  clinicName: '测试村卫生室',
  medType: '11',
  totalFen: 2904,
  fundFen: 1742,
  accountFen: 0,
  cashFen: 1162,
  reversedAt: null,
  lines: [
    { name: '盐酸二甲双胍缓释片', count: '2' },
    { name: '一般诊疗费', count: '1' },
  ],
  linesTotal: 2,
  zone: ZONE,
};

describe('a claim in plain words', () => {
  it('says who, when, where, what and how much, in the clinic’s own time', () => {
    expect(claimWords(claim).zh).toBe(
      '张**（男，68岁）于 2026年3月17日 09:15 在测试村卫生室结算普通门诊；总费用 29.04 元，医保基金支付 17.42 元，现金 11.62 元；费用 2 项：盐酸二甲双胍缓释片 ×2、一般诊疗费 ×1。',
    );
    expect(claimWords(claim).en).toBe(
      '张** (male, 68) settled an ordinary outpatient visit at 测试村卫生室 on 17 Mar 2026, 09:15; 29.04 yuan in all, the fund pays 17.42, cash 11.62; 2 fee lines: 盐酸二甲双胍缓释片 ×2, 一般诊疗费 ×1.',
    );
  });

  it('stays a sentence when nearly nothing is known', () => {
    const bare: ClaimFacts = {
      ...claim,
      maskedName: null,
      sex: null,
      age: null,
      at: null,
      medType: null,
      totalFen: null,
      lines: [],
      linesTotal: 0,
    };
    expect(claimWords(bare).zh).toBe('参保人在测试村卫生室结算就诊；平台尚未返回金额。');
    expect(claimWords({ ...bare, kind: 'registration' }).en).toBe('The insured person registered at 测试村卫生室.');
  });

  it('tells that it was reversed, and shows an unknown visit kind by its code', () => {
    expect(claimWords({ ...claim, reversedAt: AT + 60_000 }).zh).toContain('已于 2026年3月17日 09:16 撤销');
    expect(claimWords({ ...claim, medType: '1499' }).zh).toContain('医疗类别 1499');
  });
});

describe('a verdict in plain words', () => {
  it('has a sentence for every reason that the verdict knows', () => {
    for (const [reason, words] of Object.entries(VERDICT_WORDS)) {
      expect(verdictWords('cannot_tell', reason).zh).toBe(`无法判定。${words.zh}`);
    }
    expect(verdictWords('cannot_tell', 'something_new').zh).toContain('something_new');
  });

  it('never reads a likelihood ratio as a probability of guilt', () => {
    expect(llrWords(0.2).zh).toBe('相似度没有倾向。');
    expect(llrWords(3).en).toContain('1,000 times likelier to be seen if it is that person');
    expect(llrWords(-2).en).toContain('supports someone else');
    expect(llrWords(-2).zh).not.toMatch(/冒名|欺诈/);
  });

  it('says when the cameras saw too little to conclude anything', () => {
    expect(coverageWords(0.5, 0.8).zh).toContain('不能据此认定');
    expect(coverageWords(0.999, 0.8).en).toContain('99 %');
  });
});

describe('rules, findings, decisions, stills', () => {
  it('every rule of the house has a headline and a law in both languages where it has one', () => {
    for (const rule of allRules) {
      const words = ruleWordsOf(rule.id);
      expect(words.name).toEqual(rule.names);
      expect(words.title.zh.length).toBeGreaterThan(4);
      expect(words.title.zh).not.toMatch(/骗|欺诈/);
      if (rule.legalBasis.length > 0) expect(words.law?.en).toMatch(/[a-z]/);
    }
  });

  it('counts in a headline where there is something to count', () => {
    const title = (ruleId: string, numbers: Record<string, unknown>, settlements: number) =>
      alertTitle({ ruleId, reason: 'x', numbers, settlements }).zh;
    expect(title('A5', { settlements: 9, visitors: 4 }, 9)).toBe('当日结算 9 人次，到诊只见 4 人');
    expect(title('A3', {}, 4)).toContain('4 笔');
    expect(title('P1', { state: 'dark' }, 0)).toContain('全黑');
    expect(title('Z9', {}, 0)).toContain('Z9');
  });

  it('takes the rule’s own sentence, and a plain one where it brought none', () => {
    const base = { ruleId: 'A1', outcome: 'hit', reason: 'every_face_differs' };
    expect(findingWords({ ...base, evidence: { zh: '甲', en: 'a' } })).toEqual({ zh: '甲', en: 'a' });
    expect(findingWords({ ...base, evidence: {} }).zh).toBe('人证不符：命中（every_face_differs）。');
  });

  it('a hold says until when, and what happens by itself', () => {
    const hold = { decision: 'hold', state: 'standing', deadlineAt: AT, settled: false } as const;
    expect(decisionWords(hold, ZONE).zh).toBe('请暂缓结算；到 2026年3月17日 09:15 仍无人处理则自动放行。');
    expect(decisionWords({ ...hold, settled: true }, ZONE).en).toContain('released by itself');
    expect(decisionWords({ ...hold, state: 'released' }, ZONE).zh).toContain('放行');
  });

  it('history names each reason of the list', () => {
    for (const reason of DISMISS_REASONS) expect(historyWords('exclude', reason).zh).toMatch(/^排除：.+/);
  });

  it('a still tells the planned and the actual moment and the camera’s clock', () => {
    const still = { state: 'taken', reason: null, plannedAt: AT, actualAt: AT + 2_400, clockOffsetMs: 42_000 } as const;
    expect(stillWords(still).zh).toBe('比计划时刻晚 2 秒。摄像机时钟快 42 秒，时间已校正。');
    expect(stillWords({ ...still, state: 'missed', reason: 'camera_offline', actualAt: null }).en).toContain(
      'the camera was offline',
    );
  });

  it('writes money and ages without surprises', () => {
    expect([yuan(5), yuan(-1_250), yuan(100)]).toEqual(['0.05', '-12.50', '1.00']);
    expect(ageAt('1958-03-18', AT, ZONE)).toBe(67);
    expect(ageAt('nonsense', AT, ZONE)).toBeNull();
    expect(duration(8 * 3_600_000).zh).toBe('8 小时');
  });
});

describe('a portrait’s age', () => {
  it('is said in years before the visit, and what follows where it is too much', () => {
    expect(portraitAgeWords(3.2, 10)).toEqual({
      zh: '参保人照片拍摄于就诊前 3.2 年。',
      en: 'The portrait was taken 3.2 years before the visit.',
    });
    expect(portraitAgeWords(12.4, 10).zh).toContain('超过 10 年');
    expect(portraitAgeWords(12.4, 10).en).toContain('cannot prove a mismatch');
  });

  it('stands beside the picture', () => {
    expect(portraitWords({ quality: 0.7, takenOn: '2014-01-01' }, AT).zh).toBe(
      '拍摄于 2014-01-01（事发前 12.2 年），清晰。',
    );
    expect(portraitWords({ quality: null, takenOn: null }, AT).en).toBe('date unknown.');
  });
});
