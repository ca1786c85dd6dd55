import { describe, expect, it } from 'vitest';
import { base64Length, hex, withoutFaceImages } from '../../../src/ledgers/claims/face-image.ts';

const LIMITS = { bodyBytes: 1_000, keptOfTooLarge: 100, imageBytes: 3_000 };
const picture = Buffer.from('\xff\xd8\xffa picture of somebody', 'latin1');
const image = picture.toString('base64');
const MARK = `sha256:${hex(picture)}`;
const take = (text: string) => {
  const bytes = Buffer.from(text);
  return withoutFaceImages({ bytes, totalBytes: bytes.byteLength, tooLarge: false }, LIMITS);
};

describe('a face picture in a body', () => {
  it.each([
    ['plain', `{"input":{"data":{"face_image":"${image}","psn_no":"P1"}}}`],
    ['as a vendor spells it', `{"input":{"data":{"faceImage" : "${image}"}}}`],
    ['as a data URL', `{"face_image":"data:image/jpeg;base64,${image}"}`],
    [
      'with escaped slashes and line breaks',
      `{"face_image":"${image.slice(0, 8)}\\r\\n${image.slice(8).replaceAll('/', '\\/')}"}`,
    ],
    ['in a list', `{"face_image":["${image}"]}`],
    ['in JSON within a string', JSON.stringify({ input: JSON.stringify({ data: { face_image: image } }) })],
  ])('is taken out and leaves its hash: %s', (_, text) => {
    const { body, image: found } = take(text);
    expect(found?.bytes?.equals(picture)).toBe(true);
    const left = body.bytes.toString();
    expect(left).toContain(MARK);
    expect(left).not.toContain(image.slice(0, 12));
    expect(() => JSON.parse(left)).not.toThrow();
    expect(body.totalBytes).toBe(body.bytes.byteLength);
  });

  it('leaves a message without one byte for byte, and so a message that was stripped before', () => {
    const plain = '{"input":{"data":{"psn_no":"P1"}}}';
    expect(take(plain)).toMatchObject({ image: null, body: { totalBytes: plain.length, tooLarge: false } });
    const stripped = `{"face_image":"${MARK}"}`;
    expect(take(stripped).image).toBeNull();
    expect(take(stripped).body.bytes.toString()).toBe(stripped);
  });

  it('does not make a message too large, however large it is; the message around it still may be', () => {
    const huge = take(`{"face_image":"${'A'.repeat(base64Length(LIMITS.imageBytes) + 1)}"}`);
    expect(huge).toMatchObject({ image: { bytes: null, refused: 'too_large' }, body: { tooLarge: false } });
    expect(take(`{"face_image":"${image}","x":"${'y'.repeat(2_000)}"}`).body).toMatchObject({ tooLarge: true });
  });

  it('is taken out of a body that was cut off within it', () => {
    const { body } = take(`{"face_image":"${image}`);
    expect(body.bytes.toString()).not.toContain(image.slice(0, 12));
  });

  it('that is no base64 is refused and not kept either', () => {
    const { body, image: found } = take('{"face_image":"这不是照片"}');
    expect(found).toEqual({ bytes: null, refused: 'not_a_picture' });
    expect(body.bytes.toString()).not.toContain('照片');
  });
});
