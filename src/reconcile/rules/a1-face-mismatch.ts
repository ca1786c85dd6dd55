import { Type } from 'typebox';
import { VERDICT_WORDS } from '../words.ts';
import { confirmedResult, isConfirmed, seenOn, verdictOn } from './presence.ts';
import { clear, defineRule } from './rule.ts';

/** 人证不符: the person at the counter is certainly not the insured one. */
export const faceMismatch = defineRule({
  id: 'A1',
  version: 1,
  names: { zh: '人证不符', en: 'Face mismatch' },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['settlement'],
  supervised: '参保人',
  dataNeeded: ['2207', '摄像机人脸', '参保人照片', '代办登记', '医务人员名册', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十七条', '第四十一条'],
  causeNo: [31, 20],
  severity: 'high',
  class: 'fraud',
  basis: ['face', 'presence', 'claims'],
  parameters: Type.Object({}),
  evaluate: (facts) => {
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (facts.person === null)
      return clear('no_person', '消息中没有参保人编号。', 'The message names no insured person.');
    if (isConfirmed(facts)) return confirmedResult(facts);
    const verdict = verdictOn(facts.presence);
    const words = VERDICT_WORDS[verdict.reason];
    const evidence = {
      verdict: verdict.verdict,
      llr: verdict.llr,
      coverage: verdict.coverage,
      appearanceId: verdict.appearanceId,
      appearances: facts.presence.appearances.length,
    };
    switch (verdict.reason) {
      case 'matched':
      case 'proxy_registered':
        return { ...clear(verdict.reason, words.zh, words.en), evidence };
      case 'nobody_seen':
      case 'nobody_at_counter':
        return { ...clear('covered_by_A2', words.zh, words.en), evidence };
      case 'staff_only':
        return { ...clear('covered_by_A4', words.zh, words.en), evidence };
      case 'every_face_differs': {
        const atCounter = seenOn(facts.presence).filter(({ face, role }) => face.atCounter && role !== 'staff');
        if (atCounter.every(({ role }) => role === 'household')) {
          return {
            ...clear(
              'covered_by_A6',
              '到场的是参保人家庭成员，请补登记代办。',
              'A member of the household came: please register the proxy.',
            ),
            evidence,
          };
        }
        return { outcome: 'hit', reason: verdict.reason, ...words, evidence };
      }
      default:
        return { outcome: 'undetermined', reason: verdict.reason, ...words, evidence };
    }
  },
});
