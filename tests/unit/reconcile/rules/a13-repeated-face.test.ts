import { describe, expect, it } from 'vitest';
import { repeatedFaces } from '../../../../src/reconcile/book/gather.ts';
import { AT, ask, MINUTE, says } from '../facts.ts';
import { bookedRow, closedDay } from './day-facts.ts';

const twice = [
  {
    appearances: [
      { id: 'a', cameraId: 'cam-1', from: AT },
      { id: 'b', cameraId: 'cam-1', from: AT + 30 * MINUTE },
    ],
  },
];
const off = { code: 'H41162400123', regionCode: '4116', faceRecognition: false, mode: 'mirror' } as const;

describe('A13 翻拍或重放', () => {
  it('tells of a picture that came again, about cameras and not about a patient', () => {
    const facts = closedDay([bookedRow(1)], { repeatedFaces: twice });
    expect(says('A13', facts)).toBe('hit same_picture_again');
    expect(ask('A13', facts)[0]).toMatchObject({ class: 'evidence', psnNo: null, setlIds: [], cameraId: 'cam-1' });
  });
  it('is silent otherwise', () => {
    expect(says('A13', closedDay([bookedRow(1)]))).toBe('clear none');
    expect(says('A13', closedDay([], { repeatedFaces: twice, clinic: off }))).toBe('clear face_recognition_off');
    expect(says('A13', closedDay([], { closed: false, repeatedFaces: twice }))).toBe('nothing');
  });
});

describe('pictures that come again', () => {
  const template = (seed: number) => Float32Array.from({ length: 8 }, (_, i) => Math.sin(seed + i));
  const look = (id: string, minutes: number, of: Float32Array | null) => ({
    id,
    cameraId: 'cam-1',
    from: AT + minutes * MINUTE,
    to: AT + minutes * MINUTE + 20_000,
    template: of,
  });
  it('are the same to the last bit, at moments apart', () => {
    const found = repeatedFaces([look('a', 0, template(1)), look('b', 10, template(1)), look('c', 20, template(2))]);
    expect(found.map(({ appearances }) => appearances.map(({ id }) => id))).toEqual([['a', 'b']]);
  });
  it('are not one look told twice, nor looks without a face, nor a likeness', () => {
    const near = template(1);
    near[7] = (near[7] ?? 0) + 1e-6;
    expect(repeatedFaces([look('a', 0, template(1)), look('b', 0.5, template(1))])).toEqual([]);
    expect(repeatedFaces([look('a', 0, null), look('b', 10, null)])).toEqual([]);
    expect(repeatedFaces([look('a', 0, template(1)), look('b', 10, near)])).toEqual([]);
  });
});
