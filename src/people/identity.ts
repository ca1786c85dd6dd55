/** psn_cert_type of the resident ID card. */
export const RESIDENT_ID = '01';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';

/** As it is compared and stored: no spaces, full-width signs made plain, X as a capital. */
export const normaliseCertno = (text: string): string => text.normalize('NFKC').replace(/\s+/g, '').toUpperCase();

/**
 * What is wrong with a resident ID number, or null. GB 11643-1999: 18 characters, digits 7–14 the day of birth, the last
 * one a check character (ISO 7064 MOD 11-2).
 */
export function faultOfResidentId(certno: string): 'form' | 'birth' | 'check' | null {
  if (!/^\d{17}[\dX]$/.test(certno)) return 'form';
  if (birthOfResidentId(certno) === null) return 'birth';
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(certno[i]), 0);
  return CHECK_CHARACTERS[sum % 11] === certno[17] ? null : 'check';
}

/** yyyy-mm-dd, or null when digits 7–14 are no day. */
export function birthOfResidentId(certno: string): string | null {
  const [, year, month, day] = /^\d{6}(\d{4})(\d{2})(\d{2})/.exec(certno) ?? [];
  const text = `${year}-${month}-${day}`;
  const date = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text || Number(year) < 1880 ? null : text;
}

/** Digit 17 is odd for men. */
export const sexOfResidentId = (certno: string): 'male' | 'female' =>
  Number(certno[16]) % 2 === 1 ? 'male' : 'female';

/** 张三丰 → 张** (医保发〔2021〕23号, DOMAIN.md 4.4) */
export const maskName = (name: string): string => {
  const [first = '', ...rest] = [...name];
  return first + '*'.repeat(Math.min(Math.max(rest.length, 1), 3));
};

/** 411624199001011234 → 4116************34 */
export const maskCertno = (certno: string): string =>
  certno.length <= 8
    ? '*'.repeat(certno.length)
    : certno.slice(0, 4) + '*'.repeat(certno.length - 6) + certno.slice(-2);
