import { getClinic } from '../../access/clinics.store.ts';
import { findClinicInScope } from '../../access/scope.ts';
import type { Tx } from '../../platform/db.ts';
import type { PeopleDeps } from '../deps.ts';
import { parseDay } from '../moments.ts';
import type { SubjectKind } from '../people.store.ts';
import { personsWithin } from '../people-scope.ts';
import { MAX_PICTURE_BYTES, pictureTypeOf } from '../picture-file.ts';
import { submitPortrait } from '../portraits.store.ts';
import { listStaff, staffIdOf } from '../staff.write.ts';
import type { FeedContext } from './feed.ts';
import type { ImportKind } from './feeds.ts';
import type { LoadedPicture } from './picture-zip.ts';
import { RowRefusal } from './refusals.ts';

/** `<psn_no>.jpg`, `<clinic code>-<staff no>.png`, with `@20200501` behind it for the day it was taken. Folders don't matter. */
const FORM = /^(?<ref>[^/@]+?)(?:@(?<day>\d{8}))?\.(?:jpe?g|png)$/i;

/** Takes in one picture of a zip for the person or the member of staff that its name says. */
export async function storePicture(
  tx: Tx,
  deps: PeopleDeps,
  kind: ImportKind,
  picture: LoadedPicture,
  context: FeedContext,
): Promise<RowRefusal | null> {
  if (picture.content instanceof RowRefusal) return picture.content;
  const { ref, day } = FORM.exec(picture.name.split('/').at(-1) ?? '')?.groups ?? {};
  if (ref === undefined) return new RowRefusal('bad_name');
  const takenOn = day === undefined ? null : parseDay(day);
  if (day !== undefined && takenOn === null) return new RowRefusal('bad_name');
  if (picture.content.length > MAX_PICTURE_BYTES) return new RowRefusal('picture_too_large');
  const mediaType = pictureTypeOf(picture.content);
  if (mediaType === null) return new RowRefusal('not_a_picture');
  const subject = await (kind === 'staff' ? staffOfRef(tx, ref, context) : personOfRef(tx, ref, context));
  if (subject instanceof RowRefusal) return subject;
  await submitPortrait(tx, deps, { ...subject, image: picture.content, mediaType, takenOn });
  return null;
}

interface Subject {
  readonly subjectKind: SubjectKind;
  readonly subjectRef: string;
}

async function personOfRef(tx: Tx, ref: string, { prefix }: FeedContext): Promise<Subject | RowRefusal> {
  const found = await personsWithin(tx, prefix, [ref]);
  return found.has(ref) ? { subjectKind: 'enrollee', subjectRef: ref } : new RowRefusal('unknown_person');
}

async function staffOfRef(tx: Tx, ref: string, { scope }: FeedContext): Promise<Subject | RowRefusal> {
  const [, clinicCode, staffNo] = /^([HP]\d{11})[-_](.+)$/.exec(ref) ?? [];
  if (clinicCode === undefined || staffNo === undefined) return new RowRefusal('bad_name');
  if ((await findClinicInScope(tx, scope, clinicCode)) === null) return new RowRefusal('unknown_clinic');
  if ((await getClinic(tx, clinicCode))?.faceRecognition !== true) return new RowRefusal('face_recognition_off');
  const [member] = await listStaff(tx, [staffIdOf(clinicCode, staffNo)]);
  return member === undefined ? new RowRefusal('unknown_staff') : { subjectKind: 'staff', subjectRef: member.id };
}
