import type { Figure } from '../figure.ts';
import { FIGURES, type FigureName, type Score } from '../score.ts';
import { both, count, esc, percent, section, table } from './markup.ts';
import { FIGURE_WORDS, type FigureWords, GROUP_WORDS } from './words.ts';

const HEADLINE: readonly FigureName[] = [
  'casePrecision',
  'casePrecisionLow',
  'recallConcentratedVisible',
  'recallScattered',
  'honestHeldPer10k',
  'honestMismatchPer10k',
  'honestProxyHarmPer10k',
  'blindWindowFraudAlerts',
  'listedAnswered',
  'strangerMismatch',
  'medianDaysToGhostClinic',
  'cleanClinicsAccused',
  'falsePerTrue',
  'alertsPerDay',
];

const shown = (value: number | null, { unit }: FigureWords): string => {
  if (value === null) return '—';
  if (unit === 'share') return percent(value);
  if (unit === 'days') return `${value.toFixed(1)} 天 d`;
  if (unit === 'ratio') return value.toFixed(2);
  return unit === 'per10k' ? value.toFixed(2) : count(value);
};

function goalOf(name: FigureName, result: Score): { readonly text: string; readonly met: boolean | null } | null {
  const { value } = result.figures[name];
  if (name === 'falsePerTrue') {
    const baseline = result.figures.baselineFalsePerTrue.value;
    if (baseline === null) return null;
    return { text: `≤ ${(baseline / 8).toFixed(2)} (1/8)`, met: value === null ? null : value <= baseline / 8 };
  }
  const goal = FIGURE_WORDS[name].goal;
  return goal ? { text: goal.text, met: value === null ? null : goal.met(value) } : null;
}

const interval = (figure: Figure, words: FigureWords): string =>
  figure.interval === null ? '' : `${shown(figure.interval[0], words)} – ${shown(figure.interval[1], words)}`;

const counts = (figure: Figure): string =>
  figure.numerator === null || figure.denominator === null
    ? ''
    : `${count(figure.numerator)} / ${count(figure.denominator)}`;

/** The headline: cards with a word on whether the goal is met. */
export function headlineCards(result: Score): string {
  return `<div class="cards">${HEADLINE.map((name) => {
    const words = FIGURE_WORDS[name];
    const figure = result.figures[name];
    const goal = goalOf(name, result);
    const state = goal === null || goal.met === null ? '' : goal.met ? 'met' : 'missed';
    const verdict = goal === null ? '' : goal.met === null ? '目标 goal' : goal.met ? '✓ 达标 met' : '✗ 未达 missed';
    const range = interval(figure, words);
    return `<div class="card ${state}"><div class="name">${both(words.name)}</div><div class="value">${shown(figure.value, words)}</div><div class="more">${[range === '' ? '' : `[${range}]`, counts(figure), figure.why === undefined ? '' : esc(figure.why)].filter((part) => part !== '').join(' · ')}</div>${goal === null ? '' : `<div class="verdict">${verdict} · ${esc(goal.text)}</div>`}</div>`;
  }).join('')}</div>`;
}

/** Every figure with its counts, interval and what else is known about it. */
export function figureTables(result: Score): string {
  const groups = ['found', 'harm', 'use', 'baseline'] as const;
  return section(
    'figures',
    { zh: '全部数字', en: 'All figures' },
    groups
      .map((group) => {
        const rows = FIGURES.filter((name) => FIGURE_WORDS[name].group === group).map((name) => {
          const words = FIGURE_WORDS[name];
          const figure = result.figures[name];
          const goal = goalOf(name, result);
          return [
            `${both(words.name)}<br><code>${name}</code>`,
            `<td class="n"><b>${shown(figure.value, words)}</b></td>`,
            `<td class="n">${interval(figure, words)}</td>`,
            `<td class="n">${counts(figure)}</td>`,
            `<td class="n">${goal === null ? '' : `<span class="${goal.met === true ? 'good' : goal.met === false ? 'bad' : 'none'}">${esc(goal.text)}</span>`}</td>`,
            `${figure.why === undefined ? '' : `${esc(figure.why)}. `}<span class="none">${more(figure)}</span>`,
          ];
        });
        const head = ['指标 Figure', '值 Value', '95 %', '计数 Counts', '目标 Goal', '说明 More'];
        return `<h3>${both(GROUP_WORDS[group])}</h3>${table(head, rows)}`;
      })
      .join(''),
    {
      zh: '定义见 docs/scoring.md。比例用 Wilson 区间；准确率和找回率对机构做自助抽样。',
      en: 'Definitions: docs/scoring.md. Wilson intervals for shares; clinics are drawn for precision and recall.',
    },
  );
}

function more(figure: Figure): string {
  return Object.entries(figure.more ?? {})
    .filter(([name]) => !['unit', 'seed', 'casesWilson', 'verdicts'].includes(name))
    .map(([name, value]) => `${esc(name)} ${esc(plain(value))}`)
    .join(' · ');
}

const plain = (value: unknown): string => {
  if (typeof value === 'number') return String(Math.round(value * 1e4) / 1e4);
  if (Array.isArray(value)) return value.map(plain).join('–');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${plain(inner)}`)
      .join(', ');
  return String(value);
};
