import type { CameraPreset } from './presets.ts';

/**
 * The address of a camera's main stream, where `url` is a brand's sub-stream by its template: same log-in, same channel. Null:
 * no template fits, or it is the main stream already.
 */
export function mainStreamOf(presets: readonly CameraPreset[], url: string): string | null {
  const match = /^(rtsps?:\/\/[^/]+)(\/.*)$/i.exec(url);
  const [, host = '', path = ''] = match ?? [];
  for (const { main, sub } of presets) {
    if (main === null || sub === null) continue;
    const channel = channelOf(sub, path);
    if (channel === null) continue;
    const other = main
      .replaceAll('{channel}', String(channel))
      .replaceAll('{track}', String(channel * 100 + MAIN_TRACK));
    if (other !== path) return host + other;
  }
  return null;
}

const MAIN_TRACK = 1;
const SUB_TRACK = 2;

/** The channel for which a sub-stream's template makes this path; null: it does not. */
function channelOf(template: string, path: string): number | null {
  const escaped = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  const pattern = escaped.replaceAll('{channel}', '(\\d{1,3})').replaceAll('{track}', '(\\d{3,5})');
  const found = new RegExp(`^${pattern}$`).exec(path);
  if (found === null) return null;
  if (found[1] === undefined) return 1;
  const number = Number(found[1]);
  if (!template.includes('{track}')) return number;
  return number % 100 === SUB_TRACK ? Math.floor(number / 100) : null;
}
