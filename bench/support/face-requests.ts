import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { putTemplate } from '../../src/people/template.store.ts';
import { ts } from '../../src/platform/db.ts';
import type { Runtime } from '../../src/platform/runtime.ts';
import { createPortraitThread } from '../../src/vision/portrait-thread.ts';

const samples = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo');

/** Faces of face-api's sample photographs: photograph, and the crop that shows one person. */
const PEOPLE = [
  { photo: 1, left: 1_399, top: 151, width: 352, height: 352 },
  { photo: 3, left: 504, top: 227, width: 361, height: 456 },
  { photo: 6, left: 157, top: 359, width: 388, height: 502 },
  { photo: 4, left: 584, top: 0, width: 343, height: 403 },
  { photo: 2, left: 1_366, top: 61, width: 358, height: 412 },
] as const;
export const facesOfBench = PEOPLE.length;

/** A picture as a counter's camera sends it: JPEG, 640 pixels wide; another one for each serial number. */
async function picture(serial: number): Promise<Buffer> {
  const { photo, ...crop } = PEOPLE[serial % PEOPLE.length] ?? PEOPLE[0];
  return sharp(join(samples, `sample${photo}.jpg`))
    .extract(crop)
    .resize({ width: 640 })
    .modulate({ brightness: 1 - (serial % 200) / 2_000 })
    .jpeg({ quality: 92 })
    .toBuffer();
}

export const pictures = async (from: number, n: number): Promise<string[]> =>
  Promise.all(Array.from({ length: n }, async (_, i) => (await picture(from + i)).toString('base64')));

/** Gives the people their portraits, through the faces room. */
export async function givePortraits(
  { db, keyring, clock, config }: Runtime,
  psnNoOf: (i: number) => string,
): Promise<void> {
  const thread = createPortraitThread(config);
  const now = clock.now();
  for (let i = 0; i < PEOPLE.length; i++) {
    const reading = await thread.read(await picture(i + 190 - (190 % PEOPLE.length)));
    if (!reading.accepted) throw new Error(`a sample photograph is no portrait: ${reading.reasons[0]?.code}`);
    const { template, modelVersion, quality } = reading;
    await db.transaction(async (tx) => {
      const id = await putTemplate(tx, keyring, {
        ...{ template, modelVersion, quality, retentionClass: 'identity', createdAt: now },
      });
      await tx.query(
        `insert into portraits (id, subject_kind, subject_ref, state, quality, template_id, taken_on, created_at, decided_at)
         values (gen_random_uuid(), 'enrollee', $1, 'accepted', $2, $3, $4::timestamptz::date, $4, $4)`,
        [psnNoOf(i), quality, id, ts(now)],
      );
    });
  }
  await thread.close();
}
