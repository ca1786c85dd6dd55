import { Type } from 'typebox';
import { confirmedResult, isConfirmed, seenOn, verdictOn } from './presence.ts';
import { clear, defineRule } from './rule.ts';

/** 代办未登记: a member of the household came instead. A request to register, never an accusation. */
export const unregisteredAgent = defineRule({
  id: 'A6',
  version: 1,
  names: { zh: '代办未登记', en: 'Proxy not registered' },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['settlement', 'visit'],
  supervised: '机构',
  dataNeeded: ['2206', '2207', '摄像机人脸', '家庭成员', '代办登记', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十七条（允许委托他人代为购药）'],
  causeNo: [],
  severity: 'low',
  class: 'data',
  basis: ['face', 'presence'],
  parameters: Type.Object({}),
  applies: (facts) => facts.presence?.faceRecognition === true && facts.presence.card.calibrated,
  evaluate: (facts) => {
    const { presence } = facts;
    if (facts.reversed || presence === null) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (isConfirmed(facts)) return confirmedResult(facts);
    const verdict = verdictOn(presence);
    if (verdict.reason === 'matched' || verdict.reason === 'proxy_registered') {
      return clear(verdict.reason, '本人或已登记的代办人到场。', 'The insured person or a registered proxy was there.');
    }
    const relative = seenOn(presence).find(
      ({ face, role }) => role === 'household' && face.atCounter && face.claimed?.zone === 'beyond_genuine_tail',
    );
    if (relative?.face.household == null) {
      return clear(
        'no_relative_at_counter',
        '柜台前没有见到其家庭成员。',
        'No member of the household was at the counter.',
      );
    }
    const { household } = presence.appearances.find(({ id }) => id === relative.face.id) ?? {};
    return {
      outcome: 'hit',
      reason: 'household_member_unregistered',
      zh: '到场的像是参保人的家庭成员，请补登记代办关系。',
      en: 'The person at the counter looks like a member of the household: please register the proxy.',
      evidence: { appearanceId: relative.face.id, householdPsnNo: household?.ref ?? null, llr: household?.llr ?? null },
    };
  },
});
