import { DomainError } from '../../platform/errors.ts';
import { hideSecretsOf } from '../../platform/log.ts';
import type { CameraGuard } from '../camera-guard.ts';
import { channelsOf, dataOf, devicesOf, type GatewayChannel, type GatewayKind, mediaOf } from './gateway.ts';

/** A gateway's REST API, as far as connecting cameras needs it. Another kind of gateway needs only this shape. */
export interface GatewayClient {
  /** All channels that it knows. @throws DomainError `source_unavailable` with a remedy */
  channels(): Promise<GatewayChannel[]>;
  /** Asks it to fetch a channel's stream now. @throws DomainError `source_unavailable` when it cannot */
  play(channel: Pick<GatewayChannel, 'deviceId' | 'channelId'>): Promise<void>;
}

const CALL_MS = 8_000;
const MOST_BYTES = 8 * 1024 * 1024;
const PAGE = 100;
const MOST_PAGES = 200;

export function createGatewayClient(options: {
  readonly kind: GatewayKind;
  /** Root of its REST API, without log-in. */
  readonly url: string;
  readonly secret: string;
  readonly guard: CameraGuard;
}): GatewayClient {
  const { kind, secret, guard } = options;

  const ask = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const { url: pinned, address } = await guard.check(options.url);
    const url = new URL(`${pinned.replace(/\/$/, '')}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    if (kind === 'zlm') url.searchParams.set('secret', secret);
    const failed = (said: string, remedy: string): never => {
      throw new DomainError('source_unavailable', hideSecretsOf(url.href)(said).replaceAll(secret, '***'), { remedy });
    };
    let text: string;
    try {
      const answer = await fetch(url, {
        // Elsewhere is nowhere: a gateway that sends us on could send us anywhere.
        redirect: 'error',
        signal: AbortSignal.timeout(CALL_MS),
        headers: {
          accept: 'application/json',
          host: `${address.host}:${address.port}`,
          ...(kind === 'wvp' ? { 'api-key': secret } : {}),
        },
      });
      if (answer.status === 401 || answer.status === 403)
        return failed('网关密钥错误 / the gateway refused the key', '重新填写密钥 / write its key again');
      if (!answer.ok)
        return failed(
          `网关应答 ${answer.status} / the gateway answered ${answer.status}`,
          '检查地址 / check its address',
        );
      text = await textOf(answer);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      const late = error instanceof Error && error.name === 'TimeoutError';
      return failed(
        late ? '网关没有应答 / the gateway did not answer in time' : '无法连接网关 / the gateway cannot be reached',
        '检查地址、端口、防火墙和网关服务 / check address, port, firewall and that it runs',
      );
    }
    try {
      return dataOf(JSON.parse(text));
    } catch (error) {
      if (error instanceof DomainError) throw error;
      return failed('网关的应答不是 JSON / the gateway answered no JSON', '检查地址 / check its address');
    }
  };

  const pages = async <Row>(
    path: string,
    read: (data: unknown) => { rows: readonly Row[]; total: number | null },
  ): Promise<Row[]> => {
    const all: Row[] = [];
    for (let page = 1; page <= MOST_PAGES; page++) {
      const { rows, total } = read(await ask(path, { page: String(page), count: String(PAGE) }));
      all.push(...rows);
      if (rows.length < PAGE || (total !== null && all.length >= total)) break;
    }
    return all;
  };

  if (kind === 'zlm') {
    return {
      channels: async () => mediaOf(await ask('/index/api/getMediaList', { app: 'rtp' })),
      play: async ({ deviceId, channelId }) => {
        const stream = deviceId === channelId ? channelId : `${deviceId}_${channelId}`;
        const here = mediaOf(await ask('/index/api/getMediaList', { app: 'rtp', stream }));
        if (here.length === 0)
          throw new DomainError('source_unavailable', '网关上没有该流 / the gateway has no such stream', {
            remedy:
              '由信令平台（WVP）点播，或检查设备是否在线 / let the signalling platform (WVP) fetch it, or check the device',
          });
      },
    };
  }
  return {
    async channels() {
      const devices = await pages('/api/device/query/devices', devicesOf);
      const found: GatewayChannel[] = [];
      for (const device of devices) {
        const path = `/api/device/query/devices/${encodeURIComponent(device.deviceId)}/channels`;
        found.push(...(await pages(path, (data) => channelsOf(data, device))));
      }
      return found;
    },
    play: async ({ deviceId, channelId }) => {
      await ask(`/api/play/start/${encodeURIComponent(deviceId)}/${encodeURIComponent(channelId)}`);
    },
  };
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > MOST_BYTES) throw new Error('too large');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
