import { connect, createServer, type Socket } from 'node:net';
import { type Fault, type FaultyCamera, noise, PROXY_FAULTS } from './fault.ts';
import { openDoor } from './listening.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const STATUS: Readonly<Record<string, string>> = {
  login: '401 Unauthorized',
  missing: '404 Not Found',
  broken: '503 Service Unavailable',
};

/** A wire to a real server (RTSP over TCP, RTMP) that does to its bytes what faulty cameras and networks do. */
export async function startProxyCamera(behind: string): Promise<FaultyCamera> {
  const target = new URL(behind);
  let fault: Fault | null = null;
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    return socket;
  };
  const rtsp = target.protocol === 'rtsp:';

  const server = createServer((client) => {
    track(client);
    const at = fault;
    if (at?.kind === 'silent' || at?.kind === 'stall') return;
    if (at?.kind === 'empty') return void client.end();
    if (at?.kind === 'garbage') {
      client.write(noise(100 + Math.floor(100_000 * at.dice), at.dice));
      setTimeout(() => client.destroy(), 300);
      return;
    }
    const status = at && STATUS[at.kind];
    if (status) {
      if (!rtsp) return void client.destroy();
      client.on('data', (chunk: Buffer) => {
        const cseq = /CSeq: (\d+)/i.exec(chunk.toString('latin1'))?.[1] ?? '1';
        const ask = at.kind === 'login' ? 'WWW-Authenticate: Digest realm="camera", nonce="abc"\r\n' : '';
        client.write(`RTSP/1.0 ${status}\r\nCSeq: ${cseq}\r\n${ask}\r\n`);
      });
      return;
    }
    const upstream = track(connect({ host: target.hostname, port: Number(target.port) }));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (chunk) => void upstream.write(chunk));
    let dead = false;
    const pump = async (): Promise<void> => {
      for await (const chunk of upstream as AsyncIterable<Buffer>) {
        if (dead) continue;
        const now = fault;
        if (now?.kind === 'stall' || now?.kind === 'silent') {
          dead = true;
          continue;
        }
        if (now?.kind === 'cut') {
          client.write(chunk.subarray(0, 1 + Math.floor(now.dice * (chunk.length - 1))));
          await sleep(20);
          client.destroy();
          return;
        }
        while (fault?.kind === 'freeze') await sleep(50);
        if (now?.kind === 'noise') client.write(noise(chunk.length, now.dice));
        else if (now?.kind === 'drip') {
          client.write(chunk.subarray(0, 1));
          dead = true;
        } else client.write(chunk);
      }
    };
    pump().catch(() => undefined);
  });
  const door = await openDoor({
    server,
    sockets,
    breaks: new Set(['refused', 'login', 'missing', 'broken', 'empty', 'garbage']),
  });
  return {
    url: behind.replace(target.host, `127.0.0.1:${door.port}`),
    faults: PROXY_FAULTS,
    async play(next) {
      const before = fault;
      fault = next;
      await door.play(before, next);
    },
    async stop() {
      door.close();
    },
  };
}
