/**
 * Words that a feed uses, with what is understood as the same: the first of each list is the format's own. Compared
 * without case, blanks, hyphens and underscores.
 */
const SCENE_POINTS = {
  counter: [
    'counter',
    'cashier',
    'cash',
    'desk',
    'frontdesk',
    'registration',
    'settlement',
    '收费',
    '收费处',
    '柜台',
    '挂号',
  ],
  consulting: [
    ...['consulting', 'consultingroom', 'consult', 'consultation', 'consultationroom', 'consultroom', 'doctor'],
    ...['treatment', 'treatmentroom', 'examroom', 'room', '诊室', '诊疗室', '治疗室'],
  ],
  pharmacy: ['pharmacy', 'dispensary', 'drugs', 'drugstore', 'shelf', '药房', '药柜', '取药'],
  entrance: [
    ...['entrance', 'door', 'entry', 'gate', 'hall', 'lobby', 'waiting', 'waitingroom', 'corridor'],
    ...['入口', '门口', '大厅', '候诊', '候诊区'],
  ],
} as const;

const SEXES = {
  male: ['male', 'm', '1', '男', '男性', 'man'],
  female: ['female', 'f', '2', '女', '女性', 'woman'],
  unknown: ['unknown', 'u', '0', '9', '未知', '未说明'],
} as const;

const LEVELS = {
  city: ['city', 'prefecture', 'municipality', '1', '市', '地市', '设区市'],
  county: ['county', 'district', '2', '县', '区', '县区', '区县'],
  township: ['township', 'town', 'subdistrict', 'street', '3', '乡', '镇', '乡镇', '街道'],
  village: ['village', 'community', '4', '村', '社区', '行政村'],
} as const;

const squash = (word: string | number): string =>
  String(word)
    .toLowerCase()
    .replace(/[\s_-]+/g, '');

function lookupOf<Table extends Readonly<Record<string, readonly string[]>>>(table: Table) {
  const words = new Map<string, keyof Table & string>();
  for (const [meant, spellings] of Object.entries(table)) for (const word of spellings) words.set(word, meant);
  const seen = new Map<string | number, keyof Table & string>();
  return (word: string | number): (keyof Table & string) | undefined => {
    const known = seen.get(word);
    if (known !== undefined) return known;
    const found = words.get(squash(word));
    if (found !== undefined) seen.set(word, found);
    return found;
  };
}

export const scenePointOf = lookupOf(SCENE_POINTS);
export const sexOf = lookupOf(SEXES);
export const levelOf = lookupOf(LEVELS);

/** Official codes are filled up with zeros: 411624000000 is the county 411624, 411600 the city 4116. */
export function regionCodeOf(code: string | number): string {
  let text = String(code);
  if (!/^\d+$/.test(text)) return text;
  while (text.length > 6 && text.length % 3 === 0 && text.endsWith('000')) text = text.slice(0, -3);
  return text.length === 6 && text.endsWith('00') ? text.slice(0, 4) : text;
}

const LEVEL_BY_LENGTH: Readonly<Record<number, 'city' | 'county' | 'township' | 'village'>> = {
  4: 'city',
  6: 'county',
  9: 'township',
  12: 'village',
};
const PARENT_LENGTH: Readonly<Record<number, number>> = { 6: 4, 9: 6, 12: 9 };

const isOfficial = (code: string): boolean => /^\d+$/.test(code);

/** undefined: no official code, which tells nothing. */
export const levelOfCode = (code: string) => (isOfficial(code) ? LEVEL_BY_LENGTH[code.length] : undefined);
export const parentOfCode = (code: string): string | null => {
  const length = isOfficial(code) ? PARENT_LENGTH[code.length] : undefined;
  return length === undefined ? null : code.slice(0, length);
};
