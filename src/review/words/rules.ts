import { allRules } from '../../reconcile/rules/index.ts';
import type { Bilingual } from './bilingual.ts';

/** What a rule is called, what its hit says in a headline, the law it stands on and the case causes (案由) it belongs to. */
export interface RuleWords {
  readonly name: Bilingual;
  /** Plain and without an accusation: an alert is a suspicion (疑点). */
  readonly title: Bilingual;
  readonly law: Bilingual | null;
  readonly caseCauses: readonly string[];
}

const REGULATION_EN = 'Regulation on the Supervision of Medical Insurance Funds (State Council Order 735)';

/** Headlines; names, law and case causes come with the rules themselves, the law in English stands here. */
const HEADLINES: Readonly<Record<string, { readonly title: Bilingual; readonly lawEn?: string }>> = {
  A1: {
    title: { zh: '到场的人与参保人不符，请核实', en: 'The person seen does not look like the insured person' },
    lawEn: `${REGULATION_EN}, articles 17 and 41`,
  },
  A2: {
    title: { zh: '结算前后未见到参保人，请核实', en: 'A settlement, and the insured person was not seen' },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  A3: {
    title: { zh: '同一个人出现在多名参保人的结算中', en: 'One person stood there for several people’s settlements' },
    lawEn: `${REGULATION_EN}, articles 15 and 40`,
  },
  A4: {
    title: { zh: '多笔结算时只见到医务人员', en: 'Several settlements with only staff present' },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  A5: {
    title: { zh: '当日结算人数明显多于到诊人数', en: 'Many more settlements than visitors that day' },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  A6: {
    title: { zh: '有人代办而未登记，请补登记', en: 'Someone came for the patient: please register the proxy' },
    lawEn: `${REGULATION_EN}, article 17 (another person may be entrusted)`,
  },
  A8: {
    title: { zh: '名单上已死亡或已暂停参保的人员就医', en: 'A visit by someone listed as dead or suspended' },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  A7: {
    title: {
      zh: '同一代办人为多户参保人代办，请核实',
      en: 'One proxy comes for people of many households: please check',
    },
    lawEn: `${REGULATION_EN}, articles 17 and 41`,
  },
  A12: {
    title: { zh: '就诊凭证使用与同县机构明显不同', en: 'Credentials used unlike in the other clinics of the county' },
    lawEn: `${REGULATION_EN}, articles 15 (credentials are verified) and 40`,
  },
  A14: {
    title: {
      zh: '同一批参保人多日按相近次序成批结算，请核实',
      en: 'The same people settle together in the same order on several days: please check',
    },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  B6: {
    title: {
      zh: '撤销结算异常偏多，或撤销后改结他人',
      en: 'Many settlements taken back, or settled again for another person',
    },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  B8: {
    title: { zh: '同一诊断占比远高于同县机构', en: 'One diagnosis far more common than in the county' },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  B10: {
    title: { zh: '就诊次数超出常见范围，请核实', en: 'More visits than usual: please check' },
    lawEn: `${REGULATION_EN}, articles 15 and 20`,
  },
  B11: {
    title: { zh: '月末基金支出明显集中', en: 'The last days of the month took far more of the fund than usual' },
    lawEn: `${REGULATION_EN}, articles 15 and 20`,
  },
  E1: {
    title: { zh: '摄像机中断期间仍在结算，请检查设备', en: 'Settlements went on while a camera was out' },
    lawEn: `${REGULATION_EN}, articles 16 and 39`,
  },
  S1: {
    title: {
      zh: '数周内多笔结算时柜台无人，请核实',
      en: 'Over weeks many settlements with nobody at the counter: please check',
    },
    lawEn: `${REGULATION_EN}, articles 20 and 40`,
  },
  S2: {
    title: {
      zh: '数周内多笔普通门诊只见到他人，请核实',
      en: 'Over weeks many acute visits with only somebody else seen: please check',
    },
    lawEn: `${REGULATION_EN}, articles 15, 17 and 40`,
  },
  N1: {
    title: {
      zh: '对账有而系统未收到的结算，请检查数据上传',
      en: 'A reconciliation tells of claims that have not come: please check the transmission',
    },
  },
  N2: {
    title: {
      zh: '拦截异常增多，已暂停自动拦截，请核对名单与模型',
      en: 'Holds jumped, so holding is paused: please check lists and model',
    },
  },
  P1: {
    title: { zh: '即将开诊，摄像机未就绪', en: 'The clinic is about to open and a camera is not ready' },
  },
};

/** What looks after the data and the decisions themselves, and is no rule over facts. */
const OWN_NAMES: Readonly<Record<string, Bilingual>> = {
  N1: { zh: '数据未传全', en: 'Claims missing' },
  N2: { zh: '自动拦截暂停', en: 'Holding paused' },
};

const BY_ID = new Map(allRules.map((rule) => [rule.id, rule]));

export function ruleWordsOf(ruleId: string): RuleWords {
  const rule = BY_ID.get(ruleId);
  const headline = HEADLINES[ruleId];
  const name = rule?.names ?? OWN_NAMES[ruleId] ?? { zh: `规则 ${ruleId}`, en: `Rule ${ruleId}` };
  const law = rule === undefined || rule.legalBasis.length === 0 ? null : rule.legalBasis.join('；');
  return {
    name,
    title: headline?.title ?? { zh: `${name.zh}，请核实`, en: `${name.en}: please check` },
    law: law === null ? null : { zh: law, en: headline?.lawEn ?? law },
    caseCauses: rule?.causeNo.map(String) ?? [],
  };
}
