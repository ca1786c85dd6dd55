import { DateTime } from 'luxon';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { parseMoment } from '../../people/moments.ts';
import { sha256 } from '../../platform/crypto.ts';
import type { CaptureBox, IncomingCapture } from './capture.ts';

/** Pure: messages of GA/T 1400.4 as devices send them. Fields that nobody needs are not looked at. */

const Text = Type.Union([Type.String(), Type.Number(), Type.Null()]);
const SubImage = Type.Object({
  ImageID: Type.Optional(Text),
  Type: Type.Optional(Text),
  ShotTime: Type.Optional(Text),
  Data: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
const Face = Type.Object({
  FaceID: Type.Optional(Text),
  DeviceID: Type.Optional(Text),
  ShotTime: Type.Optional(Text),
  FaceAppearTime: Type.Optional(Text),
  LeftTopX: Type.Optional(Text),
  LeftTopY: Type.Optional(Text),
  RightBtmX: Type.Optional(Text),
  RightBtmY: Type.Optional(Text),
  SubImageList: Type.Optional(
    Type.Union([
      Type.Object({ SubImageInfoObject: Type.Optional(Type.Union([Type.Array(SubImage), SubImage])) }),
      Type.Null(),
    ]),
  ),
});
const FaceList = Type.Object({
  FaceListObject: Type.Object({ FaceObject: Type.Union([Type.Array(Face), Face]) }),
});
const Registering = Type.Union([
  Type.Object({ RegisterObject: Type.Object({ DeviceID: Text }) }),
  Type.Object({ UnRegisterObject: Type.Object({ DeviceID: Text }) }),
  Type.Object({ KeepaliveObject: Type.Object({ DeviceID: Text }) }),
]);

const FACE_IMAGE = '11';
const SCENE_IMAGE = '14';

export interface FaceMessage {
  readonly faceId: string;
  readonly capture: IncomingCapture;
}

const textOf = (value: string | number | null | undefined): string => (value == null ? '' : String(value).trim());

/** The device id of a Register, UnRegister or Keepalive; null: it is none. */
export function deviceOfRegistration(body: unknown): string | null {
  if (!Value.Check(Registering, body)) return null;
  const [inner] = Object.values(body) as { DeviceID: string | number | null }[];
  const id = textOf(inner?.DeviceID);
  return id === '' ? null : id;
}

/** The faces of a FaceList. @returns null when it is none */
export function parseFaceList(body: unknown, timeZone: string): FaceMessage[] | null {
  if (!Value.Check(FaceList, body)) return null;
  const given = body.FaceListObject.FaceObject;
  return (Array.isArray(given) ? given : [given]).map((face) => {
    const listed = face.SubImageList?.SubImageInfoObject ?? [];
    const images = Array.isArray(listed) ? listed : [listed];
    const of = (type: string) => images.find((image) => textOf(image.Type) === type && textOf(image.Data) !== '');
    const faceImage = of(FACE_IMAGE) ?? images.find((image) => textOf(image.Type) === '' && textOf(image.Data) !== '');
    const image = faceImage ?? of(SCENE_IMAGE);
    const picture = image === undefined ? null : Buffer.from(textOf(image.Data), 'base64');
    const shot = image ?? images.find((each) => textOf(each.ShotTime) !== '');
    const time = textOf(shot?.ShotTime) || textOf(face.ShotTime) || textOf(face.FaceAppearTime);
    const id = textOf(face.FaceID) || textOf(image?.ImageID);
    const captureId = id !== '' ? id : picture === null ? '' : sha256(picture).toString('hex');
    return {
      faceId: textOf(face.FaceID),
      capture: {
        captureId: captureId.slice(0, 128),
        deviceAt: time === '' ? null : parseMoment(time, timeZone),
        picture,
        box: faceImage === undefined ? boxOf(face) : null,
      },
    };
  });
}

function boxOf(face: {
  LeftTopX?: unknown;
  LeftTopY?: unknown;
  RightBtmX?: unknown;
  RightBtmY?: unknown;
}): CaptureBox | null {
  const [x, y, right, bottom] = [face.LeftTopX, face.LeftTopY, face.RightBtmX, face.RightBtmY].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const sound = [x, y, right, bottom].every(Number.isFinite) && right > x && bottom > y && x >= 0 && y >= 0;
  return sound ? { x, y, width: right - x, height: bottom - y } : null;
}

/** StatusCode of GA/T 1400.4 B.3.2. */
export const VIID_STATUS = {
  ok: { StatusCode: 0, StatusString: 'OK' },
  otherError: { StatusCode: 1, StatusString: 'Other Error' },
  busy: { StatusCode: 2, StatusString: 'Device Busy' },
  invalidOperation: { StatusCode: 4, StatusString: 'Invalid Operation' },
  invalidJsonFormat: { StatusCode: 7, StatusString: 'Invalid JSON Format' },
  invalidJsonContent: { StatusCode: 8, StatusString: 'Invalid JSON Content' },
} as const;
export type ViidStatus = keyof typeof VIID_STATUS;

export const statusObject = (url: string, status: ViidStatus, id: string, now: number, timeZone: string) => ({
  RequestURL: url,
  ...VIID_STATUS[status],
  Id: id,
  LocalTime: viidTime(now, timeZone),
});

export const viidTime = (now: number, timeZone: string): string =>
  DateTime.fromMillis(now, { zone: timeZone }).toFormat('yyyyMMddHHmmss');
