import { accessSync, chmodSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { DomainError } from '../../platform/errors.ts';
import { redactUrl } from '../../platform/log.ts';

/** An ffmpeg on this machine. */
export interface FfmpegBinary {
  readonly path: string;
  readonly origin: 'FFMPEG_PATH' | 'PATH' | 'npm';
  /** The npm package carries a build of 2018: its decoders must not face a camera network. Files and loopback only. */
  readonly localOnly: boolean;
  /** What an operator should be told once, at start. */
  readonly warning?: string;
}

const INSTALL_REMEDY =
  'Install a maintained ffmpeg (Debian: apt-get install -y ffmpeg) or name one in FFMPEG_PATH; then start again.';

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

function npmBinary(): string | undefined {
  try {
    const found = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string };
    // An installation that skips packages' scripts leaves the file without its executable bit.
    if (!isExecutable(found.path)) chmodSync(found.path, 0o755);
    return found.path;
  } catch {
    return undefined;
  }
}

/**
 * Finds ffmpeg: FFMPEG_PATH, then the PATH, then the npm package's build (files and loopback only, with a warning).
 * @throws DomainError `config_invalid` when FFMPEG_PATH names no program, or there is no ffmpeg at all
 */
export function locateFfmpeg(
  env: { readonly FFMPEG_PATH?: string | undefined; readonly PATH?: string | undefined },
  probe: { readonly isExecutable: (path: string) => boolean; readonly npmBinary: () => string | undefined } = {
    isExecutable,
    npmBinary,
  },
): FfmpegBinary {
  if (env.FFMPEG_PATH) {
    if (probe.isExecutable(env.FFMPEG_PATH)) return { path: env.FFMPEG_PATH, origin: 'FFMPEG_PATH', localOnly: false };
    throw new DomainError('config_invalid', `FFMPEG_PATH is ${env.FFMPEG_PATH}, which is no program`, {
      remedy: 'Correct FFMPEG_PATH, or unset it to use the ffmpeg of the PATH.',
    });
  }
  for (const dir of (env.PATH ?? '').split(delimiter)) {
    const path = join(dir, process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg');
    if (dir !== '' && probe.isExecutable(path)) return { path, origin: 'PATH', localOnly: false };
  }
  const npm = probe.npmBinary();
  if (npm !== undefined) {
    return {
      path: npm,
      origin: 'npm',
      localOnly: true,
      warning: `no ffmpeg on the PATH: using the build of 2018 from the npm package, for files and this machine only. ${INSTALL_REMEDY}`,
    };
  }
  throw new DomainError('config_invalid', 'there is no ffmpeg on this machine', { remedy: INSTALL_REMEDY });
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/**
 * @throws DomainError `config_invalid` when `binary` is the old build of the npm package and `url` is on a network
 */
export function assertMayOpen(binary: FfmpegBinary, url: string): void {
  if (!binary.localOnly) return;
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(url);
  if (!match || /^file$/i.test(match[1] ?? '')) return;
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  if (LOOPBACK.test(host)) return;
  throw new DomainError(
    'config_invalid',
    `${redactUrl(url)} may not be opened with the ffmpeg of 2018 from the npm package`,
    {
      remedy: INSTALL_REMEDY,
    },
  );
}
