import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { type Fault, type FaultyCamera, HLS_FAULTS, noise } from './fault.ts';

const SHOWN = 4;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** HLS in real time from a folder of `.ts` pieces of `seconds` each, again and again. */
export async function startHlsCamera(folder: string, seconds: number): Promise<FaultyCamera> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const pieces = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const began = performance.now();
  let fault: Fault | null = null;
  let stale: string | null = null;
  const sockets = new Set<Socket>();
  const playlist = (): string => {
    const newest = Math.floor((performance.now() - began) / (seconds * 1000)) + SHOWN;
    const numbers = Array.from({ length: SHOWN }, (_, i) => newest - SHOWN + i);
    return [
      ...[
        '#EXTM3U',
        '#EXT-X-VERSION:3',
        `#EXT-X-TARGETDURATION:${Math.ceil(seconds)}`,
        `#EXT-X-MEDIA-SEQUENCE:${numbers[0]}`,
      ],
      ...numbers.flatMap((n) => [
        ...(n % pieces.length === 0 ? ['#EXT-X-DISCONTINUITY'] : []),
        `#EXTINF:${seconds.toFixed(3)},`,
        `piece-${n}.ts`,
      ]),
      '',
    ].join('\n');
  };
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    const end = (status: number, body: Buffer | string = '', headers = {}): void =>
      void response.writeHead(status, headers).end(body);
    const number = /piece-(\d+)\.ts/.exec(request.url ?? '')?.[1];
    const piece = number === undefined ? null : (pieces[Number(number) % pieces.length] ?? Buffer.alloc(0));
    switch (fault?.kind) {
      case 'silent':
        return;
      case 'missing':
        return end(404);
      case 'broken':
        return end(503);
      case 'empty':
        return end(200);
      case 'garbage':
        return end(200, noise(5_000, fault.dice));
      case 'page':
        return end(200, '<html>login</html>', { 'content-type': 'text/html' });
      case 'elsewhere':
        return end(200, '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/hostname\n');
    }
    if (piece === null) {
      stale = fault?.kind === 'stalePlaylist' ? (stale ?? playlist()) : null;
      return end(200, stale ?? playlist(), { 'content-type': 'application/vnd.apple.mpegurl' });
    }
    switch (fault?.kind) {
      case 'emptySegments':
        return end(200);
      case 'noSegments':
        return end(404);
      case 'cutSegments':
        return end(200, piece.subarray(0, Math.floor(piece.length * fault.dice)));
      case 'noiseSegments':
        return end(200, noise(piece.length, fault.dice));
    }
    end(200, piece, { 'content-type': 'video/mp2t' });
  });
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/live.m3u8`,
    faults: HLS_FAULTS,
    async play(next) {
      const before = fault;
      fault = next;
      if (next?.kind === 'refused') {
        for (const socket of sockets) socket.destroy();
        server.close();
        await sleep(20);
      } else if (before?.kind === 'refused' && !server.listening) {
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
      }
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
