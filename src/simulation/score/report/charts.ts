import { type CityCalendar, mondayOf } from '../city-calendar.ts';
import type { GhostClinic } from '../clinics.ts';
import type { Figure } from '../figure.ts';
import type { Score } from '../score.ts';
import { count, percent, yuan } from './markup.ts';
import { COLOUR, drawing, legend, line, rect, text, whisker } from './svg.ts';
import { schemeWords } from './words.ts';

const WIDTH = 1000;

/** One bar for each scheme: the share of its loss that shown alerts named, with its interval and counts. */
export function recallChart(result: Score): string {
  const rows: { words: string; figure: Figure; bold: boolean }[] = [
    { words: '全部 all', figure: result.figures.recallAll, bold: true },
    { words: '集中 concentrated', figure: result.figures.recallConcentrated, bold: true },
    { words: '零散 scattered', figure: result.figures.recallScattered, bold: true },
    ...[...result.recallByScheme]
      .toSorted(([, a], [, b]) => (b.denominator ?? 0) - (a.denominator ?? 0))
      .map(([scheme, figure]) => ({
        words: `${schemeWords(scheme).zh} ${schemeWords(scheme).en}`,
        figure,
        bold: false,
      })),
  ];
  const left = 190;
  const right = 330;
  const scale = WIDTH - left - right;
  const top = 26;
  const step = 26;
  const height = top + rows.length * step + 8;
  const at = (share: number): number => left + share * scale;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  let inner = ticks
    .map(
      (tick) =>
        line(at(tick), top - 6, at(tick), height - 6) +
        text(at(tick), top - 11, percent(tick, 0), { 'text-anchor': 'middle', class: 'soft', 'font-size': 11 }),
    )
    .join('');
  inner += text(WIDTH, top - 11, '找回 named / 损失 loss，元 yuan · 笔数 cases', {
    'text-anchor': 'end',
    class: 'soft',
    'font-size': 11,
  });
  rows.forEach(({ words, figure, bold }, i) => {
    const y = top + i * step;
    inner += text(left - 8, y + 14, words, {
      'text-anchor': 'end',
      'font-size': 12.5,
      'font-weight': bold ? 650 : 400,
    });
    inner += rect(left, y + 3, scale, 15, COLOUR.pale);
    if (figure.value === null) {
      inner += text(left + 8, y + 15, '无此类损失 no such loss', { class: 'soft', 'font-size': 11 });
      return;
    }
    inner += rect(left, y + 3, figure.value * scale, 15, bold ? COLOUR.accent : COLOUR.good);
    if (figure.interval) inner += whisker(at(figure.interval[0]), at(figure.interval[1]), y + 10.5);
    const cases = figure.more ?? {};
    inner += text(WIDTH - right + 12, y + 14, percent(figure.value), { 'font-size': 12.5, 'font-weight': 600 });
    inner += text(
      WIDTH,
      y + 14,
      `${yuan(figure.numerator ?? 0)} / ${yuan(figure.denominator ?? 0)} · ${String(cases.casesNamed)} / ${String(cases.cases)}`,
      { 'text-anchor': 'end', 'font-size': 11.5, class: 'soft' },
    );
  });
  return drawing(WIDTH, height, inner, 'Recall by scheme');
}

/** Cases of each week, right ones below, wrong ones above them. */
export function weekChart(result: Score, calendar: CityCalendar): string {
  const weeks = new Map<number, { right: number; wrong: number }>();
  for (let week = calendar.weekOf(calendar.atHour(result.firstDay, 12)); mondayOf(week) <= result.lastDay; week++)
    weeks.set(week, { right: 0, wrong: 0 });
  for (const each of result.cases) {
    const entry = weeks.get(each.week) ?? { right: 0, wrong: 0 };
    if (each.right) entry.right++;
    else entry.wrong++;
    weeks.set(each.week, entry);
  }
  const entries = [...weeks].toSorted(([a], [b]) => a - b);
  const most = Math.max(1, ...entries.map(([, { right, wrong }]) => right + wrong));
  const left = 46;
  const top = 22;
  const tall = 170;
  const slot = (WIDTH - left - 10) / Math.max(1, entries.length);
  const bar = Math.min(64, slot * 0.66);
  const y = (value: number): number => top + tall - (value / most) * tall;
  let inner = [0, 0.5, 1]
    .map((share) => Math.round(share * most))
    .filter((value, i, all) => all.indexOf(value) === i)
    .map(
      (value) =>
        line(left, y(value), WIDTH - 6, y(value)) +
        text(left - 6, y(value) + 4, count(value), { 'text-anchor': 'end', class: 'soft', 'font-size': 11 }),
    )
    .join('');
  const every = Math.ceil(entries.length / 14);
  entries.forEach(([week, { right, wrong }], i) => {
    const x = left + i * slot + (slot - bar) / 2;
    inner += rect(x, y(right), bar, (right / most) * tall, COLOUR.good, {}, `${right}`);
    inner += rect(x, y(right + wrong), bar, (wrong / most) * tall, COLOUR.bad, {}, `${wrong}`);
    if (right + wrong > 0)
      inner += text(x + bar / 2, y(right + wrong) - 5, percent(right / (right + wrong), 0), {
        'text-anchor': 'middle',
        'font-size': 11.5,
        'font-weight': 600,
      });
    if (i % every === 0)
      inner += text(x + bar / 2, top + tall + 16, calendar.dayName(mondayOf(week)).slice(5), {
        'text-anchor': 'middle',
        class: 'soft',
        'font-size': 11,
      });
  });
  return (
    legend([
      [COLOUR.good, '正确线索 right cases'],
      [COLOUR.bad, '错误线索 wrong cases'],
    ]) + drawing(WIDTH, top + tall + 24, inner, 'Cases by week')
  );
}

const MOST_CLINICS = 40;

/** When each fraudulent clinic's fraud began, when it was found, and how much of its loss was named. */
export function clinicChart(result: Score, calendar: CityCalendar): string {
  const clinics = result.fraudClinics.slice(0, MOST_CLINICS);
  const from = calendar.atHour(result.firstDay, 0);
  const to = calendar.atHour(result.lastDay + 1, 0);
  const left = 330;
  const right = 170;
  const scale = WIDTH - left - right;
  const top = 30;
  const step = 22;
  const height = top + clinics.length * step + 6;
  const x = (ms: number): number => left + ((Math.min(to, Math.max(from, ms)) - from) / (to - from)) * scale;
  const days = result.lastDay - result.firstDay + 1;
  const every = Math.max(1, Math.ceil(days / 8));
  let inner = '';
  for (let day = result.firstDay; day <= result.lastDay; day += every)
    inner +=
      line(x(calendar.atHour(day, 0)), top - 8, x(calendar.atHour(day, 0)), height - 4) +
      text(x(calendar.atHour(day, 0)), top - 13, calendar.dayName(day).slice(5), {
        'text-anchor': 'middle',
        class: 'soft',
        'font-size': 11,
      });
  inner += text(WIDTH, top - 13, '点名 named / 损失 loss', { 'text-anchor': 'end', class: 'soft', 'font-size': 11 });
  clinics.forEach((clinic, i) => {
    const y = top + i * step;
    const end = clinic.foundAt ?? to;
    inner += text(0, y + 14, clinic.code, { 'font-size': 11.5, 'font-weight': clinic.large ? 650 : 400 });
    inner += text(left - 8, y + 14, labelOf(clinic), { 'text-anchor': 'end', 'font-size': 11.5, class: 'soft' });
    inner += line(x(from), y + 10, x(to), y + 10);
    inner += line(x(clinic.fraudFrom), y + 10, x(end), y + 10, clinic.foundAt === null ? COLOUR.bad : COLOUR.warn, {
      'stroke-width': 5,
    });
    inner += line(x(clinic.fraudFrom), y + 4, x(clinic.fraudFrom), y + 16, COLOUR.ink, { 'stroke-width': 1.5 });
    if (clinic.foundAt !== null) {
      inner += line(x(clinic.foundAt), y + 10, x(to), y + 10, COLOUR.good, { 'stroke-width': 5 });
      inner += rect(x(clinic.foundAt) - 4, y + 6, 8, 8, COLOUR.good, {
        transform: `rotate(45 ${x(clinic.foundAt)} ${y + 10})`,
      });
      const after = ((clinic.foundAt - clinic.fraudFrom) / 86_400_000).toFixed(1);
      inner += text(x(clinic.foundAt) + 9, y + 7, `${after} d`, { 'font-size': 10, fill: COLOUR.good });
    }
    const share = clinic.lossFen > 0 ? clinic.namedFen / clinic.lossFen : 0;
    inner +=
      rect(WIDTH - right + 12, y + 4, 50, 12, COLOUR.pale) +
      rect(WIDTH - right + 12, y + 4, 50 * share, 12, COLOUR.good);
    inner += text(WIDTH, y + 14, `${percent(share, 0)} · ${yuan(clinic.lossFen)}`, {
      'text-anchor': 'end',
      'font-size': 11.5,
      class: 'soft',
    });
  });
  const more = result.fraudClinics.length - clinics.length;
  return (
    legend([
      [COLOUR.warn, '欺诈开始到发现 from its begin to its finding'],
      [COLOUR.good, '发现之后 found'],
      [COLOUR.bad, '未发现 not found'],
    ]) +
    drawing(WIDTH, height, inner, 'Fraudulent clinics') +
    (more > 0 ? `<p class="note">… ${more}</p>` : '')
  );
}

const labelOf = (clinic: GhostClinic): string =>
  `${schemeWords(clinic.mainScheme).zh} ${schemeWords(clinic.mainScheme).en}${
    clinic.ghostShare > 0 ? ` ${percent(clinic.ghostShare, 0)}` : ''
  } · ${clinic.cameras} 机`;
