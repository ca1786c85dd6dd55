import { Cells, type Column, placeColumns } from '../../people/imports/columns.ts';
import { REFUSALS, RowRefusal } from '../../people/imports/refusals.ts';
import { DomainError } from '../../platform/errors.ts';
import type { ScenePoint } from '../camera.store.ts';
import { formatCameraAddress, parseCameraAddress } from '../camera-address.ts';
import { gbFaults } from '../gb-id.ts';
import { addressFromPreset, type CameraPreset } from '../presets.ts';
import { passwordFault } from '../probe/password.ts';

/** Pure: rows of an integrator's table of cameras. */

export interface RowNote {
  /** Column that it is about. */
  readonly field: string | null;
  readonly zh: string;
  readonly en: string;
  readonly remedy: { readonly zh: string; readonly en: string } | null;
}

export interface CameraRow {
  readonly id: string;
  readonly clinicCode: string;
  readonly name: string;
  readonly scenePoint: ScenePoint;
  /** Null: by the clinic's required scene points. */
  readonly medTypes: readonly string[] | null;
  /** With its log-in; null: it pushes captures. */
  readonly url: string | null;
  /** Host, port and path: two cameras of one are a mistake. */
  readonly place: string | null;
  readonly host: string | null;
}

export const CAMERA_COLUMNS: readonly Column[] = [
  {
    name: 'camera_id',
    zh: '摄像头编号',
    aliases: ['编号', '设备编码', '国标编码'],
    required: true,
    about: 'At most 64 letters, digits and . _ : -; or its 20 digits of GB/T 28181',
  },
  {
    name: 'clinic_code',
    zh: '机构编码',
    aliases: ['定点机构编码', 'fixmedins_code'],
    required: true,
    about: 'fixmedins_code',
  },
  { name: 'name', zh: '名称', aliases: ['摄像头名称'], about: 'Default: the scene point' },
  {
    name: 'scene_point',
    zh: '场景点位',
    aliases: ['点位', '安装位置'],
    required: true,
    about: '收费处/counter, 诊室/consulting, 药房/pharmacy, 门口/entrance',
  },
  { name: 'url', zh: '码流地址', aliases: ['RTSP地址', '地址'], about: 'Whole address, or brand and host instead' },
  {
    name: 'brand',
    zh: '品牌',
    about: 'hikvision, dahua, uniview, uniview-nvr, tplink, ezviz, generic; Chinese names too',
  },
  { name: 'host', zh: 'IP地址', aliases: ['IP', '主机'], about: 'Of the camera or recorder' },
  { name: 'port', zh: '端口', about: 'Default: the brand’s' },
  { name: 'channel', zh: '通道号', aliases: ['通道'], about: 'Default 1' },
  { name: 'stream', zh: '码流类型', aliases: ['码流'], about: '子码流/sub (default), 主码流/main' },
  { name: 'path', zh: '路径', about: 'Instead of the brand’s' },
  { name: 'user', zh: '用户名', aliases: ['账号'], about: 'Of an account that can only watch' },
  { name: 'password', zh: '密码', about: 'As it is; stored encrypted, told nowhere' },
  {
    name: 'med_types',
    zh: '医疗类别',
    about: 'med_type codes whose settlements need it, with ; between; empty: by the clinic',
  },
  { name: 'push', zh: '抓拍推送', about: '是/yes: it pushes captures, no address' },
];

const SCENES: Readonly<Record<string, ScenePoint>> = {
  counter: 'counter',
  收费处: 'counter',
  收费窗口: 'counter',
  收费: 'counter',
  收银台: 'counter',
  诊室收费一体: 'counter',
  consulting: 'consulting',
  诊室: 'consulting',
  诊疗室: 'consulting',
  pharmacy: 'pharmacy',
  药房: 'pharmacy',
  药柜: 'pharmacy',
  取药处: 'pharmacy',
  entrance: 'entrance',
  门口: 'entrance',
  大门: 'entrance',
  入口: 'entrance',
  过道: 'entrance',
  走廊: 'entrance',
};
/** Where people undress or are treated, no camera stands. */
const PRIVATE = /输液|妇检|妇科|更衣|卫生间|厕所|换药|治疗室|检查室|病房|注射|浴室|B超|toilet|changing|ward/i;
const STREAMS: Readonly<Record<string, 'main' | 'sub'>> = { 主码流: 'main', main: 'main', 子码流: 'sub', sub: 'sub' };
const YES = /^(1|是|y|yes|true)$/i;
const NO = /^(0|否|n|no|false)$/i;

export class RowFault extends Error {
  constructor(readonly note: RowNote) {
    super(note.en);
  }
}

const fault = (field: string | null, zh: string, en: string, remedy?: readonly [string, string]): never => {
  throw new RowFault({ field, zh, en, remedy: remedy ? { zh: remedy[0], en: remedy[1] } : null });
};

export const placeCameraColumns = (header: readonly string[]): ReadonlyMap<string, number> =>
  placeColumns(CAMERA_COLUMNS, header);

/** Reads a row by itself. @throws RowFault @returns the row and what should be better about it */
export function readCameraRow(
  places: ReadonlyMap<string, number>,
  values: readonly string[],
  presets: readonly CameraPreset[],
): { readonly row: CameraRow; readonly warnings: readonly RowNote[] } {
  try {
    return read(new Cells(places, values), presets);
  } catch (error) {
    if (error instanceof RowRefusal) {
      const { zh, en } = REFUSALS[error.reason];
      throw new RowFault({
        ...{ field: error.detail, zh, en },
        remedy: { zh: '见 docs/cameras.md 的列说明', en: 'see the columns in docs/cameras.md' },
      });
    }
    throw error;
  }
}

function read(cells: Cells, presets: readonly CameraPreset[]) {
  const id = cells.required('camera_id');
  if (!/^[A-Za-z0-9._:-]{1,64}$/.test(id))
    fault(
      'camera_id',
      '编号只能含字母、数字和 . _ : -，最多 64 位',
      'an id has letters, digits and . _ : -, at most 64',
    );
  if (/^\d{18,22}$/.test(id)) {
    const [wrong] = gbFaults(id);
    if (wrong !== undefined)
      fault('camera_id', wrong.zh, wrong.en, ['用“国标编码生成”取得编码', 'make one with POST /v1/gb-ids']);
  }
  const sceneText = cells.required('scene_point');
  if (PRIVATE.test(sceneText))
    fault(
      'scene_point',
      `“${sceneText}”属于隐私场所，不得安装摄像头`,
      `no camera may stand in a private place (${sceneText})`,
      ['移到收费处、诊室、药房或门口', 'move it to the counter, consulting room, pharmacy or entrance'],
    );
  const scenePoint = SCENES[sceneText.toLowerCase()];
  if (scenePoint === undefined)
    return fault('scene_point', `不认识的点位“${sceneText}”`, `unknown scene point ${sceneText}`, [
      '填写 收费处、诊室、药房 或 门口',
      'write counter, consulting, pharmacy or entrance',
    ]);
  const pushText = cells.text('push');
  if (pushText !== null && !YES.test(pushText) && !NO.test(pushText)) fault('push', '应填 是 或 否', 'write yes or no');
  const push = pushText !== null && YES.test(pushText);
  const medText = cells.text('med_types');
  const medTypes = medText === null ? null : medText.split(/[;；,、\s]+/).filter((type) => type !== '');
  if (medTypes?.some((type) => !/^[A-Za-z0-9]{1,10}$/.test(type)))
    fault('med_types', '医疗类别应为代码，用分号隔开', 'med types are codes with ; between');
  const address = push ? null : addressOf(cells, presets);
  if (push && (cells.text('url') !== null || cells.text('host') !== null))
    fault('push', '推送抓拍的设备不填地址', 'a camera that pushes has no address');
  const weak = address === null ? null : passwordFault(address.login);
  const warnings: RowNote[] = [];
  if (weak !== null)
    warnings.push({
      field: 'password',
      ...(weak === 'none'
        ? { zh: '没有密码', en: 'no password' }
        : { zh: '弱密码或默认密码', en: 'a weak or default password' }),
      remedy: { zh: '在摄像头上改为 8 位以上的强密码', en: 'set a strong one of 8 or more characters in the camera' },
    });
  const row: CameraRow = {
    ...{ id, scenePoint, medTypes },
    clinicCode: cells.required('clinic_code'),
    name: cells.text('name') ?? sceneText,
    url: address === null ? null : formatCameraAddress(address, true),
    place: address === null ? null : `${address.host}:${address.port}${address.path}`,
    host: address?.host ?? null,
  };
  return { row, warnings };
}

function addressOf(cells: Cells, presets: readonly CameraPreset[]) {
  const url = cells.text('url');
  const host = cells.text('host');
  const [user, password] = [cells.text('user'), cells.text('password')];
  try {
    if (url !== null) {
      const address = parseCameraAddress(url);
      // Many tables keep the log-in in columns of its own.
      return address.login === null && user !== null
        ? { ...address, login: { user, password: password ?? '' } }
        : address;
    }
    if (host === null)
      return fault('url', '缺少码流地址，或品牌和 IP', 'neither an address, nor brand and host', [
        '填写 url，或 brand 和 host；推送抓拍的填 push=是',
        'write url, or brand and host; push=yes for one that pushes',
      ]);
    const brandText = cells.required('brand');
    const preset = presets.find(
      ({ brand, zh, en }) =>
        [brand, zh, en].some((name) => name.toLowerCase() === brandText.toLowerCase()) || zh.startsWith(brandText),
    );
    if (preset === undefined)
      return fault('brand', `不认识的品牌“${brandText}”`, `unknown brand ${brandText}`, [
        `填写 ${presets.map(({ brand }) => brand).join('、')}`,
        `write one of ${presets.map(({ brand }) => brand).join(', ')}`,
      ]);
    const number = (name: string, most: number): number | null =>
      cells.read(name, (text) =>
        /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? Number(text) : null,
      );
    const port = number('port', 65_535);
    const path = cells.text('path');
    return addressFromPreset(presets, {
      brand: preset.brand,
      host,
      channel: number('channel', 512) ?? 1,
      stream: cells.read('stream', (text) => STREAMS[text.toLowerCase()] ?? null) ?? 'sub',
      ...(port === null ? {} : { port }),
      ...(path === null ? {} : { path }),
      ...(user === null ? {} : { user }),
      ...(password === null ? {} : { password }),
    });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const [zh = '', en = zh] = error.message.split(' / ');
    const [remedyZh = '', remedyEn = remedyZh] = (error.details.remedy ?? '').split(' / ');
    throw new RowFault({
      ...{ field: url === null ? 'host' : 'url', zh, en },
      remedy: remedyZh === '' ? null : { zh: remedyZh, en: remedyEn },
    });
  }
}
