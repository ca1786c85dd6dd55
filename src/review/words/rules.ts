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
  },
  A2: {
    title: { zh: '结算前后未见到参保人，请核实', en: 'A settlement, and the insured person was not seen' },
  },
  A3: {
    title: { zh: '同一个人出现在多名参保人的结算中', en: 'One person stood there for several people’s settlements' },
  },
  A4: {
    title: { zh: '多笔结算时只见到医务人员', en: 'Several settlements with only staff present' },
  },
  A5: {
    title: { zh: '当日结算人数明显多于到诊人数', en: 'Many more settlements than visitors that day' },
  },
  A6: {
    title: { zh: '有人代办而未登记，请补登记', en: 'Someone came for the patient: please register the proxy' },
    lawEn: `${REGULATION_EN}, article 17 (another person may be entrusted)`,
  },
  A8: {
    title: { zh: '名单上已死亡或已暂停参保的人员就医', en: 'A visit by someone listed as dead or suspended' },
  },
  A7: {
    title: {
      zh: '同一代办人为多户参保人代办，请核实',
      en: 'One proxy comes for people of many households: please check',
    },
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
  },
  A15: {
    title: {
      zh: '请求所附人脸照片与参保人照片不同，请核实',
      en: 'The face picture of a request does not look like the insured person: please check',
    },
  },
  A16: {
    title: {
      zh: '人脸核验流水号对应的人、机构或时间不同，请核对数据',
      en: "A terminal's number that stands for another person, place or time: please check the data",
    },
  },
  B6: {
    title: {
      zh: '撤销结算异常偏多，或撤销后改结他人',
      en: 'Many settlements taken back, or settled again for another person',
    },
  },
  B8: {
    title: { zh: '同一诊断占比远高于同县机构', en: 'One diagnosis far more common than in the county' },
  },
  B10: {
    title: { zh: '就诊次数超出常见范围，请核实', en: 'More visits than usual: please check' },
  },
  B11: {
    title: { zh: '月末基金支出明显集中', en: 'The last days of the month took far more of the fund than usual' },
  },
  A9: {
    title: { zh: '住院期间在其他机构有门诊结算，请核实', en: 'A visit elsewhere during a hospital stay: please check' },
  },
  A10: {
    title: {
      zh: '短时间内两地就医，请核实',
      en: 'Visits at two distant places shortly after one another: please check',
    },
  },
  A11: {
    title: { zh: '名单记载不在本地期间的结算，请核实', en: 'A settlement while listed as away: please check' },
  },
  A13: {
    title: {
      zh: '不同时间出现完全相同的人像，请检查设备',
      en: 'The very same picture of a face at different times: please check the camera',
    },
  },
  B1: {
    title: { zh: '非营业时间结算，请核实', en: 'A settlement outside opening hours: please check' },
  },
  B2: {
    title: { zh: '短时间内批量结算，请核实', en: 'Many settlements within minutes: please check' },
  },
  B3: {
    title: { zh: '多笔结算按名册顺序进行，请核实', en: 'Settlements in the order of a list: please check' },
  },
  B4: {
    title: {
      zh: '同日多次结算合计超过日限额，请核实',
      en: 'Several settlements of one day together above the daily limit: please check',
    },
  },
  B5: {
    title: {
      zh: '当日多笔结算金额相同或贴近限额，请核实',
      en: 'Many settlements of the day for one sum, or just below the limit: please check',
    },
  },
  B7: {
    title: {
      zh: '当日接诊量超过医师可能，请核实',
      en: 'More visits in a day than the doctors could see: please check',
    },
  },
  B9: {
    title: {
      zh: '诊断与年龄或性别不符，请核对编码',
      en: 'A diagnosis that does not fit age or sex: please check the coding',
    },
  },
  B13: {
    title: {
      zh: '医师未签到而有其名下结算，请核实',
      en: 'Settlements by a doctor who had not signed in: please check',
    },
  },
  E2: {
    title: { zh: '摄像机被遮挡或移位，请检查', en: 'A camera is covered or was moved: please check' },
  },
  E3: {
    title: { zh: '摄像机布局变更未报备', en: 'A camera looks elsewhere, and nobody filed it' },
  },
  E5: {
    title: { zh: '摄像机时钟不准，请校时', en: 'A camera’s clock is off: please set it' },
  },
  E6: {
    title: { zh: '当日录像时长不足，请检查', en: 'Too little of the day was recorded: please check' },
  },
  E7: {
    title: {
      zh: '摄像机多次中断时恰有集中结算，请核查取证完整性',
      en: 'Outages of a camera and bursts of settlements go together too often: please check',
    },
  },
  E1: {
    title: { zh: '摄像机中断期间仍在结算，请检查设备', en: 'Settlements went on while a camera was out' },
  },
  S1: {
    title: {
      zh: '数周内多笔结算时柜台无人，请核实',
      en: 'Over weeks many settlements with nobody at the counter: please check',
    },
  },
  S2: {
    title: {
      zh: '数周内多笔普通门诊只见到他人，请核实',
      en: 'Over weeks many acute visits with only somebody else seen: please check',
    },
  },
  S3: {
    title: {
      zh: '同一医师名下的结算与同事明显不同，请核实',
      en: 'Settlements under one doctor’s code stand out among the colleagues’: please check',
    },
  },
  S4: {
    title: {
      zh: '多笔结算时到场的不是持卡人本人，卡可能被留存或借用，请了解',
      en: 'At several settlements the card’s owner was not the one who came: the card may be kept or used by others, please ask',
    },
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

const DIGITS = '零一二三四五六七八九';

/** 二十 → 20, 第一百 does not occur: the regulation has fifty articles. */
function articleNumber(text: string): number {
  const [tens = '', ones = ''] = text.includes('十') ? text.split('十') : ['零', text];
  const digit = (sign: string, empty: number): number => (sign === '' ? empty : DIGITS.indexOf(sign));
  return digit(tens, 1) * 10 + digit(ones, 0);
}

/** The regulation's articles that a Chinese citation names. */
function lawInEnglish(law: string): string {
  const numbers = [...law.matchAll(/第([一二三四五六七八九十]+)条/g)].map(([, text = '']) => articleNumber(text));
  const last = numbers.at(-1);
  if (last === undefined) return REGULATION_EN;
  const others = numbers.slice(0, -1).join(', ');
  return others === '' ? `${REGULATION_EN}, article ${last}` : `${REGULATION_EN}, articles ${others} and ${last}`;
}

export function ruleWordsOf(ruleId: string): RuleWords {
  const rule = BY_ID.get(ruleId);
  const headline = HEADLINES[ruleId];
  const name = rule?.names ?? OWN_NAMES[ruleId] ?? { zh: `规则 ${ruleId}`, en: `Rule ${ruleId}` };
  const law = rule === undefined || rule.legalBasis.length === 0 ? null : rule.legalBasis.join('；');
  return {
    name,
    title: headline?.title ?? { zh: `${name.zh}，请核实`, en: `${name.en}: please check` },
    law: law === null ? null : { zh: law, en: headline?.lawEn ?? lawInEnglish(law) },
    caseCauses: rule?.causeNo.map(String) ?? [],
  };
}
