import type { Bilingual } from './bilingual.ts';
import { ruleWordsOf } from './rules.ts';

export interface TitleInput {
  readonly ruleId: string;
  readonly reason: string;
  /** What the leading rule computed. */
  readonly numbers: Readonly<Record<string, unknown>>;
  /** How many settlements the alert names. */
  readonly settlements: number;
}

/** The headline of an alert: what was noticed, in one line, without names and without a judgement. */
export function alertTitle({ ruleId, reason, numbers, settlements }: TitleInput): Bilingual {
  const several = settlements > 1;
  switch (ruleId) {
    case 'A3':
      return several
        ? {
            zh: `同一个人出现在 ${settlements} 笔不同参保人的结算中`,
            en: `One person stood there for ${settlements} different people’s settlements`,
          }
        : ruleWordsOf(ruleId).title;
    case 'A4':
      return several
        ? {
            zh: `${settlements} 笔结算时只见到医务人员`,
            en: `${settlements} settlements with only staff present`,
          }
        : ruleWordsOf(ruleId).title;
    case 'A5':
      return headCountTitle(numbers) ?? ruleWordsOf(ruleId).title;
    case 'A8':
      return listedTitle(reason);
    case 'E1':
      return several
        ? {
            zh: `摄像机中断期间仍有 ${settlements} 笔结算，请检查设备`,
            en: `${settlements} settlements while a camera was out: please check the camera`,
          }
        : ruleWordsOf(ruleId).title;
    case 'P1':
      return cameraTitle(numbers);
    default:
      return ruleWordsOf(ruleId).title;
  }
}

function headCountTitle(numbers: Readonly<Record<string, unknown>>): Bilingual | null {
  const { settlements, visitors } = numbers;
  if (typeof settlements !== 'number' || typeof visitors !== 'number') return null;
  return {
    zh: `当日结算 ${settlements} 人次，到诊只见 ${visitors} 人`,
    en: `${settlements} settlements that day, ${visitors} visitors seen`,
  };
}

function listedTitle(reason: string): Bilingual {
  if (reason === 'list_contradicted_by_face' || reason === 'list_contradicted_by_terminal') {
    return { zh: '名单记为已死亡而本人到场，请核对名单', en: 'Listed as dead, yet seen alive: please check the list' };
  }
  if (reason.includes('dead')) {
    return { zh: '名单上已死亡的人员就医，请核实', en: 'A visit by someone who is listed as dead: please check' };
  }
  if (reason.includes('suspend')) {
    return { zh: '已暂停参保的人员就医，请核实', en: 'A visit by someone whose insurance is suspended: please check' };
  }
  return ruleWordsOf('A8').title;
}

const NOT_READY: Readonly<Record<string, Bilingual>> = {
  offline: { zh: '离线', en: 'is offline' },
  dark: { zh: '画面全黑', en: 'shows a dark picture' },
  frozen: { zh: '画面静止', en: 'shows a frozen picture' },
  covered: { zh: '被遮挡', en: 'is covered' },
  moved: { zh: '被移动', en: 'was moved' },
  unknown: { zh: '没有信号', en: 'gives no sign' },
};

function cameraTitle(numbers: Readonly<Record<string, unknown>>): Bilingual {
  const state = typeof numbers.state === 'string' ? NOT_READY[numbers.state] : undefined;
  if (!state) return ruleWordsOf('P1').title;
  return { zh: `即将开诊，摄像机${state.zh}`, en: `The clinic is about to open and a camera ${state.en}` };
}
