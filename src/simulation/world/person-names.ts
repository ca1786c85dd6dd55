import type { Clinic } from './geography.ts';
import type { Person } from './people.ts';

const SURNAMES = '王李张刘陈杨赵孙周吴郑马朱胡郭何高林罗梁宋谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕';
const GIVEN = '建国秀英桂兰志强玉梅海燕文军丽华春霞永红小芳大勇金花德明淑珍庆华冬梅新民素贞';

const numberOf = (clinic: number, index: number, salt: number): number =>
  ((Math.imul(clinic + 1, 2654435761) ^ Math.imul(index + salt, 40503)) >>> 0) % 100_003;

/** The surname is the household's, but those who married in keep theirs. */
export function nameOf(person: Person): string {
  const family = numberOf(person.clinic, person.marriedIn ? person.index : person.household, 7);
  const own = numberOf(person.clinic, person.index, 131);
  const second = Math.floor(own / 64) % 3 === 0 ? '' : (GIVEN[Math.floor(own / 97) % GIVEN.length] ?? '');
  return `${SURNAMES[family % SURNAMES.length]}${GIVEN[own % GIVEN.length]}${second}`;
}

export const psnNoOf = (clinic: Clinic, index: number): string =>
  `P${clinic.county}${String(clinic.index).padStart(5, '0')}${String(index).padStart(5, '0')}`;

export const householdOf = (clinic: Clinic, household: number): string =>
  `F${clinic.county}${String(clinic.index).padStart(5, '0')}${String(household).padStart(5, '0')}`;

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** An invented ID number with a right check digit (GB 11643). */
export function certnoOf(clinic: Clinic, person: Person): string {
  const serial = (numberOf(clinic.index, person.index, 29) % 499) * 2 + (person.male ? 1 : 0);
  const body = `${clinic.county}${person.details.birth.replaceAll('-', '')}${String(serial).padStart(3, '0')}`;
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += (body.charCodeAt(i) - 48) * (WEIGHTS[i] ?? 0);
  return body + '10X98765432'.charAt(sum % 11);
}
