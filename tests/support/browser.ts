import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Chromium of this machine: CHROMIUM_PATH, else one on the PATH; null when there is none. */
function systemChromium(): string | null {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH !== undefined && CHROMIUM_PATH !== '') return CHROMIUM_PATH;
  const candidates = PATH.split(delimiter).flatMap((dir) => SYSTEM_NAMES.map((name) => join(dir, name)));
  return candidates.find(isExecutable) ?? null;
}

/** A real Chromium without a window: this machine's own, else the one that npm brought (@sparticuz/chromium). */
export async function launchBrowser(): Promise<Browser> {
  const system = systemChromium();
  if (system !== null) return chromium.launch({ executablePath: system, args: ['--no-sandbox'] });
  const { default: packaged } = await import('@sparticuz/chromium');
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    // In one process, closing one page would end the browser.
    args: packaged.args.filter((argument) => argument !== '--single-process'),
  });
}
