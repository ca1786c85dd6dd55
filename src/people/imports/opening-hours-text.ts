import { isTimeOfDay, type OpenHours } from '../../access/open-hours.ts';

const DAYS: Readonly<Record<string, string>> = {
  一: '1',
  二: '2',
  三: '3',
  四: '4',
  五: '5',
  六: '6',
  日: '7',
  天: '7',
};

/**
 * Opening hours as people write them: `1-5 08:00-12:00 15:00-18:00; 6,7 08:00-12:00`, `周一至周五 8:00-18:00；周末 9:00-12:00`,
 * or hours alone for every day. null when it cannot be understood.
 */
export function parseOpeningHours(text: string): OpenHours[] | null {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/每天|每日|全周|daily/g, '1-7 ')
    .replace(/周末/g, '6-7 ')
    .replace(/星期|礼拜|周/g, '')
    .replace(/[一二三四五六日天]/g, (day) => DAYS[day] ?? day)
    .replace(/[至到~—–]/g, '-')
    .replace(/、/g, ',');
  const hours: OpenHours[] = [];
  for (const part of plain.split(';').filter((segment) => segment.trim() !== '')) {
    const times = [...part.matchAll(/(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})/g)];
    const days = daysOf(part.replace(/\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}/g, ' '));
    if (times.length === 0 || days === null) return null;
    for (const [, from = '', to = ''] of times) {
      const span = { days, from: from.padStart(5, '0'), to: to.padStart(5, '0') };
      if (!isTimeOfDay(span.from) || span.from === '24:00' || !isTimeOfDay(span.to)) return null;
      hours.push(span);
    }
  }
  return hours.length > 0 ? hours : null;
}

function daysOf(text: string): number[] | null {
  const plain = text.replace(/\s*-\s*/g, '-').trim();
  if (plain === '' || plain === ',') return [1, 2, 3, 4, 5, 6, 7];
  const days = new Set<number>();
  for (const item of plain.split(/[\s,]+/).filter((part) => part !== '')) {
    const [, first, last] = /^([1-7])(?:-([1-7]))?$/.exec(item) ?? [];
    if (first === undefined) return null;
    for (let day = Number(first); ; day = (day % 7) + 1) {
      days.add(day);
      if (day === Number(last ?? first)) break;
    }
  }
  return [...days].sort();
}
