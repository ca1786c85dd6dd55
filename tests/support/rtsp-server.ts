import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('./rtsp-server.py', import.meta.url));

/** Why there is no real RTSP server on this machine; null: there is one. */
export function rtspServerMissing(): string | null {
  const check = spawnSync(PYTHON, [
    '-c',
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer",
  ]);
  return check.status === 0
    ? null
    : 'needs: apt-get install -y --no-install-recommends gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-{base,good,bad}';
}

/** A real RTSP server that shows `file`; it goes on to the file's end for each client. */
export async function startRtspServer(
  file: string,
  codec: 'h264' | 'h265' = 'h264',
): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(PYTHON, [SCRIPT, file, codec], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `rtsp://127.0.0.1:${Number(chunk.toString())}/live`,
    stop: async () => {
      const over = once(child, 'exit');
      child.kill('SIGKILL');
      await over;
    },
  };
}
