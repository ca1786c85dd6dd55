import { VERDICTS } from '../outcome-table.ts';
import type { ScoreInput } from '../score-input.ts';
import { CAME } from '../truth-table.ts';
import { both, count, percent, table } from './markup.ts';
import { cameWords, reasonWords, schemeWords } from './words.ts';

/** What became of each sort of settlement: verdict and reason, as shares of the row. */
export function verdictTable({ truth, outcome }: ScoreInput): string {
  const rows = new Map<string, { words: string; total: number; cells: Map<string, number> }>();
  const columns = new Map<string, number>();
  for (let i = 0; i < truth.count; i++) {
    const fraud = truth.fraud[i] === 1;
    const scheme = truth.schemes[truth.scheme[i] ?? 0] ?? 'none';
    const came = CAME[truth.came[i] ?? 0] ?? 'unknown';
    const key = fraud ? `1 ${scheme}` : `0 ${came}`;
    const words = fraud ? schemeWords(scheme) : cameWords(came);
    let row = rows.get(key);
    if (!row) {
      row = {
        words: fraud ? both(words) : `${both({ zh: `诚实，${words.zh}`, en: `honest, ${words.en}` })}`,
        total: 0,
        cells: new Map(),
      };
      rows.set(key, row);
    }
    const column = `${VERDICTS[outcome.verdict[i] ?? 0] ?? 'none'} ${outcome.reasons[outcome.reason[i] ?? 0] ?? 'none'}`;
    row.total++;
    row.cells.set(column, (row.cells.get(column) ?? 0) + 1);
    columns.set(column, (columns.get(column) ?? 0) + 1);
  }
  const order = (column: string): number =>
    ['match', 'mismatch', 'cannot_tell', 'none'].indexOf(column.split(' ')[0] ?? '');
  const names = [...columns].toSorted(([a, n], [b, m]) => order(a) - order(b) || m - n).map(([name]) => name);
  const head = names.map((name) => {
    const [verdict = '', reason = ''] = name.split(' ');
    const words = verdict === 'none' ? { zh: '无判定', en: 'no verdict' } : reasonWords(reason);
    const colour = verdict === 'match' ? 'good' : verdict === 'mismatch' ? 'bad' : 'none';
    return `<span class="${colour}">${both(words)}</span>`;
  });
  const body = [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => [
      row.words,
      `<td class="n">${count(row.total)}</td>`,
      ...names.map((name) => {
        const share = (row.cells.get(name) ?? 0) / row.total;
        if (share === 0) return '<td></td>';
        const strength = Math.round(8 + share * 55);
        return `<td style="background:color-mix(in srgb, #2457a6 ${strength}%, white);${share > 0.6 ? 'color:#fff' : ''}">${percent(share, share < 0.1 ? 1 : 0)}</td>`;
      }),
    ]);
  return `<div class="scroll">${table(['真相 Truth', '笔数 n', ...head], body, 'heat')}</div>`;
}
