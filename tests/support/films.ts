import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { locateFfmpeg } from '../../src/media/ffmpeg/locate.ts';

const run = promisify(execFile);
const ffmpeg = (...args: readonly string[]): Promise<unknown> =>
  run(locateFfmpeg(process.env).path, ['-y', '-v', 'error', '-nostdin', ...args], { maxBuffer: 1e7 });

/** A test picture with noise, a keyframe every two seconds, as cameras send it. */
export async function makeFilm(
  path: string,
  film: { readonly codec?: 'h264' | 'h265'; readonly size?: string; readonly seconds: number },
): Promise<string> {
  const { codec = 'h264', size = '320x180', seconds } = film;
  const x265 = [
    '-c:v',
    'libx265',
    '-x265-params',
    'keyint=20:min-keyint=20:scenecut=0:bframes=0:log-level=none',
    '-tag:v',
    'hvc1',
  ];
  const x264 = ['-c:v', 'libx264', '-bf', '0', '-g', '20', '-sc_threshold', '0'];
  await ffmpeg(
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=10,noise=alls=4:allf=t`, '-t', String(seconds)],
    ...(codec === 'h265' ? x265 : x264),
    ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path],
  );
  return path;
}

/** The film again and again, for `seconds`, without encoding it anew. */
export async function prolong(film: string, path: string, seconds: number): Promise<string> {
  await ffmpeg('-stream_loop', '-1', '-i', film, '-t', String(seconds), '-c', 'copy', path);
  return path;
}

export async function toFlv(film: string, path: string): Promise<string> {
  await ffmpeg('-i', film, '-c', 'copy', path);
  return path;
}

/** Pieces of two seconds in MPEG-TS. */
export async function toPieces(film: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await ffmpeg(
    '-i',
    film,
    '-c',
    'copy',
    '-f',
    'segment',
    '-segment_time',
    '2',
    '-reset_timestamps',
    '0',
    join(folder, '%04d.ts'),
  );
  return folder;
}
