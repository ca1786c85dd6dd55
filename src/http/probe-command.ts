import { writeFile } from 'node:fs/promises';
import { onvifClock } from '../devices/onvif/onvif.ts';
import { findFacesWith } from '../devices/probe/look.ts';
import { type CameraProbe, probeCamera } from '../devices/probe/probe.ts';
import { encodeJpeg } from '../media/still.ts';
import { toRgb } from '../media/yuv.ts';
import { systemClock } from '../platform/clock.ts';
import { loadConfig } from '../platform/config.ts';
import { DomainError } from '../platform/errors.ts';
import { openFaces, openMedia } from '../vision/open-vision.ts';

/** `claimsight camera probe`: of somebody at the machine, who may name any place and files too. */
export async function runCameraProbe(options: {
  readonly url: string;
  readonly transport?: string;
  readonly seconds?: number;
  readonly picture?: string;
}): Promise<CameraProbe & { readonly pictureFile: string | null }> {
  const { transport } = options;
  if (transport !== undefined && transport !== 'tcp' && transport !== 'udp')
    throw new DomainError('invalid_input', `there is no transport ${transport}`, { remedy: 'Take tcp or udp.' });
  const config = loadConfig(process.env);
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const tools = openMedia(config, progress);
  const faces = config.FACE_RECOGNITION ? await openFaces(config) : null;
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new DomainError('unavailable', 'interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const { probe, best } = await probeCamera({
      tools,
      clock: systemClock,
      url: options.url,
      guard: null,
      onvifClock,
      findFaces: faces === null ? null : findFacesWith(faces.analyzer),
      progress,
      signal: interrupted.signal,
      ...(transport === undefined ? {} : { transport }),
      ...(options.seconds === undefined ? {} : { seconds: options.seconds }),
    });
    for (const { ok, id, zh, en, remedy } of probe.checks) {
      progress(`${ok === null ? '?' : ok ? '✓' : '✗'} ${id}: ${zh} / ${en}`);
      if (ok !== true && remedy !== null) progress(`    → ${remedy.zh} / ${remedy.en}`);
    }
    const pictureFile = options.picture !== undefined && best !== null ? options.picture : null;
    if (pictureFile !== null && best !== null)
      await writeFile(pictureFile, await encodeJpeg(toRgb(best.image)), { mode: 0o600 });
    return { ...probe, pictureFile };
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await faces?.close();
  }
}
