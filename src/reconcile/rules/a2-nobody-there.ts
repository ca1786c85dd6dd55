import { Type } from 'typebox';
import { mayHaveBeenMissed } from '../../faces/verdict.ts';
import { VERDICT_WORDS } from '../words.ts';
import { confirmedResult, isConfirmed, seenOn, verdictOn } from './presence.ts';
import { clear, defineRule, type Result } from './rule.ts';

const undetermined = (reason: keyof typeof VERDICT_WORDS): Result => ({
  outcome: 'undetermined',
  reason,
  ...VERDICT_WORDS[reason],
});

/** 结算无人 (空刷): covered, processed to the end, and the insured person was not there, nor anyone for him. */
export const nobodyThere = defineRule({
  id: 'A2',
  version: 1,
  names: { zh: '结算无人', en: 'Settlement without presence' },
  phase: 'in',
  resultType: '可疑',
  timeSpan: '当次门诊',
  subjects: ['settlement'],
  supervised: '机构',
  dataNeeded: ['2207', '摄像机人头与人脸', '出诊备案', '代办登记', '医保终端人脸核验'],
  legalBasis: ['医疗保障基金使用监督管理条例 第二十条', '第四十条'],
  causeNo: [20, 24],
  severity: 'high',
  class: 'fraud',
  basis: ['presence', 'claims'],
  parameters: Type.Object({}),
  evaluate: (facts) => {
    const { presence } = facts;
    if (facts.reversed) return clear('reversed', '该结算已撤销。', 'The settlement was reversed.');
    if (facts.filings.homeVisit) return clear('home_visit_filed', '已备案出诊。', 'A home visit was filed.');
    if (isConfirmed(facts)) return confirmedResult(facts);
    const verdict = verdictOn(presence);
    if (verdict.reason === 'matched' || verdict.reason === 'proxy_registered') {
      return clear(verdict.reason, VERDICT_WORDS[verdict.reason].zh, VERDICT_WORDS[verdict.reason].en);
    }
    if (!presence.complete) return undetermined(presence.footageLost ? 'footage_lost' : 'not_yet');
    if (presence.coverage < presence.minCoverage) return undetermined('blind_window');

    const seen = seenOn(presence);
    const missed = mayHaveBeenMissed(presence);
    const evidence = {
      coverage: presence.coverage,
      peopleInWindow: seen.length,
      atCounter: seen.filter(({ face }) => face.atCounter).length,
    };
    // By head count alone: needs no face model at all.
    if (seen.length === 0 && missed) return undetermined('may_have_been_missed');
    if (seen.length === 0) return { outcome: 'hit', reason: 'nobody_seen', ...VERDICT_WORDS.nobody_seen, evidence };
    if (!presence.faceRecognition)
      return clear('somebody_seen', '时段内有人到场。', 'Somebody was there in the window.');
    switch (verdict.reason) {
      case 'every_face_differs':
        return clear('covered_by_A1', '柜台前是他人，见“人证不符”。', 'Somebody else was at the counter: see A1.');
      case 'staff_only':
        return clear('covered_by_A4', '只见到医务人员，见“村医代刷”。', 'Only staff were seen: see A4.');
      case 'nobody_at_counter':
        break;
      default:
        return undetermined(verdict.reason);
    }
    if (seen.some(({ role }) => role === 'household')) {
      return clear('household_member_seen', '时段内见到参保人的家庭成员。', 'A member of the household was seen.');
    }
    if (seen.some(({ role }) => role === 'unjudged')) return undetermined('no_face_quality');
    if (missed) return undetermined('may_have_been_missed');
    return {
      outcome: 'hit',
      reason: 'claimed_not_seen',
      ...VERDICT_WORDS.nobody_at_counter,
      evidence: { ...evidence, llr: verdict.llr },
      basis: ['face', 'presence', 'claims'],
    };
  },
});
