import { describe, expect, it } from 'vitest';
import { containerFor, frameOutput, inputOf, segmentOutput } from '../../../src/media/ffmpeg/arguments.ts';
import { lastWords, sourceFailure } from '../../../src/media/ffmpeg/failure.ts';
import { assertMayOpen, type FfmpegBinary, locateFfmpeg } from '../../../src/media/ffmpeg/locate.ts';
import { fitWithin, parseProbe } from '../../../src/media/ffmpeg/probe-output.ts';
import { DomainError } from '../../../src/platform/errors.ts';

describe('which ffmpeg is used', () => {
  const there = (paths: readonly string[]) => ({
    isExecutable: (path: string) => paths.includes(path),
    npmBinary: () => '/npm/ffmpeg',
  });

  it('takes FFMPEG_PATH before the PATH, the PATH before the npm build', () => {
    const all = there(['/opt/ffmpeg', '/usr/bin/ffmpeg']);
    expect(locateFfmpeg({ FFMPEG_PATH: '/opt/ffmpeg', PATH: '/usr/bin' }, all)).toMatchObject({
      path: '/opt/ffmpeg',
      localOnly: false,
    });
    expect(locateFfmpeg({ PATH: '/bin:/usr/bin' }, all)).toMatchObject({ path: '/usr/bin/ffmpeg', localOnly: false });
    const fallback = locateFfmpeg({ PATH: '/bin' }, all);
    expect(fallback).toMatchObject({ path: '/npm/ffmpeg', localOnly: true });
    expect(fallback.warning).toContain('apt-get install');
  });

  it('does not fall back silently when FFMPEG_PATH is wrong', () => {
    expect(() => locateFfmpeg({ FFMPEG_PATH: '/gone', PATH: '/usr/bin' }, there(['/usr/bin/ffmpeg']))).toThrow(
      DomainError,
    );
  });

  it('keeps the old npm build away from networks, whatever the address looks like', () => {
    const old: FfmpegBinary = { path: '/npm/ffmpeg', origin: 'npm', localOnly: true };
    for (const url of [
      'rtsp://10.1.2.3/live',
      'http://localhost.evil.example/a.flv',
      'rtsp://127.0.0.1@10.1.1.1/x',
      'rtmp://[2001:db8::1]/x',
    ]) {
      expect(() => assertMayOpen(old, url), url).toThrow(/2018/);
    }
    for (const url of ['file:/a/b.mp4', '/a/b.mp4', 'rtsp://127.0.0.1:8554/x', 'http://localhost:8000/a.flv']) {
      expect(() => assertMayOpen(old, url), url).not.toThrow();
    }
    expect(() => assertMayOpen({ ...old, localOnly: false }, 'rtsp://10.1.2.3/live')).not.toThrow();
  });
});

describe('arguments', () => {
  it('let a playlist open nothing but its own kind of source', () => {
    expect(inputOf('file:/a.m3u8').before).toEqual(expect.arrayContaining(['-protocol_whitelist', 'file']));
    const http = inputOf('http://camera/live.m3u8').before;
    expect(http[http.indexOf('-protocol_whitelist') + 1]).not.toContain('file');
  });

  it('choose the RTSP transport, and seek before the input so that it is fast', () => {
    expect(inputOf('rtsp://c/1').before.join(' ')).toContain('-rtsp_transport tcp');
    expect(inputOf('rtsp://c/1', { transport: 'udp' }).before.join(' ')).toContain('-rtsp_transport udp');
    expect(inputOf('file:/a.mp4', { seekSeconds: 2.5, keyframesOnly: true }).before.slice(-4)).toEqual([
      '-skip_frame',
      'nokey',
      '-ss',
      '2.500',
    ]);
  });

  it('keep every frame of one size, and square pixels square', () => {
    const plain = frameOutput({ size: { width: 640, height: 360 }, fps: 4, sampling: 'grid', pixelAspect: 1 });
    expect(plain.options.join(' ')).toContain(
      'fps=fps=4:start_time=0,scale=640:360:force_original_aspect_ratio=decrease,pad=640:360',
    );
    const anamorphic = frameOutput({
      size: { width: 768, height: 576 },
      fps: 4,
      sampling: 'grid',
      pixelAspect: 12 / 11,
    });
    expect(anamorphic.options.join(' ')).toContain('scale=trunc(iw*1.09091/2)*2:ih');
  });

  it('keep what MP4 cannot hold in Matroska', () => {
    expect(containerFor('h264')).toBe('mp4');
    expect(containerFor('vp8')).toBe('matroska');
    expect(segmentOutput({ directory: '/ring', seconds: 10, container: 'matroska' }).options.join(' ')).not.toContain(
      'movflags',
    );
  });
});

const PORTRAIT_LOG = `Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'a.mp4':
  Duration: 00:01:02.13, start: 0.000000, bitrate: 1216 kb/s
  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709, progressive), 1280x720 [SAR 1:1 DAR 16:9], 1212 kb/s, 29.97 fps, 30 tbr, 15360 tbn (default)
    Side data:
      displaymatrix: rotation of -90.00 degrees
Output #0, null, to 'pipe:':
  Stream #0:0(und): Video: wrapped_avframe, yuv420p(tv, bt709, progressive), 720x1280 [SAR 1:1 DAR 9:16], q=2-31, 200 kb/s, 29.97 fps, 15 tbn (default)
frame=    1 fps=0.0 q=-0.0 Lsize=N/A time=00:00:00.06 bitrate=N/A speed=6.43x
`;

describe('what a source is', () => {
  it('reads size as it stands upright, length, rate and colours', () => {
    expect(parseProbe(PORTRAIT_LOG)).toEqual({
      format: 'mov,mp4,m4a,3gp,3g2,mj2',
      codec: 'h264',
      width: 720,
      height: 1280,
      pixelAspect: 1,
      fps: 29.97,
      durationMs: 62_130,
      firstMs: 0,
      matrix: 'bt709',
    });
  });

  it('reads the format of 2018, a stream without length, and pixels that are not square', () => {
    const log = `Input #0, rtsp, from 'rtsp://x':
  Duration: N/A, start: 0.2, bitrate: N/A
    Stream #0:0: Video: hevc (Main), yuv420p(tv), 704x576 [SAR 12:11 DAR 4:3], 25 tbr, 90k tbn, 180k tbc
Output #0, null, to 'pipe:':
    Stream #0:0: Video: wrapped_avframe, yuv420p, 704x576 [SAR 12:11 DAR 4:3], q=2-31, 200 kb/s, 25 fps, 25 tbn, 25 tbc
frame=    1 fps=0.0 q=-0.0 Lsize=N/A time=00:00:00.04`;
    expect(parseProbe(log)).toMatchObject({
      codec: 'hevc',
      width: 768,
      height: 576,
      durationMs: null,
      fps: 25,
      matrix: 'bt601',
    });
  });

  it('is nothing when no frame was decoded', () => {
    expect(parseProbe('a.mp4: No such file or directory')).toBeNull();
    expect(parseProbe(PORTRAIT_LOG.replace('frame=    1', 'frame=    0'))).toBeNull();
  });

  it('fits sizes into the limit, even, upright ones upright, and enlarges nothing', () => {
    const limit = { width: 1280, height: 720 };
    expect(fitWithin({ width: 3840, height: 2160 }, limit)).toEqual({ width: 1280, height: 720 });
    expect(fitWithin({ width: 1080, height: 1920 }, limit)).toEqual({ width: 720, height: 1280 });
    expect(fitWithin({ width: 641, height: 361 }, limit)).toEqual({ width: 642, height: 362 });
    expect(fitWithin({ width: 5000, height: 20 }, limit)).toEqual({ width: 1280, height: 16 });
  });
});

describe('failures', () => {
  it('never tell a password', () => {
    const error = sourceFailure('rtsp://admin:s3cret@10.0.0.9/1?token=abc', [
      'rtsp://admin:s3cret@10.0.0.9/1: 401 Unauthorized',
    ]);
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/s3cret|abc/);
    expect(error.details.remedy).toContain('percent-encoded');
  });

  it('keep the words that matter', () => {
    expect(lastWords(['Opening', 'frame=  1 fps', 'Broken pipe', ''])).toBe('Opening · Broken pipe');
  });
});
