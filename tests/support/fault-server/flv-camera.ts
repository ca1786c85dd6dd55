import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CONNECT_FAULTS, type Fault, type FaultyCamera, noise, STREAM_FAULTS } from './fault.ts';
import { openDoor } from './listening.ts';

interface Tag {
  readonly at: number;
  readonly bytes: Buffer;
  readonly setup: boolean;
  readonly keyframe: boolean;
}

/** An FLV file as its parts. */
function tagsOf(file: Buffer): Tag[] {
  const tags: Tag[] = [];
  for (let at = 13; at + 15 <= file.length; ) {
    const length = file.readUIntBE(at + 1, 3) + 15;
    const bytes = file.subarray(at, at + length);
    const video = bytes[0] === 9;
    const setup = bytes[0] === 18 || (video && bytes[12] === 0);
    if (video || setup)
      tags.push({
        at: bytes.readUIntBE(4, 3) + (bytes[7] ?? 0) * 2 ** 24,
        bytes,
        setup,
        keyframe: video && !setup && (bytes[11] ?? 0) >> 4 === 1,
      });
    at += length;
  }
  return tags;
}

const stamped = ({ bytes }: Tag, ms: number): Buffer => {
  const out = Buffer.from(bytes);
  const at = Math.max(0, Math.round(ms)) % 2 ** 31;
  out.writeUIntBE(at & 0xff_ff_ff, 4, 3);
  out[7] = at >>> 24;
  return out;
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** HTTP-FLV in real time, `film` again and again; `other` has another size. */
export async function startFlvCamera(film: string, other: string): Promise<FaultyCamera> {
  const [header, usual, resized] = [
    (await readFile(film)).subarray(0, 13),
    tagsOf(await readFile(film)),
    tagsOf(await readFile(other)),
  ];
  const lengthMs = (usual.at(-1)?.at ?? 0) + 100;
  let fault: Fault | null = null;
  const sockets = new Set<Socket>();
  let over = false;

  const stream = async (response: ServerResponse): Promise<void> => {
    const { socket } = response;
    if (!socket) return;
    const began = performance.now();
    response.writeHead(200, { 'content-type': 'video/x-flv' });
    response.write(header);
    for (const tag of usual) if (tag.setup) response.write(stamped(tag, 0));
    let tags = usual;
    let shift = 0;
    for (let base = 0; !over && !socket.destroyed; ) {
      let leftAt: number | null = null;
      for (const tag of tags.filter(({ setup }) => !setup)) {
        const due = base + tag.at;
        while (!over && !socket.destroyed && performance.now() - began < due) await sleep(20);
        if (over || socket.destroyed) return;
        const now = fault;
        let bytes = stamped(tag, due + shift);
        if (now?.kind === 'cut') {
          response.write(bytes.subarray(0, 1 + Math.floor(now.dice * (bytes.length - 1))));
          setTimeout(() => socket.destroy(), 20);
          return;
        }
        if (now?.kind === 'stall' || now?.kind === 'silent') return; // held open for ever, and not a byte more
        while (fault?.kind === 'freeze') await sleep(50);
        if (now?.kind === 'noise') bytes = noise(bytes.length, now.dice);
        if (now?.kind === 'jump') {
          shift = 3_600_000 * (1 + Math.floor(20 * now.dice));
          bytes = stamped(tag, due + shift);
        }
        if (now?.kind === 'back') bytes = stamped(tag, Math.max(0, due - 30_000 * now.dice - 1_000));
        if (now?.kind === 'backwards') bytes = stamped(tag, 7_200_000 - due);
        if (now?.kind === 'stuck') bytes = stamped(tag, 1_000);
        const wanted = now?.kind === 'resize' ? resized : usual;
        if (wanted !== tags && tag.keyframe) {
          for (const setup of wanted) if (setup.setup) response.write(stamped(setup, due + shift));
          tags = wanted;
          leftAt = due;
          break; // the other film begins with a keyframe
        }
        response.write(bytes);
      }
      base = leftAt ?? base + lengthMs;
    }
  };

  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    const end = (status: number, body: Buffer | string = '', headers = {}): void =>
      void response.writeHead(status, { connection: 'close', ...headers }).end(body);
    switch (fault?.kind) {
      case 'silent':
      case 'stall':
        return;
      case 'login':
        return end(401, '', { 'www-authenticate': 'Basic realm="camera"' });
      case 'forbidden':
        return end(403);
      case 'missing':
        return end(404);
      case 'broken':
        return end(500 + Math.floor(4 * fault.dice));
      case 'empty':
        return end(200);
      case 'garbage':
        return end(200, noise(200 + Math.floor(200_000 * fault.dice), fault.dice), { 'content-type': 'video/x-flv' });
      case 'page':
        return end(200, '<html><body>login</body></html>', { 'content-type': 'text/html' });
      case 'elsewhere':
        return end(302, '', {
          location: fault.dice < 0.5 ? 'file:///etc/hostname' : `http://${request.headers.host}/again`,
        });
      case 'drip': {
        response.writeHead(200, { 'content-type': 'video/x-flv' });
        const drip = setInterval(
          () => (response.destroyed ? clearInterval(drip) : response.write(header.subarray(0, 1))),
          500,
        );
        return;
      }
      default:
        void stream(response);
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
  });
  const door = await openDoor({
    server,
    sockets,
    breaks: new Set(CONNECT_FAULTS.filter((kind) => kind !== 'silent')),
  });
  return {
    url: `http://127.0.0.1:${door.port}/live.flv`,
    faults: [...CONNECT_FAULTS, ...STREAM_FAULTS],
    async play(next) {
      const before = fault;
      fault = next;
      await door.play(before, next);
    },
    async stop() {
      over = true;
      door.close();
    },
  };
}
