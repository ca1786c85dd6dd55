import { DomainError } from '../platform/errors.ts';

/** Pure: device ids of GB/T 28181, 20 digits: centre 8 (division 6 + 2), industry 2, type 3, network 1, serial 6. */

export const GB_INDUSTRIES: Readonly<Record<string, string>> = {
  '00': '社会治安路面',
  '01': '社会治安社区',
  '02': '社会治安内部',
  '03': '社会治安其他',
  '04': '交通路面',
  '05': '交通卡口',
  '06': '交通内部',
  '07': '交通其他',
  '08': '城市管理',
  '09': '卫生环保',
  '10': '商检海关',
  '11': '教育',
  '40': '农林牧渔',
  '45': '批发零售',
  '99': '其他',
};

export const GB_TYPES: Readonly<Record<string, string>> = {
  '111': 'DVR',
  '118': 'NVR',
  '130': 'HVR',
  '131': '摄像机',
  '132': '网络摄像机 IPC',
  '133': '显示器',
  '134': '报警输入',
  '135': '报警输出',
  '119': '视图采集设备',
  '124': '人员出入口',
  '200': '信令服务器',
  '215': '业务分组',
  '216': '虚拟组织',
  '502': '视频图像分析系统',
  '503': '视图库',
};

export interface GbId {
  /** Division, six digits. */
  readonly division: string;
  readonly centre: string;
  readonly industry: string;
  readonly type: string;
  readonly network: string;
  readonly serial: string;
}

export interface GbFault {
  readonly zh: string;
  readonly en: string;
}

const FORM = /^(\d{6})(\d{2})(\d{2})(\d{3})(\d)(\d{6})$/;
const PROVINCES = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82'.split(' '),
);

/** What is wrong with an id; empty: nothing. */
export function gbFaults(id: string): GbFault[] {
  const match = FORM.exec(id);
  if (match === null)
    return [
      {
        zh: `国标编码须为 20 位数字，现为 ${id.length} 位`,
        en: `a GB id has 20 digits, this one ${id.length} characters`,
      },
    ];
  const [, division = '', , industry = '', type = '', network = '', serial = ''] = match;
  const faults: GbFault[] = [];
  if (!PROVINCES.has(division.slice(0, 2)))
    faults.push({ zh: `前 6 位 ${division} 不是行政区划`, en: `the first 6 digits ${division} are no division` });
  if (!Object.hasOwn(GB_INDUSTRIES, industry))
    faults.push({ zh: `第 9–10 位行业编码 ${industry} 未知`, en: `digits 9-10 (industry) ${industry} are unknown` });
  const number = Number(type);
  if (
    !Object.hasOwn(GB_TYPES, type) &&
    !(number >= 111 && number <= 199) &&
    !(number >= 200 && number <= 299) &&
    !(number >= 500 && number <= 999)
  )
    faults.push({ zh: `第 11–13 位类型编码 ${type} 未知`, en: `digits 11-13 (type) ${type} are unknown` });
  if (!/^[0-9]$/.test(network)) faults.push({ zh: '第 14 位网络标识有误', en: 'digit 14 (network) is wrong' });
  if (serial === '000000') faults.push({ zh: '序号不能为 000000', en: 'the serial cannot be 000000' });
  return faults;
}

export function parseGbId(id: string): GbId | null {
  const match = FORM.exec(id);
  if (match === null || gbFaults(id).length > 0) return null;
  const [, division = '', rest = '', industry = '', type = '', network = '', serial = ''] = match;
  return { division, centre: division + rest, industry, type, network, serial };
}

/** Fresh ids with the smallest free serials. @throws DomainError `invalid_input`, or `conflict` when none is left */
export function makeGbIds(
  parts: {
    /** A region of 4, 6, 9 or 12 digits. */
    readonly regionCode: string;
    readonly industry: string;
    readonly type: string;
    readonly network: string;
  },
  taken: ReadonlySet<string>,
  count: number,
): string[] {
  const prefix = `${parts.regionCode.padEnd(6, '0').slice(0, 6)}00${parts.industry}${parts.type}${parts.network}`;
  const [fault] = gbFaults(`${prefix}000001`);
  if (fault !== undefined) throw new DomainError('invalid_input', `${fault.zh} / ${fault.en}`);
  const ids: string[] = [];
  for (let serial = 1; serial <= 999_999 && ids.length < count; serial++) {
    const id = prefix + String(serial).padStart(6, '0');
    if (!taken.has(id)) ids.push(id);
  }
  if (ids.length < count)
    throw new DomainError('conflict', '该区划的序号已用完 / all serials of this division are taken');
  return ids;
}
