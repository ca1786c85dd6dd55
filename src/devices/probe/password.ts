/** Pure: whether a camera's log-in would be guessed. Words that anybody tries first, not a dictionary. */

export interface StreamLogin {
  readonly user: string;
  readonly password: string;
}

/** What devices were sold with, or what installers leave behind. */
const DEFAULTS = new Set([
  '',
  'admin',
  'admin123',
  'admin1234',
  'admin12345',
  'admin@123',
  'admin888',
  'administrator',
  'root',
  'pass',
  'password',
  'passw0rd',
  'user',
  'guest',
  'default',
  'system',
  'service',
  'supervisor',
  'camera',
  'ubnt',
  'ikwd',
  'meinsm',
  'jvc',
  'hik12345',
  'hik12345+',
  'hikvision',
  'dahua',
  'dahua123',
  'uniview',
  'tp-link',
  'tplink',
  'ezviz',
  'abc12345',
  'abcd1234',
  'a1234567',
  'abc123',
  'qwerty',
  'qwer1234',
  'test',
  'test123',
  '12345abc',
  '5201314',
  '147258',
  '147258369',
  '159357',
  '4321',
  '9999',
  '888888',
  '88888888',
  '666666',
  '66666666',
  '111111',
  '11111111',
  '000000',
  '00000000',
  '123123',
  '112233',
  '654321',
  '87654321',
]);
const SHORTEST = 8;

export type PasswordFault = 'none' | 'default' | 'same_as_user' | 'short' | 'simple';

/** Why a log-in is weak; null: it is not. Never tells the password. @param login null: the address has none */
export function passwordFault(login: StreamLogin | null): PasswordFault | null {
  if (login === null) return 'none';
  const password = login.password.toLowerCase();
  const run = '01234567890123456789'.includes(password) || '98765432109876543210'.includes(password);
  if (DEFAULTS.has(password) || run || /^(.)\1*$/.test(password)) return 'default';
  if (password === login.user.toLowerCase()) return 'same_as_user';
  if (login.password.length < SHORTEST) return 'short';
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(login.password)).length;
  return kinds < 2 ? 'simple' : null;
}
