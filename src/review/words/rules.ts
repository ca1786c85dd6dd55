import type { Bilingual } from './bilingual.ts';

/** What a rule is called, what its hit says in a headline, the law it stands on and the case causes (案由) it belongs to. */
export interface RuleWords {
  readonly name: Bilingual;
  /** Plain and without an accusation: an alert is a suspicion (疑点). */
  readonly title: Bilingual;
  readonly law: Bilingual | null;
  readonly caseCauses: readonly string[];
}

const REGULATION_ZH = '《医疗保障基金使用监督管理条例》（国务院令第735号）';
const REGULATION_EN = 'Regulation on the Supervision of Medical Insurance Funds (State Council Order 735)';

const law = (articlesZh: string, articlesEn: string): Bilingual => ({
  zh: `${REGULATION_ZH}${articlesZh}`,
  en: `${REGULATION_EN}, ${articlesEn}`,
});

/** Articles and case causes: DOMAIN.md 2.1 and 2.4. */
const RULES: Readonly<Record<string, RuleWords>> = {
  A1: {
    name: { zh: '人证不符', en: 'Face mismatch' },
    title: { zh: '到场的人与参保人不符，请核实', en: 'The person seen does not look like the insured person' },
    law: law('第十七条、第四十一条', 'articles 17 and 41'),
    caseCauses: ['31', '20'],
  },
  A2: {
    name: { zh: '结算无人', en: 'Settlement without presence' },
    title: { zh: '结算前后未见到参保人，请核实', en: 'A settlement, and the insured person was not seen' },
    law: law('第二十条、第四十条', 'articles 20 and 40'),
    caseCauses: ['20', '24'],
  },
  A3: {
    name: { zh: '一脸多人', en: 'One face, many credentials' },
    title: { zh: '同一个人出现在多名参保人的结算中', en: 'One person stood there for several people’s settlements' },
    law: law('第十五条、第四十条', 'articles 15 and 40'),
    caseCauses: ['20', '31'],
  },
  A4: {
    name: { zh: '村医代刷', en: 'Staff alone' },
    title: { zh: '多笔结算时只见到医务人员', en: 'Several settlements with only staff present' },
    law: law('第二十条、第四十条', 'articles 20 and 40'),
    caseCauses: ['20', '24'],
  },
  A5: {
    name: { zh: '人头与结算不符', en: 'Head-count gap' },
    title: { zh: '当日结算人数明显多于到诊人数', en: 'Many more settlements than visitors that day' },
    law: law('第二十条、第四十条', 'articles 20 and 40'),
    caseCauses: ['24'],
  },
  A6: {
    name: { zh: '代办未登记', en: 'Proxy not registered' },
    title: { zh: '有人代办而未登记，请补登记', en: 'Someone came for the patient: please register the proxy' },
    law: law('第十七条（允许委托他人代为购药）', 'article 17 (another person may be entrusted)'),
    caseCauses: [],
  },
  A8: {
    name: { zh: '死亡或暂停参保人员就医', en: 'Listed as dead or suspended' },
    title: { zh: '名单上已死亡或已暂停参保的人员就医', en: 'A visit by someone listed as dead or suspended' },
    law: law('第二十条、第四十条', 'articles 20 and 40'),
    caseCauses: ['24', '32'],
  },
  E1: {
    name: { zh: '摄像机中断时段结算', en: 'Settlements during a camera outage' },
    title: { zh: '摄像机中断期间仍在结算，请检查设备', en: 'Settlements went on while a camera was out' },
    law: law('第十六条、第三十九条', 'articles 16 and 39'),
    caseCauses: ['5'],
  },
  P1: {
    name: { zh: '开诊前摄像机未就绪', en: 'Camera not ready before opening' },
    title: { zh: '即将开诊，摄像机未就绪', en: 'The clinic is about to open and a camera is not ready' },
    law: null,
    caseCauses: [],
  },
};

export function ruleWordsOf(ruleId: string): RuleWords {
  return (
    RULES[ruleId] ?? {
      name: { zh: `规则 ${ruleId}`, en: `Rule ${ruleId}` },
      title: { zh: `规则 ${ruleId} 命中，请核实`, en: `Rule ${ruleId} hit: please check` },
      law: null,
      caseCauses: [],
    }
  );
}
