/** What a smart camera pushes: one picture of one face, with the time that the device had. Pure. */
export interface IncomingCapture {
  /** The device's own id of it, or the picture's hash. The same again is the same capture. */
  readonly captureId: string;
  /** By the device's clock, epoch ms; null: it told none that can be read. */
  readonly deviceAt: number | null;
  /** JPEG, PNG or BMP as it came; null: none came. */
  readonly picture: Buffer | null;
  /** Where in the picture the device saw the face; null: the picture is the face. */
  readonly box: CaptureBox | null;
}

export interface CaptureBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Why a capture was set aside. Each speaks about the picture or the device, never about a person. */
export const CAPTURE_REFUSALS = {
  no_picture: { zh: '报文中没有图片', en: 'the message holds no picture' },
  not_a_picture: { zh: '图片数据已损坏或不是图片', en: 'the picture is damaged, or is none' },
  too_large: { zh: '图片过大', en: 'the picture is too large' },
  no_face: { zh: '图片中没有找到人脸', en: 'no face was found in the picture' },
  no_time: { zh: '没有抓拍时间', en: 'it tells no time' },
  clock_reset: {
    zh: '设备时钟已复位（回到出厂日期），无法确定抓拍时间',
    en: 'the device’s clock has fallen back to the day it was made: when it was is not known',
  },
  clock_implausible: {
    zh: '设备时间与实际相差超过 20 天，无法确定抓拍时间',
    en: 'the device’s time is off by more than 20 days: when it was is not known',
  },
  file_lost: { zh: '图片已不在', en: 'the picture is not kept any more' },
} as const;
export type CaptureRefusal = keyof typeof CAPTURE_REFUSALS;

export const isCaptureRefusal = (code: string): code is CaptureRefusal => Object.hasOwn(CAPTURE_REFUSALS, code);

const RESET_BEFORE = Date.UTC(2015, 0, 1);
const IMPLAUSIBLE_MS = 20 * 86_400_000;

/** What makes a capture useless before anybody looks at it; null: nothing. @param now true time */
export function refusalOf(capture: IncomingCapture, now: number, mostBytes: number): CaptureRefusal | null {
  if (capture.deviceAt === null) return 'no_time';
  if (capture.deviceAt < RESET_BEFORE) return 'clock_reset';
  if (Math.abs(capture.deviceAt - now) > IMPLAUSIBLE_MS) return 'clock_implausible';
  if (capture.picture === null || capture.picture.length === 0) return 'no_picture';
  if (capture.picture.length > mostBytes) return 'too_large';
  return mediaTypeOf(capture.picture) === null ? 'not_a_picture' : null;
}

/** By its first bytes; what a message calls it is not believed. */
export function mediaTypeOf(bytes: Buffer): 'image/jpeg' | 'image/png' | 'image/bmp' | null {
  if (bytes.length < 64) return null;
  if (bytes.readUInt16BE(0) === 0xffd8) return 'image/jpeg';
  if (bytes.readUInt32BE(0) === 0x89504e47) return 'image/png';
  return bytes.toString('latin1', 0, 2) === 'BM' ? 'image/bmp' : null;
}
