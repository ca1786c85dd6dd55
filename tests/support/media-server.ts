import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../src/platform/ports.ts';

/** node-media-server in a process of its own (it has no clean stop), and `film` published to it by RTMP again and again. */
export async function startMediaServer(
  ffmpeg: string,
  film: string,
): Promise<{ rtmp: string; flv: string; stop(): Promise<void> }> {
  const [rtmp, http] = [await freePort(), await freePort()];
  const script = `
    import NodeMediaServer from ${JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve('node-media-server')).href)};
    const nms = new NodeMediaServer({ bind: '127.0.0.1', rtmp: { port: ${rtmp} }, http: { port: ${http} }, auth: { play: false, publish: false }, notify: {}, record: { path: '' }, static: {}, store: {} });
    nms.run();
    console.log('ready');`;
  // It keeps a store in its working directory.
  const home = await mkdtemp(join(tmpdir(), 'claimsight-nms-'));
  const server = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  const url = `rtmp://127.0.0.1:${rtmp}/live/cam`;
  const publisher = spawn(ffmpeg, [
    ...['-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', film, '-c', 'copy', '-f', 'flv', url],
  ]);
  const ended = async (child: typeof server | typeof publisher): Promise<void> => {
    const over = once(child, 'exit');
    child.kill('SIGKILL');
    await over;
  };
  return {
    rtmp: url,
    flv: `http://127.0.0.1:${http}/live/cam.flv`,
    stop: async () => {
      await ended(publisher);
      await ended(server);
      await rm(home, { recursive: true, force: true });
    },
  };
}
