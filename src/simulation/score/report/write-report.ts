import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Bilingual } from '../../../review/words/bilingual.ts';
import { worstMistakes } from '../mistakes.ts';
import type { ScoredCity } from '../run-score.ts';
import { gatherScenes } from '../scenes.ts';
import type { Progress } from '../watch-feed.ts';
import { clinicChart, recallChart, weekChart } from './charts.ts';
import { figureTables, headlineCards } from './figures-section.ts';
import { both, count, esc, section, yuan } from './markup.ts';
import { mistakeSections } from './mistake-section.ts';
import { reportRows } from './report-rows.ts';
import { STYLE } from './style.ts';
import { verdictTable } from './verdict-table.ts';
import { MISTAKE_WORDS } from './words.ts';

export interface ReportPaths {
  readonly dir: string;
  readonly truth: string;
  readonly outcome: string;
  readonly report: string;
}

/** Writes the report: one HTML file that needs nothing else, Chinese first, to be read or printed. */
export async function writeReport(city: ScoredCity, paths: ReportPaths, progress?: Progress): Promise<void> {
  const { input, score: result, meta } = city;
  const mistakes = worstMistakes(input, result);
  const all = [...mistakes.values()].flatMap(({ worst }) => worst);
  const scenes = await gatherScenes(paths.dir, input, meta.card, all, progress);
  const rows = await reportRows(input, all, paths);
  const parts = [
    header(city, paths),
    headlineCards(result),
    section('recall', { zh: '各类欺诈找回多少', en: 'Recall by scheme' }, recallChart(result), {
      zh: '被展示的疑点点名的基金损失 ÷ 全部基金损失；须线为 95 % 区间。',
      en: 'Fund loss named by shown alerts ÷ fund loss; whiskers are 95 % intervals.',
    }),
    section('weeks', { zh: '每周线索', en: 'Cases by week' }, weekChart(result, input.calendar), {
      zh: '一个机构一周只算一条线索；点名的基金至少一半是欺诈才算对。',
      en: 'A clinic counts once a week; right if at least half of the fund money it names is fraud.',
    }),
    section(
      'clinics',
      { zh: '欺诈机构：何时发现', en: 'Fraudulent clinics: when they were found' },
      result.fraudClinics.length > 0
        ? clinicChart(result, input.calendar)
        : `<p>${both({ zh: '这座城市没有集中欺诈的机构。', en: 'This city has no clinic with concentrated fraud.' })}</p>`,
      {
        zh: '从欺诈开始到第一条被展示的正确疑点；粗体为空刷占比 25 % 以上的机构。',
        en: 'From the begin of its fraud to the first right alert shown; bold: ghosts at 25 % or more.',
      },
    ),
    section(
      'verdicts',
      { zh: '每类结算判成了什么', en: 'What each sort of settlement was judged' },
      verdictTable(input),
      {
        zh: '行：真相；列：最终判定及理由，占该行的比例。',
        en: 'Rows: the truth. Columns: final verdict and reason, as shares of the row.',
      },
    ),
    figureTables(result),
    mistakeSections({ input, mistakes, scenes, rows }),
  ];
  await writeFile(
    paths.report,
    `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>评分报告 City score · ${esc(basename(paths.dir))}</title><style>${STYLE}</style></head>
<body><main>${parts.join('\n')}</main></body></html>
`,
  );
}

function header({ input, score: result, meta }: ScoredCity, paths: ReportPaths): string {
  const { truth, facts, calendar } = input;
  let frauds = 0;
  let loss = 0;
  for (let i = 0; i < truth.count; i++) {
    if (truth.fraud[i] !== 1) continue;
    frauds++;
    loss += truth.lossFen[i] ?? 0;
  }
  for (const receipt of truth.receipts) loss += receipt.lossFen;
  const fact = (words: Bilingual, value: string): string => `<li>${both(words)} <b>${value}</b></li>`;
  const seed = typeof meta.seed === 'number' || typeof meta.seed === 'string' ? String(meta.seed) : '—';
  const links: [string, Bilingual][] = [
    ['recall', { zh: '找回', en: 'Recall' }],
    ['weeks', { zh: '每周', en: 'Weeks' }],
    ['clinics', { zh: '机构', en: 'Clinics' }],
    ['verdicts', { zh: '判定', en: 'Verdicts' }],
    ['figures', { zh: '数字', en: 'Figures' }],
    ...Object.entries(MISTAKE_WORDS).map(([kind, { title }]): [string, Bilingual] => [kind, title]),
  ];
  return `<header><h1>${both({ zh: '评分报告', en: 'City score' })}</h1>
<p class="note">${both({ zh: '模拟城市：真相已知。所有人名、证件、机构均为虚构。', en: 'A simulated city with known truth. People, numbers and clinics are invented.' })}</p>
<ul class="facts">${[
    fact({ zh: '数据', en: 'feed' }, esc(basename(paths.dir))),
    fact({ zh: '种子', en: 'seed' }, esc(seed)),
    fact(
      { zh: '日期', en: 'days' },
      `${calendar.dayName(result.firstDay)} – ${calendar.dayName(result.lastDay)} (${result.days})`,
    ),
    fact({ zh: '机构', en: 'clinics' }, count(Math.max(truth.clinics.length, facts.clinics.size))),
    fact({ zh: '结算', en: 'settlements' }, count(truth.count)),
    fact({ zh: '欺诈', en: 'fraudulent' }, `${count(frauds)} + ${count(truth.receipts.length)}`),
    fact({ zh: '基金损失', en: 'fund loss' }, `${yuan(loss)} 元`),
    fact({ zh: '校准', en: 'calibration' }, esc(meta.card.calibration?.id ?? '无 none')),
  ].join('')}</ul>
<nav>${links.map(([id, words]) => `<a href="#${id}">${both(words)}</a>`).join('')}</nav></header>`;
}
