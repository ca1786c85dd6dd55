import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { digestResponse, parseAuthWords } from '../../src/platform/digest-auth.ts';

export interface ScriptedRtsp {
  readonly port: number;
  /** How often somebody tried to log in. */
  readonly logins: number;
  stop(): Promise<void>;
}

/** An RTSP server that answers DESCRIBE as told and has no stream: for what goes wrong before the first picture. */
export async function startScriptedRtsp(options: {
  readonly login?: { readonly user: string; readonly password: string };
  /** Of DESCRIBE, once logged in. Default 404. */
  readonly status?: number;
  readonly headers?: readonly string[];
  /** Value of its Date header, asked at each answer. */
  readonly date?: () => string;
}): Promise<ScriptedRtsp> {
  const sockets = new Set<Socket>();
  let logins = 0;
  const challenge = { realm: 'IP Camera(12345)', nonce: 'a1b2c3', algorithm: 'MD5', qop: null } as const;

  const answer = (request: string): string => {
    const [first = '', ...lines] = request.split('\r\n');
    const [method = '', uri = ''] = first.split(' ');
    const header = (name: string): string | undefined =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim();
    const reply = (status: number, more: readonly string[] = []): string =>
      [
        `RTSP/1.0 ${status} ${status === 200 ? 'OK' : status === 401 ? 'Unauthorized' : 'Not Found'}`,
        `CSeq: ${header('cseq') ?? '0'}`,
        ...(options.date ? [`Date: ${options.date()}`] : []),
        ...more,
        '',
        '',
      ].join('\r\n');
    if (method === 'OPTIONS') return reply(200, ['Public: OPTIONS, DESCRIBE']);
    if (options.login) {
      const words = parseAuthWords(header('authorization') ?? '');
      if (words.has('response')) logins++;
      const { user: username, password } = options.login;
      const expected = digestResponse(challenge, { username, password, method, uri, nc: '', cnonce: '' });
      if (words.get('username') !== username || words.get('response') !== expected)
        return reply(401, [`WWW-Authenticate: Digest realm="${challenge.realm}", nonce="${challenge.nonce}"`]);
    }
    return reply(options.status ?? 404, options.headers);
  };

  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        socket.write(answer(text.slice(0, end)));
        text = text.slice(end + 4);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get logins() {
      return logins;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
