import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { DomainError } from '../../platform/errors.ts';

/** Pure: what media gateways that speak GB/T 28181 for us say (ZLMediaKit, WVP). */

export type GatewayKind = 'wvp' | 'zlm';

/** A channel as a gateway knows it. */
export interface GatewayChannel {
  readonly deviceId: string;
  readonly channelId: string;
  readonly name: string;
  /** Null: it does not say. */
  readonly online: boolean | null;
}

export const DEFAULT_TEMPLATE = 'rtsp://{host}:554/rtp/{device}_{channel}';

/** The stream's address at a gateway. */
export const streamUrlOf = (
  template: string,
  gatewayHost: string,
  channel: Pick<GatewayChannel, 'deviceId' | 'channelId'>,
): string =>
  template
    .replaceAll('{host}', gatewayHost.includes(':') ? `[${gatewayHost}]` : gatewayHost)
    .replaceAll('{device}', encodeURIComponent(channel.deviceId))
    .replaceAll('{channel}', encodeURIComponent(channel.channelId));

const Id = Type.Union([Type.String(), Type.Number()]);
const Envelope = Type.Object({
  code: Type.Union([Type.Number(), Type.String()]),
  msg: Type.Optional(Type.Unknown()),
  data: Type.Optional(Type.Unknown()),
});
const Listed = Type.Object({ list: Type.Array(Type.Unknown()), total: Type.Optional(Type.Number()) });
const Device = Type.Object({
  deviceId: Id,
  name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  onLine: Type.Optional(Type.Unknown()),
  online: Type.Optional(Type.Unknown()),
});
const Channel = Type.Object({
  channelId: Type.Optional(Id),
  deviceId: Type.Optional(Id),
  gbDeviceId: Type.Optional(Type.Union([Id, Type.Null()])),
  name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  status: Type.Optional(Type.Unknown()),
  online: Type.Optional(Type.Unknown()),
});
const Media = Type.Object({ app: Type.String(), stream: Type.String(), schema: Type.Optional(Type.String()) });

/** The data of an answer. @throws DomainError `source_unavailable` when the gateway refused or spoke otherwise */
export function dataOf(answer: unknown): unknown {
  if (!Value.Check(Envelope, answer))
    throw new DomainError('source_unavailable', '网关的应答不是所期待的格式 / the gateway answered in another form', {
      remedy: '检查地址和类型（wvp 或 zlm） / check its address and kind (wvp or zlm)',
    });
  if (Number(answer.code) === 0) return answer.data ?? null;
  const login = Number(answer.code) === 401 || Number(answer.code) === -100;
  throw new DomainError(
    'source_unavailable',
    login
      ? '网关密钥错误 / the gateway refused the key'
      : `网关拒绝（代码 ${answer.code}） / the gateway refused (code ${answer.code})`,
    { remedy: login ? '重新填写密钥 / write its key again' : '查看网关日志 / look at the gateway’s log' },
  );
}

const ON = /^(on|online|true|1)$/i;
const OFF = /^(off|offline|false|0|vlost|defect)$/i;
/** What a gateway says of a state as text, number or yes/no; whatever else stands there says nothing. */
const onlineOf = (...values: readonly unknown[]): boolean | null => {
  for (const value of values) {
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') continue;
    const said = String(value);
    if (ON.test(said)) return true;
    if (OFF.test(said)) return false;
  }
  return null;
};

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** How many there are on all pages; null: it does not say. */
  readonly total: number | null;
}

const listOf = (data: unknown): ListPage<unknown> =>
  Value.Check(Listed, data)
    ? { rows: data.list, total: data.total ?? null }
    : { rows: Array.isArray(data) ? data : [], total: null };

export const devicesOf = (
  data: unknown,
): ListPage<{ readonly deviceId: string; readonly name: string; readonly online: boolean | null }> => {
  const { rows, total } = listOf(data);
  return {
    total,
    rows: rows.flatMap((row) =>
      Value.Check(Device, row)
        ? [
            {
              deviceId: String(row.deviceId),
              name: row.name ?? String(row.deviceId),
              online: onlineOf(row.onLine, row.online),
            },
          ]
        : [],
    ),
  };
};

/** Channels of a device; of one that is offline none is online, whatever was said of them last. */
export const channelsOf = (
  data: unknown,
  device: { readonly deviceId: string; readonly online: boolean | null },
): ListPage<GatewayChannel> => {
  const { rows, total } = listOf(data);
  return {
    total,
    rows: rows.flatMap((row) => {
      if (!Value.Check(Channel, row)) return [];
      // WVP before 2.7.3 calls the channel channelId; later ones call the device's number in deviceId and the channel's in gbDeviceId.
      const channelId = String(row.channelId ?? row.gbDeviceId ?? row.deviceId ?? '');
      if (channelId === '') return [];
      const own = onlineOf(row.status, row.online);
      return [
        {
          deviceId: device.deviceId,
          channelId,
          name: row.name ?? channelId,
          online: device.online === false ? false : own,
        },
      ];
    }),
  };
};

/** The streams that a ZLMediaKit serves now, as channels; each stands there once for every protocol. */
export const mediaOf = (data: unknown): GatewayChannel[] => {
  const found = new Map<string, GatewayChannel>();
  for (const row of Array.isArray(data) ? data : []) {
    if (!Value.Check(Media, row)) continue;
    const ids = idsOfStream(row.stream);
    found.set(`${ids.deviceId}_${ids.channelId}`, { ...ids, name: row.stream, online: true });
  }
  return [...found.values()];
};

/** Device and channel of a stream's name: `device_channel`, as WVP names them, or one name for both. */
export function idsOfStream(stream: string): { readonly deviceId: string; readonly channelId: string } {
  const match = /^(\d{20})_(\d{20})$/.exec(stream);
  return match
    ? { deviceId: match[1] ?? stream, channelId: match[2] ?? stream }
    : { deviceId: stream, channelId: stream };
}

export const GATEWAY_HOOKS = [
  'on_stream_changed',
  'on_stream_none_reader',
  'on_stream_not_found',
  'on_server_keepalive',
  'on_server_started',
  'on_rtp_server_timeout',
  'device_status',
] as const;
export type GatewayHook = (typeof GATEWAY_HOOKS)[number];

const StreamHook = Type.Object({ stream: Type.String(), regist: Type.Optional(Type.Unknown()) });
const StatusHook = Type.Object({
  deviceId: Id,
  channelId: Type.Optional(Type.Union([Id, Type.Null()])),
  status: Type.Optional(Type.Unknown()),
  online: Type.Optional(Type.Unknown()),
});

/** What a web hook tells of a channel; null: nothing. */
export interface ChannelNews {
  readonly deviceId: string;
  /** Null: of every channel of the device. */
  readonly channelId: string | null;
  readonly online: boolean;
}

/**
 * A stream that goes away is no outage by itself: gateways close what nobody reads. That it came is proof that the device is
 * there. Whether a device is gone, its status says.
 */
export function newsOf(hook: GatewayHook, body: unknown): ChannelNews | null {
  if (hook === 'on_stream_changed' && Value.Check(StreamHook, body)) {
    return onlineOf(body.regist) === true ? { ...idsOfStream(body.stream), online: true } : null;
  }
  if (hook === 'device_status' && Value.Check(StatusHook, body)) {
    const online = onlineOf(body.status, body.online);
    const channelId = body.channelId == null ? null : String(body.channelId);
    return online === null ? null : { deviceId: String(body.deviceId), channelId, online };
  }
  return null;
}
