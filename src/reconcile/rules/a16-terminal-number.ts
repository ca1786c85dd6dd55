import { Type } from 'typebox';
import { requestAuthWords } from '../in-request/words.ts';
import { clear, defineRule } from './rule.ts';

/** 核验流水号存疑: a terminal's number that stands for another person, place, time or visit. A question about data, never an accusation. */
export const terminalNumber = defineRule({
  id: 'A16',
  version: 1,
  names: { zh: '核验流水号存疑', en: "The terminal's number asks a question" },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['visit', 'settlement'],
  supervised: '机构',
  dataNeeded: ['2206', '2207', '3101', '3102', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第十七条'],
  causeNo: [],
  severity: 'low',
  class: 'data',
  basis: ['claims'],
  parameters: Type.Object({}),
  applies: (facts) => facts.requestAuth !== undefined,
  evaluate: (facts) => {
    const standing = facts.requestAuth?.standing ?? 'not_logged';
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (facts.kind === 'visit' && facts.movedTo !== null) {
      return clear('moved', '已取得就诊编号，按就诊继续。', 'It has a visit number now and goes on under it.');
    }
    const { zh, en } = requestAuthWords(standing);
    switch (standing) {
      case 'confirmed':
      case 'not_passed':
        return clear(standing === 'confirmed' ? 'terminal_confirmed' : 'auth_not_passed', zh, en);
      case 'not_logged':
        return { outcome: 'undetermined', reason: 'auth_not_logged', zh, en };
      default:
        return { outcome: 'hit', reason: `auth_of_${standing}`, zh, en };
    }
  },
});
