import { readFile } from 'node:fs/promises';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { DomainError } from '../platform/errors.ts';
import { type CameraAddress, formatCameraAddress, parseCameraAddress } from './camera-address.ts';

const Path = Type.Union([Type.String({ pattern: '^/' }), Type.Null()]);
const PresetSchema = Type.Object(
  {
    brand: Type.String({ pattern: '^[a-z0-9-]+$' }),
    zh: Type.String(),
    en: Type.String(),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    onvifPort: Type.Integer({ minimum: 1, maximum: 65_535 }),
    /** What its accounts are usually called. */
    user: Type.Optional(Type.String()),
    main: Path,
    sub: Path,
    note: Type.Optional(Type.Object({ zh: Type.String(), en: Type.String() })),
  },
  { additionalProperties: false },
);
const FileSchema = Type.Object({ presets: Type.Array(PresetSchema, { minItems: 1 }) }, { additionalProperties: false });

/** Where one brand keeps its streams. */
export type CameraPreset = Static<typeof PresetSchema>;

/** @throws DomainError `config_invalid` naming what is wrong */
export async function loadPresets(path: string): Promise<readonly CameraPreset[]> {
  const value: unknown = parse(await readFile(path, 'utf8'));
  if (!Value.Check(FileSchema, value)) {
    const [first] = Value.Errors(FileSchema, value);
    throw new DomainError('config_invalid', `${path}${first?.instancePath ?? ''}: ${first?.message ?? 'not valid'}`);
  }
  return value.presets;
}

/** A camera's place in an integrator's words: brand and host instead of a whole address. */
export const PresetSource = Type.Object(
  {
    brand: Type.String({ maxLength: 40, description: 'One of GET /v1/camera-presets' }),
    host: Type.String({ minLength: 1, maxLength: 253, description: 'Name or IP address' }),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description: 'Default: the brand’s' })),
    channel: Type.Integer({ minimum: 1, maximum: 512, default: 1, description: 'Of a recorder; a camera has 1' }),
    stream: Type.Enum(['main', 'sub'], { default: 'sub', description: 'The sub-stream is enough to watch' }),
    path: Type.Optional(Type.String({ maxLength: 500, pattern: '^/', description: 'Instead of the brand’s' })),
    user: Type.Optional(Type.String({ maxLength: 100 })),
    password: Type.Optional(Type.String({ maxLength: 200, description: 'As it is; never told again' })),
  },
  { additionalProperties: false },
);
export type PresetSource = Static<typeof PresetSource>;

/**
 * The address that a preset makes.
 * @throws DomainError `invalid_input` for a brand that nobody knows, one without a path, or a host that is none
 */
export function addressFromPreset(presets: readonly CameraPreset[], source: PresetSource): CameraAddress {
  const preset = presets.find(({ brand }) => brand === source.brand);
  if (preset === undefined) {
    throw new DomainError('invalid_input', `没有品牌 ${source.brand} / there is no brand ${source.brand}`, {
      remedy: `可用 / take one of: ${presets.map(({ brand }) => brand).join(', ')}`,
    });
  }
  const { channel, stream } = source;
  const path = (source.path ?? preset[stream])
    ?.replaceAll('{channel}', String(channel))
    .replaceAll('{track}', String(channel * 100 + (stream === 'main' ? 1 : 2)));
  if (path === undefined) {
    throw new DomainError('invalid_input', `${preset.zh}：须填写路径 / ${preset.en}: the path is missing`, {
      remedy: '填写 path，或用 ONVIF 查询码流地址 / write the path, or ask the camera by ONVIF',
    });
  }
  const host = source.host.includes(':') && !source.host.startsWith('[') ? `[${source.host}]` : source.host;
  // Through the reader of addresses: what a host must not be, it must not be here either.
  const address = parseCameraAddress(`rtsp://${host}:${source.port ?? preset.port}${path}`);
  if (`[${address.host}]` !== host && address.host !== host) {
    throw new DomainError('invalid_input', '主机不是名称或 IP 地址 / the host is neither a name nor an IP address', {
      remedy: '端口和路径请填在各自的栏目 / port and path have fields of their own',
    });
  }
  const user = source.user ?? preset.user;
  return { ...address, login: user === undefined ? null : { user, password: source.password ?? '' } };
}

/** What may be shown of an address: where the password stands, and nothing of it. */
export function previewOf(address: CameraAddress): string {
  const bare = formatCameraAddress(address, false);
  if (address.login === null) return bare;
  const user = encodeURIComponent(address.login.user);
  return bare.replace('://', `://${user}${address.login.password === '' ? '' : ':***'}@`);
}
