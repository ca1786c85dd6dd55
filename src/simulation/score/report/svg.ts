import { esc } from './markup.ts';

export const COLOUR = {
  ink: '#1b2733',
  soft: '#5d6b7a',
  line: '#d9e0e7',
  good: '#0b7a75',
  bad: '#b3261e',
  warn: '#c98a00',
  accent: '#2457a6',
  pale: '#e8edf2',
} as const;

type Attributes = Readonly<Record<string, string | number>>;
const attributes = (values: Attributes): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? Math.round(value * 100) / 100 : esc(value)}"`)
    .join('');

export const shape = (name: string, values: Attributes, inner = ''): string =>
  inner === '' ? `<${name}${attributes(values)}/>` : `<${name}${attributes(values)}>${inner}</${name}>`;

export const rect = (
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  more: Attributes = {},
  title = '',
): string =>
  shape(
    'rect',
    { x, y, width: Math.max(0, width), height, fill, ...more },
    title === '' ? '' : `<title>${esc(title)}</title>`,
  );

export const line = (
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  stroke: string = COLOUR.line,
  more: Attributes = {},
): string => shape('line', { x1, y1, x2, y2, stroke, ...more });

export const text = (x: number, y: number, content: string, more: Attributes = {}): string =>
  shape('text', { x, y, 'font-size': 12, ...more }, esc(content));

export const drawing = (width: number, height: number, inner: string, title: string): string =>
  `<figure><svg viewBox="0 0 ${width} ${Math.ceil(height)}" role="img" aria-label="${esc(title)}">${inner}</svg></figure>`;

/** A line through an interval with ends. */
export const whisker = (x1: number, x2: number, y: number, stroke: string = COLOUR.ink): string =>
  line(x1, y, x2, y, stroke, { 'stroke-width': 1.4 }) +
  line(x1, y - 4, x1, y + 4, stroke, { 'stroke-width': 1.4 }) +
  line(x2, y - 4, x2, y + 4, stroke, { 'stroke-width': 1.4 });

export const legend = (items: readonly (readonly [colour: string, words: string])[]): string =>
  `<div class="legend">${items.map(([colour, words]) => `<span><i style="background:${colour}"></i>${esc(words)}</span>`).join('')}</div>`;
