import type { Bilingual } from '../../../review/words/bilingual.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML or SVG text. */
export const esc = (text: string | number): string => String(text).replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '');

/** Chinese first, English beside it. */
export const both = ({ zh, en }: Bilingual): string =>
  `<span class="zh" lang="zh">${esc(zh)}</span> <span class="en" lang="en">${esc(en)}</span>`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[], className = ''): string =>
  `<table class="${className}"><thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => (cell.startsWith('<td') ? cell : `<td>${cell}</td>`)).join('')}</tr>`)
    .join('')}</tbody></table>`;

export const section = (id: string, title: Bilingual, body: string, note?: Bilingual): string =>
  `<section id="${id}"><h2>${both(title)}</h2>${note ? `<p class="note">${both(note)}</p>` : ''}${body}</section>`;

export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;
export const yuan = (fen: number): string =>
  (fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
export const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
