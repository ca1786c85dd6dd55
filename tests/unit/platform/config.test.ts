import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/platform/config.ts';

it.each([
  ['PORT', 'abc'],
  ['TIME_ZONE', 'Mars/Phobos'],
  ['DATABASE_URL', 'nonsense'],
  ['FACE_RECOGNITION', 'maybe'],
])('names the variable that cannot be, before anything starts: %s=%s', (name, value) => {
  expect(() => loadConfig({ [name]: value })).toThrow(new RegExp(name));
});
