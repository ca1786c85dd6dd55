import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  birthOfResidentId,
  faultOfResidentId,
  maskCertno,
  maskName,
  normaliseCertno,
  sexOfResidentId,
} from '../../../src/people/identity.ts';

it('knows a good ID number (the vector of DOMAIN.md 1.10) and what a bad one lacks', () => {
  expect(faultOfResidentId('11010519491231002X')).toBeNull();
  expect(faultOfResidentId('110105194912310021')).toBe('check');
  expect(faultOfResidentId('11010519491331002X')).toBe('birth');
  expect(faultOfResidentId('11010519490230002X')).toBe('birth');
  expect(faultOfResidentId('1101051949123100')).toBe('form');
  expect(faultOfResidentId('')).toBe('form');
  expect(birthOfResidentId('11010519491231002X')).toBe('1949-12-31');
  expect(sexOfResidentId('11010519491231002X')).toBe('female');
});

it('reads full-width digits and spaces as people type them', () => {
  expect(normaliseCertno('１１０１０５ 19491231 002x')).toBe('11010519491231002X');
});

it('finds every single wrong digit', () => {
  const good = '11010519491231002X';
  fc.assert(
    fc.property(fc.nat(16), fc.nat(9), (at, digit) => {
      const changed = `${good.slice(0, at)}${digit}${good.slice(at + 1)}`;
      return changed === good || faultOfResidentId(changed) !== null;
    }),
  );
});

it('never shows more of a name than its first character, nor of a number than six', () => {
  expect(maskName('张三')).toBe('张*');
  expect(maskName('张')).toBe('张*');
  expect(maskName('欧阳修远')).toBe('欧***');
  expect(maskCertno('11010519491231002X')).toBe('1101************2X');
  expect(maskCertno('E1234567')).toBe('********');
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60 }), (text) => {
      const shown = [...maskCertno(text)].filter((character) => character !== '*').length;
      return shown <= 6 && maskCertno(text).length === text.length;
    }),
  );
});
