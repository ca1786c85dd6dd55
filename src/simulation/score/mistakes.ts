import type { Bilingual } from '../../review/words/bilingual.ts';
import { createMoney, judgeNamed } from './cases.ts';
import type { Score } from './score.ts';
import { clinicCodeOf, type ScoreInput } from './score-input.ts';

export const MISTAKE_KINDS = [
  'falseAlert',
  'honestHeld',
  'honestMismatch',
  'proxyHarm',
  'blindAlert',
  'cleanClinicAccused',
  'missedClinic',
  'missedSettlement',
  'listedMissed',
] as const;
export type MistakeKind = (typeof MISTAKE_KINDS)[number];

/** One mistake, with what must be fetched to understand it. */
export interface Mistake {
  readonly kind: MistakeKind;
  readonly title: Bilingual;
  readonly clinic: string;
  /** The moment around which the hour is told; true time. */
  readonly at: number;
  /** Settlements to show, the one that matters most first. */
  readonly settlements: readonly number[];
  readonly alertIds: readonly string[];
  /** People beside those of the settlements. */
  readonly people: readonly string[];
  readonly msgids: readonly string[];
}

const WORST = 10;
const SHOWN_SETTLEMENTS = 4;
const yuan = (fen: number): string => (fen / 100).toFixed(2);

/** The ten worst of each kind, worst first: by money, by how sure it was, or by loss. */
export function worstMistakes(
  input: ScoreInput,
  result: Score,
): ReadonlyMap<MistakeKind, { readonly all: number; readonly worst: readonly Mistake[] }> {
  const { truth, outcome, facts } = input;
  const money = createMoney(truth, facts);
  const named = new Set(result.shown.flatMap(({ settlements }) => settlements));
  const naming = new Map<number, string[]>();
  for (const alert of outcome.alerts)
    if (alert.class === 'fraud')
      for (const i of alert.settlements) naming.set(i, [...new Set([...(naming.get(i) ?? []), alert.id])]);
  const byMoney = (a: number, b: number): number =>
    money.of(b) - money.of(a) || ((truth.setlIds[a] ?? '') < (truth.setlIds[b] ?? '') ? -1 : 1);
  const about = (kind: MistakeKind, i: number, title: Bilingual): Mistake => ({
    ...{ kind, title, clinic: clinicCodeOf(truth, i), at: truth.at[i] ?? 0, settlements: [i], people: [], msgids: [] },
    alertIds: naming.get(i) ?? [],
  });
  const llrOf = (i: number): number => outcome.llr[i] ?? Number.NaN;
  const found = new Map<MistakeKind, { all: number; worst: Mistake[] }>();
  const put = (kind: MistakeKind, all: number, worst: readonly Mistake[]): void => {
    found.set(kind, { all, worst: worst.slice(0, WORST) });
  };

  const wrong = result.shown.flatMap((alert) => {
    const judged = judgeNamed(input, money, [alert]);
    return judged.right ? [] : [{ alert, honestFen: judged.namedFen - judged.fraudFen, judged }];
  });
  wrong.sort((a, b) => b.honestFen - a.honestFen || (a.alert.id < b.alert.id ? -1 : 1));
  put(
    'falseAlert',
    wrong.length,
    wrong.slice(0, WORST).map(({ alert, honestFen, judged }) => {
      const honest = judged.settlements.filter((i) => truth.fraud[i] !== 1).toSorted(byMoney);
      return {
        kind: 'falseAlert',
        title: {
          zh: `误报：点名 ${judged.settlements.length} 笔，其中诚实结算基金 ${yuan(honestFen)} 元`,
          en: `False alert: ${judged.settlements.length} named, ${yuan(honestFen)} yuan of honest fund money`,
        },
        clinic: alert.clinic,
        at: truth.at[honest[0] ?? -1] ?? alert.shownAt,
        settlements: honest.slice(0, SHOWN_SETTLEMENTS),
        alertIds: [alert.id],
        people: [],
        msgids: [],
      };
    }),
  );
  put(
    'honestHeld',
    result.harm.held.length,
    result.harm.held.toSorted(byMoney).map((i) =>
      about('honestHeld', i, {
        zh: `诚实患者被暂缓：基金 ${yuan(money.of(i))} 元${truth.reversed[i] === 1 ? '（后来撤销）' : ''}`,
        en: `An honest person held: ${yuan(money.of(i))} yuan of fund money${truth.reversed[i] === 1 ? ' (reversed later)' : ''}`,
      }),
    ),
  );
  put(
    'honestMismatch',
    result.harm.mismatched.length,
    result.harm.mismatched
      .toSorted((a, b) => (llrOf(a) || 0) - (llrOf(b) || 0) || byMoney(a, b))
      .map((i) =>
        about('honestMismatch', i, {
          zh: `本人到场却判“人证不符”：log10 似然比 ${llrOf(i).toFixed(2)}`,
          en: `The patient himself, judged a mismatch: log10 likelihood ratio ${llrOf(i).toFixed(2)}`,
        }),
      ),
  );
  put(
    'proxyHarm',
    result.harm.proxies.length,
    result.harm.proxies
      .toSorted(byMoney)
      .map((i) => about('proxyHarm', i, { zh: '诚实代办人被暂缓或被点名', en: 'An honest proxy, held or named' })),
  );
  put(
    'blindAlert',
    result.harm.blindAlerts.length,
    result.harm.blindAlerts
      .toSorted((a, b) => sum(b.settlements, money.of) - sum(a.settlements, money.of) || (a.id < b.id ? -1 : 1))
      .slice(0, WORST)
      .map((blind) => {
        const [i = 0] = blind.settlements;
        const seen = blind.coverage === null ? '0' : (blind.coverage * 100).toFixed(0);
        return {
          ...about('blindAlert', i, {
            zh: `摄像机看不见的时段里只凭画面的欺诈疑点：覆盖 ${seen} %`,
            en: `A fraud alert on the cameras’ word alone in a blind window: ${seen} % covered`,
          }),
          settlements: blind.settlements.slice(0, SHOWN_SETTLEMENTS),
          alertIds: [blind.id],
        };
      }),
  );
  put(
    'cleanClinicAccused',
    result.accused.length,
    result.accused
      .toSorted(
        (a, b) =>
          Number(b.fair) - Number(a.fair) ||
          Number(b.shown) - Number(a.shown) ||
          b.settlements.length - a.settlements.length,
      )
      .slice(0, WORST)
      .map((clinic) => ({
        kind: 'cleanClinicAccused',
        title: {
          zh: `清白机构被点名：${clinic.cameras} 台摄像机，${clinic.confirmed} 次确认就诊${clinic.fair ? '' : '（不计入）'}`,
          en: `A clean clinic accused: ${clinic.cameras} cameras, ${clinic.confirmed} confirmed visits${clinic.fair ? '' : ' (not counted)'}`,
        },
        clinic: clinic.code,
        at: truth.at[clinic.settlements[0] ?? -1] ?? clinic.shownAt,
        settlements: clinic.settlements.toSorted(byMoney).slice(0, SHOWN_SETTLEMENTS),
        alertIds: [clinic.alertId],
        people: [],
        msgids: [],
      })),
  );
  const missedClinics = result.fraudClinics.filter(({ foundAt }) => foundAt === null);
  const codes = new Set(missedClinics.slice(0, WORST).map(({ code }) => code));
  const ofClinic = new Map<string, number[]>();
  const missed: number[] = [];
  for (let i = 0; i < truth.count; i++) {
    if (truth.fraud[i] !== 1) continue;
    const code = clinicCodeOf(truth, i);
    if (codes.has(code)) {
      const mine = ofClinic.get(code);
      if (mine) mine.push(i);
      else ofClinic.set(code, [i]);
    }
    if (!named.has(i)) missed.push(i);
  }
  const byLoss = (a: number, b: number): number =>
    (truth.lossFen[b] ?? 0) - (truth.lossFen[a] ?? 0) || ((truth.setlIds[a] ?? '') < (truth.setlIds[b] ?? '') ? -1 : 1);
  put(
    'missedClinic',
    missedClinics.length,
    missedClinics.slice(0, WORST).map((clinic) => {
      const settlements = (ofClinic.get(clinic.code) ?? []).sort(byLoss);
      return {
        kind: 'missedClinic',
        title: {
          zh: `漏掉的欺诈机构：${clinic.mainScheme}，损失 ${yuan(clinic.lossFen)} 元，${settlements.length} 笔欺诈结算`,
          en: `A fraudulent clinic missed: ${clinic.mainScheme}, ${yuan(clinic.lossFen)} yuan lost in ${settlements.length} settlements`,
        },
        clinic: clinic.code,
        at: truth.at[settlements[0] ?? -1] ?? clinic.fraudFrom,
        settlements: settlements.slice(0, SHOWN_SETTLEMENTS),
        alertIds: settlements.flatMap((i) => naming.get(i) ?? []).slice(0, 6),
        people: [],
        msgids: [],
      };
    }),
  );
  put(
    'missedSettlement',
    missed.length,
    missed
      .sort(byLoss)
      .slice(0, WORST)
      .map((i) => {
        const scheme = truth.schemes[truth.scheme[i] ?? 0] ?? '';
        return about('missedSettlement', i, {
          zh: `漏掉的欺诈结算：${scheme}，损失 ${yuan(truth.lossFen[i] ?? 0)} 元`,
          en: `A fraudulent settlement missed: ${scheme}, ${yuan(truth.lossFen[i] ?? 0)} yuan lost`,
        });
      }),
  );
  put(
    'listedMissed',
    facts.listedAsked - facts.listedAnswered,
    facts.listedMissed.map((ask) => ({
      kind: 'listedMissed',
      title: {
        zh: `已列入名单（${ask.what}）的人预结算时未被拦下`,
        en: `Somebody already listed (${ask.what}) was let through at the trial settlement`,
      },
      clinic: ask.clinic,
      at: ask.at,
      settlements: [],
      alertIds: [],
      people: [ask.psnNo],
      msgids: [ask.msgid],
    })),
  );
  return found;
}

const sum = (list: readonly number[], of: (i: number) => number): number => list.reduce((total, i) => total + of(i), 0);
