import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Db, type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { Outbox } from '../../platform/outbox.ts';
import type { CameraGuard } from '../camera-guard.ts';
import { devicesStream } from '../devices.topics.ts';
import type { ChannelNews, GatewayChannel, GatewayKind } from './gateway.ts';
import { createGatewayClient, type GatewayClient } from './gateway-client.ts';

export interface Gateway {
  readonly id: string;
  readonly kind: GatewayKind;
  readonly name: string;
  readonly regionCode: string;
  readonly url: string;
  readonly streamTemplate: string;
  readonly heardAt: number | null;
  readonly askedAt: number | null;
  readonly trouble: string | null;
}

interface Row {
  id: string;
  kind: GatewayKind;
  name: string;
  region_code: string;
  url: string;
  secret_enc: Buffer;
  hook_secret_enc: Buffer;
  stream_template: string;
  heard_at: number | null;
  asked_at: number | null;
  trouble: string | null;
}
const COLUMNS =
  'id, kind, name, region_code, url, secret_enc, hook_secret_enc, stream_template, heard_at, asked_at, trouble';

const gatewayOf = (row: Row): Gateway => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  regionCode: row.region_code,
  url: row.url,
  streamTemplate: row.stream_template,
  heardAt: row.heard_at,
  askedAt: row.asked_at,
  trouble: row.trouble,
});

export const gatewaySecretContext = (id: string): string => `gateway:${id}`;
export const hookSecretContext = (id: string): string => `gateway-hook:${id}`;

async function rowsOf(db: Queryable, where: { readonly id?: string; readonly regionPrefix?: string }): Promise<Row[]> {
  const { rows } = await db.query<Row & Record<string, unknown>>(
    `select ${COLUMNS} from gateways
     where ($1::text is null or id = $1) and ($2::text is null or region_code like $2 || '%') order by id limit 1000`,
    [where.id ?? null, where.regionPrefix ?? null],
  );
  return rows;
}

export const listGateways = async (db: Queryable, regionPrefix: string): Promise<Gateway[]> =>
  (await rowsOf(db, { regionPrefix })).map(gatewayOf);

export async function getGateway(db: Queryable, id: string): Promise<Gateway | null> {
  const [row] = await rowsOf(db, { id });
  return row === undefined ? null : gatewayOf(row);
}

/** What a gateway's web hooks must show; null: there is no such gateway. */
export async function hookSecretOf(db: Queryable, keyring: Keyring, id: string): Promise<string | null> {
  const [row] = await rowsOf(db, { id });
  return row === undefined ? null : keyring.openText('secret', row.hook_secret_enc, hookSecretContext(id));
}

/** A client with the gateway's key. @throws DomainError `not_found` */
export async function clientOf(
  deps: { readonly db: Queryable; readonly keyring: Keyring; readonly guard: CameraGuard },
  id: string,
): Promise<GatewayClient> {
  const [row] = await rowsOf(deps.db, { id });
  if (row === undefined) throw new DomainError('not_found', `there is no gateway ${id} here`);
  const secret = deps.keyring.openText('secret', row.secret_enc, gatewaySecretContext(id));
  return createGatewayClient({ kind: row.kind, url: row.url, secret, guard: deps.guard });
}

export interface KnownChannel extends GatewayChannel {
  readonly cameraId: string | null;
  readonly toldAt: number;
}

export async function channelsOfGateway(db: Queryable, gatewayId: string): Promise<KnownChannel[]> {
  const { rows } = await db.query<{
    device_id: string;
    channel_id: string;
    name: string;
    online: boolean | null;
    camera_id: string | null;
    told_at: number;
  }>(
    `select device_id, channel_id, name, online, camera_id, told_at from gateway_channels
     where gateway_id = $1 order by device_id, channel_id limit 20000`,
    [gatewayId],
  );
  return rows.map((row) => ({
    deviceId: row.device_id,
    channelId: row.channel_id,
    name: row.name,
    online: row.online,
    cameraId: row.camera_id,
    toldAt: row.told_at,
  }));
}

interface NewsDeps {
  readonly clock: Clock;
  readonly outbox: Outbox;
}

/** Notes what a web hook told of a channel, and leaves word where that changes a camera. */
export async function takeNews(
  tx: Tx,
  deps: NewsDeps,
  gatewayId: string,
  news: ChannelNews,
  reason: string,
): Promise<void> {
  const now = deps.clock.now();
  const { rows } = await tx.query<{ camera_id: string | null }>(
    `update gateway_channels set online = $4, told_at = $5
     where gateway_id = $1 and device_id = $2 and ($3::text is null or channel_id = $3) and online is distinct from $4
     returning camera_id`,
    [gatewayId, news.deviceId, news.channelId, news.online, ts(now)],
  );
  for (const { camera_id: cameraId } of rows)
    if (cameraId !== null) await tell(tx, deps, cameraId, news.online, reason);
}

const tell = (tx: Tx, deps: NewsDeps, cameraId: string, online: boolean, reason: string): Promise<void> =>
  deps.outbox.add(tx, devicesStream, { cameraId, online, at: deps.clock.now(), reason }, { dedupeKey: cameraId });

/**
 * Asks a gateway for its channels and keeps what it says. What it does not name any more is offline where it names all that
 * there is (WVP); a ZLMediaKit names only what it serves at the moment.
 */
export async function syncGateway(
  deps: NewsDeps & { readonly db: Db; readonly keyring: Keyring; readonly guard: CameraGuard },
  gateway: Gateway,
): Promise<number> {
  const { db, clock } = deps;
  const note = (trouble: string | null): Promise<unknown> =>
    db.query('update gateways set asked_at = $2, trouble = $3 where id = $1', [gateway.id, ts(clock.now()), trouble]);
  let channels: readonly GatewayChannel[];
  try {
    channels = await (await clientOf(deps, gateway.id)).channels();
  } catch (error) {
    await note(error instanceof DomainError ? error.message.slice(0, 300) : 'failed');
    throw error;
  }
  const unique = [
    ...new Map(channels.map((channel) => [`${channel.deviceId}_${channel.channelId}`, channel])).values(),
  ];
  await db.transaction(async (tx) => {
    const now = ts(clock.now());
    const before = new Map(
      (await channelsOfGateway(tx, gateway.id)).map((known) => [`${known.deviceId}_${known.channelId}`, known]),
    );
    await tx.query(
      `insert into gateway_channels (gateway_id, device_id, channel_id, name, online, told_at)
       select $1, device_id, channel_id, name, online, $6
       from unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) as t (device_id, channel_id, name, online)
       on conflict (gateway_id, device_id, channel_id) do update set name = excluded.name,
         online = coalesce(excluded.online, gateway_channels.online), told_at = excluded.told_at`,
      [
        gateway.id,
        unique.map(({ deviceId }) => deviceId.slice(0, 64)),
        unique.map(({ channelId }) => channelId.slice(0, 64)),
        unique.map(({ name }) => name.slice(0, 200)),
        unique.map(({ online }) => online),
        now,
      ],
    );
    for (const channel of unique) {
      const known = before.get(`${channel.deviceId}_${channel.channelId}`);
      if (known?.cameraId != null && channel.online !== null && channel.online !== known.online)
        await tell(tx, deps, known.cameraId, channel.online, channel.online ? 'gateway_online' : 'gateway_offline');
    }
    if (gateway.kind === 'wvp') {
      const named = new Set(unique.map(({ deviceId, channelId }) => `${deviceId}_${channelId}`));
      for (const [key, known] of before) {
        if (named.has(key) || known.online === false) continue;
        const { deviceId, channelId } = known;
        await takeNews(tx, deps, gateway.id, { deviceId, channelId, online: false }, 'gateway_gone');
      }
    }
    await tx.query('update gateways set asked_at = $2, trouble = null where id = $1', [gateway.id, now]);
  });
  return unique.length;
}

const ASK_EVERY_MS = 60_000;

/**
 * Asks every gateway once a minute; one that does not answer says so in its row and hinders no other, nor other work: the chore
 * begins it and does not wait.
 */
export function createGatewayChore(
  deps: NewsDeps & { readonly db: Db; readonly keyring: Keyring; readonly guard: CameraGuard },
): { run(): Promise<void>; idle(): Promise<void> } {
  let asking: Promise<unknown> | null = null;
  const round = async (): Promise<void> => {
    const now = deps.clock.now();
    const due = (await rowsOf(deps.db, {}))
      .map(gatewayOf)
      .filter(({ askedAt }) => askedAt === null || now - askedAt >= ASK_EVERY_MS);
    await Promise.allSettled(due.map((gateway) => syncGateway(deps, gateway)));
  };
  return {
    async run() {
      asking ??= round()
        .catch(() => undefined)
        .finally(() => {
          asking = null;
        });
    },
    async idle() {
      await asking;
    },
  };
}
